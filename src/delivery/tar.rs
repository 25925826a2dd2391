//! A bundle as a ustar archive: the same bytes on every machine, readable by every tar since 1988.
//!
//! Numeric owners are 0 and owner names are those of the host, so root unpacks files with the owners on the
//! host and other users unpack them as their own. Two zero blocks end the archive; it is not padded to a tape
//! record. Anything that ustar cannot represent is an error, because programs disagree on the extensions.

use camino::Utf8Path;

use crate::bundle::{Bundle, Entry};
use crate::components::file_spec::Owner;
use crate::values::ParseError;

/// The block size of a tar archive, in bytes.
pub const BLOCK: usize = 512;

/// The end of an archive. A part of it also pads a content to whole blocks.
pub static END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The time of the first path of an archive.
pub fn mtime_of(archive: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(archive.get(136..147)?).ok()?;
    u64::from_str_radix(digits, 8).ok()
}

/// The archive of one bundle. `mtime`, in seconds since 1970, applies to every path.
pub fn write(bundle: &Bundle, mtime: u64) -> Result<Vec<u8>, ParseError> {
    let headers = headers(Utf8Path::new(""), bundle, mtime)?;
    let mut pieces = members(&headers, bundle);
    pieces.push(&END);
    Ok(pieces.concat())
}

/// The headers of a bundle's members, concatenated, below the directory `top`, which may be empty. A fleet is
/// many bundles in one archive.
pub fn headers(top: &Utf8Path, bundle: &Bundle, mtime: u64) -> Result<Vec<u8>, ParseError> {
    let mut headers = Vec::with_capacity(bundle.entries().count() * BLOCK);
    let mut name = String::new();
    for (path, entry) in bundle.entries() {
        name.clear();
        if !top.as_str().is_empty() {
            name.extend([top.as_str(), "/"]);
        }
        name.push_str(path.as_str());
        if !entry.is_file() {
            name.push('/');
        }
        headers.extend_from_slice(&header(&name, entry.size() as u64, entry, mtime)?);
    }
    Ok(headers)
}

/// The members of an archive as slices for one system call. `headers` are those of `bundle`, whose contents
/// are not copied.
pub fn members<'a>(headers: &'a [u8], bundle: &'a Bundle) -> Vec<&'a [u8]> {
    let mut pieces = Vec::with_capacity(headers.len() / BLOCK * 3 + 16);
    for (header, (_, entry)) in headers.chunks(BLOCK).zip(bundle.entries()) {
        pieces.push(header);
        pieces.extend(entry.chunks());
        pieces.push(padding(entry.size()));
    }
    pieces
}

/// The header of an empty directory.
pub fn directory_header(path: &Utf8Path, mode: u32, mtime: u64) -> Result<[u8; BLOCK], ParseError> {
    header(&format!("{path}/"), 0, &Entry::directory(mode, Owner::root(), None), mtime)
}

/// The header of a file whose content need not be in memory. The content must be padded with zeros to whole
/// blocks.
pub fn file_header(path: &Utf8Path, size: u64, mode: u32, mtime: u64) -> Result<[u8; BLOCK], ParseError> {
    header(path.as_str(), size, &Entry::file(Vec::new(), mode, Owner::root(), None), mtime)
}

fn header(name: &str, size: u64, entry: &Entry, mtime: u64) -> Result<[u8; BLOCK], ParseError> {
    let (prefix, base) =
        split(name).ok_or_else(|| ParseError::new(format!("path `{name}` is too long for a tar archive")))?;
    let too_big = |what: &str| ParseError::new(format!("{what} of `{name}` is too large for a tar archive"));
    let too_long = |what: &str| ParseError::new(format!("{what} of `{name}` is too long for a tar archive"));

    let mut block = [0; BLOCK];
    let mut fields = Fields(&mut block);
    fields.text(0, 100, base).ok_or_else(|| too_long("the name"))?;
    fields.octal(100, 8, u64::from(entry.mode)).ok_or_else(|| too_big("the mode"))?;
    fields.octal(108, 8, 0).expect("0 fits");
    fields.octal(116, 8, 0).expect("0 fits");
    fields.octal(124, 12, size).ok_or_else(|| too_big("the content"))?;
    fields.octal(136, 12, mtime).ok_or_else(|| too_big("the time"))?;
    fields.text(156, 1, if entry.is_file() { "0" } else { "5" }).expect("a letter fits");
    fields.text(257, 8, "ustar\x0000").expect("the magic and version fit");
    // The field's last byte stays NUL, or some readers continue into the next field.
    fields.text(265, 31, &entry.owner.user).ok_or_else(|| too_long("the user"))?;
    fields.text(297, 31, &entry.owner.group).ok_or_else(|| too_long("the group"))?;
    fields.octal(329, 8, 0).expect("0 fits");
    fields.octal(337, 8, 0).expect("0 fits");
    fields.text(345, 155, prefix).ok_or_else(|| too_long("the prefix"))?;

    // The checksum is computed with its own field as spaces, and is the only number that ends with NUL and
    // space.
    fields.text(148, 8, "        ").expect("eight spaces fit");
    let sum: u32 = fields.0.iter().map(|&byte| u32::from(byte)).sum();
    Fields(&mut block).octal(148, 7, sum.into()).expect("the checksum of 512 bytes is below 8^6");
    Ok(block)
}

