//! Exit codes, all in one table.

use crate::support::test_dir::TestDir;

#[test]
fn every_way_to_end_has_its_code_and_a_mistake_never_looks_like_changes() {
    let lab = TestDir::new();
    lab.bundle("same/", &[]);
    lab.bundle("other/", &["--set", "faasd.gateway_port=9000"]);
    lab.bundle("same.tar", &[]);
    lab.bundle("same.tar.gz", &[]);
    lab.put_mode("junk.tar", b"not an archive", 0o644);
    lab.put_mode("empty/keep", b"", 0o644);
    let d = ["-d", "example.com"];
    // Arguments, the usual code, the detailed one.
    let table: &[(&[&str], i32, i32)] = &[
        (&["same"], 0, 0),
        (&["same.tar"], 0, 0),
        (&["same.tar.gz"], 0, 0),
        (&["other"], 1, 2),
        (&["empty"], 1, 2),
        (&["same", "--stat"], 0, 0),
        (&["other", "--stat"], 1, 2),
        (&["other", "--name-only"], 1, 2),
        (&["other", "--format", "json"], 1, 2),
        (&["same", "--format", "json"], 0, 0),
        (&["other", "--format", "markdown"], 1, 2),
        (&["--root", "."], 1, 2),
        // Trouble.
        (&["absent"], 2, 1),
        (&["junk.tar"], 2, 1),
        (&["--root", "absent"], 2, 1),
        (&["same", "--set", "nonsense=1"], 2, 1),
        (&["same", "-f", "absent.yaml"], 2, 1),
        // Mistakes in what was said.
        (&[], 2, 1),
        (&["same", "other"], 2, 1),
        (&["same", "--root", "."], 2, 1),
        (&["same", "--no-such-flag"], 2, 1),
        (&["same", "--format", "yaml"], 2, 1),
        (&["same", "-U", "-1"], 2, 1),
        (&["same", "--stat", "--name-only"], 2, 1),
        (&["other", "--stat", "--format", "json"], 2, 1),
    ];
    for (arguments, usual, detailed) in table {
        let all = [&["diff"], &d[..], arguments].concat();
        let ran = lab.run(&all);
        assert_eq!(ran.code(), *usual, "{all:?}\n{}{}", ran.text(), ran.stderr);
        let nothing_to_say = *usual == 2 || (*usual == 0 && !arguments.contains(&"json"));
        assert_eq!(ran.text().is_empty(), nothing_to_say, "{all:?}");
        let all = [&all[..], &["--detailed-exitcode"]].concat();
        assert_eq!(lab.run(&all).code(), *detailed, "{all:?}");
    }
    for (arguments, usual, detailed) in [
        (&["diff", "same", "same.tar"][..], 0, 0),
        (&["diff", "same", "other"], 1, 2),
        (&["diff", "same", "absent"], 2, 1),
        (&["diff", "-", "-"], 2, 1),
        (&["diff", "same", "-"], 2, 1),
        (&["dif", "same", "other"], 2, 1),
        (&["diff", "--help"], 0, 0),
    ] {
        assert_eq!(lab.run(arguments).code(), usual, "{arguments:?}");
        let all = [arguments, &["--detailed-exitcode"]].concat();
        assert_eq!(lab.run(&all).code(), detailed, "{all:?}");
    }
    // Whoever mistypes the flag itself wanted its codes.
    for typo in
        ["--detailed-exit-code", "--detailed-exitcodes", "--detailed-exitcode=1", "--detaild-exitcode"]
    {
        assert_eq!(lab.run(&["diff", "-d", "example.com", "other", typo]).code(), 1, "{typo}");
    }
}

#[test]
fn an_archive_on_stdin_is_a_bundle_and_leaves_no_stdin_for_parameters() {
    let lab = TestDir::new();
    lab.bundle("a.tar", &[]);
    lab.bundle("b/", &["--set", "faasd.gateway_port=9000"]);
    let archive = std::fs::read(lab.join("a.tar")).unwrap();
    assert_eq!(lab.feed(&["diff", "-d", "example.com", "-"], &archive).code(), 0);
    assert_eq!(lab.feed(&["diff", "-", "b"], &archive).code(), 1);
    assert_eq!(lab.feed(&["diff", "b", "-"], &archive).code(), 1);
    let twice = lab.feed(&["diff", "-d", "example.com", "-f", "-", "-"], &archive);
    assert_eq!(twice.code(), 2);
    assert!(twice.stderr.contains("stdin-twice"), "{}", twice.stderr);
}
