//! Reads a tar archive, optionally gzipped, into a tree. It may be ours or made by another tar.
//!
//! The reader accepts the common dialects (ustar, GNU long names, pax paths, a missing end marker) and is strict about
//! safety: header checksums must match, paths must stay inside the tree, and everything that an archive can multiply
//! (compressed bytes, hard links, paths, extension headers) is limited while it is read. The archive is read as a
//! stream: only one block and the contents of its files are in memory.

use std::io::{ErrorKind, Read};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use flate2::bufread::MultiGzDecoder;

use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use crate::delivery::tar::BLOCK;
use crate::values::{ParseError, sanitize};

/// Limits for an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Unpacked size in bytes, headers included. A hard link counts with the size of its target.
    pub bytes: usize,
    /// Number of paths.
    pub entries: usize,
    /// Unpacked size that every archive may have, in bytes.
    pub base: usize,
    /// Unpacked bytes allowed for each byte of the archive, in addition to `base`.
    pub ratio: usize,
}

/// The maximum depth of a path. The reader of directories has the same limit.
pub const DEPTH: usize = 200;

/// The maximum length of a path in bytes, which is the kernel's `PATH_MAX`.
const MAX_PATH_LEN: usize = 4096;

/// The maximum length of a name in a path, which is the `NAME_MAX` of file systems.
const MAX_NAME_LEN: usize = 255;

/// The maximum size of an extension header, which contains only paths and numbers.
const MAX_EXTENSION_LEN: usize = 64 << 10;

impl Default for Limits {
    /// A thousand times the size of a bundle. The text of a bundle compresses to about a tenth.
    fn default() -> Self {
        Self { bytes: 256 << 20, entries: 100_000, base: 16 << 20, ratio: 20 }
    }
}

impl Limits {
    /// Returns the maximum unpacked size of this archive.
    fn unpacked_size(self, archive: &[u8]) -> usize {
        archive.len().saturating_mul(self.ratio).saturating_add(self.base).min(self.bytes)
    }
}

/// Reads an archive. If a path occurs twice, the later one counts, as for tar.
pub fn read(archive: &[u8], limits: Limits) -> Result<FileTree, ParseError> {
    let left = limits.unpacked_size(archive);
    if archive.starts_with(&[0x1f, 0x8b]) {
        ArchiveReader { stream: MultiGzDecoder::new(archive), left, limit: left }.tree(limits)
    } else {
        ArchiveReader { stream: archive, left, limit: left }.tree(limits)
    }
}

fn cut_short() -> ParseError {
    ParseError::new("the file is not a tar archive, or is incomplete")
}

/// Reads an uncompressed archive block by block.
struct ArchiveReader<R> {
    stream: R,
    /// The number of bytes that may still follow.
    left: usize,
    limit: usize,
}

impl<R: Read> ArchiveReader<R> {
    fn tree(&mut self, limits: Limits) -> Result<FileTree, ParseError> {
        let mut tree = FileTree::default();
        let mut names = Names::default();
        let mut count = 0;
        while let Some(block) = self.block()? {
            if block.iter().all(|&byte| byte == 0) {
                self.drain()?;
                return Ok(tree);
            }
            let header = Header(&block);
            header.check()?;
            let size = names.size.take().map_or_else(|| header.number(124, 12), Ok)?;
            let kind = header.0[156];
            count += 1;
            if count > limits.entries {
                return Err(ParseError::new(format!("has more than {} paths", limits.entries)));
            }
            match kind {
                b'L' => names.path = Some(text(until_nul(&self.extension(size)?))?.to_owned()),
                b'K' => names.link = Some(text(until_nul(&self.extension(size)?))?.to_owned()),
                b'x' => names.pax(&self.extension(size)?)?,
                b'g' => {
                    let mut all = Names::default();
                    all.pax(&self.extension(size)?)?;
                    if all != Names::default() {
                        return Err(ParseError::new("has a global pax header that sets a path or a size"));
                    }
                }
                _ => {
                    let names = std::mem::take(&mut names);
                    let name = names.path.map_or_else(|| header.name(), Ok)?;
                    let link = names.link.map_or_else(|| Ok(text(header.text(157, 100))?.to_owned()), Ok)?;
                    let path = inside(&name)?;
                    let found = self.found(&header, size, link, &tree)?;
                    if let Some(path) = path {
                        tree.insert(path, found);
                    }
                }
            }
        }
        if count > 0 { Ok(tree) } else { Err(cut_short()) }
    }

