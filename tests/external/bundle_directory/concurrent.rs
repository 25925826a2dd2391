//! Two runs at once, and others at work in the directory meanwhile.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use panelgen::internals::fs::{Conflict, Overwrite, write_bundle};

use super::crash_child::{self, Which};
use super::samples::{old_and_new, shape, shape_of};
use crate::support::skip::skip;
use crate::support::test_dir::TestDir;

#[test]
fn runs_at_once_are_told_of_each_other_and_leave_a_whole_bundle() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let (old, new) = old_and_new();
    write_bundle(&old, &at, Overwrite::No).unwrap();
    fs::write(at.join("theirs"), "theirs\n").unwrap();
    let done = AtomicBool::new(false);
    let (wrote, busy) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert_eq!(fs::read(at.join("theirs")).unwrap(), b"theirs\n", "never out of sight");
                assert!(fs::read(at.join("MANIFEST.json")).unwrap().ends_with(b"}\n"), "always whole");
            }
        });
        let runs: Vec<_> = (0..4)
            .map(|run| {
                let (at, old, new, wrote, busy) = (&at, &old, &new, &wrote, &busy);
                scope.spawn(move || {
                    for turn in 0..40 {
                        let bundle = if (run + turn) % 2 == 0 { old } else { new };
                        match write_bundle(bundle, at, Overwrite::No) {
                            Ok(_) => wrote.fetch_add(1, Ordering::Relaxed),
                            Err(error) => {
                                let refused =
                                    error.downcast_ref::<Conflict>().map(|conflict| conflict.code.as_str());
                                assert_eq!(refused, Some("directory-busy"), "{error:#}");
                                busy.fetch_add(1, Ordering::Relaxed)
                            }
                        };
                    }
                })
            })
            .collect();
        let ended: Vec<_> = runs.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap();
        for ended in ended {
            ended.unwrap();
        }
    });
    assert!(wrote.into_inner() > 0);
    assert!(busy.into_inner() > 0, "160 runs by four must have met");
    write_bundle(&new, &at, Overwrite::No).unwrap();
    fs::remove_file(at.join("theirs")).unwrap();
    assert_eq!(shape_of(&at), shape(&new));
    assert_eq!(directory.names(), ["bundle"]);
}

#[test]
fn first_runs_at_once_leave_one_whole_bundle() {
    let (_, new) = old_and_new();
    for _ in 0..20 {
        let directory = TestDir::new();
        let at = directory.join("bundle");
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    if let Err(error) = write_bundle(&new, &at, Overwrite::No) {
                        let refused = error.downcast_ref::<Conflict>().map(|conflict| conflict.code.as_str());
                        assert_eq!(refused, Some("directory-busy"), "{error:#}");
                    }
                });
            }
        });
        assert_eq!(shape_of(&at), shape(&new));
        assert_eq!(directory.names(), ["bundle"]);
    }
}

#[test]
fn what_others_do_while_a_run_is_at_work_is_not_lost() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let (old, new) = old_and_new();
    write_bundle(&old, &at, Overwrite::No).unwrap();
    fs::write(at.join("root/etc/saved"), "first\n").unwrap();
    // The run stops for two seconds with its new tree ready.
    let strace = ["strace", "-f", "-o", "/dev/null", "-e", "inject=renameat2:delay_enter=2000000"];
    let run =
        crash_child::command(&strace, Which::New, &at).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let Ok(run) = run else {
        return skip("strace is needed to stop a run before its exchange");
    };
    let ready = directory.join(".bundle.panelgen/tree/root/etc/panel/secrets/password");
    for _ in 0..200 {
        if ready.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(ready.exists(), "the run must be stopped with its tree ready");
    fs::write(at.join("came"), "new\n").unwrap();
    fs::write(at.join("root/var/gone/came"), "into a directory that goes\n").unwrap();
    fs::create_dir_all(at.join("root/came/deep")).unwrap();
    fs::write(at.join("root/came/deep/er"), "new\n").unwrap();
    fs::write(at.join("root/etc/.saved.swp"), "second\n").unwrap();
    fs::rename(at.join("root/etc/.saved.swp"), at.join("root/etc/saved")).unwrap();

    let run = run.wait_with_output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let read = |path: &str| fs::read_to_string(at.join(path)).unwrap_or_else(|_| panic!("{path} is lost"));
    assert_eq!(read("came"), "new\n");
    assert_eq!(read("root/var/gone/came"), "into a directory that goes\n");
    assert_eq!(read("root/came/deep/er"), "new\n");
    assert_eq!(read("root/etc/saved"), "second\n");
    assert_eq!(read("root/etc/changed.conf"), "new\n");
    assert_eq!(directory.names(), ["bundle"]);
    for path in ["came", "root/var", "root/came", "root/etc/saved"] {
        let path = at.join(path);
        fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path)).unwrap();
    }
    assert_eq!(shape_of(&at), shape(&new));
}

#[test]
fn whoever_stands_in_the_bundle_is_told_to_step_out() {
    let directory = TestDir::new();
    let at = directory.join("bundle");
    let (old, _) = old_and_new();
    write_bundle(&old, &at, Overwrite::No).unwrap();
    for inside in ["", "root/etc"] {
        let run = crash_child::command(&[], Which::New, &at).current_dir(at.join(inside)).output().unwrap();
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success() && told.contains("contains the working directory"), "{told}");
        assert_eq!(shape_of(&at), shape(&old));
        // Where nothing changes nothing is replaced.
        assert!(
            crash_child::command(&[], Which::Old, &at)
                .current_dir(at.join(inside))
                .status()
                .unwrap()
                .success()
        );
    }
    assert_eq!(directory.names(), ["bundle"]);
}
