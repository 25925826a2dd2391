//! The initial password: where it comes from, and that nobody hears it.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::test_dir::{Run, TestDir};

const SECRET: &str = "hunter-2-fake";
const FILE: &str = "bundle/root/var/lib/faasd/secrets/basic-auth-password";

fn silent(ran: &Run, what: &str) {
    assert!(!ran.stderr.contains("hunter"), "{what}: {}", ran.stderr);
}

#[test]
fn a_password_file_is_relative_to_the_file_that_says_it() {
    let stage = TestDir::with("conf/panel.yaml", "domain: panel.example.org\npassinit: {file: secret.txt}\n");
    stage.put("conf/secret.txt", format!("{SECRET}\n"));
    stage.put("secret.txt", "the-wrong-one");
    let ran = stage.run(&["render", "-f", "conf/panel.yaml", "-o", "bundle/"]);
    assert_eq!((ran.exit, ran.codes()), (Some(0), vec![]), "{}", ran.stderr);
    assert_eq!(stage.read(FILE), SECRET);
    let set = ["render", "-d", "a.example.org", "--set", "passinit.file=secret.txt", "-o", "bundle/"];
    assert_eq!(stage.run(&set).exit, Some(0));
    assert_eq!(
        stage.read(FILE),
        "the-wrong-one",
        "said on the command line: relative to the working directory"
    );
    let flag = ["render", "-f", "conf/panel.yaml", "--passinit-file", "secret.txt", "-o", "bundle/"];
    assert_eq!(stage.run(&flag).exit, Some(0));
    assert_eq!(stage.read(FILE), "the-wrong-one", "the flag wins, and is relative to the working directory");
}

#[test]
fn a_password_comes_from_stdin_by_flag_or_by_parameter() {
    let stage = TestDir::with("panel.yaml", "domain: panel.example.org\npassinit: {stdin: true}\n");
    for args in [
        &["render", "-d", "panel.example.org", "--passinit-file", "-", "-o", "bundle/"][..],
        &["render", "-f", "panel.yaml", "-o", "bundle/"],
    ] {
        let ran = stage.feed(args, format!("{SECRET}\n").as_bytes());
        assert_eq!((ran.exit, ran.codes()), (Some(0), vec![]), "{}", ran.stderr);
        assert_eq!(stage.read(FILE), SECRET);
    }
}

#[test]
fn stdin_is_read_once() {
    let stage = TestDir::with("panel.yaml", "domain: panel.example.org\npassinit: {stdin: true}\n");
    for args in [
        &["render", "-f", "-", "-f", "-"][..],
        &["render", "-f", "-", "--passinit-file", "-"],
        &["render", "-f", "panel.yaml", "-f", "-"],
    ] {
        let ran = stage.feed(args, b"domain: panel.example.org\n");
        assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["stdin-twice"]), "{}", ran.stderr);
    }
    let ran = stage.feed(&["render", "-f", "-"], b"domain: panel.example.org\n");
    assert_eq!(ran.exit, Some(0));
    let ran = stage.feed(&["render", "-f", "-"], b"domian: panel.example.org\n");
    assert!(ran.stderr.contains("--> -:1:1"), "{}", ran.stderr);
}

#[test]
fn a_bundle_with_a_secret_is_closed_to_others() {
    let stage = TestDir::with("secret.txt", SECRET);
    let args = ["render", "-d", "panel.example.org", "--passinit-file", "secret.txt", "-o"];
    let mode = |name: &str| stage.path.join(name).metadata().unwrap().permissions().mode() & 0o7777;
    for output in ["bundle/", "bundle.tar", "bundle.tar.gz", "bundle.json"] {
        assert_eq!(stage.run(&[&args[..], &[output]].concat()).exit, Some(0));
        assert_eq!(mode(output) & 0o077, 0, "{output}");
    }
    assert_eq!(mode("bundle/root/var/lib/faasd/secrets"), 0o700);
    assert_eq!(mode(FILE), 0o644, "the gateway's own user reads it, inside a directory that is root's alone");
    assert_eq!(mode("bundle/MANIFEST.json"), 0o600, "it tells the secret's sum");
}

