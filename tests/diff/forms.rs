//! Every form, for every kind of change, as it is promised.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::lab::{Lab, feed, has, python3};

/// Two small trees with one change of every kind.
fn pair() -> Lab {
    let lab = Lab::new();
    for side in ["a", "b"] {
        lab.write(&format!("{side}/root/etc/kept"), "same\n", 0o644);
        lab.write(&format!("{side}/root/etc/bits"), "same\n", 0o644);
        lab.write(&format!("{side}/root/var/closed/inside"), format!("hidden from all, {side}\n"), 0o644);
        crate::lab::chmod(&lab.join(&format!("{side}/root/var/closed")), 0o700);
        fs::create_dir_all(lab.join(&format!("{side}/root/var/bits"))).unwrap();
    }
    lab.write("a/root/etc/changed", "one\ntwo\nthree\nfour\nfive\n", 0o644);
    lab.write("b/root/etc/changed", "one\ntwo\n3\nfour\nfive", 0o644);
    lab.write("a/root/etc/crlf", "x\r\ny\r\n", 0o644);
    lab.write("b/root/etc/crlf", "x\r\ny\n", 0o644);
    lab.write("a/root/etc/gone", "gone\n", 0o644);
    lab.write("b/root/etc/come \"quoted\"", "```\n````\n</details>\n", 0o755);
    lab.write("a/root/etc/old name", "moved as it is\n", 0o644);
    lab.write("b/root/etc/new name", "moved as it is\n", 0o755);
    lab.write("a/root/etc/binary", b"\0\x01", 0o644);
    lab.write("b/root/etc/binary", b"\0\x02", 0o644);
    lab.write("a/root/etc/hostile", "plain\n", 0o644);
    lab.write("b/root/etc/hostile", "\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\n", 0o644);
    lab.write("a/root/etc/link", "a file\n", 0o644);
    symlink("kept", lab.join("b/root/etc/link")).unwrap();
    crate::lab::chmod(&lab.join("b/root/etc/bits"), 0o755);
    crate::lab::chmod(&lab.join("b/root/var/bits"), 0o750);
    fs::create_dir_all(lab.join("b/root/var/empty")).unwrap();
    lab
}

#[test]
fn text() {
    // A snapshot cannot hold what nobody sees.
    let out = pair().run(&["diff", "a", "b"]).stdout;
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
    insta::assert_snapshot!(seen);
}

#[test]
fn text_for_a_person_has_no_raw_control_character_but_our_colours() {
    let out = pair().run(&["diff", "a", "b", "--color", "always"]).stdout;
    let bare = ["\u{1b}[1m", "\u{1b}[36m", "\u{1b}[32m", "\u{1b}[31m", "\u{1b}[0m"]
        .iter()
        .fold(out, |text, colour| text.replace(colour, ""));
    assert!(bare.contains("+\\u{1b}]0;title\\u{7}\\u{9b}31m\\u{202e}\n"), "{bare}");
    assert!(bare.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "{bare:?}");
}

#[test]
fn a_pipe_gets_no_colour_and_every_byte() {
    let out = pair().run(&["diff", "a", "b"]).stdout;
    assert!(out.contains("+\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\n"));
    assert!(!out.contains("\u{1b}[32m"));
}

#[test]
fn stat() {
    insta::assert_snapshot!(pair().run(&["diff", "a", "b", "--stat"]).stdout);
}

#[test]
fn names() {
    insta::assert_snapshot!(pair().run(&["diff", "a", "b", "--name-only"]).stdout);
}

#[test]
fn json() {
    let out = pair().run(&["diff", "a", "b", "--format", "json"]).stdout;
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let changes = json["changes"].as_array().unwrap();
    let hostile = changes.iter().find(|change| change["path"] == "root/etc/hostile").unwrap();
    assert!(hostile["diff"].as_str().unwrap().contains("+\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\n"));
    insta::assert_snapshot!(out);
}

#[test]
fn markdown() {
    insta::assert_snapshot!(pair().run(&["diff", "a", "b", "--format", "markdown"]).stdout);
}

