//! Exit codes, and what stands on which stream.

use crate::support::test_dir::TestDir;

const GOOD: [&str; 3] = ["render", "-d", "panel.example.org"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    GOOD.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let stage = TestDir::with("empty.yaml", "");
    stage.put("dir/somebody.txt", "else");
    assert_eq!(stage.run(&with(&["-o", "same/"])).exit, Some(0));
    assert_eq!(stage.run(&with(&["-o", "same.tar"])).exit, Some(0));
    let table: &[(&[&str], i32)] = &[
        (&["--help"], 0),
        (&["--version"], 0),
        (&["render", "--help"], 0),
        (&["targets"], 0),
        (&["list", "-d", "panel.example.org"], 0),
        (&GOOD, 0),
        (&with(&["-o", "same/", "--check"]), 0),
        (&with(&["-o", "same.tar", "--check"]), 0),
        (&with(&["-t", "none", "-o", "same/", "--check"]), 1),
        (&with(&["-t", "none", "-o", "same.tar", "--check"]), 1),
        (&with(&["-o", "absent/", "--check"]), 1),
        (&with(&["-o", "absent.tar", "--check"]), 1),
        (&["render", "-o", "same/", "--check"], 2),
        (&with(&["--check"]), 2),
        (&[], 2),
        (&["rendre"], 2),
        (&["render"], 2),
        (&["list"], 2),
        (&["render", "--domian", "panel.example.org"], 2),
        (&["render", "-d", "-d"], 2),
        (&["render", "-d", "panel_x.example.org"], 2),
        (&["render", "-f", "absent.yaml"], 2),
        (&["render", "-f", "empty.yaml"], 2),
        (&with(&["--only", "/etc/absent"]), 2),
        (&with(&["--format", "dir"]), 2),
        (&with(&["--format", "zip"]), 2),
        (&with(&["-o", "dir/"]), 2),
        (&with(&["-o", "dir/", "--force"]), 0),
        (&with(&["-o", "/proc/absent/x.tar"]), 2),
        (&with(&["-p", "a", "--passinit-file", "b"]), 2),
    ];
    let wrong: Vec<_> = table
        .iter()
        .map(|(args, exit)| (args, exit, stage.run(args)))
        .filter(|(_, exit, ran)| ran.exit != Some(**exit))
        .map(|(args, exit, ran)| format!("{args:?}: {:?}, not {exit}: {}", ran.exit, ran.stderr))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_refused_writes_nothing_and_says_why_on_stderr_alone() {
    let stage = TestDir::with("panel.yaml", "domain: panel_x.example.org\nfaasd: {gateway_port: 0}\n");
    for output in ["bundle/", "bundle.tar", "bundle.json", "-"] {
        let ran = stage.run(&["render", "-f", "panel.yaml", "-o", output]);
        assert_eq!((ran.exit, ran.stdout.len()), (Some(2), 0));
        assert_eq!(ran.codes(), ["domain-invalid", "port-invalid"]);
        assert_eq!(stage.paths(), ["panel.yaml"]);
    }
}

#[test]
fn help_is_data_and_a_typing_error_is_talk() {
    let stage = TestDir::new();
    let help = stage.run(&["render", "--help"]);
    assert!(help.stderr.is_empty() && help.text().contains("> bundle/"));
    let typo = stage.run(&["render", "--domian", "panel.example.org"]);
    assert!(typo.stdout.is_empty() && typo.stderr.contains("--domain"), "{}", typo.stderr);
    let bare = stage.run(&["render"]);
    assert!(bare.stderr.contains("-d panel.example.org"), "says what to type: {}", bare.stderr);
}

#[test]
fn messages_for_machines_are_one_object_a_line() {
    let stage = TestDir::with("panel.yaml", "domain: panel_x.example.org\n");
    let ran =
        stage.run(&["render", "--message-format", "json", "-f", "panel.yaml", "--set", "runc.version=v1"]);
    let findings: Vec<serde_json::Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(findings.len(), 2, "{}", ran.stderr);
    let [domain, runc] = &findings[..] else { unreachable!() };
    assert_eq!(domain["code"], "domain-invalid");
    assert_eq!(domain["severity"], "error");
    assert_eq!(domain["parameter"], "domain");
    assert!(domain["message"].as_str().unwrap().contains("panel_x"));
    assert_eq!(domain["location"], serde_json::json!({"file": "panel.yaml", "line": 1, "column": 9}));
    assert_eq!(domain["hint"], "write `panel-x.example.org`");
    assert_eq!(runc["location"], serde_json::json!({"flag": "--set runc.version"}));
    let failure = stage.run(&["render", "--message-format", "json", "-d", "a.example.org", "-o", "/proc/x/"]);
    let failure: serde_json::Value = serde_json::from_str(failure.stderr.trim_end()).unwrap();
    assert_eq!(failure["severity"], "error");
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    let stage = TestDir::new();
    let coloured = |args: &[&str]| stage.run(args).stderr.contains('\x1b');
    assert!(!coloured(&["render"]));
    assert!(coloured(&["render", "--color", "always"]));
    assert!(!coloured(&["render", "--color", "never"]));
}

#[test]
fn check_tells_what_differs_and_touches_nothing() {
    let stage = TestDir::new();
    assert_eq!(stage.run(&with(&["-o", "bundle/"])).exit, Some(0));
    let before = stage.paths();
    stage.put("bundle/root/etc/nginx/conf.d/default.conf", "edited by hand\n");
    let ran = stage.run(&with(&["-o", "bundle/", "--check"]));
    assert_eq!((ran.exit, ran.text()), (Some(1), "differs root/etc/nginx/conf.d/default.conf\n"));
    assert_eq!(stage.read("bundle/root/etc/nginx/conf.d/default.conf"), "edited by hand\n");
    assert_eq!(stage.paths(), before);
}

#[test]
fn only_gives_one_file_as_it_is() {
    let stage = TestDir::new();
    stage.run(&with(&["-o", "bundle/"]));
    for (only, file) in [
        ("/etc/nginx/conf.d/default.conf", "bundle/root/etc/nginx/conf.d/default.conf"),
        ("MANIFEST.json", "bundle/MANIFEST.json"),
    ] {
        assert_eq!(stage.run(&with(&["--only", only])).text(), stage.read(file));
    }
    let ran = stage.run(&with(&["--only", "/etc/nginx/conf.d/default.conf", "-o", "one.conf"]));
    assert_eq!((ran.exit, ran.stdout.len()), (Some(0), 0));
    assert_eq!(stage.read("one.conf"), stage.read("bundle/root/etc/nginx/conf.d/default.conf"));
}
