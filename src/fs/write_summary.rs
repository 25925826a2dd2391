//! What a run that writes a bundle may replace, and its result.

use camino::Utf8PathBuf;

use super::in_place::InPlace;

/// Whether foreign entries may be replaced where the bundle needs their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// A foreign directory or file is an error.
    No,
    /// A foreign directory is taken over. Only foreign files whose paths the bundle needs are replaced.
    Yes,
}

/// The result of a run, counted in files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteSummary {
    /// Files that are new or changed.
    pub written: usize,
    /// Files that were up to date.
    pub unchanged: usize,
    /// Files of the previous run that the bundle no longer has.
    pub removed: usize,
    /// The bytes of the written files.
    pub bytes: u64,
    /// Why the directory was written file by file.
    pub in_place: Option<InPlace>,
    /// Whether the filesystem has no locks, so that two runs at once are not detected.
    pub lacks_locks: bool,
    /// Whether the filesystem keeps no permission bits.
    pub lacks_modes: bool,
    /// What an operator wants to know about the directory.
    pub remarks: Remarks,
}

/// What a run found in a directory that it did not write itself like this.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remarks {
    /// Files whose content was changed by hand; the changes are gone.
    pub reverted: Vec<Utf8PathBuf>,
    /// Files below `root/` that the bundle does not have; they are kept.
    pub foreign: Vec<Utf8PathBuf>,
    /// The number of paths whose permission bits were restored.
    pub modes: usize,
    /// The number of empty directories that were restored.
    pub directories: usize,
    /// The number of files whose line ends were restored.
    pub line_ends: usize,
}

impl std::ops::AddAssign for WriteSummary {
    fn add_assign(&mut self, other: Self) {
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
        self.bytes += other.bytes;
        self.in_place = self.in_place.take().or(other.in_place);
        self.lacks_locks |= other.lacks_locks;
        self.lacks_modes |= other.lacks_modes;
        self.remarks.reverted.extend(other.remarks.reverted);
        self.remarks.foreign.extend(other.remarks.foreign);
        self.remarks.modes += other.remarks.modes;
        self.remarks.directories += other.remarks.directories;
        self.remarks.line_ends += other.remarks.line_ends;
    }
}
