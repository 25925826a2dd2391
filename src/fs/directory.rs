//! Directories by descriptor: opened without following links, listed in order, removed with everything in
//! them.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawDir, SeekFrom, Stat, fchmod, fstat, openat, seek, statat, unlinkat,
};
use rustix::io::{Errno, Result};
use rustix::path::Arg;

/// The maximum depth of a tree. Every level costs a descriptor, and no bundle is that deep.
pub(super) const DEPTH: usize = crate::delivery::archive::DEPTH;

/// A name in a directory.
#[derive(Debug)]
pub(super) struct DirEntry {
    pub name: CString,
    pub ino: u64,
    pub is_directory: bool,
    /// Whether the listing reports a regular file. Some filesystems report no type.
    pub is_file: bool,
}

/// Opens the directory `name` in `at`. A symbolic link is an error.
pub(super) fn open(at: impl AsFd, name: impl Arg) -> Result<OwnedFd> {
    openat(at, name, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// Returns the status of `name` in `at`, of a symbolic link itself. `None` if it does not exist.
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

/// Lists the names in a directory, sorted, from the beginning.
pub(super) fn list(directory: impl AsFd) -> Result<Vec<DirEntry>> {
    seek(&directory, SeekFrom::Start(0))?;
    list_opened(directory)
}

/// Lists the names in a directory that was just opened.
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
            // Some filesystems report no type in a listing.
            FileType::Unknown => stat(&directory, name)?.is_some_and(|stat| is_directory(&stat)),
            kind => kind == FileType::Directory,
        };
        let is_file = entry.file_type() == FileType::RegularFile;
        names.push(DirEntry { name: name.to_owned(), ino: entry.ino(), is_directory, is_file });
    }
    names.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(names)
}

/// Opens a directory of our own and makes it writable whatever its mode is.
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

/// Removes the directory `name` in `at` with everything in it. Links are removed, not followed.
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
