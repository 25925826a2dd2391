//! A full disk: the old bundle stands, nothing is left behind, and the words say why.
//!
//! Each test runs in a mount namespace of its own with a small tmpfs, which grows by one block, or one
//! inode, until the bundle fits.

use std::fs;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::fs::{Overwrite, write_bundle, write_file};

use super::crash_child;
use super::samples::{look, old_and_new, shape, shape_of};
use crate::support::skip::skip;
use crate::support::test_dir::TestDir;

/// Runs an ignored test of this file with the right to mount.
fn in_a_namespace(test: &str) {
    let works = |flags: &&str| {
        let mut probe = Command::new("unshare");
        probe.args([flags, "sh", "-c", "mount -t tmpfs none /mnt"]).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    let Some(flags) = ["-m", "-rm"].into_iter().find(works) else {
        return skip("unshare with the right to mount is needed to fill a disk");
    };
    let directory = TestDir::new();
    let run =
        crash_child::again(&["unshare", flags], test).env("SMALL_AT", directory.join("")).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
}

/// A tmpfs that can be made as small as we like.
struct Small {
    at: Utf8PathBuf,
}

impl Small {
    fn mount() -> Self {
        let at = Utf8PathBuf::from(std::env::var("SMALL_AT").unwrap());
        let small = Self { at };
        small.run(&["-t", "tmpfs", "-o", "nr_blocks=1000,nr_inodes=1000", "none"]);
        small
    }

    fn limit(&self, limit: &str, to: u64) {
        self.run(&["-o", &format!("remount,{limit}={to}")]);
    }

    fn run(&self, words: &[&str]) {
        assert!(
            Command::new("mount").args(words).arg(&self.at).status().unwrap().success(),
            "mount {words:?}"
        );
    }

    fn used(&self, of: &str) -> u64 {
        let told = Command::new("stat").args(["-f", "-c", of]).arg(&self.at).output().unwrap().stdout;
        let told = String::from_utf8(told).unwrap();
        let (total, free) = told.trim().split_once(' ').unwrap();
        total.parse::<u64>().unwrap() - free.parse::<u64>().unwrap()
    }
}

#[test]
fn a_full_disk_leaves_the_old_bundle_and_no_litter() {
    in_a_namespace("bundle_directory::full::bundle");
}

#[test]
fn a_full_disk_leaves_the_old_file_and_no_litter() {
    in_a_namespace("bundle_directory::full::file");
}

#[test]
#[ignore = "run by another test, in a mount namespace"]
fn bundle() {
    let small = Small::mount();
    let at = small.at.join("bundle");
    let (old, new) = old_and_new();
    for (limit, used) in [("nr_blocks", "%b %f"), ("nr_inodes", "%c %d")] {
        write_bundle(&old, &at, Overwrite::No).unwrap();
        fs::write(at.join("theirs"), "theirs\n").unwrap();
        let used = small.used(used);
        let before = look(&at);
        let mut refusals = 0;
        for more in 0.. {
            small.limit(limit, used + more);
            match write_bundle(&new, &at, Overwrite::No) {
                Ok(_) => break,
                Err(error) => {
                    let told = format!("{error:#}");
                    assert!(told.contains("No space left on device"), "{told}");
                    assert!(told.contains(small.at.as_str()), "{told}");
                    assert!(told.contains("is unchanged"), "{told}");
                    refusals += 1;
                }
            }
            let mut after = look(&at);
            for (path, seen) in &mut after {
                seen.ctime = before[path].ctime;
            }
            assert_eq!(after, before, "the old bundle stands, with {more} more of {limit}");
            assert_eq!(names(&small.at), ["bundle"], "no litter, with {more} more of {limit}");
        }
        assert!(refusals > 3, "the disk must have been full for a while, not {refusals} times");
        fs::remove_file(at.join("theirs")).unwrap();
        assert_eq!(shape_of(&at), shape(&new));
        small.limit(limit, 1000);
    }
}

#[test]
#[ignore = "run by another test, in a mount namespace"]
fn file() {
    let small = Small::mount();
    let at = small.at.join("x.tar");
    write_file(&at, b"old", 0o644).unwrap();
    small.limit("nr_blocks", 3);
    let error = write_file(&at, &vec![1; 5 * 4096], 0o644).unwrap_err();
    assert!(format!("{error:#}").contains("No space left on device"), "{error:#}");
    assert_eq!(fs::read(&at).unwrap(), b"old");
    assert_eq!(names(&small.at), ["x.tar"]);
}

fn names(at: &Utf8Path) -> Vec<String> {
    fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
