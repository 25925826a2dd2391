//! A process of its own that writes a bundle, so that something can happen to it.

use std::process::Command;

use camino::Utf8Path;
use panelgen::internals::fs::{Overwrite, write_bundle};

use super::samples::old_and_new;

/// Which of the two bundles to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Old,
    New,
}

/// The command that writes a bundle to a directory, this very program once more, run by `before`.
pub(crate) fn command(before: &[&str], which: Which, at: &Utf8Path) -> Command {
    let mut command = again(before, "bundle_directory::crash_child::write");
    command.env("CRASH_CHILD_BUNDLE", format!("{which:?}")).env("CRASH_CHILD_AT", at);
    command
}

/// The command that runs one ignored test of this program in a process of its own.
pub(crate) fn again(before: &[&str], test: &str) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut words = before.iter().map(std::ffi::OsString::from).chain([program.into()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1", "-q"]);
    command
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn write() {
    let at = std::env::var("CRASH_CHILD_AT").unwrap();
    let (old, new) = old_and_new();
    let bundle = if std::env::var("CRASH_CHILD_BUNDLE").unwrap() == "Old" { old } else { new };
    if let Err(error) = write_bundle(&bundle, at.as_str().into(), Overwrite::No) {
        // For the test that asked for this process.
        eprintln!("child: {error:#}");
        panic!("the child could not write");
    }
}
