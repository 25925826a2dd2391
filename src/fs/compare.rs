//! Compares a bundle with the directory it was written to. Writes nothing.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;

use super::target_dir::{ExistingDir, TargetDir};
use super::{directory, stdio};
use crate::bundle::checkout::{self, CopyKind};
use crate::bundle::manifest::{self, Manifest, Proof, ROOT_DIR};
use crate::bundle::{Bundle, Entry, hex, sha256};
use crate::delivery::ansible;

/// A difference between a bundle and its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The path relative to the directory. `.` is the directory itself.
    pub path: Utf8PathBuf,
    /// The kind of difference.
    pub change: EntryChange,
}

/// The kinds of difference at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryChange {
    /// The bundle has it, the directory does not.
    Missing,
    /// A previous run wrote it, and the bundle no longer has it.
    Stale,
    /// The types differ: a file, a directory, a link or a device.
    Kind,
    /// The contents differ.
    Content,
    /// Only the line ends differ: they are CRLF.
    LineEnds,
    /// It is below `root/`, and no run wrote it as it is.
    Foreign,
    /// The permission bits differ.
    Mode {
        /// The bits in the directory.
        found: u32,
        /// The bits in the bundle.
        wanted: u32,
    },
}

/// Returns the mode of the top directory: private if the bundle contains a secret.
pub(super) fn top_mode(bundle: &Bundle) -> u32 {
    if bundle.has_secret() { 0o700 } else { 0o755 }
}

/// Returns all paths of the bundle as missing, for a directory that does not exist.
pub(super) fn all_missing(bundle: &Bundle) -> Vec<Difference> {
    bundle
        .entries()
        .map(|(path, _)| Difference { path: path.to_owned(), change: EntryChange::Missing })
        .collect()
}

/// Returns the exact differences in the order of the bundle, then the stale paths. Rendering removes all of them.
pub(super) fn differences(bundle: &Bundle, present: &ExistingDir) -> Result<Vec<Difference>> {
    compare(bundle, present).map(|comparison| comparison.differences)
}

/// Returns the differences that count: without what a copy of this kind loses, and with what does not belong below
/// `root/`.
pub(super) fn judged_differences(
    bundle: &Bundle,
    present: &ExistingDir,
    in_git: bool,
) -> Result<Vec<Difference>> {
    let TreeComparison { mut differences, files, directories } = compare(bundle, present)?;
    let missing: BTreeSet<&Utf8Path> = differences
        .iter()
        .filter(|difference| difference.change == EntryChange::Missing)
        .map(|difference| difference.path.as_path())
        .collect();
    // A missing directory is empty if the bundle has no file in it.
    let empty: BTreeSet<Utf8PathBuf> = missing
        .iter()
        .filter(|path| {
            let below = bundle.entries().filter(|(other, _)| other.starts_with(path));
            below.into_iter().all(|(_, entry)| !entry.is_file())
        })
        .map(|path| (*path).to_owned())
        .collect();
    // What the former run wrote decides what the copy has lost.
    let mode = |path: &Utf8Path| {
        let place = TargetDir::below(&present.fd, Utf8Path::new(""), path, false).ok()??;
        let stat = directory::stat(&place.parent, place.name.as_str()).ok()??;
        Some(stat.st_mode & 0o7777)
    };
    let lost = present.former.as_ref().map(|former| former.lost(mode)).unwrap_or_default();
    let kind = CopyKind::of(&files, &directories, lost, in_git);
    differences.retain(|difference| match difference.change {
        EntryChange::Missing => kind.keeps_empty_directories() || !empty.contains(&difference.path),
        EntryChange::Mode { found, wanted } => {
            let is_directory = match bundle.get(&difference.path) {
                Some(entry) => !entry.is_file(),
                None => true,
            };
            !kind.is_same_mode(found, wanted, is_directory)
        }
        _ => true,
    });
    let known: BTreeSet<&Utf8PathBuf> = differences.iter().map(|difference| &difference.path).collect();
    let mut foreign = foreign_files(bundle, present)?;
    foreign.retain(|path| !known.contains(path));
    differences.extend(foreign.into_iter().map(|path| Difference { path, change: EntryChange::Foreign }));
    Ok(differences)
}

