//! A second run: what has not changed costs nothing, and what is gone goes.

use std::fs;

use camino::Utf8Path;

use crate::support::fleet::fleet;
use crate::support::test_dir::TestDir;
use crate::support::test_dir::stamps;

const ARGS: [&str; 5] = ["render", "--fleet", "fleet.yaml", "-o", "out"];

#[test]
fn the_second_run_writes_nothing_at_all() {
    let stage = TestDir::with("fleet.yaml", fleet(9));
    let first = stage.run(&ARGS);
    assert_eq!(first.exit, Some(0), "{}", first.stderr);
    assert!(
        first.stderr.starts_with("out: 9 hosts, ") && first.stderr.lines().count() == 1,
        "{}",
        first.stderr
    );
    assert!(first.stderr.contains(" 0 unchanged, 0 removed\n"), "{}", first.stderr);
    // The parent is looked at too: not even a temporary name came and went.
    let before = stamps(&stage.path);
    let second = stage.run(&ARGS);
    assert_eq!(stamps(&stage.path), before);
    assert!(second.stderr.contains(" 0 written (0 bytes), "), "{}", second.stderr);
    let check = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--check"]);
    assert_eq!((check.exit, check.text()), (Some(0), ""));
}

#[test]
fn one_changed_host_rewrites_its_files_alone() {
    let stage = TestDir::with("fleet.yaml", fleet(5));
    stage.run(&ARGS);
    let before = stamps(&stage.path.join("out"));
    let text = fleet(5).replace("  - domain: h3.", "  - mail: three@corp.org\n    domain: h3.");
    stage.put("fleet.yaml", text);
    let check = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--check"]);
    assert_eq!(check.exit, Some(1));
    assert!(check.text().lines().all(|line| line.contains(" h3.example.org/")), "{}", check.text());
    let again = stage.run(&ARGS);
    assert_eq!(again.exit, Some(0));
    let own = |path: &str| path.contains("/out/h3.example.org");
    let after = stamps(&stage.path.join("out"));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.0, after.0);
        // The fleet's own directory has the changed one's name in it.
        assert!(before == after || own(&after.0) || after.0.ends_with("/out"), "{}", after.0);
    }
    let files: Vec<_> =
        before.iter().zip(&after).filter(|(a, b)| a.1 != b.1 && Utf8Path::new(&a.0).is_file()).collect();
    assert!((1..=8).contains(&files.len()), "{files:?}");
}

#[test]
fn a_host_taken_out_goes_and_what_others_put_there_stays() {
    let stage = TestDir::with("fleet.yaml", fleet(4));
    stage.run(&ARGS);
    stage.put("out/h2.example.org/root/etc/theirs", "theirs\n");
    stage.put("out/theirs/x", "theirs\n");
    let text = fleet(4);
    let at = text.find("  - domain: h2").unwrap();
    stage.put("fleet.yaml", &text[..at]);
    let again = stage.run(&ARGS);
    assert_eq!(again.exit, Some(0), "{}", again.stderr);
    assert!(!again.stderr.contains(" 0 removed"), "{}", again.stderr);
    let names = |directory: &str| -> Vec<String> {
        let entries = stage.path.join(directory).read_dir_utf8().unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(
        names("out"),
        ["MANIFEST.json", "ansible", "h0.example.org", "h1.example.org", "h2.example.org", "theirs"]
    );
    let mut left = Vec::new();
    crate::support::test_dir::below(&stage.path.join("out/h2.example.org"), &mut left);
    let left: Vec<_> =
        left.iter().filter(|path| path.is_file()).map(|path| path.file_name().unwrap()).collect();
    assert_eq!(left, ["theirs"]);
    assert!(
        !stage.read("out/MANIFEST.json").contains("h2.")
            && !stage.read("out/ansible/inventory.ini").contains("h3.")
    );
    // It is nobody's now, and stays as it is.
    let before = stamps(&stage.path.join("out"));
    stage.run(&ARGS);
    assert_eq!(stamps(&stage.path.join("out")), before);
}

#[test]
fn a_directory_that_is_not_a_fleets_is_refused_unless_forced() {
    let stage = TestDir::with("fleet.yaml", fleet(2));
    stage.put("out/theirs", "theirs\n");
    let refused = stage.run(&ARGS);
    assert_eq!(refused.exit, Some(2));
    assert!(refused.stderr.starts_with("error[directory-foreign]: "), "{}", refused.stderr);
    assert_eq!(stage.path.join("out").read_dir_utf8().unwrap().count(), 1);
    let compared = stage.run(&[&ARGS[..], &["--check"]].concat());
    assert_eq!((compared.exit, &compared.stderr), (Some(2), &refused.stderr));
    let forced = stage.run(&[&ARGS[..], &["--force"]].concat());
    assert_eq!(forced.exit, Some(0), "{}", forced.stderr);
    assert_eq!(stage.read("out/theirs"), "theirs\n");
    // One bundle is no fleet, and a fleet no bundle.
    let bundle = stage.run(&["render", "-d", "example.net", "-o", "one"]);
    assert_eq!(bundle.exit, Some(0));
    let over = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "one"]);
    assert!(over.stderr.starts_with("error[directory-foreign]: "), "{}", over.stderr);
    let over = stage.run(&["render", "-d", "example.net", "-o", "out"]);
    assert!(over.stderr.starts_with("error[directory-foreign]: "), "{}", over.stderr);
}