    fn found(
        &mut self,
        header: &Header<'_>,
        size: usize,
        link: String,
        tree: &FileTree,
    ) -> Result<TreeEntry, ParseError> {
        // Links and directories have no content, whatever their size field contains.
        let kind = match header.0[156] {
            b'0' | 0 | b'7' => TreeNode::File(self.content(size)?),
            // A hard link repeats an earlier path of the archive.
            b'1' => {
                let path = inside(&link)?;
                let content = path.as_deref().and_then(|path| tree.file(path)).ok_or_else(|| {
                    ParseError::new(format!("links to `{}`, which it does not contain", sanitize(&link)))
                })?;
                self.take(content.len())?;
                TreeNode::File(content.to_vec())
            }
            b'2' => TreeNode::Link(link),
            b'5' => TreeNode::Directory,
            b'3' | b'4' | b'6' => TreeNode::Special,
            other => {
                return Err(ParseError::new(format!(
                    "contains a path of the unknown type {:?}",
                    char::from(other)
                )));
            }
        };
        let small = |start| header.number(start, 8).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        Ok(TreeEntry { kind, mode: small(100)? & 0o7777, uid: small(108)?, gid: small(116)? })
    }

    /// Returns the next block. `None` at the end of the archive.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, ParseError> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.stream.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(cut_short()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        self.take(BLOCK)?;
        Ok(Some(block))
    }

    /// Reads the content of an extension header.
    fn extension(&mut self, size: usize) -> Result<Vec<u8>, ParseError> {
        if size > MAX_EXTENSION_LEN {
            return Err(ParseError::new(format!("has a header of more than {MAX_EXTENSION_LEN} bytes")));
        }
        self.content(size)
    }

    /// Reads `size` bytes and the padding of their last block. A header can contain any size, so memory is allocated for
    /// the bytes that exist, not for `size`.
    fn content(&mut self, size: usize) -> Result<Vec<u8>, ParseError> {
        let padded = size.checked_next_multiple_of(BLOCK).ok_or_else(cut_short)?;
        self.take(padded)?;
        let mut content = Vec::with_capacity(size.min(1 << 20));
        let mut read = |size: usize, content: &mut Vec<u8>| {
            (&mut self.stream).take(size as u64).read_to_end(content).map_err(|error| broken(&error))
        };
        if read(size, &mut content)? < size {
            return Err(cut_short());
        }
        // Some writers do not pad the last block.
        read(padded - size, &mut Vec::new())?;
        Ok(content)
    }

    /// Reads the rest after the end marker, so that gzip's own checksum is verified.
    fn drain(&mut self) -> Result<(), ParseError> {
        let mut buffer = [0; 8 << 10];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => self.take(read)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        }
    }

    /// Subtracts bytes from the limit.
    fn take(&mut self, bytes: usize) -> Result<(), ParseError> {
        let left = self.left.checked_sub(bytes).ok_or_else(|| {
            ParseError::new(format!("unpacks to more than the {} bytes that its size allows", self.limit))
        })?;
        self.left = left;
        Ok(())
    }
}

fn broken(error: &std::io::Error) -> ParseError {
    ParseError::new(format!("is not valid gzip: {error}"))
}

/// What an extension header sets for the next path.
#[derive(Default, PartialEq, Eq)]
struct Names {
    path: Option<String>,
    link: Option<String>,
    size: Option<usize>,
}

