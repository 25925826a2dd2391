//! gixy finds nothing to blame in a site, but for what is listed here with its reason.

use super::case::{CASES, distinct};
use super::nginx::{SITE, nginx_files};
use super::private_root::PrivateRoot;
use crate::support::tools;

/// Findings that we answer for: check, and why it stands.
const ANSWERED: &[(&str, &str)] = &[
    // A route whose upstream is a name, or whose prefix is deep, replaces its prefix on the decoded path: `..` is
    // resolved before a route is looked for, so none leads out of its prefix.
    ("proxy_pass_normalized", "routes that replace their prefix"),
    // Written for targets whose OpenSSL has the group, and read by such an nginx in `nginx.rs`.
    ("ssl_ecdh_curve", "X25519MLKEM768 only where the target's OpenSSL has it"),
];

#[test]
fn gixy_finds_nothing_that_has_no_answer() {
    let Some(gixy) = tools::find(tools::cache().join("venv/bin/gixy")) else { return };
    let texts = distinct(CASES.iter().map(|case| (case.name.as_str(), nginx_files(case))));
    for (_, cases) in texts {
        let case = CASES.iter().find(|case| case.name == cases[0]).unwrap();
        let Some(room) = PrivateRoot::with(case) else { continue };
        let said = room.run(&format!("exec {gixy} --format json {SITE}"));
        assert!(said.stderr.trim().is_empty(), "{}: {}", case.name, said.stderr);
        let findings: Vec<serde_json::Value> = serde_json::from_str(said.text())
            .unwrap_or_else(|error| panic!("{}: {error}: {}", case.name, said.text()));
        for finding in findings {
            let check = finding["plugin"].as_str().unwrap();
            assert!(ANSWERED.iter().any(|(name, _)| *name == check), "{}: {finding:#}", cases.join(", "));
            let curve = case.file(SITE).unwrap().contains("MLKEM");
            assert!(
                check != "ssl_ecdh_curve" || curve && case.panel.target.mlkem(),
                "{}: {finding:#}",
                case.name
            );
        }
    }
}
