//! A part of a fleet: some hosts by name, or those that are good.

use crate::support::fleet::fleet;
use crate::support::test_dir::TestDir;
use crate::support::test_dir::stamps;

#[test]
fn a_part_is_rendered_and_the_others_stay() {
    let stage = TestDir::with("fleet.yaml", fleet(6));
    let all = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]);
    assert_eq!(all.exit, Some(0));
    let before = stamps(&stage.path.join("out"));
    // Host 1 has changed, and host 5 is gone; neither is asked for.
    let text = fleet(5).replace("  - domain: h1.", "  - mail: one@corp.org\n    domain: h1.");
    stage.put("fleet.yaml", text);
    let part = [
        "render",
        "--fleet",
        "fleet.yaml",
        "-o",
        "out",
        "--only-host",
        "h2.*",
        "--only-host",
        "H3.example.org",
    ];
    let ran = stage.run(&part);
    assert!(ran.stderr.starts_with("out: 2 hosts, "), "{}", ran.stderr);
    assert_eq!(stamps(&stage.path.join("out")), before);
    // Asked for, the one that is gone goes.
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--only-host", "h[5]*"]);
    assert_eq!(ran.codes(), ["host-unknown"]);
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--only-host", "h?.*"]);
    assert_eq!(ran.exit, Some(0));
    assert!(!stage.path.join("out/h5.example.org").exists());
}

#[test]
fn a_part_into_a_new_directory_is_that_part() {
    let stage = TestDir::with("fleet.yaml", fleet(6));
    stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--only-host", "h4*"]);
    let manifest = stage.read("out/MANIFEST.json");
    assert!(manifest.contains("h4.example.org") && !manifest.contains("h3."), "{manifest}");
    assert_eq!(stage.path.join("out").read_dir_utf8().unwrap().count(), 3);
}

#[test]
fn nothing_is_written_when_one_host_is_refused() {
    let stage = TestDir::with("fleet.yaml", fleet(4) + "  - domain: bad_.example.org\n");
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]);
    assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["domain-invalid"]));
    assert!(!stage.path.join("out").exists());
    let ran = stage.run(&["render", "--fleet", "fleet.yaml"]);
    assert_eq!((ran.exit, ran.stdout.len()), (Some(2), 0));
}

#[test]
fn keep_going_writes_the_good_ones_and_removes_nobody() {
    let stage = TestDir::with("fleet.yaml", fleet(4));
    stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]);
    // Host 2 can no longer be read, and so nobody knows whether host 3 is gone.
    let text = fleet(3).replace("domain: h2.example.org", "domain: h2_.example.org")
        + "  - domain: new.example.org\n";
    stage.put("fleet.yaml", text);
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--keep-going"]);
    assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["domain-invalid"]), "{}", ran.stderr);
    assert!(ran.stderr.ends_with(" 0 removed; 1 host rejected\n"), "{}", ran.stderr);
    let manifest = stage.read("out/MANIFEST.json");
    for host in ["h0", "h1", "h2", "h3", "new"] {
        assert!(stage.path.join(format!("out/{host}.example.org/MANIFEST.json")).exists(), "{host}");
        assert!(manifest.contains(&format!("\"{host}.example.org\"")), "{host}");
    }
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "--keep-going"]);
    assert_eq!(ran.exit, Some(2));
    assert!(ran.stderr.contains("3 hosts, ") && ran.stdout.len() > 100_000, "{}", ran.stderr);
}

#[test]
fn a_document_that_breaks_off_is_refused_whole() {
    let stage = TestDir::with("fleet.yaml", fleet(4) + "  - domain: {\n");
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--keep-going"]);
    assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["yaml-syntax"]));
    assert!(!stage.path.join("out").exists());
}
