//! Reads and writes single files.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, ErrorKind, Write};
use std::os::fd::OwnedFd;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fchmod, fstat, open, openat, renameat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::in_place::set_mode;
use super::run_state::Recorded;
use super::target_dir::TargetDir;
use super::write_summary::Overwrite;
use super::{conflict, directory, named_input, run_state, staging_dir, stdio};
use crate::diagnostics::Code;

/// Reads a whole file. More than `limit` bytes are an error. A link and the pipe of a shell's `<(…)` are followed and
/// read; a FIFO, a socket and a device are not opened.
pub fn read(path: &Utf8Path, limit: usize) -> Result<Vec<u8>> {
    let read = || {
        let (fd, _) = named_input::open_file(path)?;
        stdio::read_all(fd.into(), limit)
    };
    read().with_context(|| format!("cannot read `{path}`"))
}

/// Writes `bytes` to the file `path` and sets its permission bits. The file always holds the old or the new
/// content; if it holds the new content already, nothing is written. A pipe or a device is written to instead
/// of being replaced. A link and a directory are errors.
pub fn write_file(path: &Utf8Path, bytes: &[u8], mode: u32) -> Result<()> {
    let place = TargetDir::make(path)?;
    write_at(&place, mode, Devices::Write, &|out| out.write_all(bytes)).map(drop)
}

/// Writes a file like [`write_file`], but never over a file that `is_ours` does not recognize, unless forced.
pub fn write_output(
    path: &Utf8Path,
    bytes: &[u8],
    mode: u32,
    force: Overwrite,
    is_ours: impl Fn(&[u8]) -> bool,
) -> Result<()> {
    if is_open_stream(path) {
        let stream =
            open(path.as_std_path(), OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
        let stream = stream.with_context(|| format!("cannot write `{path}`"))?;
        return stdio::write_all(stream, bytes).with_context(|| format!("cannot write `{path}`"));
    }
    let stat = path.as_std_path().symlink_metadata();
    if force == Overwrite::No && stat.is_ok_and(|stat| stat.is_file()) {
        let found = read(path, OUTPUT_LIMIT).unwrap_or_else(|_| b"not readable".to_vec());
        if found != bytes && !is_ours(&found) {
            return Err(conflict(
                Code::FileForeign,
                format!("`{path}` exists and was not written by panelgen"),
                "choose another name, or use `--force` to replace it",
            ));
        }
    }
    write_file(path, bytes, mode)
}

/// The largest existing file that is looked at. A larger one is not ours.
const OUTPUT_LIMIT: usize = 64 << 20;

/// Whether a path names an open file of this process: `/dev/stdout`, `/dev/fd/63` of a shell's `>(…)`.
pub fn is_open_stream(path: &Utf8Path) -> bool {
    let below = ["/dev/fd", "/proc/self/fd"].iter().any(|fds| path.parent().is_some_and(|way| way == *fds));
    below || ["/dev/stdout", "/dev/stderr"].contains(&path.as_str())
}

/// The permission bits of a regular file.
pub fn mode(path: &Utf8Path) -> Option<u32> {
    let stat = rustix::fs::stat(path.as_std_path()).ok()?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    is_file.then_some(stat.st_mode & 0o7777)
}

/// Whether both paths lead to the same file.
pub fn is_same_file(one: &Utf8Path, other: &Utf8Path) -> bool {
    let stat = |path: &Utf8Path| rustix::fs::stat(path.as_std_path()).ok();
    stat(one).zip(stat(other)).is_some_and(|(one, other)| directory::is_same(&one, &other))
}

/// What to do with a pipe or a device at the path of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Devices {
    /// Write to it: the user has named it.
    Write,
    /// Report an error.
    Reject,
}

/// Like [`write_file`], with a content that is not in memory: `make` writes it, and may be called more than once. Returns
/// the number of bytes written. `None` if the file has the content already.
pub(super) fn write_at(
    place: &TargetDir,
    mode: u32,
    devices: Devices,
    make: ContentWriter<'_>,
) -> Result<Option<u64>> {
    let path = &place.shown;
    let context = || format!("cannot write `{path}`");
    let name = place.name.as_str();
    match directory::stat(&place.parent, name)
        .with_context(context)?
        .map(|stat| FileType::from_raw_mode(stat.st_mode))
    {
        Some(FileType::RegularFile) if is_up_to_date(place, make, mode) => return Ok(None),
        None | Some(FileType::RegularFile) => {}
        Some(FileType::Symlink) => {
            return Err(conflict(
                Code::FileSymlink,
                format!("`{path}` is a symbolic link"),
                "name the file that the link points to, or use `-` for stdout",
            ));
        }
        Some(FileType::Directory) => {
            return Err(conflict(Code::FileDirectory, format!("`{path}` is a directory"), "name a file"));
        }
        Some(_) if devices == Devices::Reject => {
            return Err(conflict(
                Code::FileSpecial,
                format!("`{path}` is a pipe, a socket or a device, not a file"),
                "remove it, or move it elsewhere",
            ));
        }
        Some(_) => {
            let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
            let device = openat(&place.parent, name, flags, Mode::empty()).with_context(context)?;
            return write_content(device, make).map(Some).with_context(context);
        }
    }
    replace(place, make, Mode::from_raw_mode(mode)).map(Some).with_context(context)
}

