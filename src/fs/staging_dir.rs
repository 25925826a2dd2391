//! The staging directory: the private directory next to a bundle in which the new tree is built and the old
//! one removed.
//!
//! Its name follows from the name of the bundle, so the remains of a killed run are found without a search. A
//! run holds a lock on it; an unlocked one is left over. Its mode is 0700, so that no other user can read a
//! secret in it.

use std::ffi::CStr;
use std::os::fd::{AsFd as _, OwnedFd};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, FlockOperation, Mode, Stat, flock, fstat, mkdirat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::run_state::Recorded;
use super::target_dir::TargetDir;
use super::{conflict, directory};
use crate::bundle::{hex, sha256};
use crate::diagnostics::Code;

/// The name of the tree in the staging directory.
pub(super) const TREE: &CStr = c"tree";

/// How the names of staging directories and temporary files end.
pub(super) const TEMPORARY: &str = ".panelgen";

/// A locked staging directory. It is removed on drop.
#[derive(Debug)]
pub(super) struct StagingDir<'a> {
    place: &'a TargetDir,
    name: String,
    pub fd: OwnedFd,
    /// Whether the filesystem has no locks. A running writer then looks like the remains of a killed one.
    pub lacks_locks: bool,
    left: bool,
    recorded: Recorded,
}

impl<'a> StagingDir<'a> {
    /// Acquires the empty staging directory of a target. A running writer is an error.
    pub(super) fn acquire(place: &'a TargetDir) -> Result<Self> {
        Self::try_acquire(place)?.ok_or_else(|| busy(&place.shown))
    }

    /// Removes what a killed run left next to a target.
    pub(super) fn remove_leftovers(place: &'a TargetDir) -> Result<()> {
        let name = name_for(&place.name);
        let stat = directory::stat(&place.parent, name.as_str())
            .with_context(|| format!("cannot look for the staging directory `{name}`"))?;
        if stat.is_some() {
            // A locked one belongs to a running writer, which removes it.
            Self::try_acquire(place)?;
        }
        Ok(())
    }

    /// Returns `None` if another run holds the lock.
    fn try_acquire(place: &'a TargetDir) -> Result<Option<Self>> {
        let name = name_for(&place.name);
        let at = place.shown.with_file_name(&name);
        loop {
            let create = || mkdirat(&place.parent, name.as_str(), Mode::RWXU);
            let made = match Recorded::staged(at.clone(), create) {
                Ok(((), recorded)) => Some(recorded),
                Err(Errno::EXIST) => None,
                Err(error) => return Err(error).with_context(|| format!("cannot make `{at}`")),
            };
            let fd = match directory::open(&place.parent, name.as_str()) {
                Ok(fd) => fd,
                // The run that held the lock has finished and removed the directory.
                Err(Errno::NOENT) => continue,
                Err(Errno::NOTDIR | Errno::LOOP) => return Err(in_the_way(&at)),
                Err(error) => return Err(error).with_context(|| format!("cannot open `{at}`")),
            };
            let lacks_locks = match lock(&fd) {
                Ok(has_lock) => !has_lock,
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(error) => {
                    if let Some(recorded) = made {
                        let _ =
                            recorded.remove(|| unlinkat(&place.parent, name.as_str(), AtFlags::REMOVEDIR));
                    }
                    return Err(error).with_context(|| format!("cannot lock `{at}`"));
                }
            };
            // The directory may have been removed or replaced between opening and locking.
            let own = fstat(&fd).with_context(|| format!("cannot read `{at}`"))?;
            let named = directory::stat(&place.parent, name.as_str())
                .with_context(|| format!("cannot read `{at}`"))?;
            if !named.is_some_and(|named| directory::is_same(&named, &own)) {
                continue;
            }
            let is_new = made.is_some();
            if !is_new && !is_staging_dir(&fd, &own).with_context(|| format!("cannot list `{at}`"))? {
                return Err(in_the_way(&at));
            }
            let recorded = made.unwrap_or_else(|| Recorded::found(at.clone()));
            let staging = Self { place, name, fd, lacks_locks, left: false, recorded };
            if !is_new {
                staging
                    .clear()
                    .with_context(|| format!("cannot remove the remains of a killed run in `{at}`"))?;
            }
            return Ok(Some(staging));
        }
    }

    /// Keeps the staging directory for the next run to remove, and returns its path.
    pub(super) fn persist(mut self) -> Utf8PathBuf {
        self.left = true;
        self.place.shown.with_file_name(&self.name)
    }

    fn clear(&self) -> rustix::io::Result<()> {
        match directory::remove(&self.fd, TREE) {
            Err(Errno::NOENT) => Ok(()),
            removed => removed,
        }
    }
}

impl Drop for StagingDir<'_> {
    fn drop(&mut self) {
        // If this fails, the next run removes the directory or reports it.
        let unlink = || unlinkat(self.place.parent.as_fd(), self.name.as_str(), AtFlags::REMOVEDIR);
        let remove = || self.recorded.remove(unlink);
        if !self.left && remove() == Err(Errno::NOTEMPTY) && self.clear().is_ok() {
            let _ = remove();
        }
    }
}

/// Locks a file or directory. Returns whether the filesystem has locks: NFS without a lock daemon has none.
pub(super) fn lock(fd: &OwnedFd) -> rustix::io::Result<bool> {
    match flock(fd, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the directory is private, owned by this user, and contains only the names that a run creates.
fn is_staging_dir(fd: &OwnedFd, stat: &Stat) -> rustix::io::Result<bool> {
    let closed = !Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO);
    let ours = stat.st_uid == geteuid().as_raw();
    Ok(closed
        && ours
        && directory::list(fd)?.iter().all(|listed| listed.is_directory && *listed.name == *TREE))
}

/// Returns `.bundle.panelgen`, or a name of fixed length if that is too long for a filesystem.
pub(super) fn name_for(name: &str) -> String {
    const MAX_NAME_LEN: usize = 255;
    let staging = format!(".{name}{TEMPORARY}");
    if staging.len() <= MAX_NAME_LEN {
        staging
    } else {
        format!(".{}{TEMPORARY}", hex(&sha256(name.as_bytes())))
    }
}

/// Returns the error for two writers at once.
pub(super) fn busy(shown: &Utf8Path) -> anyhow::Error {
    conflict(
        Code::DirectoryBusy,
        format!("another run is writing `{shown}`"),
        "wait for it to finish, then run again",
    )
}

/// Returns the error for a path that has the name of the staging directory but was not left by a run.
pub(super) fn in_the_way(at: &Utf8Path) -> anyhow::Error {
    conflict(
        Code::StagingDirForeign,
        format!("`{at}` has the name of the staging directory but was not created by a run of this user"),
        "remove it, or write to another directory",
    )
}
