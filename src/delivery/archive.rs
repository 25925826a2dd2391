//! Reads a tar archive, optionally gzipped, into a tree. It may be ours or made by another tar.
//!
//! Accepts all variants (ustar, GNU long names, pax paths, no zero blocks at the end), but is strict about
//! safety: checksums must match, paths must stay inside the tree, and size and number of entries are limited.

use std::borrow::Cow;
use std::io::Read as _;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use flate2::read::MultiGzDecoder;

use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use crate::delivery::tar::BLOCK;
use crate::values::ParseError;

/// Limits for an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Unpacked size in bytes, headers included.
    pub bytes: usize,
    /// Number of paths.
    pub entries: usize,
}

impl Default for Limits {
    /// A thousand times the size of a bundle.
    fn default() -> Self {
        Self { bytes: 256 << 20, entries: 100_000 }
    }
}

/// Reads an archive. If a path occurs twice, the later one counts, as for tar.
pub fn read(archive: &[u8], limits: Limits) -> Result<FileTree, ParseError> {
    let archive = unzipped(archive, limits)?;
    let mut tree = FileTree::default();
    let mut rest: &[u8] = &archive;
    let mut names = Names::default();
    let mut count = 0;
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        if block.iter().all(|&byte| byte == 0) {
            return Ok(tree);
        }
        let header = Header(block);
        header.check()?;
        let size = names.size.take().map_or_else(|| header.number(124, 12), Ok)?;
        let kind = header.0[156];
        // Links and directories have no content, whatever their size field contains.
        let size = if matches!(kind, b'1'..=b'6') { 0 } else { size };
        let content = after.get(..size).ok_or_else(cut_short)?;
        rest = after.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
        count += 1;
        if count > limits.entries {
            return Err(ParseError::new(format!("the archive has more than {} paths", limits.entries)));
        }
        match kind {
            b'L' => names.path = Some(text(until_nul(content))?.to_owned()),
            b'K' => names.link = Some(text(until_nul(content))?.to_owned()),
            b'x' => names.pax(content)?,
            b'g' => {}
            _ => {
                let names = std::mem::take(&mut names);
                let name = names.path.map_or_else(|| header.name(), Ok)?;
                let link = names.link.map_or_else(|| Ok(text(header.text(157, 100))?.to_owned()), Ok)?;
                if let Some(path) = inside(&name)? {
                    let found = found(&header, content, link, &tree)?;
                    tree.insert(path, found);
                }
            }
        }
    }
    if rest.is_empty() && !archive.is_empty() { Ok(tree) } else { Err(cut_short()) }
}

fn cut_short() -> ParseError {
    ParseError::new("the file is not a tar archive, or is incomplete")
}

fn unzipped(archive: &[u8], limits: Limits) -> Result<Cow<'_, [u8]>, ParseError> {
    let too_big = || ParseError::new(format!("the archive is larger than {} MiB", limits.bytes >> 20));
    if !archive.starts_with(&[0x1f, 0x8b]) {
        return if archive.len() > limits.bytes { Err(too_big()) } else { Ok(Cow::Borrowed(archive)) };
    }
    let mut unzipped = Vec::new();
    MultiGzDecoder::new(archive)
        .take(limits.bytes as u64 + 1)
        .read_to_end(&mut unzipped)
        .map_err(|error| ParseError::new(format!("invalid gzip: {error}")))?;
    if unzipped.len() > limits.bytes { Err(too_big()) } else { Ok(Cow::Owned(unzipped)) }
}

/// What an extension header sets for the next path.
#[derive(Default)]
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
            let space = records.iter().position(|&byte| byte == b' ').ok_or_else(broken)?;
            let length: usize = text(&records[..space])?.parse().map_err(|_| broken())?;
            let record = records.get(space + 1..length).ok_or_else(broken)?;
            records = &records[length..];
            let record = text(record)?.strip_suffix('\n').ok_or_else(broken)?;
            match record.split_once('=').ok_or_else(broken)? {
                ("path", value) => self.path = Some(value.to_owned()),
                ("linkpath", value) => self.link = Some(value.to_owned()),
                ("size", value) => self.size = Some(value.parse().map_err(|_| broken())?),
                _ => {}
            }
        }
        Ok(())
    }
}

fn found(
    header: &Header<'_>,
    content: &[u8],
    link: String,
    tree: &FileTree,
) -> Result<TreeEntry, ParseError> {
    let kind = match header.0[156] {
        b'0' | 0 | b'7' => TreeNode::File(content.to_vec()),
        // A hard link repeats an earlier path of the archive.
        b'1' => {
            let content = inside(&link)?.and_then(|path| tree.file(&path).map(<[u8]>::to_vec));
            TreeNode::File(content.ok_or_else(|| {
                ParseError::new(format!("the archive links to `{link}`, which it does not contain"))
            })?)
        }
        b'2' => TreeNode::Link(link),
        b'5' => TreeNode::Directory,
        b'3' | b'4' | b'6' => TreeNode::Special,
        other => {
            return Err(ParseError::new(format!(
                "the archive has a path of the unknown type {:?}",
                char::from(other)
            )));
        }
    };
    let small = |start| header.number(start, 8).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    Ok(TreeEntry { kind, mode: small(100)? & 0o7777, uid: small(108)?, gid: small(116)? })
}

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
    let mut path = Utf8PathBuf::new();
    for part in Utf8Path::new(name).components() {
        match part {
            Utf8Component::Normal(part) => path.push(part),
            Utf8Component::CurDir => {}
            _ => return Err(ParseError::new(format!("the archive has `{name}`, which is outside of it"))),
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
}
