//! The standard streams.

use std::fs::File;
use std::io::{IoSlice, IsTerminal as _, Read as _};
use std::os::fd::AsFd;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;
use rustix::buffer::spare_capacity;
use rustix::fs::{FileType, Stat, fstat, readlink};
use rustix::io::Errno;

/// Linux takes so many slices in one call.
const MOST_SLICES: usize = 1024;

/// What became of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The reader has it all.
    All,
    /// The reader went away; that is its right, and no reason for words.
    Closed,
}

/// What stdout is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stdout {
    /// A terminal: a person reads.
    Terminal,
    /// A regular file, by its path where the system tells it.
    File(Option<Utf8PathBuf>),
    /// A pipe or anything else: a program reads.
    Pipe,
}

/// What stdout is.
pub fn stdout_kind() -> Stdout {
    if std::io::stdout().is_terminal() {
        return Stdout::Terminal;
    }
    let is_file = fstat(std::io::stdout())
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
    if !is_file {
        return Stdout::Pipe;
    }
    let name = readlink("/proc/self/fd/1", Vec::new()).ok().and_then(|name| name.into_string().ok());
    Stdout::File(name.map(Utf8PathBuf::from))
}

/// Sends `bytes` to stdout, past every buffer, so that a full disk is noticed.
pub fn write_stdout(bytes: &[u8]) -> Result<WriteOutcome> {
    match write_all(std::io::stdout(), bytes) {
        Ok(()) => Ok(WriteOutcome::All),
        Err(Errno::PIPE) => Ok(WriteOutcome::Closed),
        Err(error) => Err(error).context("cannot write to stdout"),
    }
}

/// Sends `pieces` to stdout, one after the other, without laying them together first.
pub fn write_stdout_pieces(pieces: &[&[u8]]) -> Result<WriteOutcome> {
    match write_pieces(std::io::stdout(), pieces) {
        Ok(()) => Ok(WriteOutcome::All),
        Err(Errno::PIPE) => Ok(WriteOutcome::Closed),
        Err(error) => Err(error).context("cannot write to stdout"),
    }
}

/// Reads stdin to its end; more than `limit` bytes are refused.
pub fn read_stdin(limit: usize) -> Result<Vec<u8>> {
    let stdin = std::io::stdin().as_fd().try_clone_to_owned().context("cannot read stdin")?;
    read_all(File::from(stdin), limit).context("cannot read stdin")
}

/// Reads `file` to its end; more than `limit` bytes are refused.
pub(super) fn read_all(file: File, limit: usize) -> Result<Vec<u8>> {
    // Room for all of it and for seeing its end: one call reads, one more finds nothing.
    let size = fstat(&file).ok().and_then(|stat| usize::try_from(stat.st_size).ok()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size.min(limit) + 64);
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        bail!("it has more than {limit} bytes");
    }
    Ok(bytes)
}

/// Reads a regular file to its end; more than `limit` bytes are refused. A file that keeps the size it
/// has is read in one call: who is given less than there was room for has seen the end.
pub(super) fn read_regular(fd: impl AsFd, stat: &Stat, limit: usize) -> Result<Vec<u8>> {
    let size = usize::try_from(stat.st_size).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size.min(limit) + 64);
    loop {
        if bytes.len() > limit {
            bail!("it has more than {limit} bytes");
        }
        if bytes.capacity() - bytes.len() < 64 {
            bytes.reserve(1 << 16);
        }
        let asked = bytes.capacity() - bytes.len();
        match rustix::io::read(&fd, spare_capacity(&mut bytes)) {
            Ok(got) if got == 0 || (got < asked && (size..=limit).contains(&bytes.len())) => {
                return Ok(bytes);
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes all of `pieces`, one after the other, without laying them together first.
pub(super) fn write_pieces(fd: impl AsFd, pieces: &[&[u8]]) -> rustix::io::Result<()> {
    if let [piece] = pieces {
        return write_all(fd, piece);
    }
    let mut slices = Vec::with_capacity(pieces.len());
    slices.extend(pieces.iter().filter(|piece| !piece.is_empty()).map(|piece| IoSlice::new(piece)));
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        let some = rest.len().min(MOST_SLICES);
        match rustix::io::writev(&fd, &rest[..some]) {
            Ok(0) => return Err(Errno::IO),
            Ok(taken) => IoSlice::advance_slices(&mut rest, taken),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of `bytes`, however often the kernel takes a part.
pub(super) fn write_all(fd: impl AsFd, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(&fd, bytes) {
            Ok(0) => return Err(Errno::IO),
            Ok(taken) => bytes = &bytes[taken..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
