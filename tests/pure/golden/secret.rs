//! No secret in the tree.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::case::{CASES, Case, withheld};
use super::file_tree;

/// The value as it may stand in a file: plain, or inside base64 at each of the three places it can begin at.
fn disguises(secret: &str) -> Vec<Vec<u8>> {
    let encoded = (0..3).map(|shift| {
        let text = STANDARD_NO_PAD.encode([&vec![b'-'; shift], secret.as_bytes()].concat());
        // The first and the last letters also depend on what stands beside the value.
        text.as_bytes()[shift * 2..text.len() - 2].to_vec()
    });
    encoded.chain([secret.as_bytes().to_vec()]).collect()
}

fn holds(content: &[u8], secret: &str) -> bool {
    disguises(secret).iter().any(|text| content.windows(text.len()).any(|window| window == text.as_slice()))
}

/// Every secret of a case, with the file that has it.
fn with_secret() -> impl Iterator<Item = (&'static Case, &'static str, &'static str)> {
    CASES.iter().flat_map(|case| {
        let secrets = [(&case.secret, "secret.txt"), (&case.registry_password, "registry.json")];
        secrets.into_iter().filter_map(move |(secret, file)| Some((case, secret.as_deref()?, file)))
    })
}

#[test]
fn the_secret_of_a_case_is_in_its_closed_files_alone() {
    assert!(with_secret().count() >= 2, "a case with faasd and one without");
    for (case, secret, _) in with_secret() {
        let mut closed = 0;
        for (path, entry) in case.bundle.entries() {
            let Some(content) = entry.content() else { continue };
            if withheld(path, entry) {
                closed += 1;
                let parent = case.bundle.get(path.parent().unwrap()).map(|parent| parent.mode);
                let private = entry.mode & 0o077 == 0 || parent == Some(0o700);
                assert!(private, "{}: {path} is open to others", case.name);
            } else {
                assert!(!holds(content, secret), "{}: {path} holds the secret", case.name);
            }
        }
        assert!(closed > 0, "{}: the secret is nowhere", case.name);
    }
}

#[test]
fn the_secret_of_a_case_is_nowhere_else_in_the_tree() {
    let tree = file_tree::read(&file_tree::repository("snapshots"));
    for (case, secret, file) in with_secret() {
        let found: Vec<_> =
            tree.iter().filter(|(_, (content, _))| holds(content, secret)).map(|(path, _)| path).collect();
        assert_eq!(found, [&format!("{}/{file}", case.name)]);
        assert!(
            secret.starts_with("fake-"),
            "{}: a secret in the repository says that it is none",
            case.name
        );
    }
    let values: BTreeSet<_> = with_secret().map(|(_, secret, _)| secret).collect();
    assert_eq!(values.len(), with_secret().count(), "each case has a secret of its own");
}

#[test]
fn a_case_without_a_secret_renders_none() {
    for case in CASES.iter().filter(|case| case.secret.is_none() && case.registry_password.is_none()) {
        assert!(!case.bundle.has_secret(), "{}", case.name);
    }
}

#[test]
fn a_secret_in_base64_is_found() {
    let secret = "fake-needle-42";
    for before in ["", "a", "ab", "abc"] {
        let text = STANDARD_NO_PAD.encode(format!("{before}{secret} and more"));
        assert!(holds(text.as_bytes(), secret), "{text}");
    }
    assert!(!holds(STANDARD_NO_PAD.encode("fake-noodle-42").as_bytes(), secret));
}