/// A function that writes a content.
pub type ContentWriter<'a> = &'a dyn Fn(&mut dyn Write) -> std::io::Result<()>;

/// Runs `make` on a file. Returns the number of bytes written.
fn write_content(file: OwnedFd, make: ContentWriter<'_>) -> Result<u64> {
    let mut out = BufWriter::with_capacity(BUFFER, Counted { file: File::from(file), bytes: 0 });
    make(&mut out)?;
    out.flush()?;
    Ok(out.get_ref().bytes)
}

const BUFFER: usize = 32 << 10;

struct Counted {
    file: File,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A writer that compares what is written with a file.
struct Compared {
    file: BufReader<File>,
}

impl Write for Compared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let found = self.file.fill_buf()?;
        let length = found.len().min(bytes.len());
        if length < bytes.len().min(1) || found[..length] != bytes[..length] {
            return Err(ErrorKind::InvalidData.into());
        }
        self.file.consume(length);
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes a file like [`write_file`], but replaces an existing file with other content only with `force`,
/// because it may have been edited.
pub fn write_new_file(path: &Utf8Path, bytes: &[u8], mode: u32, force: bool) -> Result<()> {
    let there = path.as_std_path().symlink_metadata().is_ok();
    if there && !force && !read(path, bytes.len()).is_ok_and(|found| found == bytes) {
        return Err(conflict(
            Code::FileExists,
            format!("`{path}` exists already"),
            "choose another name, or use `--force` to replace it",
        ));
    }
    write_file(path, bytes, mode)
}

/// Whether the file has this content and mode already. A file that cannot be read does not.
pub(super) fn is_up_to_date(place: &TargetDir, make: ContentWriter<'_>, mode: u32) -> bool {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let seen = directory::stat(&place.parent, place.name.as_str()).ok().flatten();
    if !seen.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile) {
        return false;
    }
    let Ok(fd) = openat(&place.parent, place.name.as_str(), flags, Mode::empty()) else { return false };
    let mut compared = Compared { file: BufReader::with_capacity(BUFFER, File::from(fd)) };
    let stat = fstat(compared.file.get_ref());
    stat.is_ok_and(|stat| stat.st_mode & 0o7777 == mode)
        && make(&mut compared).is_ok()
        && compared.file.fill_buf().is_ok_and(<[u8]>::is_empty)
}

/// Writes a temporary file next to the target and renames it. Its name is fixed and locked while in use, so
/// that the next run finds and removes what a killed run left.
fn replace(place: &TargetDir, make: ContentWriter<'_>, mode: Mode) -> Result<u64> {
    let temporary = staging_dir::name_for(&place.name);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let (file, recorded) = loop {
        let make = || openat(&place.parent, temporary.as_str(), flags, Mode::RUSR | Mode::WUSR);
        match Recorded::staged(place.shown.with_file_name(&temporary), make) {
            Ok((file, recorded)) if is_held(place, &temporary, &file)? => break (file, recorded),
            Ok(_) => {}
            Err(Errno::EXIST) => remove_leftovers(place, &temporary)?,
            Err(error) => return Err(error.into()),
        }
    };
    let unlink = || unlinkat(&place.parent, temporary.as_str(), AtFlags::empty());
    let write = || {
        let bytes = write_content(file.try_clone()?, make)?;
        set_mode(|mode| fchmod(&file, mode), mode.as_raw_mode())?;
        let rename = || renameat(&place.parent, temporary.as_str(), &place.parent, place.name.as_str());
        match recorded.publish(&place.shown, rename) {
            // A single file that is mounted cannot be replaced, only written to.
            Err(Errno::BUSY) => {
                let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let mounted = openat(&place.parent, place.name.as_str(), flags, Mode::empty())?;
                recorded.remove(unlink)?;
                let bytes = write_content(mounted, make)?;
                run_state::record_written(&place.shown);
                Ok(bytes)
            }
            renamed => renamed.map(|()| bytes).map_err(anyhow::Error::from),
        }
    };
    write().inspect_err(|_| {
        let _ = recorded.remove(unlink);
    })
}

/// Removes what a killed run left.
pub(super) fn remove_leftovers(place: &TargetDir, temporary: &str) -> Result<()> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let left = match openat(&place.parent, temporary, flags, Mode::empty()) {
        Ok(left) => left,
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let stat = fstat(&left)?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    if !is_file || stat.st_uid != geteuid().as_raw() {
        return Err(staging_dir::in_the_way(&place.shown.with_file_name(temporary)));
    }
    if is_held(place, temporary, &left)? {
        unlinkat(&place.parent, temporary, AtFlags::empty())?;
    }
    Ok(())
}

/// Locks a file and returns whether it still has its name. A lock held by another run is an error.
fn is_held(place: &TargetDir, temporary: &str, file: &OwnedFd) -> Result<bool> {
    match staging_dir::lock(file) {
        Err(Errno::WOULDBLOCK) => return Err(staging_dir::busy(&place.shown)),
        locked => locked.map(drop)?,
    }
    let own = fstat(file)?;
    let named = directory::stat(&place.parent, temporary)?;
    Ok(named.is_some_and(|named| directory::is_same(&named, &own)))
}

/// Whether `path` is a directory or a link to one.
pub fn is_directory(path: &Utf8Path) -> bool {
    path.is_dir()
}