#[test]
fn no_message_tells_a_password() {
    let stage = TestDir::with("secret.txt", format!(" {SECRET}\n"));
    let secret = format!(" {SECRET}");
    for args in [
        &["render", "-d", "a.example.org", "-p", SECRET, "-o", "x.tar"][..],
        &["render", "-d", "a_b", "-p", SECRET],
        &["render", "-d", "a.example.org", "-p", &secret],
        &["render", "-d", "a.example.org", "--set", &format!("passinit={SECRET}"), "-o", "x.tar"],
        &["render", "-d", "a.example.org", "--set", &format!("passinit={{{SECRET}}}"), "-o", "x.tar"],
        &["render", "-d", "a.example.org", "--passinit-file", "secret.txt"],
        &["list", "-d", "a.example.org", "-p", SECRET],
    ] {
        for format in ["text", "json"] {
            let ran = stage.run(&[args, &["--message-format", format]].concat());
            silent(&ran, &format!("{args:?}"));
            assert!(!ran.stdout.windows(6).any(|window| window == b"hunter"), "{args:?}");
        }
    }
}

#[test]
fn no_excerpt_shows_a_line_with_a_password() {
    let stage = TestDir::new();
    for yaml in [
        "{domain: a_b.example.org, passinit: hunter-2, colour: red}\n",
        "domain: a.example.org\npassinit: hunter-2: x\n",
        "domain: a.example.org\npassinit: 'hunter-2\n",
        "domain: a.example.org\npassinit: !tag hunter-2\n",
        "domain: a.example.org\npassinit: [hunter-2]\n",
        "domain: a.example.org\npassinit: {hunter-2}\n",
        "domain: a.example.org\npassinit: {hunter-2: true}\n",
        "domain: a.example.org\npassinit: {file: hunter.txt, value: hunter-2}\n"
            .replace("hunter.txt", "x")
            .as_str(),
        "domain: a.example.org\npassinit: |\n  hunter-2\n",
        "domain: a.example.org\npassinit: >-\n  hunter-2\n bad: [\n",
        "domain: a.example.org\npassinit:\n  hunter-2: [\n",
        "domain: a.example.org\npasinit: hunter-2\n",
        "domain: a.example.org\npassword: hunter-2\n",
        "domain: a.example.org\npass: hunter-2\n",
        "domain: a.example.org\nPASSINIT: hunter-2\n",
        "domain: a.example.org\nfaasd: {passinit: hunter-2, port: 1}\n",
        "domain: a.example.org\npassinit: hunter-2\npassinit: hunter-3\n",
        "passinit: hunter-2\n- x\n",
        "{\npassinit: hunter-2,\ndomain: [\n}\n",
        "passinit: \"hunter-2\\u0007\"\ndomain: a.example.org\n",
        "passinit: hunter-2   \ndomain: a.example.org\n---\nx: hunter-2\n"
            .replace("x: hunter-2", "x: 1")
            .as_str(),
    ] {
        for format in ["text", "json"] {
            let ran = stage
                .feed(&["render", "-f", "-", "--message-format", format, "-o", "x.tar"], yaml.as_bytes());
            silent(&ran, yaml);
            assert!(!ran.stderr.is_empty(), "{yaml}");
        }
    }
}

#[test]
fn a_password_on_the_command_line_works_and_is_warned_of() {
    let stage = TestDir::new();
    for args in [["-p", SECRET], ["--set", &format!("passinit={SECRET}")]] {
        let ran = stage.run(&[&["render", "-d", "panel.example.org", "-o", "bundle/"][..], &args].concat());
        assert_eq!((ran.exit, ran.codes()), (Some(0), vec!["passinit-visible"]));
        assert_eq!(stage.read(FILE), SECRET);
    }
    let without = stage.run(&["render", "-d", "panel.example.org", "-o", "bundle/"]);
    assert_eq!(without.exit, Some(0));
    assert!(!stage.path.join(FILE).exists(), "none given, none made");
}
