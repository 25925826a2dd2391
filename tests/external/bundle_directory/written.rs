//! What is written is exactly the bundle, and only when it has changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use panelgen::internals::bundle::file_tree::{FileTree, TreeNode};
use panelgen::internals::fs::{
    EntryChange, Overwrite, WriteSummary, check_bundle, read_bundle, write_bundle,
};

use super::crash_child::{self, Which};
use super::samples::{bundle, look, old_and_new, shape, shape_of};
use crate::support::test_dir::TestDir;

#[test]
fn a_bundle_is_written_with_its_exact_modes() {
    let directory = TestDir::new();
    let (old, new) = old_and_new();
    for (name, bundle) in [("old", &old), ("new", &new), ("deep/er/new/", &new)] {
        let done = write_bundle(bundle, &directory.join(name), Overwrite::No).unwrap();
        assert_eq!(shape_of(directory.join(name)), shape(bundle));
        assert_eq!((done.unchanged, done.removed), (0, 0));
    }
    assert_eq!(directory.names(), ["deep", "new", "old"]);
}

#[test]
fn an_empty_directory_is_taken_over() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    fs::create_dir(&at).unwrap();
    let bundle = bundle(&[("etc/a", "a\n")]);
    write_bundle(&bundle, &at, Overwrite::No).unwrap();
    assert_eq!(shape_of(&at), shape(&bundle));
}

#[test]
fn an_unchanged_bundle_writes_nothing_at_all() {
    let directory = TestDir::new();
    let (_, new) = old_and_new();
    let at = directory.join("bundle");
    let first = write_bundle(&new, &at, Overwrite::No).unwrap();
    // The parent is looked at too: not even a temporary name came and went.
    let before = look(directory.join(""));
    let second = write_bundle(&new, &at, Overwrite::No).unwrap();
    assert_eq!(look(directory.join("")), before);
    assert_eq!(second, WriteSummary { unchanged: first.written, ..WriteSummary::default() });
}

#[test]
fn a_changed_bundle_replaces_its_own_and_removes_what_is_stale() {
    let directory = TestDir::new();
    let (old, new) = old_and_new();
    let at = directory.join("bundle");
    write_bundle(&old, &at, Overwrite::No).unwrap();
    let before = look(&at);
    let done = write_bundle(&new, &at, Overwrite::No).unwrap();
    assert_eq!(shape_of(&at), shape(&new));
    // changed.conf, fresh/b, run, password, MANIFEST.json; kept.conf and README.md; gone/a.
    assert_eq!(
        done,
        WriteSummary { written: 5, unchanged: 2, removed: 1, bytes: done.bytes, ..WriteSummary::default() }
    );
    let after = look(&at);
    for kept in ["root/etc/kept.conf", "README.md"] {
        let (before, after) =
            (&before[kept.as_ref() as &std::path::Path], &after[kept.as_ref() as &std::path::Path]);
        assert_eq!((before.inode, before.mtime), (after.inode, after.mtime), "{kept} must be carried over");
    }
    assert_eq!(directory.names(), ["bundle"]);
}

#[test]
fn a_directory_whose_names_stay_keeps_its_times() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    write_bundle(&bundle(&[("a/x", "1\n"), ("b/y", "1\n")]), &at, Overwrite::No).unwrap();
    let past = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1));
    for directory in ["", "root", "root/a", "root/b"] {
        fs::File::open(at.join(directory)).unwrap().set_times(past).unwrap();
    }
    write_bundle(&bundle(&[("a/x", "1\n"), ("b/y", "2\n")]), &at, Overwrite::No).unwrap();
    let after = look(&at);
    let time = |path: &str| after[path.as_ref() as &std::path::Path].mtime.0;
    assert_eq!((time("root"), time("root/a")), (1, 1));
    assert!(time("") > 1 && time("root/b") > 1, "a file in them was replaced");
}

