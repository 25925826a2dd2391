//! Opens an input file that the user has named, or the pipe that a shell made for `<(…)`.

use std::os::fd::{AsFd, OwnedFd};

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use rustix::fs::{
    CWD, FileType, Mode, OFlags, ResolveFlags, Stat, fcntl_getfl, fcntl_setfl, fstat, fstatfs, major, minor,
    open, openat2,
};
use rustix::io::Errno;

use super::directory;

/// The file system of unnamed pipes, as a shell makes them for `<(…)`.
const PIPEFS: u64 = 0x5049_5045;

/// Opens a file for reading. A FIFO, a socket or a device is an error and is not opened: a FIFO blocks, `/dev/zero` never
/// ends, and opening some devices changes their state.
pub(super) fn open_file(path: &Utf8Path) -> Result<(OwnedFd, Stat)> {
    let seen = open(path.as_std_path(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let stat = fstat(&seen)?;
    let flags = OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile | FileType::Directory => {}
        FileType::Fifo if is_pipe(&seen) => {}
        FileType::CharacterDevice if (major(stat.st_rdev), minor(stat.st_rdev)) == (1, 3) => {}
        FileType::Fifo => bail!("it is a FIFO: name a file, or `-` for stdin"),
        FileType::Socket => bail!("it is a socket: name a file"),
        _ => bail!("it is a device: name a file, or `-` for stdin"),
    }
    let fd = open(path.as_std_path(), flags, Mode::empty())?;
    let opened = fstat(&fd)?;
    if !directory::is_same(&stat, &opened) {
        bail!("it was replaced while it was opened");
    }
    // Only `open` must not block; reads may.
    fcntl_setfl(&fd, fcntl_getfl(&fd)? - OFlags::NONBLOCK)?;
    Ok((fd, opened))
}

fn is_pipe(fd: impl AsFd) -> bool {
    #[allow(clippy::cast_sign_loss, reason = "a magic number, whose sign differs between systems")]
    fstatfs(fd).is_ok_and(|fs| fs.f_type as u64 & 0xffff_ffff == PIPEFS)
}

/// Whether `path` is a symbolic link or, if it is relative, contains one. The links in an absolute path are the system's,
/// for example `/tmp`; the links in a relative path can be part of an untrusted checkout.
pub(super) fn contains_link(path: &Utf8Path) -> Result<bool> {
    let trimmed = path.as_str().trim_end_matches('/');
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    if path.is_absolute() {
        let stat = directory::stat(CWD, if trimmed.is_empty() { "/" } else { trimmed });
        let stat = stat.with_context(|| format!("cannot read `{path}`"))?;
        return Ok(stat.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink));
    }
    match openat2(CWD, trimmed, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Err(Errno::LOOP) => Ok(true),
        _ => Ok(false),
    }
}
