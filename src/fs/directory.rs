//! Directories by descriptor: opened without following a link, listed in order, removed whole.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawDir, SeekFrom, Stat, fchmod, fstat, openat, seek, statat, unlinkat,
};
use rustix::io::{Errno, Result};
use rustix::path::Arg;

/// How deep a tree may be. Every level costs descriptors, and a tree of this depth is a mistake.
pub(super) const DEPTH: usize = 200;

/// One name in a directory.
#[derive(Debug)]
pub(super) struct DirEntry {
    pub name: CString,
    pub ino: u64,
    pub is_directory: bool,
    /// Whether the listing itself says that it is a regular file; some filesystems do not tell.
    pub is_file: bool,
}

/// Opens the directory `name` in `at`; a symbolic link is not a directory.
pub(super) fn open(at: impl AsFd, name: impl Arg) -> Result<OwnedFd> {
    openat(at, name, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// What stands at `name` in `at`, a symbolic link for itself; none where nothing stands.
pub(super) fn stat(at: impl AsFd, name: impl Arg) -> Result<Option<Stat>> {
    match statat(at, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Whether both are the same file or directory.
pub(super) fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// The names in a directory, sorted, whatever was read of it before.
pub(super) fn list(directory: impl AsFd) -> Result<Vec<DirEntry>> {
    seek(&directory, SeekFrom::Start(0))?;
    list_opened(directory)
}

/// The same for a directory that was opened just now.
pub(super) fn list_opened(directory: impl AsFd) -> Result<Vec<DirEntry>> {
    let mut buffer = Vec::with_capacity(8192);
    let mut entries = RawDir::new(directory.as_fd(), buffer.spare_capacity_mut());
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let is_directory = match entry.file_type() {
            // Some filesystems do not tell the type in a listing.
            FileType::Unknown => stat(&directory, name)?.is_some_and(|stat| is_directory(&stat)),
            kind => kind == FileType::Directory,
        };
        let is_file = entry.file_type() == FileType::RegularFile;
        names.push(DirEntry { name: name.to_owned(), ino: entry.ino(), is_directory, is_file });
    }
    names.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(names)
}

/// Opens a directory of our own making, and lets us work in it whatever its bits say.
pub(super) fn open_writable(at: impl AsFd, name: &CStr) -> Result<OwnedFd> {
    let directory = match open(&at, name) {
        Err(Errno::ACCESS) => {
            rustix::fs::chmodat(&at, name, Mode::RWXU, AtFlags::empty())?;
            open(&at, name)?
        }
        opened => opened?,
    };
    if !Mode::from_raw_mode(fstat(&directory)?.st_mode).contains(Mode::RWXU) {
        fchmod(&directory, Mode::RWXU)?;
    }
    Ok(directory)
}

/// Removes the directory `name` in `at` with everything in it. Links are removed, never followed.
pub(super) fn remove(at: impl AsFd, name: &CStr) -> Result<()> {
    let directory = open_writable(&at, name)?;
    for listed in list(&directory)? {
        if listed.is_directory {
            remove(&directory, &listed.name)?;
        } else {
            unlinkat(&directory, &listed.name, AtFlags::empty())?;
        }
    }
    unlinkat(&at, name, AtFlags::REMOVEDIR)
}
