//! What a run that writes a bundle may replace, and what it did.

/// Whether what is not ours may be replaced where the bundle needs its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// A directory or a file of somebody else is refused.
    No,
    /// A directory of somebody else becomes ours; of its files only those give way whose paths the bundle has.
    Yes,
}

/// What a run did, in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteSummary {
    /// Files that are new or have changed.
    pub written: usize,
    /// Files that stood there already.
    pub unchanged: usize,
    /// Files of a former run that the bundle has no more.
    pub removed: usize,
    /// The bytes of the files that were written.
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
