//! A stream that can be read from its beginning more than once.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use rustix::fs::{FileType, MemfdFlags, fstat, memfd_create};

use super::named_input;

/// A file, or the content of a pipe in anonymous memory.
#[derive(Debug)]
pub struct RewindableInput {
    file: File,
}

/// The most bytes that are kept of a pipe.
const LIMIT: u64 = 1 << 30;

impl RewindableInput {
    /// Opens a file. `-` is standard input.
    pub fn open(path: &Utf8Path) -> Result<Self> {
        let opened = if path == "-" {
            std::io::stdin().as_fd().try_clone_to_owned().map(File::from).map_err(anyhow::Error::from)
        } else {
            named_input::open_file(path).map(|(fd, _)| File::from(fd))
        };
        opened.and_then(Self::of)
    }

    fn of(mut file: File) -> Result<Self> {
        match FileType::from_raw_mode(fstat(&file)?.st_mode) {
            FileType::RegularFile => return Ok(Self { file }),
            FileType::Directory => bail!("is a directory"),
            _ => {}
        }
        let mut kept = File::from(memfd_create(c"fleet", MemfdFlags::CLOEXEC)?);
        let copied =
            std::io::copy(&mut file.by_ref().take(LIMIT + 1), &mut kept).context("reading failed")?;
        if copied > LIMIT {
            bail!("input has more than {LIMIT} bytes: pass it as a file");
        }
        Ok(Self { file: kept })
    }

    /// Returns the stream from its beginning.
    pub fn stream(&self) -> impl Read + Send + '_ {
        Stream { file: &self.file, at: 0 }
    }
}

struct Stream<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
