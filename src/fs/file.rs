//! One file in, one file out.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, ErrorKind, Write};
use std::os::fd::OwnedFd;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use rustix::fs::{
    AtFlags, FileType, FlockOperation, Mode, OFlags, fchmod, flock, fstat, open, openat, renameat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::target_dir::TargetDir;
use super::{directory, refused, staging_dir, stdio};

/// Reads a file to its end; more than `limit` bytes are refused. Pipes and links are as good as files.
pub fn read(path: &Utf8Path, limit: usize) -> Result<Vec<u8>> {
    let read = || {
        let fd = open(path.as_std_path(), OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        stdio::read_all(fd.into(), limit)
    };
    read().with_context(|| format!("cannot read `{path}`"))
}

/// Makes `path` a file that holds exactly `bytes` and has exactly these permission bits. It is the old or the
/// new file at any moment, and where it is that already nothing is written. A pipe or a device is written to
/// instead, because replacing it is never meant; a link and a directory are refused.
pub fn write_file(path: &Utf8Path, bytes: &[u8], mode: u32) -> Result<()> {
    write_file_by(path, mode, &|out| out.write_all(bytes)).map(drop)
}

/// The same for what need not be in memory: `make` writes the content, as often as it is asked. Returns how many bytes
/// were written; none where the file held them already.
pub fn write_file_by(path: &Utf8Path, mode: u32, make: ContentWriter<'_>) -> Result<Option<u64>> {
    let place = TargetDir::make(path)?;
    let told = || format!("cannot write `{path}`");
    let name = place.name.as_str();
    match directory::stat(&place.parent, name)
        .with_context(told)?
        .map(|stat| FileType::from_raw_mode(stat.st_mode))
    {
        Some(FileType::RegularFile) if is_up_to_date(&place, make, mode) => return Ok(None),
        None | Some(FileType::RegularFile) => {}
        Some(FileType::Symlink) => {
            return Err(refused(
                "file-symlink",
                format!("`{path}` is a symbolic link"),
                "name the file that the link leads to, or `-` for stdout",
            ));
        }
        Some(FileType::Directory) => {
            return Err(refused("file-directory", format!("`{path}` is a directory"), "name a file"));
        }
        Some(_) => {
            let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
            let device = openat(&place.parent, name, flags, Mode::empty()).with_context(told)?;
            return write_content(device, make).map(Some).with_context(told);
        }
    }
    replace(&place, make, Mode::from_raw_mode(mode)).map(Some).with_context(told)
}

/// Whether `path` is a file that holds exactly what `make` writes and has these permission bits.
pub fn is_file_by(path: &Utf8Path, mode: u32, make: ContentWriter<'_>) -> Result<bool> {
    Ok(TargetDir::find(path)?.is_some_and(|place| is_up_to_date(&place, make, mode)))
}

/// Removes a file, if it is one.
pub fn remove_file(path: &Utf8Path) -> Result<bool> {
    let Some(place) = TargetDir::find(path)? else { return Ok(false) };
    match unlinkat(&place.parent, place.name.as_str(), AtFlags::empty()) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT | Errno::ISDIR) => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot remove `{path}`")),
    }
}

/// What writes a content.
pub type ContentWriter<'a> = &'a dyn Fn(&mut dyn Write) -> std::io::Result<()>;

/// Lets `make` write into a file; returns how many bytes that were.
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

/// Takes what is written and holds it against a file.
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

/// Makes `path` a file like [`write_file`]; one that is there and holds something else is replaced only with
/// `force`, because a person may have worked on it.
pub fn write_new_file(path: &Utf8Path, bytes: &[u8], mode: u32, force: bool) -> Result<()> {
    let there = path.as_std_path().symlink_metadata().is_ok();
    if there && !force && !read(path, bytes.len()).is_ok_and(|found| found == bytes) {
        return Err(refused(
            "file-exists",
            format!("`{path}` is there already"),
            "choose another name, or say `--force` to replace it",
        ));
    }
    write_file(path, bytes, mode)
}

/// Whether the file holds this already. When in doubt it does not.
fn is_up_to_date(place: &TargetDir, make: ContentWriter<'_>, mode: u32) -> bool {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(fd) = openat(&place.parent, place.name.as_str(), flags, Mode::empty()) else { return false };
    let mut compared = Compared { file: BufReader::with_capacity(BUFFER, File::from(fd)) };
    let stat = fstat(compared.file.get_ref());
    stat.is_ok_and(|stat| stat.st_mode & 0o7777 == mode)
        && make(&mut compared).is_ok()
        && compared.file.fill_buf().is_ok_and(<[u8]>::is_empty)
}

/// Writes beside the file and renames over it. The name beside it is fixed and locked while it is in use,
/// so what a killed run left is found and removed by the next one.
fn replace(place: &TargetDir, make: ContentWriter<'_>, mode: Mode) -> Result<u64> {
    let beside = staging_dir::name_for(&place.name);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = loop {
        match openat(&place.parent, beside.as_str(), flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) if is_held(place, &beside, &file)? => break file,
            Ok(_) => {}
            Err(Errno::EXIST) => remove_leftovers(place, &beside)?,
            Err(error) => return Err(error.into()),
        }
    };
    let write = || {
        let bytes = write_content(file.try_clone()?, make)?;
        fchmod(&file, mode)?;
        renameat(&place.parent, beside.as_str(), &place.parent, place.name.as_str())?;
        Ok(bytes)
    };
    write().inspect_err(|_| {
        let _ = unlinkat(&place.parent, beside.as_str(), AtFlags::empty());
    })
}

/// Removes what a killed run left.
fn remove_leftovers(place: &TargetDir, beside: &str) -> Result<()> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let left = match openat(&place.parent, beside, flags, Mode::empty()) {
        Ok(left) => left,
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let stat = fstat(&left)?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    if !is_file || stat.st_uid != geteuid().as_raw() {
        return Err(staging_dir::in_the_way(&place.shown.with_file_name(beside)));
    }
    if is_held(place, beside, &left)? {
        unlinkat(&place.parent, beside, AtFlags::empty())?;
    }
    Ok(())
}

/// Locks a file and tells whether it still has its name. Another run that holds it is told of.
fn is_held(place: &TargetDir, beside: &str, file: &OwnedFd) -> Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Err(staging_dir::busy(&place.shown)),
        locked => locked?,
    }
    let own = fstat(file)?;
    let named = directory::stat(&place.parent, beside)?;
    Ok(named.is_some_and(|named| directory::is_same(&named, &own)))
}

/// Whether a directory, or a link to one, stands at `path`.
pub fn is_directory(path: &Utf8Path) -> bool {
    path.is_dir()
}