impl Names {
    /// Reads pax records, `LENGTH KEY=VALUE\n`, and keeps the supported ones.
    fn pax(&mut self, mut records: &[u8]) -> Result<(), ParseError> {
        let broken = || ParseError::new("the archive has an invalid pax header");
        while !records.is_empty() {
            let digits = &records[..records.len().min(MAX_DIGITS + 1)];
            let space = digits.iter().position(|&byte| byte == b' ').ok_or_else(broken)?;
            let length: usize = text(&records[..space])?.parse().map_err(|_| broken())?;
            let record = records.get(space + 1..length).ok_or_else(broken)?;
            records = &records[length..];
            let record = record.strip_suffix(b"\n").ok_or_else(broken)?;
            let equals = record.iter().position(|&byte| byte == b'=').ok_or_else(broken)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.path = Some(text(value)?.to_owned()),
                b"linkpath" => self.link = Some(text(value)?.to_owned()),
                b"size" => self.size = Some(text(value)?.parse().map_err(|_| broken())?),
                // The content of a sparse file begins with a map, which this reader does not apply.
                _ if key.starts_with(b"GNU.sparse.") => {
                    return Err(ParseError::new("contains a sparse file"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The maximum number of digits of a length.
const MAX_DIGITS: usize = 20;

/// A header block, field by field.
struct Header<'a>(&'a [u8; BLOCK]);

impl Header<'_> {
    fn check(&self) -> Result<(), ParseError> {
        let sum: usize = self.0.iter().map(|&byte| usize::from(byte)).sum();
        let own: usize = self.0[148..156].iter().map(|&byte| usize::from(byte)).sum();
        let blank = 8 * usize::from(b' ');
        if self.number(148, 8)? == sum - own + blank { Ok(()) } else { Err(cut_short()) }
    }

    fn text(&self, start: usize, length: usize) -> &[u8] {
        until_nul(&self.0[start..start + length])
    }

    /// A number in octal digits, or in GNU's binary form for large numbers.
    fn number(&self, start: usize, length: usize) -> Result<usize, ParseError> {
        let field = &self.0[start..start + length];
        let digits =
            |number: usize, base: usize, digit: u8| number.checked_mul(base)?.checked_add(usize::from(digit));
        let number = if field[0] == 0x80 {
            field[1..].iter().try_fold(0, |number, &byte| digits(number, 256, byte))
        } else {
            let text = field.trim_ascii_start();
            let octal = text.iter().take_while(|byte| matches!(byte, b'0'..=b'7'));
            octal
                .clone()
                .try_fold(0, |number, &byte| digits(number, 8, byte - b'0'))
                .filter(|_| text[octal.count()..].iter().all(|&byte| byte == 0 || byte == b' '))
        };
        number.ok_or_else(cut_short)
    }

    fn name(&self) -> Result<String, ParseError> {
        let name = text(self.text(0, 100))?;
        // Only POSIX headers have a prefix. GNU's own format uses these bytes for other things.
        let prefix = if self.0[257..263] == *b"ustar\0" { text(self.text(345, 155))? } else { "" };
        Ok(if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") })
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn text(bytes: &[u8]) -> Result<&str, ParseError> {
    str::from_utf8(bytes).map_err(|_| ParseError::new("the archive has a path that is not UTF-8"))
}

/// The path inside the tree, or `None` for the tree itself (`./`).
fn inside(name: &str) -> Result<Option<Utf8PathBuf>, ParseError> {
    let rejected = |why: String| Err(ParseError::new(format!("contains `{}`, {why}", sanitize(name))));
    if name.len() > MAX_PATH_LEN {
        return rejected(format!("which is longer than {MAX_PATH_LEN} bytes"));
    }
    let mut path = Utf8PathBuf::new();
    for (depth, part) in Utf8Path::new(name).components().enumerate() {
        match part {
            Utf8Component::Normal(part) if part.len() > MAX_NAME_LEN => {
                return rejected(format!("in which a name is longer than {MAX_NAME_LEN} bytes"));
            }
            Utf8Component::Normal(_) if depth > DEPTH => {
                return rejected(format!("which is nested deeper than {DEPTH} directories"));
            }
            Utf8Component::Normal(part) if part.contains('\0') => {
                return rejected("which is not a path".to_owned());
            }
            Utf8Component::Normal(part) => path.push(part),
            Utf8Component::CurDir => {}
            _ => return rejected("which is outside of it".to_owned()),
        }
    }
    Ok(if path.as_str().is_empty() { None } else { Some(path) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Bundle, Entry};
    use crate::components::file_spec::Owner;
    use crate::delivery::{tar, tar_gz};

    fn bundle() -> Bundle {
        let mut bundle = Bundle::default();
        bundle.insert("root/etc/a".into(), Entry::file(b"a\n", 0o600, Owner::root(), None));
        bundle.insert("root/empty".into(), Entry::file(b"", 0o755, Owner::root(), None));
        bundle.insert(
            format!("{0}/{0}/x", "d".repeat(70)).into(),
            Entry::file(vec![0; 513], 0o644, Owner::root(), None),
        );
        bundle
    }

    #[test]
    fn archive_reads_back_what_tar_writes() {
        let bundle = bundle();
        let archive = tar::write(&bundle, 0).unwrap();
        assert_eq!(read(&archive, Limits::default()), Ok(FileTree::from(&bundle)));
        assert_eq!(read(&tar_gz::write(&bundle, 0).unwrap(), Limits::default()), Ok(FileTree::from(&bundle)));
        // Some programs omit the two zero blocks.
        assert_eq!(
            read(&archive[..archive.len() - 2 * BLOCK], Limits::default()),
            Ok(FileTree::from(&bundle))
        );
    }

    #[test]
    fn archive_rejects_damage_at_any_position() {
        let archive = tar::write(&bundle(), 0).unwrap();
        for cut in [1, 100, BLOCK + 1, 3 * BLOCK - 1] {
            assert!(read(&archive[..cut], Limits::default()).is_err(), "cut at {cut}");
        }
        for at in [0, 99, 124, 148, 156, 300] {
            let mut damaged = archive.clone();
            damaged[at] ^= 1;
            assert!(read(&damaged, Limits::default()).is_err(), "damaged at {at}");
        }
        assert!(read(b"", Limits::default()).is_err());
        assert!(read(b"PK\x03\x04 not a tar", Limits::default()).is_err());
        let zipped = tar_gz::write(&bundle(), 0).unwrap();
        assert!(read(&zipped[..zipped.len() - 9], Limits::default()).is_err());
    }

    #[test]
    fn archive_rejects_what_exceeds_the_limits() {
        let archive = tar::write(&bundle(), 0).unwrap();
        let zipped = tar_gz::write(&bundle(), 0).unwrap();
        let small = Limits { bytes: archive.len() - 1, ..Limits::default() };
        assert!(read(&archive, small).is_err());
        assert!(read(&zipped, small).is_err());
        assert!(read(&archive, Limits { entries: 2, ..Limits::default() }).is_err());
    }

    #[test]
    fn archive_rejects_paths_outside_but_accepts_a_leading_dot() {
        assert!(inside("/etc/passwd").is_err());
        assert!(inside("a/../../x").is_err());
        assert_eq!(inside("./"), Ok(None));
        assert_eq!(inside("./a//b/"), Ok(Some("a/b".into())));
    }

    /// Returns a header of this type and its content.
    fn member(name: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
        let mut block = [0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..107].copy_from_slice(b"0000644");
        block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        block[148..156].fill(b' ');
        block[156] = kind;
        block[157..157 + link.len()].copy_from_slice(link.as_bytes());
        let checksum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..154].copy_from_slice(format!("{checksum:06o}").as_bytes());
        let padding = content.len().next_multiple_of(BLOCK) - content.len();
        [&block, content, &vec![0; padding]].concat()
    }

    #[test]
    fn hard_link_counts_with_the_size_of_its_target() {
        let limits = Limits { base: 10_000, ratio: 1, ..Limits::default() };
        let archive = |links: usize| {
            let mut archive = member("a", b'0', "", &[b'x'; 4000]);
            for number in 0..links {
                archive.extend(member(&format!("l{number}"), b'1', "a", b""));
            }
            archive
        };
        assert_eq!(read(&archive(2), limits).unwrap().file("l1".into()), Some(&[b'x'; 4000][..]));
        let message = read(&archive(3), limits).unwrap_err().message;
        assert!(message.contains("unpacks to more"), "{message}");
    }

    #[test]
    fn compressed_archive_is_limited_to_a_multiple_of_its_size() {
        use std::io::Write as _;
        let archive = member("zeros", b'0', "", &vec![0; 1 << 20]);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&archive).unwrap();
        let compressed = encoder.finish().unwrap();
        assert!(read(&compressed, Limits::default()).is_ok());
        let limits = Limits { base: 1000, ratio: 20, ..Limits::default() };
        assert!(read(&compressed, limits).unwrap_err().message.contains("unpacks to more"));
        // The uncompressed archive is within the limit.
        assert!(read(&archive, limits).is_ok());
    }

    #[test]
    fn size_field_allocates_no_memory() {
        let archive = |size: &str| {
            let record = format!("size={size}\n");
            let record = format!("{} {record}", record.len() + 3);
            [member("pax", b'x', "", record.as_bytes()), member("a", b'0', "", b"x")].concat()
        };
        assert!(read(&archive("18446744073709551615"), Limits::default()).is_err());
        assert!(read(&archive("9000000"), Limits::default()).is_err());
        assert!(read(&archive("1"), Limits::default()).is_ok());
    }

    #[test]
    fn sparse_files_and_invalid_pax_headers_are_rejected() {
        for (kind, record) in [
            (b'x', "22 GNU.sparse.major=1\n"),
            (b'g', "12 path=abc\n"),
            (b'g', "10 size=9\n"),
            (b'x', "99999999999999999999999 path=a\n"),
            (b'x', "0 path=a\n"),
        ] {
            let archive = [member("pax", kind, "", record.as_bytes()), member("a", b'0', "", b"x")].concat();
            assert!(read(&archive, Limits::default()).is_err(), "{record}");
        }
        let comment = [member("pax", b'g', "", b"15 comment=abc\n"), member("a", b'0', "", b"x")].concat();
        assert_eq!(read(&comment, Limits::default()).unwrap().file("a".into()), Some(&b"x"[..]));
        assert!(read(&member("a", b'S', "", b"x"), Limits::default()).is_err());
        let long = member("long", b'L', "", &vec![b'a'; MAX_EXTENSION_LEN + 1]);
        assert!(read(&long, Limits::default()).is_err());
    }

    #[test]
    fn paths_beyond_the_limits_of_file_systems_are_rejected() {
        assert!(inside(&"d/".repeat(DEPTH)).is_ok());
        assert!(inside(&"d/".repeat(DEPTH + 2)).is_err());
        assert!(inside(&"d".repeat(MAX_NAME_LEN + 1)).is_err());
        assert!(inside(&"dd/".repeat(MAX_PATH_LEN)).is_err());
    }
}