#[test]
fn two_bundles_that_differ_in_their_manifest_alone_differ() {
    let lab = Lab::new();
    lab.bundle("a/", &[]);
    lab.bundle("b/", &[]);
    let path = lab.join("b/MANIFEST.json");
    let json = fs::read_to_string(&path).unwrap().replace("\"version\": \"", "\"version\": \"9.");
    fs::write(&path, json).unwrap();
    let ran = lab.run(&["diff", "a", "b"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .starts_with("# impact: nothing to do on the host\ndiff --git a/MANIFEST.json b/MANIFEST.json\n")
    );
    assert_eq!(lab.run(&["diff", "a", "b", "--name-only"]).stdout, "MANIFEST.json\n");
}

#[test]
fn files_beside_a_bundle_are_left_alone_and_those_among_the_hosts_files_are_not() {
    let lab = Lab::new();
    lab.bundle("a/", &[]);
    lab.write("a/notes.txt", "mine\n", 0o644);
    lab.write("a/.git/config", "mine\n", 0o644);
    let ran = lab.run(&["diff", "-d", "example.com", "a"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("left alone: `notes.txt`"), "{}", ran.stderr);
    lab.write("a/root/etc/extra", "x\n", 0o644);
    assert_eq!(lab.run(&["diff", "-d", "example.com", "a", "--name-only"]).stdout, "root/etc/extra\n");
}

#[test]
fn what_git_cannot_keep_does_not_count_in_a_work_tree() {
    let lab = Lab::new();
    lab.bundle("repo/b/", &["-p", "correct-horse-battery"]);
    fs::remove_dir(lab.join("repo/b/root/var/lib/faasd-provider")).unwrap();
    crate::lab::chmod(&lab.join("repo/b/root/var/lib/faasd/secrets"), 0o755);
    crate::lab::chmod(&lab.join("repo/b/MANIFEST.json"), 0o644);
    let arguments = ["diff", "-d", "example.com", "-p", "correct-horse-battery", "repo/b"];
    assert_eq!(lab.run(&arguments).code, 1);
    fs::create_dir(lab.join("repo/.git")).unwrap();
    let ran = lab.run(&arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    // What git keeps still counts, and so does what git would never make.
    crate::lab::chmod(&lab.join("repo/b/root/usr/local/libexec/panel/code-server"), 0o644);
    crate::lab::chmod(&lab.join("repo/b/README.md"), 0o666);
    let out = lab.run(&arguments).stdout;
    assert!(out.contains("old mode 100644\nnew mode 100755\n"), "{out}");
    assert!(out.contains("#   README.md: mode 0666 becomes 0644\n"), "{out}");
}

#[test]
fn markdown_is_read_back_by_another_parser_as_it_was_meant() {
    const READ: &str = r#"
import json, sys
from markdown_it import MarkdownIt
tokens = MarkdownIt("commonmark").parse(sys.stdin.read())
html = "".join(t.content for t in tokens if t.type == "html_block")
fences = [t.content for t in tokens if t.type == "fence"]
code = [c.content for t in tokens if t.type == "inline" for c in t.children if c.type == "code_inline"]
print(json.dumps({"open": html.count("<details>"), "close": html.count("</details>"), "fences": fences, "code": code}))
"#;
    let python3 = python3();
    if !has(&python3, &["-c", "import markdown_it"]) {
        return;
    }
    let lab = pair();
    let out = lab.run(&["diff", "a", "b", "--format", "markdown"]).stdout;
    let mut python = Command::new(&python3);
    let output = feed(python.args(["-c", READ]), out.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let paths = lab.run(&["diff", "a", "b", "--format", "json"]).stdout;
    let paths: serde_json::Value = serde_json::from_str(&paths).unwrap();
    let count = paths["changes"].as_array().unwrap().len();
    assert_eq!((read["open"].as_u64(), read["close"].as_u64()), (Some(count as u64), Some(count as u64)));
    let fences: Vec<&str> =
        read["fences"].as_array().unwrap().iter().map(|fence| fence.as_str().unwrap()).collect();
    assert!(fences.iter().any(|fence| fence.contains("+```\n+````\n+</details>\n")), "{fences:?}");
    assert!(fences.iter().all(|fence| !fence.contains('\u{1b}')));
    // Every patch that JSON has is in a fence, to the letter, where each of its letters can be seen.
    let plain = |diff: &&str| diff.chars().all(|c| c == '\n' || panelgen::internals::values::is_visible(c));
    let diffs = paths["changes"].as_array().unwrap().iter().filter_map(|change| change["diff"].as_str());
    let diffs: Vec<&str> = diffs.filter(plain).collect();
    assert!(diffs.len() >= 4, "{diffs:?}");
    for diff in &diffs {
        assert!(fences.contains(diff), "{diff}\n{fences:#?}");
    }
}

#[test]
fn the_impact_in_markdown_is_read_back_as_the_steps_of_json() {
    const STEPS: &str = r#"
import json, sys
from markdown_it import MarkdownIt
tokens = MarkdownIt("commonmark").parse(sys.stdin.read())
begin = next(i for i, t in enumerate(tokens) if t.type == "ordered_list_open")
end = next(i for i, t in enumerate(tokens) if t.type == "ordered_list_close")
items = [t.children for t in tokens[begin:end] if t.type == "inline"]
print(json.dumps([next(c.content for c in item if c.type == "code_inline") for item in items]))
"#;
    let python3 = python3();
    if !has(&python3, &["-c", "import markdown_it"]) {
        return;
    }
    let lab = Lab::new();
    lab.bundle("a/", &[]);
    lab.bundle("b/", &["--set", "faasd.gateway_port=9000", "--set", "faasd.memory_max=600M"]);
    let out = lab.run(&["diff", "a", "b", "--format", "markdown"]).stdout;
    let output = feed(Command::new(&python3).args(["-c", STEPS]), out.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    let json = lab.run(&["diff", "a", "b", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let steps = json["impact"]["steps"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps.map(|step| step["step"].as_str().unwrap()).collect();
    assert!(steps.len() > 3, "{steps:?}");
    assert_eq!(read, steps);
}