#[test]
fn a_paper_that_somebody_changed_is_put_back() {
    let stage = TestDir::with("fleet.yaml", fleet(2));
    stage.run(&ARGS);
    let inventory = stage.read("out/ansible/inventory.ini");
    fs::write(stage.path.join("out/ansible/inventory.ini"), "[panel]\n").unwrap();
    let check = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out", "--check"]);
    assert_eq!((check.exit, check.text()), (Some(1), "differs ansible/inventory.ini\n"));
    let again = stage.run(&ARGS);
    assert!(again.stderr.contains(" 1 written ("), "{}", again.stderr);
    assert_eq!(stage.read("out/ansible/inventory.ini"), inventory);
}

#[test]
fn a_place_that_is_somebody_elses_is_found_before_anything_is_written() {
    let stage = TestDir::with("fleet.yaml", fleet(5));
    stage.put("one.yaml", "hosts:\n  - domain: old.example.org\n");
    assert_eq!(stage.run(&["render", "--fleet", "one.yaml", "-o", "out"]).exit, Some(0));
    let host = |number: usize| format!("out/h{number}.example.org");
    stage.put(&format!("{}/mine", host(1)), "mine\n");
    stage.put(&host(3), "a file\n");
    std::os::unix::fs::symlink("old.example.org", stage.path.join(host(4))).unwrap();
    let before = stamps(&stage.path.join("out"));

    let refused = stage.run(&ARGS);
    assert_eq!(refused.exit, Some(2));
    // Comparing reports the same errors, and no file of these hosts as missing.
    let compared = stage.run(&[&ARGS[..], &["--check"]].concat());
    assert_eq!((compared.exit, &compared.stderr), (Some(2), &refused.stderr));
    assert!(
        [1, 3, 4].iter().all(|number| !compared.text().contains(&host(*number)[4..])),
        "{}",
        compared.text()
    );
    assert!(compared.text().contains("missing h2.example.org/panel.sh\n"), "{}", compared.text());
    let codes = ["directory-foreign", "directory-file", "directory-symlink"];
    for (code, number) in codes.iter().zip([1, 3, 4]) {
        assert!(refused.stderr.contains(&format!("error[{code}]: `{}`", host(number))), "{}", refused.stderr);
    }
    assert_eq!(stamps(&stage.path.join("out")), before);

    let going_on = stage.run(&[&ARGS[..], &["--keep-going"]].concat());
    assert_eq!(going_on.exit, Some(2));
    assert!(going_on.stderr.contains("out: 2 hosts, "), "{}", going_on.stderr);
    assert!(going_on.stderr.ends_with(" 0 removed; 3 hosts rejected\n"), "{}", going_on.stderr);
    for number in [0, 2] {
        assert!(stage.path.join(host(number)).join("MANIFEST.json").exists());
    }
    assert_eq!(stage.read(&format!("{}/mine", host(1))), "mine\n");
    let manifest = stage.read("out/MANIFEST.json");
    assert!(manifest.contains("old.example.org") && manifest.contains("h2.") && !manifest.contains("h1."));
}
