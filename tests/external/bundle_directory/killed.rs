//! Killed at any system call, a run leaves the whole old or the whole new bundle, and the next run no litter.
//!
//! strace kills the writing process at the n-th call of each system call that changes the disk, for every n.
//! Between two such calls the disk does not change, so these are all the states that there are.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use camino::Utf8Path;
use panelgen::internals::fs::{Overwrite, write_bundle};

use super::crash_child::{self, Which};
use super::samples::{What, old_and_new, shape, shape_of};
use crate::support::skip::skip;
use crate::support::test_dir::TestDir;

/// Every system call by which the disk changes, and those by which runs keep apart.
const CALLS: [&str; 12] = [
    "mkdirat",
    "openat",
    "write",
    "linkat",
    "unlinkat",
    "renameat",
    "renameat2",
    "fchmod",
    "fchmodat",
    "fchownat",
    "utimensat",
    "flock",
];

/// A name that strace knows on this machine, or nothing can be injected into it.
fn has_strace() -> bool {
    let strace = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    strace.is_ok_and(|status| status.success())
}

/// How often a run makes each call.
fn counts(which: Which, at: &Utf8Path, log: &Utf8Path) -> BTreeMap<&'static str, usize> {
    let trace = format!("trace={}", CALLS.join(","));
    let status = crash_child::command(&["strace", "-f", "-o", log.as_str(), "-e", &trace], which, at)
        .output()
        .unwrap()
        .status;
    assert!(status.success(), "an undisturbed run must succeed");
    let log = fs::read_to_string(log).unwrap();
    let of = |call: &str| log.lines().filter(|line| line.contains(&format!(" {call}("))).count();
    CALLS.iter().map(|call| (*call, of(call))).collect()
}

/// Kills a run at the n-th of these calls. Returns whether it came so far.
fn kill(call: &str, n: usize, which: Which, at: &Utf8Path) -> bool {
    let inject = format!("inject={call}:signal=KILL:when={n}");
    let strace = ["strace", "-f", "-o", "/dev/null", "-e", &inject];
    !crash_child::command(&strace, which, at).output().unwrap().status.success()
}

type Shape = BTreeMap<PathBuf, (What, u32)>;

/// What stands there without the foreign file, which must stand there.
fn standing(at: &Utf8Path) -> Shape {
    let mut shape = shape_of(at);
    for theirs in ["root/etc/theirs", "root/var/gone/theirs"] {
        let (what, mode) =
            shape.remove(theirs.as_ref() as &std::path::Path).expect("nothing of others is lost");
        assert_eq!((what, mode), (What::File(b"theirs\n".to_vec()), 0o644));
    }
    // In the new bundle these stand only for what others have in them.
    if !shape.contains_key("root/var/gone/a".as_ref() as &std::path::Path) {
        shape.remove("root/var/gone".as_ref() as &std::path::Path);
        shape.remove("root/var".as_ref() as &std::path::Path);
    }
    shape
}

#[test]
fn killed_at_any_call_a_changing_run_leaves_the_old_or_the_new_bundle() {
    if !has_strace() {
        return skip("strace is needed to kill a run at every system call");
    }
    let (old, new) = old_and_new();
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let prepare = || {
        let _ = fs::remove_dir_all(&at);
        write_bundle(&old, &at, Overwrite::No).unwrap();
        fs::write(at.join("root/etc/theirs"), "theirs\n").unwrap();
        fs::write(at.join("root/var/gone/theirs"), "theirs\n").unwrap();
    };
    prepare();
    let counts = counts(Which::New, &at, &directory.join("log"));
    assert_eq!(counts["renameat2"], 1, "the exchange is one call");
    fs::remove_file(directory.join("log")).unwrap();
    let (before, after) = (shape(&old), shape(&new));
    let (mut olds, mut news) = (0, 0);
    for (call, count) in counts {
        for n in 1..=count {
            prepare();
            if !kill(call, n, Which::New, &at) {
                // The harness around the child does not always make the same calls.
                continue;
            }
            let first = standing(&at);
            assert!(
                first == before || first == after,
                "killed at {call} {n}: neither the old nor the new bundle"
            );
            *(if first == before { &mut olds } else { &mut news }) += 1;
            // The run that finds the litter may be killed too.
            kill("unlinkat", 1 + n % 9, Which::New, &at);
            let second = standing(&at);
            assert!(second == before || second == after, "killed at {call} {n}, and once more");
            assert!(first != after || second == after, "killed at {call} {n}: what was new is old again");
            write_bundle(&new, &at, Overwrite::No).unwrap();
            assert!(standing(&at) == after, "killed at {call} {n}: the next run does not complete it");
            assert_eq!(directory.names(), ["bundle"], "killed at {call} {n}: the next run leaves litter");
        }
    }
    assert!(olds > 20 && news > 5, "both sides of the exchange must be seen, not {olds} and {news} times");
}

#[test]
fn killed_at_any_call_a_first_run_leaves_nothing_or_the_new_bundle() {
    if !has_strace() {
        return skip("strace is needed to kill a run at every system call");
    }
    let (_, new) = old_and_new();
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let counts = counts(Which::New, &at, &directory.join("log"));
    fs::remove_file(directory.join("log")).unwrap();
    for (call, count) in counts {
        for n in 1..=count {
            let _ = fs::remove_dir_all(&at);
            if kill(call, n, Which::New, &at) {
                assert!(!at.exists() || shape_of(&at) == shape(&new), "killed at {call} {n}");
                write_bundle(&new, &at, Overwrite::No).unwrap();
                assert_eq!(shape_of(&at), shape(&new), "killed at {call} {n}");
                assert_eq!(directory.names(), ["bundle"], "killed at {call} {n}: the next run leaves litter");
            }
        }
    }
}

#[test]
fn an_unchanged_run_removes_what_a_killed_one_left() {
    if !has_strace() {
        return skip("strace is needed to kill a run at every system call");
    }
    let (old, new) = old_and_new();
    let directory = TestDir::new();
    let at = directory.join("bundle");
    write_bundle(&old, &at, Overwrite::No).unwrap();
    assert!(kill("unlinkat", 1, Which::New, &at));
    assert_eq!(directory.names(), [".bundle.panelgen", "bundle"]);
    let done = write_bundle(&new, &at, Overwrite::No).unwrap();
    assert_eq!((done.written, done.removed), (0, 0), "the killed run was past the exchange");
    assert_eq!(directory.names(), ["bundle"]);
}

#[test]
fn a_tree_in_the_making_is_closed_to_others() {
    if !has_strace() {
        return skip("strace is needed to kill a run at every system call");
    }
    let directory = TestDir::new();
    let at = directory.join("bundle");
    assert!(kill("renameat2", 1, Which::New, &at));
    let left = shape_of(directory.join(".bundle.panelgen"));
    assert_eq!(left[&PathBuf::new()], (What::Directory, 0o700));
    assert_eq!(left[&PathBuf::from("tree/root/etc/panel/secrets/password")].1, 0o600);
}
