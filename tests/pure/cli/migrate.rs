//! `migrate`: the command, its report and its exit codes. What is rewritten is tested in `src/config/migrate.rs`.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::test_dir::TestDir;

const OLD: &str = "# ours\ndomain: a.example.org\npaneltype: 1  # pai\nmirror: https://mirror.example/\n";
const NEW: &str = "# ours\ndomain: a.example.org\npanel: 1  # pai\nmirror: https://mirror.example/\n";

#[test]
fn migrate_prints_the_new_file_and_reports_to_stderr() {
    let stage = TestDir::with("panel.yaml", OLD);
    let ran = stage.run(&["migrate", "panel.yaml"]);
    assert_eq!((ran.exit, ran.text()), (Some(0), NEW), "{}", ran.stderr);
    assert_eq!(ran.codes(), ["key-migrated"]);
    assert!(
        ran.stderr.contains("--> panel.yaml:3:1") && ran.stderr.contains("its name is `panel`"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.read("panel.yaml"), OLD);
    let json = stage.run(&["migrate", "--message-format", "json", "panel.yaml"]);
    let line: serde_json::Value = serde_json::from_str(json.stderr.lines().next().unwrap()).unwrap();
    assert_eq!((&line["code"], &line["severity"]), (&"key-migrated".into(), &"note".into()));
    assert_eq!(json.text(), NEW);
}

#[test]
fn migrate_reads_stdin_and_writes_to_a_new_file_only_with_force() {
    let stage = TestDir::with("there.yaml", "domain: mine.example.org\n");
    let ran = stage.feed(&["migrate", "-", "-o", "new.yaml"], OLD);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert_eq!((stage.read("new.yaml").as_str(), ran.text()), (NEW, ""));
    let refused = stage.feed(&["migrate", "-", "-o", "there.yaml"], OLD);
    assert_eq!(refused.exit, Some(2));
    assert_eq!(stage.read("there.yaml"), "domain: mine.example.org\n");
    let forced = stage.feed(&["migrate", "-", "-o", "there.yaml", "--force"], OLD);
    assert_eq!((forced.exit, stage.read("there.yaml").as_str()), (Some(0), NEW));
    assert_eq!(stage.feed(&["migrate", "--in-place", "-"], OLD).exit, Some(2));
}

#[test]
fn migrate_in_place_keeps_the_mode_and_does_not_touch_a_current_file() {
    let stage = TestDir::new();
    stage.put_mode("panel.yaml", OLD, 0o640);
    let ran = stage.run(&["migrate", "--in-place", "panel.yaml"]);
    assert_eq!((ran.exit, ran.text()), (Some(0), ""), "{}", ran.stderr);
    assert_eq!(stage.read("panel.yaml"), NEW);
    let file = stage.path.join("panel.yaml");
    let stat = || std::fs::metadata(&file).unwrap();
    assert_eq!(stat().permissions().mode() & 0o7777, 0o640);
    let before = stat().modified().unwrap();
    let again = stage.run(&["migrate", "-i", "panel.yaml"]);
    assert_eq!(again.exit, Some(0));
    assert!(again.stderr.contains("nothing to rewrite"), "{}", again.stderr);
    assert_eq!(stat().modified().unwrap(), before);
    let onto_itself = stage.run(&["migrate", "panel.yaml", "-o", "./panel.yaml", "--force"]);
    assert_eq!((onto_itself.exit, onto_itself.codes()), (Some(2), vec!["output-input"]));
}

#[test]
fn migrate_reports_every_mistake_and_writes_nothing() {
    let stage = TestDir::with("panel.yaml", "paneltype: 1\nmial: a@b.example\ntls: {acme: nono}\n");
    let ran = stage.run(&["migrate", "-i", "panel.yaml"]);
    assert_eq!((ran.exit, ran.text()), (Some(2), ""));
    assert_eq!(ran.codes(), ["key-migrated", "key-unknown", "value-unknown"]);
    assert!(stage.read("panel.yaml").starts_with("paneltype: 1\n"));
    for (content, code) in [
        ("paneltype: [\n", "yaml-syntax"),
        ("a: &a [*a]\n", "yaml-syntax"),
        ("paneltype: 0\npaneltype: 1\n", "key-duplicate"),
        ("paneltype: 0\npanel: pai\n", "key-not-migrated"),
        ("- 1\n", "value-type"),
        ("paneltype: !!str 1\n", "yaml-tag"),
        ("\0", "yaml-syntax"),
    ] {
        stage.put("hostile.yaml", content);
        let ran = stage.run(&["migrate", "hostile.yaml", "-o", "out.yaml"]);
        assert_eq!((ran.exit, ran.text()), (Some(2), ""), "{content:?}");
        assert!(ran.codes().contains(&code), "{content:?}: {}", ran.stderr);
        assert!(!stage.path.join("out.yaml").exists());
    }
    let deep = "[".repeat(100_000);
    stage.put("hostile.yaml", format!("paneltype: {deep}"));
    assert_eq!(stage.run(&["migrate", "hostile.yaml"]).exit, Some(2));
    assert_eq!(stage.run(&["migrate", "absent.yaml"]).codes(), ["file-unreadable"]);
}

#[test]
fn render_names_the_new_key_and_migrate() {
    let stage = TestDir::with("panel.yaml", OLD);
    let ran = stage.run(&["render", "-f", "panel.yaml", "-o", "bundle/"]);
    assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["key-unknown"]));
    assert!(ran.stderr.contains("use `panel`; `panelgen migrate FILE` rewrites the file"), "{}", ran.stderr);
    let set = stage.run(&["render", "-d", "a.example.org", "--set", "paneltype=1"]);
    assert!(set.exit == Some(2) && set.stderr.contains("hint: use `panel`\n"), "{}", set.stderr);
}
