//! `diff --explain-upgrade`: what a new version changes, apart from what the parameters change.

use crate::support::test_dir::TestDir;

const SITE: &str = "old/root/etc/nginx/conf.d/default.conf";

/// A bundle that an older version made: its template of the site had another line.
fn old_bundle() -> TestDir {
    let stage = TestDir::new();
    let args = ["render", "-d", "a.example.org", "--set", "panel=none", "-o", "old/"];
    assert_eq!(stage.run(&args).exit, Some(0));
    stage.put(SITE, stage.read(SITE).replace("server_tokens off;", "server_tokens on;"));
    let manifest = stage.read("old/MANIFEST.json");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(manifest.contains(&version));
    stage.put("old/MANIFEST.json", manifest.replace(&version, "\"version\": \"0.0.9\""));
    stage
}

#[test]
fn changes_of_the_generator_and_of_the_parameters_are_apart() {
    let stage = old_bundle();
    let new = ["-d", "a.example.org", "--set", "panel=none", "--set", "code_server.port=5055"];
    let diff =
        |more: &[&str]| stage.run(&[&["diff", "--explain-upgrade"], &new[..], more, &["old/"]].concat());
    let ran = diff(&[]);
    assert_eq!(ran.exit, Some(1), "{}", ran.stderr);
    let version = env!("CARGO_PKG_VERSION");
    let (first, second) = ran.text().split_once("# What the parameters change:\n").unwrap();
    assert!(
        first.starts_with(&format!("# What panelgen {version} instead of 0.0.9 changes:\n# impact:")),
        "{first}"
    );
    assert!(first.contains("+    server_tokens off;") || first.contains("+server_tokens off;"), "{first}");
    assert!(!first.contains("5055") && second.contains("5055"), "{second}");
    assert!(!second.contains("server_tokens on"), "{second}");

    let json: serde_json::Value =
        serde_json::from_slice(&diff(&["--format", "json", "--host-files"]).stdout).unwrap();
    let paths = |part: &str| -> Vec<String> {
        let changes = json[part]["changes"].as_array().unwrap();
        changes.iter().map(|change| change["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(paths("generator"), ["root/etc/nginx/conf.d/default.conf"]);
    assert!(paths("parameters").contains(&"root/etc/code-server/config.yaml".to_owned()), "{json}");

    let names = diff(&["--name-only", "--host-files"]);
    assert!(names.text().starts_with("# What panelgen "), "{}", names.text());
    let markdown = diff(&["--format", "markdown"]);
    assert!(markdown.text().contains("\n## What the parameters change:\n"), "{}", markdown.text());
    assert_eq!(diff(&["--format", "html"]).exit, Some(2));
    assert_eq!(diff(&["--detailed-exitcode"]).exit, Some(2));
}

#[test]
fn without_parameters_only_the_generator_changes_something() {
    let stage = old_bundle();
    let ran = stage.run(&["diff", "--explain-upgrade", "old/"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.stderr);
    assert!(ran.text().ends_with("# What the parameters change: nothing\n"), "{}", ran.text());
    let args = ["render", "-d", "a.example.org", "-o", "same/"];
    assert_eq!(stage.run(&args).exit, Some(0));
    let same = stage.run(&["diff", "--explain-upgrade", "same/"]);
    assert_eq!(same.exit, Some(0), "{}", same.text());
    assert_eq!(same.text().matches(": nothing\n").count(), 2);
}

#[test]
fn parts_are_one_patch_after_the_other() {
    let stage = old_bundle();
    let ran = stage.run(&["diff", "--explain-upgrade", "-d", "b.example.org", "--set", "panel=none", "old/"]);
    assert_eq!(ran.exit, Some(1));
    let plain = stage.run(&["diff", "-d", "b.example.org", "--set", "panel=none", "old/"]);
    // Every removed line of the whole difference is in one of the parts.
    let removed = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.starts_with('-') && !line.starts_with("---"))
            .map(str::to_owned)
            .collect()
    };
    let parts = removed(ran.text());
    assert!(removed(plain.text()).iter().all(|line| parts.contains(line)));
}

#[test]
fn bundle_without_its_parameters_is_an_error() {
    let stage = old_bundle();
    std::fs::remove_file(stage.path.join("old/panel.yaml")).unwrap();
    let ran = stage.run(&["diff", "--explain-upgrade", "-d", "a.example.org", "old/"]);
    assert_eq!(ran.exit, Some(2));
    assert!(ran.stderr.contains("`old/` has no panel.yaml"), "{}", ran.stderr);
    let conflict = stage.run(&["diff", "--explain-upgrade", "old/", "old/"]);
    assert_eq!(conflict.exit, Some(2));
}
