//! A bundle as a gzipped ustar archive. The gzip header contains no file name, no system and only the given
//! time.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use crate::bundle::Bundle;
use crate::delivery::tar;
use crate::values::ParseError;

/// The archive of one bundle, compressed at a fixed level: the same bundle gives the same bytes.
pub fn write(bundle: &Bundle, mtime: u64) -> Result<Vec<u8>, ParseError> {
    let archive = tar::write(bundle, mtime)?;
    // gzip has 32 bits for the time. After 2106 it is set to 0, which means "none".
    let mut gzip = GzBuilder::new()
        .mtime(u32::try_from(mtime).unwrap_or(0))
        .operating_system(UNKNOWN_SYSTEM)
        .write(Vec::new(), Compression::new(6));
    gzip.write_all(&archive).expect("a Vec takes every write");
    Ok(gzip.finish().expect("a Vec takes every write"))
}

/// The time in the header of an archive that this module wrote.
pub fn mtime_of(archive: &[u8]) -> Option<u64> {
    let bytes = archive.get(4..8)?.try_into().ok()?;
    Some(u64::from(u32::from_le_bytes(bytes)))
}

/// The compressed size of `bytes`.
pub fn packed_size(bytes: &[u8]) -> usize {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(bytes).expect("a Vec takes every write");
    gzip.finish().expect("a Vec takes every write").len()
}

/// RFC 1952's value for "unknown".
const UNKNOWN_SYSTEM: u8 = 255;
