//! A fleet as one tar stream: hosts in the order of the document, behind them what all share.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};

use anyhow::{Result, anyhow};
use camino::Utf8Path;

use super::Hosts;
use super::directory::MODE;
use crate::disk::{self, Sent};
use crate::fleet::{Roll, papers};
use crate::render::Rendered;
use crate::word::Refusal;
use crate::writer::tar::{self, BLOCK};

/// Sends the stream to stdout; returns how many files and bytes it has. A reader who goes away ends it quietly.
pub(in crate::cli) fn send(hosts: &Hosts<'_>, roll: &Roll, mtime: u64) -> Result<(usize, u64)> {
    let mut out = Out { bytes: 0 };
    let mut files = 0;
    let work = |domain: &str, rendered: Rendered| {
        let bundle = rendered.bundle;
        let top = Utf8Path::new(domain);
        let mode = if bundle.has_secret() { 0o700 } else { 0o755 };
        let mut archive = Vec::new();
        tar::append_directory(&mut archive, top, mode, mtime).map_err(refused)?;
        tar::append(&mut archive, top, &bundle, mtime).map_err(refused)?;
        Ok((bundle.entries().filter(|(_, entry)| entry.content().is_some()).count(), archive))
    };
    let sent = hosts.render(roll, "sending", work, |(count, archive)| {
        files += count;
        Ok(out.write_all(&archive)?)
    });
    let sent = sent.and_then(|()| {
        files += shared(roll, mtime, &mut out)?;
        let mut end = Vec::new();
        tar::finish(&mut end);
        Ok(out.write_all(&end)?)
    });
    match sent {
        Err(error) if !is_closed(&error) => Err(error),
        _ => Ok((files, out.bytes)),
    }
}

/// What all hosts share, with the directories on the way.
fn shared(roll: &Roll, mtime: u64, out: &mut Out) -> Result<usize> {
    let papers = papers();
    let mut out = BufWriter::with_capacity(32 << 10, out);
    let mut made = BTreeSet::new();
    for paper in &papers {
        let mut above: Vec<_> =
            paper.path.ancestors().skip(1).filter(|path| !path.as_str().is_empty()).collect();
        above.reverse();
        for directory in above {
            if made.insert(directory) {
                let mut header = Vec::new();
                tar::append_directory(&mut header, directory, 0o755, mtime).map_err(refused)?;
                out.write_all(&header)?;
            }
        }
        let size = paper.size(roll);
        out.write_all(&tar::file_header(&paper.path, size, MODE, mtime).map_err(refused)?)?;
        paper.write(roll, &[], &mut out)?;
        let rest = size.next_multiple_of(BLOCK as u64) - size;
        std::io::copy(&mut std::io::Read::take(std::io::repeat(0), rest), &mut out)?;
    }
    out.flush()?;
    Ok(papers.len())
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` wants it")]
fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow!("{}", refusal.why)
}

fn is_closed(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Stdout, past every buffer.
struct Out {
    bytes: u64,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match disk::write_stdout(bytes) {
            Ok(Sent::All) => {
                self.bytes += bytes.len() as u64;
                Ok(bytes.len())
            }
            Ok(Sent::Closed) => Err(std::io::ErrorKind::BrokenPipe.into()),
            Err(error) => Err(std::io::Error::other(format!("{error:#}"))),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
