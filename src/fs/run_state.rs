//! What this run has written and not finished, for the message when it is interrupted.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

/// What an interrupted run leaves.
#[derive(Debug, Default, Clone)]
pub struct RunState {
    /// The first of the outputs that are complete.
    pub written: Option<Utf8PathBuf>,
    /// The number of outputs that are complete.
    pub count: usize,
    /// Staging directories and temporary files. The next run for the same path removes them.
    pub staged: BTreeSet<Utf8PathBuf>,
    /// Directories that are written file by file and have files of two bundles.
    pub mixed: BTreeSet<Utf8PathBuf>,
    /// Private directories that could not be removed.
    pub stuck: BTreeSet<Utf8PathBuf>,
    /// Whether stdout got output, which may be incomplete.
    pub has_output: bool,
    /// Directories of validators, which are removed before the report.
    pub private: BTreeSet<Utf8PathBuf>,
}

static STATE: Mutex<Option<RunState>> = Mutex::new(None);

fn change<R>(change: impl FnOnce(&mut RunState) -> R) -> R {
    change(state().get_or_insert_default())
}

fn state() -> MutexGuard<'static, Option<RunState>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A path that is recorded until it is removed or this is dropped. What changes the disk and what records it are one step, so
/// that the report of an interrupted run is true.
#[derive(Debug)]
pub(super) struct Recorded {
    path: Utf8PathBuf,
    set: fn(&mut RunState) -> &mut BTreeSet<Utf8PathBuf>,
}

impl Recorded {
    /// Makes a staging directory or a temporary file, and records it.
    pub(super) fn staged<T, E>(
        path: Utf8PathBuf,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<(T, Self), E> {
        change(|state| {
            let value = make()?;
            state.staged.insert(path.clone());
            Ok((value, Self { path, set: |state| &mut state.staged }))
        })
    }

    /// Records a staging directory that a killed run has left.
    pub(super) fn found(path: Utf8PathBuf) -> Self {
        change(|state| state.staged.insert(path.clone()));
        Self { path, set: |state| &mut state.staged }
    }

    /// Records a directory that is written file by file.
    pub(super) fn mixed(path: &Utf8Path) -> Self {
        change(|state| state.mixed.insert(path.to_owned()));
        Self { path: path.to_owned(), set: |state| &mut state.mixed }
    }

    /// Removes it, and forgets it.
    pub(super) fn remove<E>(&self, remove: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        change(|state| {
            remove()?;
            (self.set)(state).remove(&self.path);
            Ok(())
        })
    }

    /// Makes it the output `path`, which is complete then, and forgets it.
    pub(super) fn publish<E>(
        &self,
        path: &Utf8Path,
        publish: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        change(|state| {
            publish()?;
            (self.set)(state).remove(&self.path);
            state.add_written(path);
            Ok(())
        })
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        change(|state| (self.set)(state).remove(&self.path));
    }
}

impl RunState {
    fn add_written(&mut self, path: &Utf8Path) {
        self.count += 1;
        self.written.get_or_insert_with(|| path.to_owned());
    }
}

/// Records an output that is complete.
pub(super) fn record_written(path: &Utf8Path) {
    change(|state| state.add_written(path));
}

/// Publishes an output. It is recorded if `is_complete` says so of the result.
pub(super) fn publish<R>(
    path: &Utf8Path,
    publish: impl FnOnce() -> R,
    is_complete: impl FnOnce(&R) -> bool,
) -> R {
    change(|state| {
        let result = publish();
        if is_complete(&result) {
            state.add_written(path);
        }
        result
    })
}

/// Records that stdout gets output.
pub(super) fn record_output() {
    change(|state| state.has_output = true);
}

/// Makes a private directory. It is recorded in the same step, so that an interrupted run removes it.
pub(super) fn make_private<E>(path: &Utf8Path, make: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    change(|state| {
        make()?;
        state.private.insert(path.to_owned());
        Ok(())
    })
}

/// Removes a private directory.
pub(super) fn remove_private(path: &Utf8Path) {
    let _ = std::fs::remove_dir_all(path);
    change(|state| state.private.remove(path));
}

/// Removes the private directories, passes what is left to `end`, and lets no other thread record anything meanwhile.
pub fn on_interrupt(end: impl FnOnce(&RunState)) {
    let mut state = state();
    let state = state.get_or_insert_default();
    for path in std::mem::take(&mut state.private) {
        // A validator may be writing to it: what is new after the first time is removed the next time.
        let is_left = (0..10).all(|_| std::fs::remove_dir_all(&path).is_err() && path.exists());
        if is_left {
            state.stuck.insert(path);
        }
    }
    end(state);
}