/// A header block, field by field.
struct Fields<'a>(&'a mut [u8; BLOCK]);

impl Fields<'_> {
    fn text(&mut self, start: usize, length: usize, text: &str) -> Option<()> {
        let field = &mut self.0[start..start + length];
        field.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(())
    }

    /// Writes the number in octal digits, followed by a NUL.
    fn octal(&mut self, start: usize, length: usize, mut number: u64) -> Option<()> {
        let field = &mut self.0[start..start + length];
        field[length - 1] = 0;
        for digit in field[..length - 1].iter_mut().rev() {
            *digit = b"01234567"[(number % 8) as usize];
            number /= 8;
        }
        (number == 0).then_some(())
    }
}

/// Splits a path into ustar's prefix (155 bytes) and name (100 bytes) at a slash that is in neither. A path
/// that fits into the name has no prefix.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= 100 {
        return Some(("", path));
    }
    let slashes = path.bytes().enumerate().filter(|&(_, byte)| byte == b'/').map(|(at, _)| at);
    slashes.map(|at| (&path[..at], &path[at + 1..])).find(|(prefix, name)| {
        !prefix.is_empty() && prefix.len() <= 155 && !name.is_empty() && name.len() <= 100
    })
}

/// The zeros that pad a content of that size.
fn padding(size: usize) -> &'static [u8] {
    &END[..size.next_multiple_of(BLOCK) - size]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive_of(path: &str, entry: Entry, mtime: u64) -> Result<Vec<u8>, ParseError> {
        let mut bundle = Bundle::default();
        bundle.insert(path.into(), entry);
        write(&bundle, mtime)
    }

    fn file(content: &[u8]) -> Entry {
        Entry::file(content.to_vec(), 0o644, Owner::root(), None)
    }

    #[test]
    fn file_archive_is_header_content_and_end() {
        let archive = archive_of("a", file(b"hello"), 7).unwrap();
        assert_eq!(archive.len(), 4 * BLOCK);
        assert_eq!(&archive[..2], b"a\0");
        assert_eq!(&archive[100..108], b"0000644\0");
        assert_eq!(&archive[124..136], b"00000000005\0");
        assert_eq!(&archive[136..148], b"00000000007\0");
        assert_eq!(&archive[257..265], b"ustar\x0000");
        assert_eq!(&archive[512..518], b"hello\0");
        assert!(archive[1024..].iter().all(|&byte| byte == 0));
    }

    #[test]
    fn long_path_is_split_at_a_slash() {
        let long = format!("{}/{}", "d".repeat(155), "f".repeat(100));
        assert_eq!(split(&long), Some((&long[..155], &long[156..])));
        let short = "x".repeat(100);
        assert_eq!(split(&short), Some(("", short.as_str())));
        // The slash at the end of a directory is not used for the split.
        let directory = format!("{}/{}/", "d".repeat(90), "e".repeat(60));
        assert_eq!(split(&directory), Some((&directory[..90], &directory[91..])));
    }

    #[test]
    fn tar_rejects_what_ustar_cannot_represent() {
        let error = |path: String, entry: Entry, mtime| archive_of(&path, entry, mtime).unwrap_err().message;
        assert!(error("x".repeat(101), file(b""), 0).contains("too long for"));
        assert!(error(format!("{}/x", "d".repeat(156)), file(b""), 0).contains("too long for"));
        assert!(error("x".into(), file(b""), 1 << 33).contains("time"));
        let owner = Owner { user: "u".repeat(32).into(), group: "root".into() };
        let file_of = |owner| Entry::file(b"", 0o644, owner, None);
        assert!(error("x".into(), file_of(owner), 0).contains("the user"));
        assert!(archive_of("x", file(b""), (1 << 33) - 1).is_ok());
    }
}
