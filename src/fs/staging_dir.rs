//! The closed directory beside a bundle in which its next tree is built and its former one taken apart.
//!
//! Its name is fixed by the bundle's, so what a killed run left is found without searching. Whoever builds
//! holds a lock on it; a workshop that nobody holds is litter. Its mode is 0700, so nobody reads a secret
//! in the making.

use std::ffi::CStr;
use std::os::fd::{AsFd as _, OwnedFd};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, FlockOperation, Mode, Stat, flock, fstat, mkdirat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::target_dir::TargetDir;
use super::{directory, refused};
use crate::bundle::{hex, sha256};

/// The one name in a workshop.
pub(super) const TREE: &CStr = c"tree";

/// A workshop that we hold. It is removed when it is dropped.
#[derive(Debug)]
pub(super) struct StagingDir<'a> {
    place: &'a TargetDir,
    name: String,
    pub fd: OwnedFd,
    left: bool,
}

impl<'a> StagingDir<'a> {
    /// Takes the workshop of a place, empty; a run that holds it is told of.
    pub(super) fn acquire(place: &'a TargetDir) -> Result<Self> {
        Self::try_acquire(place)?.ok_or_else(|| busy(&place.shown))
    }

    /// Removes what a killed run left beside a place.
    pub(super) fn remove_leftovers(place: &'a TargetDir) -> Result<()> {
        let name = name_for(&place.name);
        let stands = directory::stat(&place.parent, name.as_str())
            .with_context(|| format!("cannot look for `{name}`, where a killed run leaves its work"))?;
        if stands.is_some() {
            // Busy is no litter: the run that holds it will remove it.
            Self::try_acquire(place)?;
        }
        Ok(())
    }

    /// None when another run holds it.
    fn try_acquire(place: &'a TargetDir) -> Result<Option<Self>> {
        let name = name_for(&place.name);
        let at = place.shown.with_file_name(&name);
        loop {
            let is_new = match mkdirat(&place.parent, name.as_str(), Mode::RWXU) {
                Ok(()) => true,
                Err(Errno::EXIST) => false,
                Err(error) => return Err(error).with_context(|| format!("cannot make `{at}`")),
            };
            let fd = match directory::open(&place.parent, name.as_str()) {
                Ok(fd) => fd,
                // The run that held it is done and has removed it.
                Err(Errno::NOENT) => continue,
                Err(Errno::NOTDIR | Errno::LOOP) => return Err(in_the_way(&at)),
                Err(error) => return Err(error).with_context(|| format!("cannot open `{at}`")),
            };
            match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(error) => return Err(error).with_context(|| format!("cannot lock `{at}`")),
            }
            // Between our opening and our locking it may have been removed, or made anew by another run.
            let own = fstat(&fd).with_context(|| format!("cannot read `{at}`"))?;
            let named = directory::stat(&place.parent, name.as_str())
                .with_context(|| format!("cannot read `{at}`"))?;
            if !named.is_some_and(|named| directory::is_same(&named, &own)) {
                continue;
            }
            if is_new {
                return Ok(Some(Self { place, name, fd, left: false }));
            }
            if !is_staging_dir(&fd, &own).with_context(|| format!("cannot list `{at}`"))? {
                return Err(in_the_way(&at));
            }
            let workshop = Self { place, name, fd, left: false };
            workshop.clear().with_context(|| format!("cannot remove what a killed run left in `{at}`"))?;
            return Ok(Some(workshop));
        }
    }

    /// Leaves the workshop as it stands, for the next run to remove, and tells where it is.
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
        // Whatever fails here stands as litter that the next run tells of.
        let remove = || unlinkat(self.place.parent.as_fd(), self.name.as_str(), AtFlags::REMOVEDIR);
        if !self.left && remove() == Err(Errno::NOTEMPTY) && self.clear().is_ok() {
            let _ = remove();
        }
    }
}

/// Closed, ours, and with nothing in it that we would not put there.
fn is_staging_dir(fd: &OwnedFd, stat: &Stat) -> rustix::io::Result<bool> {
    let closed = !Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO);
    let ours = stat.st_uid == geteuid().as_raw();
    Ok(closed
        && ours
        && directory::list(fd)?.iter().all(|listed| listed.is_directory && *listed.name == *TREE))
}

/// `.bundle.panelgen`, or a name of fixed length where that would be too long for a filesystem.
pub(super) fn name_for(name: &str) -> String {
    const MAX_NAME_LEN: usize = 255;
    let workshop = format!(".{name}.panelgen");
    if workshop.len() <= MAX_NAME_LEN {
        workshop
    } else {
        format!(".{}.panelgen", hex(&sha256(name.as_bytes())))
    }
}

/// Two runs at once are one too many.
pub(super) fn busy(shown: &Utf8Path) -> anyhow::Error {
    refused("directory-busy", format!("another run is writing `{shown}`"), "run again when it is done")
}

/// Somebody else has what should be our workshop.
pub(super) fn in_the_way(at: &Utf8Path) -> anyhow::Error {
    refused(
        "workshop-foreign",
        format!("`{at}` is in the way: new work is done there, and it is not what a run of yours left"),
        "remove it, or write elsewhere",
    )
}
