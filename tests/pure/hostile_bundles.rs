//! Hostile bundles: large shapes, links to other places, names and types that no bundle has.

use std::os::unix::fs::symlink;

use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::inspect::lint::{BundleView, lint};

use crate::support::hostile_shapes::{SHAPES, good, grown};
use crate::support::test_dir::TestDir;

const PASSWORD: &str = "fake-Tr0ub4dor-of-a-test";

#[test]
fn every_large_shape_is_linted_and_the_report_is_limited() {
    let good = good();
    for shape in SHAPES {
        let tree = grown(&good, *shape, 6 << 10);
        let mut found = Diagnostics::default();
        lint(&BundleView::new(&tree, true, None), &mut found);
        assert!(found.entries().len() <= 101, "{}: {}", shape.0, found.entries().len());
    }
}

#[test]
fn path_with_a_link_is_read_only_if_it_ends_at_a_bundle() {
    let dir = TestDir::new();
    dir.put(".git/config", format!("token={PASSWORD}\n"));
    symlink(".git", dir.path.join("bundle")).unwrap();
    assert_eq!(dir.run(&["render", "-d", "example.com", "-o", "real"]).code(), 0);
    symlink("real", dir.path.join("linked")).unwrap();
    std::fs::create_dir(dir.path.join("empty")).unwrap();
    symlink("empty", dir.path.join("nothing")).unwrap();
    for path in ["bundle", "bundle/", "./bundle"] {
        for args in [
            &["check", "--no-programs", path][..],
            &["diff", "-d", "example.com", path],
            &["diff", path, "real"],
        ] {
            let run = dir.run(args);
            assert_eq!(run.code(), 2, "{args:?}: {}", run.stderr);
            assert_eq!(run.codes(), ["path-symlink"], "{args:?}: {}", run.stderr);
            assert!(!run.text().contains("token") && !run.stderr.contains("token"), "{args:?}");
        }
    }
    assert_eq!(dir.run(&["check", "--no-programs", "linked"]).code(), 0);
    assert_eq!(dir.run(&["diff", "-d", "example.com", "nothing"]).code(), 1);
}

#[test]
fn fifo_or_device_is_reported_and_not_opened() {
    let dir = TestDir::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path.join("fifo").as_std_path(),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    for args in [
        &["render", "-f", "fifo"][..],
        &["render", "-d", "example.com", "--passinit-file", "fifo"],
        &["check", "fifo"],
        &["check", "--fleet", "fifo"],
        &["diff", "-d", "example.com", "fifo"],
        &["check", "/dev/zero"],
        &["render", "-f", "/dev/zero"],
    ] {
        let run = dir.run(args);
        assert_eq!(run.code(), 2, "{args:?}");
        assert!(
            run.stderr.contains("it is a FIFO") || run.stderr.contains("it is a device"),
            "{args:?}: {}",
            run.stderr
        );
    }
    assert_eq!(dir.run(&["render", "-d", "example.com", "-f", "/dev/null"]).code(), 0);
}

#[test]
fn fleet_directory_is_not_written_through_links_and_keeps_listed_foreign_files() {
    let dir = TestDir::with("fleet.yaml", "hosts:\n  - domain: a.example.com\n");
    let render = |to: &str| dir.run(&["render", "--fleet", "fleet.yaml", "-o", to]);
    assert_eq!(render("one").code(), 0);
    dir.put("outside/site.yml", "mine");
    std::fs::remove_dir_all(dir.path.join("one/ansible")).unwrap();
    symlink("../outside", dir.path.join("one/ansible")).unwrap();
    let before = dir.read("one/MANIFEST.json");
    let run = render("one");
    assert_eq!((run.code(), run.codes()), (2, vec!["directory-symlink"]), "{}", run.stderr);
    assert_eq!((dir.read("outside/site.yml").as_str(), dir.read("one/MANIFEST.json")), ("mine", before));

    symlink("one", dir.path.join("link")).unwrap();
    assert_eq!(render("link").codes(), ["directory-symlink"]);

    assert_eq!(render("two").code(), 0);
    let host = "a.example.com/root/etc/nginx/conf.d/default.conf";
    dir.put("two/notes", "mine");
    let listed = dir
        .read("two/MANIFEST.json")
        .replace("\"meta_files\": [", &format!("\"meta_files\": [\"{host}\",\"notes\","));
    dir.put("two/MANIFEST.json", listed);
    assert_eq!(render("two").code(), 0);
    assert!(dir.path.join("two").join(host).exists() && dir.read("two/notes") == "mine");
}