/// Returns every file below `root/` that the bundle does not have.
pub(super) fn foreign_files(bundle: &Bundle, present: &ExistingDir) -> Result<Vec<Utf8PathBuf>> {
    let mut foreign = Vec::new();
    let root = match directory::open(&present.fd, ROOT_DIR) {
        Ok(root) => root,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(foreign),
        Err(error) => return Err(error.into()),
    };
    let mut open = vec![(root, Utf8PathBuf::from(ROOT_DIR))];
    while let Some((at, path)) = open.pop() {
        for listed in directory::list_opened(&at)? {
            let path = path.join(&*listed.name.to_string_lossy());
            if listed.is_directory {
                // A directory that the bundle has as a file differs already.
                if path.iter().count() <= directory::DEPTH && !bundle.get(&path).is_some_and(Entry::is_file) {
                    open.push((directory::open(&at, &listed.name)?, path));
                }
            } else if bundle.get(&path).is_none() {
                foreign.push(path);
            }
        }
    }
    foreign.sort();
    Ok(foreign)
}

fn compare(bundle: &Bundle, present: &ExistingDir) -> Result<TreeComparison> {
    let mut comparison = TreeComparison::default();
    comparison.mode(Utf8Path::new("."), &present.stat, top_mode(bundle), FileType::Directory);
    // The directories above the current path, outermost first. `None` for one that does not exist.
    let mut way: Vec<(&Utf8Path, Option<OwnedFd>)> = Vec::new();
    for (path, entry) in bundle.entries() {
        let parent = path.parent().unwrap_or(Utf8Path::new(""));
        while way.last().is_some_and(|(directory, _)| directory.as_str() != parent.as_str()) {
            way.pop();
        }
        let at = match way.last() {
            None => Some(present.fd.as_fd()),
            Some((_, directory)) => directory.as_ref().map(AsFd::as_fd),
        };
        let opened = if let Some(at) = at {
            comparison.entry(at, path, entry).with_context(|| format!("cannot read `{path}`"))?
        } else {
            comparison.add(path, EntryChange::Missing);
            None
        };
        if !entry.is_file() {
            way.push((path, opened));
        }
    }
    if let Some(former) = &present.former {
        comparison.stale(bundle, present.fd.as_fd(), former)?;
    }
    Ok(comparison)
}

#[derive(Default)]
struct TreeComparison {
    differences: Vec<Difference>,
    /// The permission bits of all files and directories that were found.
    files: Vec<u32>,
    directories: Vec<u32>,
}

impl TreeComparison {
    fn add(&mut self, path: &Utf8Path, change: EntryChange) {
        self.differences.push(Difference { path: path.to_owned(), change });
    }

    /// Compares one path. Returns it opened if it is a directory.
    fn entry(&mut self, at: BorrowedFd<'_>, path: &Utf8Path, entry: &Entry) -> Result<Option<OwnedFd>> {
        let name = path.file_name().expect("every path of a bundle ends in a name");
        // Opened without blocking: a pipe in place of the file would wait for a writer.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let (flags, kind) = if entry.is_file() {
            (flags, FileType::RegularFile)
        } else {
            (flags | OFlags::DIRECTORY, FileType::Directory)
        };
        let fd = match openat(at, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(error) => {
                let change = match error {
                    Errno::NOENT => EntryChange::Missing,
                    Errno::NOTDIR | Errno::LOOP | Errno::NXIO => EntryChange::Kind,
                    // A file that cannot be read is not the one that was written.
                    Errno::ACCESS if entry.is_file() => EntryChange::Content,
                    error => return Err(error.into()),
                };
                self.add(path, change);
                return Ok(None);
            }
        };
        let stat = fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != kind {
            self.add(path, EntryChange::Kind);
            return Ok(None);
        }
        if entry.is_file() && !holds(&fd, &stat, entry)? {
            let is_crlf = holds_with_crlf(at, name, entry).unwrap_or(false);
            self.add(path, if is_crlf { EntryChange::LineEnds } else { EntryChange::Content });
        }
        self.mode(path, &stat, entry.mode, kind);
        Ok((kind == FileType::Directory).then_some(fd))
    }

    fn mode(&mut self, path: &Utf8Path, stat: &Stat, wanted: u32, kind: FileType) {
        // A directory inherits the set-group-ID bit from a shared parent, which is correct.
        let inherited = if kind == FileType::Directory { Mode::SGID } else { Mode::empty() };
        let found = Mode::from_raw_mode(stat.st_mode).difference(inherited).as_raw_mode();
        if kind == FileType::Directory { &mut self.directories } else { &mut self.files }.push(found);
        if found != wanted {
            self.add(path, EntryChange::Mode { found, wanted });
        }
    }

    /// Adds what the previous run wrote and the bundle no longer has. The previous manifest can have been changed, so a
    /// file counts only if its checksum is the listed one, or if no other program uses its name.
    fn stale(&mut self, bundle: &Bundle, top: BorrowedFd<'_>, former: &Manifest) -> Result<()> {
        for (path, proof) in
            former.proofs(is_meta_file).into_iter().filter(|(path, _)| bundle.get(path).is_none())
        {
            if is_proven(top, &path, &proof).with_context(|| format!("cannot read `{path}`"))? {
                self.add(&path, EntryChange::Stale);
            }
        }
        Ok(())
    }
}

