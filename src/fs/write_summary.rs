//! What a run that writes a bundle may replace, and its result.

/// Whether foreign entries may be replaced where the bundle needs their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// A foreign directory or file is an error.
    No,
    /// A foreign directory is taken over. Only foreign files whose paths the bundle needs are replaced.
    Yes,
}

/// The result of a run, counted in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteSummary {
    /// Files that are new or changed.
    pub written: usize,
    /// Files that were up to date.
    pub unchanged: usize,
    /// Files of the previous run that the bundle no longer has.
    pub removed: usize,
    /// The bytes of the written files.
    pub bytes: u64,
}

impl std::ops::AddAssign for WriteSummary {
    fn add_assign(&mut self, other: Self) {
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
        self.bytes += other.bytes;
    }
}
