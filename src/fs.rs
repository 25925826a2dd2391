//! The I/O layer: files and the standard streams. No other module of the library opens, reads or writes
//! anything; the disallowed methods in clippy.toml enforce this.
//!
//! # How a bundle is written
//! A directory always holds the whole old or the whole new bundle. The new tree is built in a *staging
//! directory* next to the bundle, with mode 0700. One system call then exchanges it with the old tree, which
//! is removed afterwards. A run that is killed leaves its staging directory unlocked; the next run for the
//! same directory reuses it. If the disk fills while the tree is built, the old bundle stays in place.
//!
//! Unchanged files of the bundle, and everything in the directory that the bundle does not own, are
//! hard-linked into the new tree. They are never missing, not even for a moment.
//!
//! Where the directory cannot be exchanged, it is written file by file instead, with the manifest last: see
//! `in_place`. The summary of the run says so.
//!
//! Nothing is synced. A killed process or a full disk needs no sync, and a bundle that a power failure
//! damages can be rendered again. Only a remote filesystem is synced once before the exchange, because it may
//! report a full disk only then.

#![allow(clippy::disallowed_methods, reason = "this is the I/O layer that the other modules have to use")]

mod compare;
mod directory;
mod file;
mod fleet_dir;
mod in_place;
mod live_root;
mod named_input;
mod path_tree;
mod program;
mod read_tree;
mod remarks;
mod remove_tree;
mod rewindable_input;
mod run_state;
mod staging_dir;
mod stdio;
mod swap;
mod target_dir;
mod tree_builder;
mod write_summary;

pub use compare::{Difference, EntryChange};
pub use file::{
    ContentWriter, is_directory, is_open_stream, is_same_file, mode, read, write_file, write_new_file,
    write_output,
};
pub use fleet_dir::{
    check_fleet_dir, conflicting_dirs, is_shared_file, prepare_fleet_dir, previous_fleet, remove_shared_file,
    shards, write_shared_file,
};
pub use in_place::InPlace;
pub use live_root::{LiveRoot, StatResult, is_in_git, relative_to};
pub use program::{Deadline, End, ProcessOutput, Program, SYSTEM_DIRECTORIES, TempDir, link_target};
pub use read_tree::{read_bundle, read_copy, read_host_bundle};
pub use rewindable_input::RewindableInput;
pub use run_state::{RunState, on_interrupt};
pub use stdio::{
    Stdout, WriteOutcome, read_stdin, stderr_width, stdout_kind, stdout_width, write_stdout,
    write_stdout_pieces,
};
pub use swap::{check_bundle, check_target, remove_bundle, write_bundle};
pub use write_summary::{Overwrite, Remarks, WriteSummary};

use std::fmt;

use crate::diagnostics::Code;

/// An error about an existing path that is not overwritten, with a hint. Found in an `anyhow::Error` by
/// `downcast_ref`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The code.
    pub code: Code,
    /// What is wrong.
    pub why: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Conflict {}

/// Returns the error with a code, a message and a hint.
pub fn conflict(code: Code, why: String, hint: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Conflict { code, why, hint: hint.into() })
}
