//! Where a bundle is not written, and that nothing is touched there.

use std::fs;

use camino::Utf8Path;
use panelgen::internals::bundle::Bundle;
use panelgen::internals::fs::{Conflict, Overwrite, write_bundle, write_file};

use super::crash_child::{self, Which};
use super::samples::{bundle, look, old_and_new, shape, shape_of};
use crate::support::skip::skip;
use crate::support::test_dir::TestDir;

/// Puts something of somebody else.
type Put = fn(&Utf8Path);

/// The code of the refusal.
fn refusal(bundle: &Bundle, at: &Utf8Path, force: Overwrite) -> &'static str {
    let error = write_bundle(bundle, at, force).expect_err("it must be rejected");
    error.downcast_ref::<Conflict>().unwrap_or_else(|| panic!("not a refusal: {error:#}")).code.as_str()
}

#[test]
fn a_directory_of_somebody_else_is_refused_and_untouched() {
    let directory = TestDir::new();
    let bundle = bundle(&[]);
    for (name, manifest) in [
        ("none", None),
        ("other", Some(r#"{"generator":{"name":"other"},"entries":[]}"#)),
        ("out", Some(r#"{"generator":{"name":"panelgen"},"entries":[{"path":"/../../x"}]}"#)),
        ("broken", Some("{")),
    ] {
        let at = directory.join(name);
        fs::create_dir(&at).unwrap();
        fs::write(at.join("precious"), "x").unwrap();
        if let Some(manifest) = manifest {
            fs::write(at.join("MANIFEST.json"), manifest).unwrap();
        }
        let before = look(directory.join(""));
        assert_eq!(refusal(&bundle, &at, Overwrite::No), "directory-foreign", "{name}");
        assert_eq!(look(directory.join("")), before);
        write_bundle(&bundle, &at, Overwrite::Yes).unwrap();
        assert_eq!(fs::read(at.join("precious")).unwrap(), b"x");
    }
}

#[test]
fn links_and_files_are_refused_even_with_force() {
    let directory = TestDir::new();
    let bundle = bundle(&[]);
    fs::create_dir(directory.join("real")).unwrap();
    fs::write(directory.join("file"), "x").unwrap();
    std::os::unix::fs::symlink("real", directory.join("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", directory.join("broken")).unwrap();
    let before = look(directory.join(""));
    for force in [Overwrite::No, Overwrite::Yes] {
        assert_eq!(refusal(&bundle, &directory.join("file"), force), "directory-file");
        assert_eq!(refusal(&bundle, &directory.join("link"), force), "directory-symlink");
        assert_eq!(refusal(&bundle, &directory.join("link/"), force), "directory-symlink");
        assert_eq!(refusal(&bundle, &directory.join("broken"), force), "directory-symlink");
    }
    assert_eq!(look(directory.join("")), before);
    // On the way to the bundle a link is as good as a directory.
    write_bundle(&bundle, &directory.join("link/bundle"), Overwrite::No).unwrap();
    assert!(directory.join("real/bundle/MANIFEST.json").exists());
}

#[test]
fn dangerous_places_are_refused_even_with_force() {
    let bundle = bundle(&[]);
    for force in [Overwrite::No, Overwrite::Yes] {
        for at in ["/", ".", "..", "a/..", ""] {
            assert_eq!(refusal(&bundle, at.into(), force), "directory-unnamed", "{at:?}");
        }
    }
    // The tests run in the package's directory.
    let here = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let above = here.parent().expect("a package lies below /");
    for at in [here, above] {
        if at.file_name().is_some() {
            assert_eq!(refusal(&bundle, at, Overwrite::No), "directory-foreign", "{at}");
        }
    }
}

#[test]
fn a_file_of_somebody_else_in_our_way_is_refused_and_everything_stays() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let (old, new) = old_and_new();
    let put: [(&str, Put); 4] = [
        ("a file for a file", |at| fs::write(at.join("root/opt/run"), "theirs").unwrap()),
        ("a directory for a file", |at| fs::create_dir_all(at.join("root/opt/run/theirs")).unwrap()),
        ("a file for a directory", |at| fs::write(at.join("root/etc/panel"), "theirs").unwrap()),
        ("a link for a directory", |at| {
            std::os::unix::fs::symlink("/etc", at.join("root/etc/panel")).unwrap();
        }),
    ];
    for (what, put) in put {
        write_bundle(&old, &at, Overwrite::No).unwrap();
        fs::create_dir_all(at.join("root/opt")).unwrap();
        put(&at);
        let before = look(&at);
        assert_eq!(refusal(&new, &at, Overwrite::No), "path-foreign", "{what}");
        let mut after = look(&at);
        // What was to be carried over had one more name for a moment.
        for (path, seen) in &mut after {
            seen.ctime = before[path].ctime;
        }
        assert_eq!(after, before, "{what}");
        assert_eq!(directory.names(), ["bundle"], "{what}");
        if what == "a directory for a file" {
            assert_eq!(refusal(&new, &at, Overwrite::Yes), "path-foreign", "it holds something");
        } else {
            write_bundle(&new, &at, Overwrite::Yes).unwrap();
            assert_eq!(shape_of(&at), shape(&new), "{what}");
        }
        fs::remove_dir_all(&at).unwrap();
    }
}

#[test]
fn the_same_file_by_another_hand_is_no_conflict() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let (old, new) = old_and_new();
    write_bundle(&old, &at, Overwrite::No).unwrap();
    fs::create_dir_all(at.join("root/opt/fresh")).unwrap();
    fs::write(at.join("root/opt/fresh/b"), "b\n").unwrap();
    write_bundle(&new, &at, Overwrite::No).unwrap();
    assert_eq!(shape_of(&at), shape(&new));
}

#[test]
fn a_foreign_workshop_is_refused_and_untouched() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let workshop = directory.join(".bundle.panelgen");
    let bundle = bundle(&[]);
    let put: [Put; 3] = [
        |at| fs::write(at, "x").unwrap(),
        |at| std::os::unix::fs::symlink("/tmp", at).unwrap(),
        |at| {
            fs::create_dir(at).unwrap();
            fs::write(at.join("precious"), "x").unwrap();
        },
    ];
    for put in put {
        put(&workshop);
        let before = look(directory.join(""));
        assert_eq!(refusal(&bundle, &at, Overwrite::Yes), "staging-dir-foreign");
        assert_eq!(look(directory.join("")), before);
        let _ = fs::remove_file(&workshop).or_else(|_| fs::remove_dir_all(&workshop));
    }
}

#[test]
fn a_file_is_written_whole_with_its_mode_and_never_over_a_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = TestDir::new();
    let at = directory.join("new/x.tar");
    for (bytes, mode) in [(&b"one"[..], 0o644), (b"two", 0o600), (b"two", 0o604), (b"", 0o644)] {
        write_file(&at, bytes, mode).unwrap();
        assert_eq!(fs::read(&at).unwrap(), bytes);
        assert_eq!(fs::metadata(&at).unwrap().permissions().mode() & 0o7777, mode);
    }
    let before = look(directory.join(""));
    write_file(&at, b"", 0o644).unwrap();
    assert_eq!(look(directory.join("")), before, "the same file is not written again");

    fs::write(directory.join("new/.x.tar.panelgen"), "left by a killed run").unwrap();
    write_file(&at, b"three", 0o644).unwrap();
    assert_eq!(fs::read_dir(directory.join("new")).unwrap().count(), 1);

    std::os::unix::fs::symlink("x.tar", directory.join("new/link.tar")).unwrap();
    for (path, code) in [("new/link.tar", "file-symlink"), ("new", "file-directory")] {
        let error = write_file(&directory.join(path), b"four", 0o644).unwrap_err();
        assert_eq!(error.downcast_ref::<Conflict>().map(|conflict| conflict.code.as_str()), Some(code));
    }
    assert_eq!(fs::read(&at).unwrap(), b"three");
    // A device is written to, not replaced.
    write_file("/dev/null".into(), b"x", 0o644).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn file_that_the_kernel_does_not_let_us_link_is_not_touched() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    const NOBODY: u32 = 65534;
    let directory = TestDir::new();
    let home = directory.join("home");
    let at = home.join("bundle");
    fs::create_dir(&home).unwrap();
    let as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let is_root = chown(&home, Some(NOBODY), Some(NOBODY)).is_ok();
    let reaches = |out: std::io::Result<std::process::Output>| out.is_ok_and(|out| out.status.success());
    if !is_root || !reaches(crash_child::command(&as_nobody, Which::Old, &at).output()) {
        return skip("root, setpriv and a target directory open to all are needed to write as somebody else");
    }
    let theirs = at.join("root/etc/theirs");
    fs::write(&theirs, "root's\n").unwrap();
    let before = look(&at);
    assert!(reaches(crash_child::command(&as_nobody, Which::New, &at).output()));
    let theirs_at = std::path::Path::new("root/etc/theirs");
    assert_eq!(look(&at)[theirs_at], before[theirs_at]);
    assert!(reaches(crash_child::command(&as_nobody, Which::Old, &at).output()));
    // A file that everybody may write may be linked.
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(reaches(crash_child::command(&as_nobody, Which::New, &at).output()));
    assert_eq!(look(&at)[std::path::Path::new("root/etc/theirs")].owner, (0, 0));
    assert_eq!(fs::read_dir(&home).unwrap().count(), 1, "no litter");
}
