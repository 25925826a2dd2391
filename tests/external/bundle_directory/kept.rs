//! What others put into a bundle's directory stays, as it is and where it is.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use panelgen::internals::bundle::Bundle;
use panelgen::internals::fs::{Overwrite, write_bundle};

use super::samples::{Seen, What, bundle, look, old_and_new, raw, shape};
use crate::support::skip::skip;
use crate::support::test_dir::TestDir;

/// Everything below `at` that the bundle has not, without what a new directory cannot keep.
fn foreign(at: &Path, bundle: &Bundle) -> BTreeMap<PathBuf, Seen> {
    let ours = shape(bundle);
    let mut seen: BTreeMap<_, _> =
        look(at).into_iter().filter(|(path, _)| !ours.contains_key(path)).collect();
    for seen in seen.values_mut() {
        // Making and removing links changes it, and nobody can set it.
        seen.ctime = (0, 0);
        if seen.what == What::Directory {
            seen.inode = 0;
        }
    }
    seen
}

fn strew(at: &Path) {
    let put = |path: &str, mode| {
        fs::write(at.join(path), format!("of others: {path}\n")).unwrap();
        fs::set_permissions(at.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    put("notes.txt", 0o644);
    put(".hidden", 0o600);
    put("root/etc/mine.conf", 0o640);
    put("root/var/gone/mine", 0o000);
    fs::create_dir_all(at.join("root/etc/kept.d/deep/er")).unwrap();
    put("root/etc/kept.d/deep/er/file", 0o4755);
    fs::create_dir(at.join("empty")).unwrap();
    fs::set_permissions(at.join("empty"), fs::Permissions::from_mode(0o1770)).unwrap();
    fs::create_dir(at.join("locked")).unwrap();
    put("locked/file", 0o444);
    fs::set_permissions(at.join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    std::os::unix::fs::symlink("/nowhere", at.join("root/broken")).unwrap();
    std::os::unix::fs::symlink("..", at.join("root/up")).unwrap();
    fs::write(at.join(raw(b"not-\xff-utf8")), b"x").unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(at.join("root/etc/pipe")).status().unwrap();
    assert!(pipe.success());
    let _socket = std::os::unix::net::UnixListener::bind(at.join("root/s")).unwrap();
    let past = fs::FileTimes::new()
        .set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_nanos(1_500_000_001));
    for directory in ["empty", "locked", "root/etc/kept.d"] {
        fs::File::open(at.join(directory)).unwrap().set_times(past).unwrap();
    }
}

#[test]
fn files_of_others_survive_every_change() {
    let directory = TestDir::new();
    let (old, new) = old_and_new();
    let at = directory.join("bundle");
    write_bundle(&old, &at, Overwrite::No).unwrap();
    strew(at.as_std_path());
    let before = foreign(at.as_std_path(), &old);
    assert!(before.len() > 14);
    for bundle in [&new, &old, &new, &bundle(&[])] {
        write_bundle(bundle, &at, Overwrite::No).unwrap();
        let mut after = foreign(at.as_std_path(), bundle);
        // A directory of ours that holds theirs stays for it; it has lost a name of ours.
        for ours in ["root/etc", "root/var", "root/var/gone", "root"] {
            after.remove(Path::new(ours));
        }
        let expected: BTreeMap<_, _> = before
            .iter()
            .filter(|(path, _)| after.contains_key(*path))
            .map(|(p, s)| (p.clone(), s.clone()))
            .collect();
        assert_eq!(after, expected);
        assert_eq!(after.len(), before.len(), "nothing is lost");
        assert_eq!(directory.names(), ["bundle"]);
    }
}

#[test]
fn an_unchanged_bundle_leaves_others_alone() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let (old, _) = old_and_new();
    write_bundle(&old, &at, Overwrite::No).unwrap();
    strew(at.as_std_path());
    let before = look(&at);
    write_bundle(&old, &at, Overwrite::No).unwrap();
    assert_eq!(look(&at), before);
}

#[test]
fn force_replaces_what_is_in_the_way_and_nothing_else() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    fs::create_dir_all(at.join("root/etc")).unwrap();
    fs::write(at.join("root/etc/a"), "theirs\n").unwrap();
    fs::write(at.join("root/etc/z"), "theirs\n").unwrap();
    fs::write(at.join("precious"), "theirs\n").unwrap();
    let bundle = bundle(&[("etc/a", "ours\n")]);
    write_bundle(&bundle, &at, Overwrite::Yes).unwrap();
    assert_eq!(fs::read_to_string(at.join("root/etc/a")).unwrap(), "ours\n");
    assert_eq!(fs::read_to_string(at.join("root/etc/z")).unwrap(), "theirs\n");
    assert_eq!(fs::read_to_string(at.join("precious")).unwrap(), "theirs\n");
}

#[test]
fn the_owner_of_a_directory_stays() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let (old, new) = old_and_new();
    write_bundle(&old, &at, Overwrite::No).unwrap();
    fs::create_dir(at.join("theirs")).unwrap();
    let chown = std::os::unix::fs::chown;
    if [at.join(""), at.join("root/etc"), at.join("theirs")]
        .iter()
        .any(|path| chown(path, Some(4321), Some(4322)).is_err())
    {
        return skip("only root can give a directory away");
    }
    write_bundle(&new, &at, Overwrite::No).unwrap();
    let after = look(&at);
    for path in ["", "root/etc", "theirs"] {
        assert_eq!(after[Path::new(path)].owner, (4321, 4322), "{path:?}");
    }
}