#[test]
fn hands_on_our_files_are_undone() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let bundle =
        bundle(&[("etc/a", "a\n"), ("etc/b", "b\n"), ("etc/c", "c\n"), ("etc/d", "d\n"), ("opt/e", "e\n")]);
    write_bundle(&bundle, &at, Overwrite::No).unwrap();
    fs::write(at.join("root/etc/a"), "A\n").unwrap();
    fs::set_permissions(at.join("root/etc/b"), fs::Permissions::from_mode(0o666)).unwrap();
    fs::remove_file(at.join("root/etc/c")).unwrap();
    fs::remove_file(at.join("root/etc/d")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", at.join("root/etc/d")).unwrap();
    fs::set_permissions(at.join("root/opt"), fs::Permissions::from_mode(0o500)).unwrap();
    let told: Vec<_> = check_bundle(&bundle, &at)
        .unwrap()
        .into_iter()
        .map(|difference| (difference.path.into_string(), difference.change))
        .collect();
    let expected = [
        ("root/etc/a", EntryChange::Content),
        ("root/etc/b", EntryChange::Mode { found: 0o666, wanted: 0o644 }),
        ("root/etc/c", EntryChange::Missing),
        ("root/etc/d", EntryChange::Kind),
        ("root/opt", EntryChange::Mode { found: 0o500, wanted: 0o755 }),
    ];
    assert_eq!(told, expected.map(|(path, change)| (path.to_owned(), change)));
    let passwd = fs::read("/etc/passwd").unwrap();
    write_bundle(&bundle, &at, Overwrite::No).unwrap();
    assert_eq!(shape_of(&at), shape(&bundle));
    assert_eq!(fs::read("/etc/passwd").unwrap(), passwd);
    assert_eq!(check_bundle(&bundle, &at).unwrap(), []);
}

#[test]
fn a_check_tells_every_difference_and_writes_nothing() {
    let directory = TestDir::new();
    let (old, new) = old_and_new();
    let at = directory.join("bundle");
    let missing = check_bundle(&new, &at).unwrap();
    assert!(missing.iter().all(|difference| difference.change == EntryChange::Missing));
    assert_eq!(missing.len(), new.entries().count());
    assert!(directory.names().is_empty());

    write_bundle(&old, &at, Overwrite::No).unwrap();
    let before = look(directory.join(""));
    let told = check_bundle(&new, &at).unwrap();
    assert_eq!(look(directory.join("")), before);
    let of =
        |path: &str| told.iter().filter(|told| told.path == path).map(|told| told.change).collect::<Vec<_>>();
    assert_eq!(of("."), [EntryChange::Mode { found: 0o755, wanted: 0o700 }]);
    assert_eq!(of("root/etc/changed.conf"), [EntryChange::Content]);
    assert_eq!(of("root/opt/fresh"), [EntryChange::Missing]);
    assert_eq!(of("root/var/gone/a"), [EntryChange::Stale]);
    assert_eq!(of("root/etc/kept.conf"), []);
}

#[test]
fn a_bundle_is_read_back_from_its_directory_and_its_archives() {
    let directory = TestDir::new();
    let (_, new) = old_and_new();
    write_bundle(&new, &directory.join("bundle"), Overwrite::No).unwrap();
    let plain = |tree: FileTree| -> Vec<_> {
        tree.entries().map(|(path, found)| (path.to_owned(), found.kind.clone(), found.mode)).collect()
    };
    let expected = plain(FileTree::from(&new));
    assert_eq!(plain(read_bundle(&directory.join("bundle")).unwrap()), expected);
    for (name, bytes) in [
        ("b.tar", panelgen::internals::delivery::tar::write(&new, 7).unwrap()),
        ("b.tar.gz", panelgen::internals::delivery::tar_gz::write(&new, 7).unwrap()),
    ] {
        panelgen::internals::fs::write_file(&directory.join(name), &bytes, 0o600).unwrap();
        assert_eq!(plain(read_bundle(&directory.join(name)).unwrap()), expected);
    }
    assert!(matches!(
        read_bundle(&directory.join("bundle")).unwrap().get("root".into()).unwrap().kind,
        TreeNode::Directory
    ));
    assert!(read_bundle(&directory.join("nothing")).is_err());
}

#[test]
fn modes_are_exact_under_any_umask() {
    let (_, new) = old_and_new();
    for umask in ["0000", "0022", "0027", "0077", "0777"] {
        let directory = TestDir::new();
        let at = directory.join("bundle");
        let with_umask = ["sh", "-c", &format!("umask {umask}; exec \"$@\""), "sh"];
        for _ in 0..2 {
            let run = crash_child::command(&with_umask, Which::New, &at).output().unwrap();
            assert!(run.status.success(), "umask {umask}: {}", String::from_utf8_lossy(&run.stderr));
            assert_eq!(shape_of(&at), shape(&new), "umask {umask}");
        }
        assert_eq!(directory.names(), ["bundle"]);
    }
}

#[test]
fn a_shared_parent_hands_its_group_down_and_nothing_is_written_twice() {
    let directory = TestDir::new();
    let shared = directory.join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o2775)).unwrap();
    let bundle = bundle(&[("etc/a", "a\n")]);
    write_bundle(&bundle, &shared.join("bundle"), Overwrite::No).unwrap();
    let before = look(&shared);
    assert_eq!(before[std::path::Path::new("bundle/root/etc")].mode, 0o2755);
    assert_eq!(before[std::path::Path::new("bundle")].mode, 0o2755);
    write_bundle(&bundle, &shared.join("bundle"), Overwrite::No).unwrap();
    assert_eq!(look(&shared), before);
}
