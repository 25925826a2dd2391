//! Every form, for every kind of change, as it is promised.

use std::fs;

use crate::support::diff::pair;
use crate::support::test_dir::{TestDir, chmod};

#[test]
fn text_matches_its_snapshot() {
    // A snapshot cannot hold what nobody sees.
    let out = pair().run(&["diff", "a", "b"]).text().to_owned();
    let seen: String = out
        .chars()
        .map(|c| {
            if c == '\n' || panelgen::internals::values::is_visible(c) {
                c.into()
            } else {
                c.escape_debug().to_string()
            }
        })
        .collect();
    insta::assert_snapshot!("text", seen);
}

#[test]
fn text_for_a_person_has_no_raw_control_character_but_our_colours() {
    let out = pair().run(&["diff", "a", "b", "--color", "always"]).text().to_owned();
    let bare = ["\u{1b}[1m", "\u{1b}[36m", "\u{1b}[32m", "\u{1b}[31m", "\u{1b}[0m"]
        .iter()
        .fold(out, |text, colour| text.replace(colour, ""));
    assert!(bare.contains("+\\u{1b}]0;title\\u{7}\\u{9b}31m\\u{202e}\n"), "{bare}");
    assert!(bare.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "{bare:?}");
}

#[test]
fn a_pipe_gets_no_colour_and_every_byte() {
    let out = pair().run(&["diff", "a", "b"]).text().to_owned();
    assert!(out.contains("+\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\n"));
    assert!(!out.contains("\u{1b}[32m"));
}

#[test]
fn stat_matches_its_snapshot() {
    insta::assert_snapshot!("stat", pair().run(&["diff", "a", "b", "--stat"]).text());
}

#[test]
fn names_match_their_snapshot() {
    insta::assert_snapshot!("names", pair().run(&["diff", "a", "b", "--name-only"]).text());
}

#[test]
fn json_matches_its_snapshot() {
    let out = pair().run(&["diff", "a", "b", "--format", "json"]).text().to_owned();
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let changes = json["changes"].as_array().unwrap();
    let hostile = changes.iter().find(|change| change["path"] == "root/etc/hostile").unwrap();
    assert!(hostile["diff"].as_str().unwrap().contains("+\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\n"));
    insta::assert_snapshot!("json", out);
}

#[test]
fn markdown_matches_its_snapshot() {
    insta::assert_snapshot!("markdown", pair().run(&["diff", "a", "b", "--format", "markdown"]).text());
}

#[test]
fn two_bundles_that_differ_in_their_manifest_alone_differ() {
    let lab = TestDir::new();
    lab.bundle("a/", &[]);
    lab.bundle("b/", &[]);
    let path = lab.join("b/MANIFEST.json");
    let json = fs::read_to_string(&path).unwrap().replace("\"version\": \"", "\"version\": \"9.");
    fs::write(&path, json).unwrap();
    let ran = lab.run(&["diff", "a", "b"]);
    assert_eq!(ran.code(), 1);
    assert!(
        ran.text()
            .starts_with("# impact: no action on the host\ndiff --git a/MANIFEST.json b/MANIFEST.json\n")
    );
    assert_eq!(lab.run(&["diff", "a", "b", "--name-only"]).text(), "MANIFEST.json\n");
}

#[test]
fn files_beside_a_bundle_are_left_alone_and_those_among_the_hosts_files_are_not() {
    let lab = TestDir::new();
    lab.bundle("a/", &[]);
    lab.put_mode("a/notes.txt", "mine\n", 0o644);
    lab.put_mode("a/.git/config", "mine\n", 0o644);
    let ran = lab.run(&["diff", "-d", "example.com", "a"]);
    assert_eq!((ran.code(), ran.text()), (0, ""));
    assert!(ran.stderr.contains("ignored, not part of the bundle: `notes.txt`"), "{}", ran.stderr);
    lab.put_mode("a/root/etc/extra", "x\n", 0o644);
    assert_eq!(lab.run(&["diff", "-d", "example.com", "a", "--name-only"]).text(), "root/etc/extra\n");
}

#[test]
fn what_git_cannot_keep_does_not_count_in_a_work_tree() {
    let lab = TestDir::new();
    lab.bundle("repo/b/", &["-p", "correct-horse-battery"]);
    fs::remove_dir(lab.join("repo/b/root/var/lib/faasd-provider")).unwrap();
    chmod(&lab.join("repo/b/root/var/lib/faasd/secrets"), 0o755);
    chmod(&lab.join("repo/b/MANIFEST.json"), 0o644);
    let arguments = ["diff", "-d", "example.com", "-p", "correct-horse-battery", "repo/b"];
    assert_eq!(lab.run(&arguments).code(), 1);
    fs::create_dir(lab.join("repo/.git")).unwrap();
    let ran = lab.run(&arguments);
    assert_eq!((ran.code(), ran.text()), (0, ""));
    // What git keeps still counts, and so does what git would never make.
    chmod(&lab.join("repo/b/root/usr/local/libexec/panel/code-server"), 0o644);
    chmod(&lab.join("repo/b/README.md"), 0o666);
    let out = lab.run(&arguments).text().to_owned();
    assert!(out.contains("old mode 100644\nnew mode 100755\n"), "{out}");
    assert!(out.contains("#   README.md: mode changes from 0666 to 0644\n"), "{out}");
}
