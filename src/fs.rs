//! The one door to the world: files in, files out, the standard streams. Nothing else in the library opens,
//! reads or writes anything, and clippy's list of disallowed methods keeps it so.
//!
//! # How a bundle is written
//! A directory is always the whole old or the whole new bundle. The new tree is built in a *workshop*, a
//! closed directory beside the bundle, and then changes places with the old one in one system call; the old
//! tree is taken apart afterwards. A run that is killed leaves a workshop that nobody holds; the next run
//! for the same directory takes it over. A full disk stops the building, and the old bundle stands.
//!
//! What does not change is carried into the new tree by hard link: our unchanged files, and everything in
//! the directory that is not ours. Nothing of anybody's is out of sight for a moment.
//!
//! Nothing is synced: the death of a process or a full disk needs no sync, and a bundle lost with the power
//! is rendered again. Only where a filesystem lives on another machine is it asked, once, before the
//! exchange, whether it could keep what it took.

#![allow(clippy::disallowed_methods, reason = "this is the door that the other modules are kept away from")]

mod compare;
mod directory;
mod file;
mod fleet_dir;
mod live_root;
mod path_tree;
mod program;
mod read_tree;
mod remove_tree;
mod rewindable_input;
mod staging_dir;
mod stdio;
mod swap;
mod target_dir;
mod tree_builder;
mod write_summary;

pub use compare::{Difference, EntryChange};
pub use file::{is_directory, is_file_by, read, remove_file, write_file, write_file_by, write_new_file};
pub use fleet_dir::{conflicting_dirs, prepare_fleet_dir, previous_fleet};
pub use live_root::{LiveRoot, StatResult, is_in_git};
pub use program::{Deadline, End, Program, SYSTEM_DIRECTORIES, TempDir, link_target};
pub use read_tree::read_bundle;
pub use rewindable_input::RewindableInput;
pub use stdio::{Stdout, WriteOutcome, read_stdin, stdout_kind, write_stdout, write_stdout_pieces};
pub use swap::{check_bundle, remove_bundle, write_bundle};
pub use write_summary::{Overwrite, WriteSummary};

use std::fmt;

/// A place on the disk that we do not write to, and what to do about it. Found in an `anyhow::Error` by
/// `downcast_ref`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// A stable kebab-case code.
    pub code: &'static str,
    /// What stands in the way.
    pub why: String,
    /// What to do.
    pub hint: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Conflict {}

/// A refusal as the error it travels in.
fn refused(code: &'static str, why: String, hint: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Conflict { code, why, hint: hint.into() })
}
