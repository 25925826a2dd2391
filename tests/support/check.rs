//! Bundles for `panelgen check`.

use std::process::Command;

use super::test_dir::TestDir;

/// A stage with a good bundle and one that is damaged.
pub(crate) fn stage() -> TestDir {
    let stage = TestDir::new();
    assert_eq!(
        stage.run(&["render", "-d", "example.com", "--target", "debian-12", "-o", "good/"]).exit,
        Some(0)
    );
    assert_eq!(
        stage.run(&["render", "-d", "example.com", "--target", "debian-12", "-o", "good.tar.gz"]).exit,
        Some(0)
    );
    let copied = Command::new("cp").args(["-r", "good", "bad"]).current_dir(&stage.path).status().unwrap();
    assert!(copied.success());
    let site = stage.read("good/root/etc/nginx/conf.d/default.conf");
    stage.put(
        "bad/root/etc/nginx/conf.d/default.conf",
        site.replace("TLSv1.2 TLSv1.3;", "TLSv1 TLSv1.2, 100%;"),
    );
    stage.put("empty/x", "");
    let fleet =
        "defaults: {target: debian-12}\nhosts:\n  - domain: a.example.org\n  - domain: b.example.org\n";
    stage.put("fleet.yaml", fleet);
    let fault = "    overrides: {units: {faasd.service: {Service: {MemoryMax: 500MB}}}}\n";
    stage.put("faulty.yaml", format!("{fleet}{fault}"));
    stage
}