/// Whether the file has exactly this content.
fn holds(fd: &OwnedFd, stat: &Stat, entry: &Entry) -> Result<bool> {
    if usize::try_from(stat.st_size) != Ok(entry.size()) {
        return Ok(false);
    }
    let mut buffer = [0; 16 << 10];
    for mut piece in entry.chunks() {
        while !piece.is_empty() {
            let room = piece.len().min(buffer.len());
            let read = match rustix::io::read(fd, &mut buffer[..room]) {
                Err(Errno::INTR) => continue,
                read => read?,
            };
            // The file became shorter meanwhile, or differs.
            if read == 0 || !piece.starts_with(&buffer[..read]) {
                return Ok(false);
            }
            piece = &piece[read..];
        }
    }
    Ok(true)
}

/// Whether the file has this content with CRLF line ends.
fn holds_with_crlf(at: BorrowedFd<'_>, name: &str, entry: &Entry) -> Result<bool> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let content = stdio::read_all(openat(at, name, flags, Mode::empty())?.into(), 2 * entry.size())?;
    let lines = checkout::unix_lines(&content);
    Ok(lines.is_some_and(|lines| entry.content().is_some_and(|wanted| wanted == lines)))
}

/// Whether the proof holds for `path`. Links on the path are not followed.
pub(super) fn is_proven(top: BorrowedFd<'_>, path: &Utf8Path, proof: &Proof) -> Result<bool> {
    let mut at: Option<OwnedFd> = None;
    let mut parts = path.iter().peekable();
    while let Some(part) = parts.next() {
        let here = at.as_ref().map_or(top, AsFd::as_fd);
        if parts.peek().is_none() {
            let Some(stat) = directory::stat(here, part)? else { return Ok(false) };
            let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
            return match proof {
                Proof::Directory => Ok(directory::is_directory(&stat)),
                Proof::Name => Ok(is_file),
                Proof::Checksum(checksum) => Ok(is_file && has_checksum(here, part, checksum)?),
                Proof::None => Ok(false),
            };
        }
        at = match directory::open(here, part) {
            Ok(fd) => Some(fd),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
    }
    Ok(false)
}

/// Whether a regular file has this checksum. A file without read permission is not one that panelgen wrote.
fn has_checksum(at: BorrowedFd<'_>, name: &str, checksum: &str) -> Result<bool> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let fd = match openat(at, name, flags, Mode::empty()) {
        Ok(fd) => fd,
        Err(Errno::ACCESS | Errno::PERM | Errno::LOOP | Errno::NOENT) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    // Every file of a bundle is smaller.
    let content = stdio::read_all(fd.into(), MAX_FILE_LEN).ok();
    Ok(content.is_some_and(|content| hex(&sha256(&content)) == checksum))
}

/// The maximum size of a file whose checksum is compared.
const MAX_FILE_LEN: usize = 16 << 20;

/// Whether a path is the name of a meta file.
fn is_meta_file(path: &Utf8Path) -> bool {
    manifest::is_meta_file_name(path) || path.strip_prefix("ansible").is_ok_and(ansible::is_file)
}
