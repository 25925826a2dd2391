//! No secret is in any form of a diff.

use std::fs;

use base64::Engine as _;

use crate::support::test_dir::{TestDir, chmod};

const OLD: &str = "old-correct-horse";
const NEW: &str = "new-battery-staple";

#[test]
fn no_form_shows_a_secret_its_sum_or_what_holds_it() {
    let lab = TestDir::new();
    lab.bundle("old/", &["-p", OLD]);
    lab.bundle("new/", &["-p", NEW, "--secrets-in-user-data"]);
    // Bits get lost on the way.
    for side in ["old", "new"] {
        chmod(&lab.join(format!("{side}/root/var/lib/faasd/secrets")), 0o755);
        for paper in ["MANIFEST.json", "cloud-config.yaml", "panel.sh"] {
            chmod(&lab.join(format!("{side}/{paper}")), 0o644);
        }
    }
    let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text)[..16].to_owned();
    let sum =
        |text: &str| panelgen::internals::bundle::hex(&panelgen::internals::bundle::sha256(text.as_bytes()));
    fs::rename(lab.join("old/root"), lab.join("host")).unwrap();
    let table: &[&[&str]] = &[
        &["diff", "old", "new"],
        &["diff", "new", "old"],
        &["diff", "-d", "example.com", "-p", NEW, "old"],
        &["diff", "-d", "example.com", "-p", NEW, "--root", "host"],
        &["diff", "-d", "example.com", "new"],
    ];
    for arguments in table {
        for form in
            [&[][..], &["--color", "always"], &["--stat"], &["--format", "json"], &["--format", "markdown"]]
        {
            let all = [*arguments, form].concat();
            let ran = lab.run(&all);
            assert_eq!(ran.code(), 1, "{all:?}");
            for secret in [OLD, NEW] {
                for spelling in [secret.to_owned(), encoded(secret), sum(secret)] {
                    assert!(!ran.text().contains(&spelling), "{all:?} shows {spelling}:\n{}", ran.text());
                    assert!(!ran.stderr.contains(&spelling), "{all:?} says {spelling}:\n{}", ran.stderr);
                }
            }
        }
    }
    let told = lab.run(&["diff", "-d", "example.com", "-p", NEW, "--root", "host"]).text().to_owned();
    assert!(
        told.contains("Secret files a/var/lib/faasd/secrets/basic-auth-password and b/var/lib/faasd/secrets/basic-auth-password differ\n"),
        "{told}"
    );
}