#[test]
fn foreign_file_is_kept_when_a_manifest_lists_it() {
    let dir = TestDir::new();
    let render = || dir.run(&["render", "-d", "example.com", "-o", "bundle"]);
    assert_eq!(render().code(), 0);
    dir.put("bundle/notes", "mine");
    dir.put("bundle/root/etc/mine.conf", "mine");
    let manifest = dir.read("bundle/MANIFEST.json");
    let manifest = manifest.replace("\"meta_files\": [", "\"meta_files\": [\"notes\",");
    let checksum = "0".repeat(64);
    let entry = format!("\"entries\": [{{\"path\": \"/etc/mine.conf\", \"sha256\": \"{checksum}\"}},");
    dir.put("bundle/MANIFEST.json", manifest.replace("\"entries\": [", &entry));
    assert_eq!(render().code(), 0);
    assert_eq!(
        (dir.read("bundle/notes").as_str(), dir.read("bundle/root/etc/mine.conf").as_str()),
        ("mine", "mine")
    );
}

#[test]
fn password_that_begins_with_a_hyphen_is_accepted_and_never_printed() {
    let dir = TestDir::new();
    let password = format!("-{PASSWORD}");
    let done = dir.run(&["render", "-d", "example.com", "-p", &password, "-o", "bundle"]);
    assert_eq!(done.code(), 0, "{}", done.stderr);
    assert_eq!(dir.read("bundle/root/var/lib/faasd/secrets/basic-auth-password"), password);
    for args in [
        &["render", "-d", "example.com", "-p", &password, PASSWORD][..],
        &["render", "-p", "my", &password],
        &["render", "--passinit", "my", &password, "--domain"],
        &["render", "-p", &password, "-p", &password],
        &["check", "-p", &password, "bundle"],
        &["render", "-t", "-p", &password],
        &["-p", &password, "render"],
    ] {
        let run = dir.run(args);
        assert_eq!(run.code(), 2, "{args:?}");
        assert!(!run.stderr.contains(PASSWORD), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn value_that_begins_with_a_hyphen_is_reported_by_its_flag() {
    let dir = TestDir::new();
    let run = dir.run(&["render", "-d", "-x"]);
    assert_eq!((run.code(), run.codes()), (2, vec!["domain-invalid"]), "{}", run.stderr);
    assert!(run.stderr.contains("`-x`") && run.stderr.contains("--> -d"), "{}", run.stderr);
    let run = dir.run(&["render", "-d", "example.com", "-o", "--force"]);
    assert!(run.code() == 2 && run.stderr.contains("'--output <PATH>' is '--force'"), "{}", run.stderr);
    assert!(dir.names().is_empty());
    // A line break in an argument does not begin a line of the message.
    let run = dir.run(&["render", "\n::error::x\u{1b}[2J"]);
    assert!(
        run.code() == 2 && !run.stderr.contains("\n::") && !run.stderr.contains('\u{1b}'),
        "{}",
        run.stderr
    );
}

#[test]
fn manifest_has_no_checksum_from_which_a_password_could_be_guessed() {
    let dir = TestDir::new();
    let render = |to: &str, password: &str, unit: &str| {
        dir.put("panel.yaml", format!("domain: example.com\noverrides:\n  units:\n    faasd.service:\n      Service:\n        Environment: A={unit}\n"));
        let run = dir.run(&["render", "-f", "panel.yaml", "-p", password, "-o", to]);
        assert_eq!(run.code(), 0, "{}", run.stderr);
        let manifest: serde_json::Value =
            serde_json::from_str(&dir.read(&format!("{to}/MANIFEST.json"))).unwrap();
        manifest
    };
    let (one, other) = (render("one", "fake-one", "x"), render("other", "fake-other", "x"));
    assert_eq!(one, other, "a password changes nothing in the manifest");
    let third = render("third", "fake-one", "y");
    assert_eq!(one["parameters"], third["parameters"], "nor does an override, which can hold one");
    let secrets: Vec<_> =
        one["entries"].as_array().unwrap().iter().filter(|entry| entry["secret"] == true).collect();
    assert!(!secrets.is_empty() && secrets.iter().all(|entry| entry.get("sha256").is_none()), "{secrets:?}");
}
