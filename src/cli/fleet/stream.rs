//! A fleet as one tar stream: the hosts in the order of the document, then the shared files.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};

use anyhow::{Result, anyhow, bail};
use camino::Utf8Path;

use super::FleetHosts;
use super::directory::MODE;
use crate::delivery::tar::{self, BLOCK};
use crate::fleet::{HostIndex, SharedFile, documents};
use crate::fs::{self, WriteOutcome};
use crate::render::Rendered;
use crate::values::ParseError;

/// Writes the stream to stdout. Returns the number of files and bytes, `None` if the reader closed the stream early.
pub(in crate::cli) fn send(
    hosts: &FleetHosts<'_>,
    index: &HostIndex,
    mtime: u64,
) -> Result<Option<(usize, u64)>> {
    let mut out = Out { bytes: 0 };
    let mut files = 0;
    let work = |domain: &str, rendered: Rendered| {
        let bundle = rendered.bundle;
        let top = Utf8Path::new(domain);
        let mode = if bundle.has_secret() { 0o700 } else { 0o755 };
        let directory = tar::directory_header(top, mode, mtime).map_err(to_error)?;
        let headers = tar::headers(top, &bundle, mtime).map_err(to_error)?;
        Ok((directory, headers, bundle))
    };
    let sent = hosts.render(index, "sending", work, |(directory, headers, bundle)| {
        let mut pieces = tar::members(&headers, &bundle);
        pieces.insert(0, &directory);
        files += bundle.entries().filter(|(_, entry)| entry.is_file()).count();
        out.send(&pieces)
    });
    let sent = sent.and_then(|()| {
        files += shared(&documents(hosts.shard()), index, mtime, &mut out)?;
        out.send(&[&tar::END])
    });
    match sent {
        Ok(()) => Ok(Some((files, out.bytes))),
        Err(error) if is_closed(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the shared files and their directories.
fn shared(files: &[SharedFile], index: &HostIndex, mtime: u64, out: &mut Out) -> Result<usize> {
    let mut out = BufWriter::with_capacity(32 << 10, out);
    let mut made = BTreeSet::new();
    for file in files {
        let mut above: Vec<_> =
            file.path.ancestors().skip(1).filter(|path| !path.as_str().is_empty()).collect();
        above.reverse();
        for directory in above {
            if made.insert(directory) {
                out.write_all(&tar::directory_header(directory, 0o755, mtime).map_err(to_error)?)?;
            }
        }
        let size = file.size(index);
        out.write_all(&tar::file_header(&file.path, size, MODE, mtime).map_err(to_error)?)?;
        file.write(index, &[], &mut out)?;
        let rest = size.next_multiple_of(BLOCK as u64) - size;
        std::io::copy(&mut std::io::Read::take(std::io::repeat(0), rest), &mut out)?;
    }
    out.flush()?;
    Ok(files.len())
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes it by value")]
fn to_error(error: ParseError) -> anyhow::Error {
    anyhow!("{}", error.message)
}

fn is_closed(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Unbuffered stdout.
struct Out {
    bytes: u64,
}

impl Out {
    fn send(&mut self, pieces: &[&[u8]]) -> Result<()> {
        match fs::write_stdout_pieces(pieces)? {
            WriteOutcome::All => self.bytes += pieces.iter().map(|piece| piece.len() as u64).sum::<u64>(),
            WriteOutcome::Closed => bail!(std::io::Error::from(std::io::ErrorKind::BrokenPipe)),
        }
        Ok(())
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.send(&[bytes]).map(|()| bytes.len()).map_err(|error| match error.downcast() {
            Ok(error) => error,
            Err(error) => std::io::Error::other(format!("{error:#}")),
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
