//! The standard streams.

use std::fs::File;
use std::io::{IoSlice, IsTerminal as _, Read as _};
use std::os::fd::AsFd;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;
use rustix::buffer::spare_capacity;
use rustix::fs::{FileType, Stat, fstat, readlink};
use rustix::io::Errno;

use super::run_state;

/// The most slices that Linux accepts in one call.
const MOST_SLICES: usize = 1024;

/// The result of writing to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// Everything was written.
    All,
    /// The reader closed the stream. This is not an error.
    Closed,
}

/// The kinds of stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stdout {
    /// A terminal.
    Terminal,
    /// A regular file, with its path if the system reports it.
    File(Option<Utf8PathBuf>),
    /// A pipe or anything else.
    Pipe,
}

/// Returns the kind of stdout.
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

/// The number of columns of stdout if it is a terminal.
pub fn stdout_width() -> Option<usize> {
    width(std::io::stdout())
}

/// The number of columns of stderr if it is a terminal.
pub fn stderr_width() -> Option<usize> {
    width(std::io::stderr())
}

fn width(stream: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// Writes `bytes` to stdout without a buffer, so that a full disk is reported.
pub fn write_stdout(bytes: &[u8]) -> Result<WriteOutcome> {
    run_state::record_output();
    match write_all(std::io::stdout(), bytes) {
        Ok(()) => Ok(WriteOutcome::All),
        Err(Errno::PIPE) => Ok(WriteOutcome::Closed),
        Err(error) => Err(error).context("cannot write to stdout"),
    }
}

/// Writes `pieces` to stdout in order, without joining them first.
pub fn write_stdout_pieces(pieces: &[&[u8]]) -> Result<WriteOutcome> {
    run_state::record_output();
    match write_pieces(std::io::stdout(), pieces) {
        Ok(()) => Ok(WriteOutcome::All),
        Err(Errno::PIPE) => Ok(WriteOutcome::Closed),
        Err(error) => Err(error).context("cannot write to stdout"),
    }
}

/// Reads stdin to its end. More than `limit` bytes are an error.
pub fn read_stdin(limit: usize) -> Result<Vec<u8>> {
    let stdin = std::io::stdin().as_fd().try_clone_to_owned().context("cannot read stdin")?;
    read_all(File::from(stdin), limit).context("cannot read stdin")
}

/// Reads `file` to its end. More than `limit` bytes are an error.
pub(super) fn read_all(file: File, limit: usize) -> Result<Vec<u8>> {
    // One byte more than the file has: one call reads everything, the next one finds the end.
    let size = fstat(&file).ok().and_then(|stat| usize::try_from(stat.st_size).ok()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size.min(limit) + 64);
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        bail!("input has more than {limit} bytes");
    }
    Ok(bytes)
}

/// Reads a regular file to its end. More than `limit` bytes are an error. A file that keeps its size is read
/// in one call: a short read marks the end.
pub(super) fn read_regular(fd: impl AsFd, stat: &Stat, limit: usize) -> Result<Vec<u8>> {
    let size = usize::try_from(stat.st_size).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size.min(limit) + 64);
    loop {
        if bytes.len() > limit {
            bail!("input has more than {limit} bytes");
        }
        if bytes.capacity() - bytes.len() < 64 {
            bytes.reserve(1 << 16);
        }
        let requested = bytes.capacity() - bytes.len();
        match rustix::io::read(&fd, spare_capacity(&mut bytes)) {
            Ok(got) if got == 0 || (got < requested && (size..=limit).contains(&bytes.len())) => {
                return Ok(bytes);
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes all `pieces` in order, without joining them first.
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

/// Writes all `bytes`, in as many calls as the kernel needs.
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
