//! Reads a bundle back, as a directory or an archive.

use std::os::fd::{AsFd as _, OwnedFd};

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, open, openat, readlinkat};
use rustix::io::Errno;

use super::directory::DirEntry;
use super::live_root::is_in_git;
use super::{conflict, directory, file, named_input, stdio, target_dir};
use crate::bundle::checkout::{self, Ownership, Restored};
use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use crate::bundle::manifest::{self, Manifest};
use crate::delivery::archive::{self, Limits};
use crate::diagnostics::Code;

/// Reads a bundle back and restores what the copy has lost.
pub fn read_copy(path: &Utf8Path) -> Result<(FileTree, Restored)> {
    let mut tree = read_bundle(path)?;
    let top = rustix::fs::stat(path.as_std_path()).ok().filter(directory::is_directory);
    let in_git = top.is_some() && is_in_git(path);
    let restored = checkout::restore(&mut tree, top.map(|stat| stat.st_mode), in_git);
    Ok((tree, restored))
}

/// Reads a bundle: a directory or a tar archive, also a gzipped one, with the limits of [`archive::read`]. A path that
/// contains a symbolic link must end at a bundle of panelgen or an empty directory. Otherwise a link in a repository would
/// put the files of the user who checks it into the messages.
pub fn read_bundle(path: &Utf8Path) -> Result<FileTree> {
    let limits = Limits::default();
    let is_linked = named_input::contains_link(path)?;
    let foreign = || {
        conflict(
            Code::PathSymlink,
            format!("`{path}` contains a symbolic link, and its target is not a bundle of panelgen"),
            "name the directory or the archive itself",
        )
    };
    match open(path.as_std_path(), OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(directory) if is_linked && !may_be_read(&directory)? => Err(foreign()),
        Ok(directory) => walk(&directory, path),
        Err(Errno::NOTDIR) => {
            let bytes = file::read(path, limits.bytes)?;
            let tree = archive::read(&bytes, limits).map_err(|error| {
                if is_linked { foreign() } else { anyhow::anyhow!("`{path}` {}", error.message) }
            })?;
            let manifest = tree.file(manifest::MANIFEST_FILE.into());
            if is_linked && manifest.is_none_or(|json| Manifest::parse(json).is_err()) {
                return Err(foreign());
            }
            Ok(tree)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{path}`")),
    }
}

/// Reads the bundle of one host in the directory of a fleet. `None` if it does not exist. A link is not followed, because
/// the user has not named it.
pub fn read_host_bundle(fleet: &Utf8Path, host: &str, in_git: bool) -> Result<Option<(FileTree, Restored)>> {
    let path = fleet.join(host);
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let opened = open(fleet.as_std_path(), flags, Mode::empty()).and_then(|top| directory::open(&top, host));
    match opened {
        Ok(directory) => {
            let mut tree = walk(&directory, &path)?;
            let top = fstat(&directory)?.st_mode;
            let restored = checkout::restore(&mut tree, Some(top), in_git);
            Ok(Some((tree, restored)))
        }
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::NOTDIR | Errno::LOOP) => Err(conflict(
            Code::DirectorySymlink,
            format!("`{path}` is not a directory, and the bundle of a host must be one"),
            "remove it, or move it elsewhere",
        )),
        Err(error) => Err(error).with_context(|| format!("cannot read `{path}`")),
    }
}

fn walk(directory: &OwnedFd, path: &Utf8Path) -> Result<FileTree> {
    let owned = target_dir::previous_manifest(directory).with_context(|| format!("cannot read `{path}`"))?;
    let owned = owned.map(|manifest| Ownership::of(Some(&manifest)));
    let mut walk = Walk { found: Vec::new(), others: Vec::new(), owned, limits: Limits::default(), bytes: 0 };
    walk.directory(directory, Utf8Path::new(""), 0).with_context(|| format!("cannot read `{path}`"))?;
    let mut tree: FileTree = walk.found.into_iter().collect();
    tree.others = walk.others;
    Ok(tree)
}

/// Whether the target of a link is a bundle of panelgen or empty.
fn may_be_read(directory: &OwnedFd) -> Result<bool> {
    Ok(target_dir::previous_manifest(directory)?.is_some() || directory::list(directory)?.is_empty())
}

struct Walk {
    /// The entries found, in the order of a tree.
    found: Vec<(Utf8PathBuf, TreeEntry)>,
    /// The files of the operator, which are not read.
    others: Vec<Utf8PathBuf>,
    /// What belongs to the bundle. `None` without a manifest: then everything is read.
    owned: Option<Ownership>,
    limits: Limits,
    bytes: usize,
}

impl Walk {
    fn directory(&mut self, directory: &OwnedFd, at: &Utf8Path, depth: usize) -> Result<()> {
        if depth > directory::DEPTH {
            bail!("`{at}` is nested deeper than {} directories", directory::DEPTH);
        }
        for listed in directory::list_opened(directory)? {
            let path = at.join(&*listed.name.to_string_lossy());
            if self.owned.as_ref().is_some_and(|owned| !owned.covers(&path, listed.is_directory)) {
                self.other(directory, &listed, path, depth);
                continue;
            }
            if self.found.len() >= self.limits.entries {
                bail!("more than {} paths", self.limits.entries);
            }
            if listed.is_directory {
                let below = directory::open(directory, &listed.name)
                    .with_context(|| format!("cannot read `{path}`"))?;
                self.found.push((path.clone(), with(&fstat(&below)?, TreeNode::Directory)));
                self.directory(&below, &path, depth + 1)?;
            } else {
                let found = self.leaf(directory, &listed).with_context(|| format!("cannot read `{path}`"))?;
                self.found.push((path, found));
            }
        }
        Ok(())
    }

    /// Counts the files of the operator. A directory that is not readable is none of our business.
    fn other(&mut self, directory: &OwnedFd, listed: &DirEntry, path: Utf8PathBuf, depth: usize) {
        if !listed.is_directory {
            self.others.push(path);
            return;
        }
        let below = directory::open(directory, &listed.name);
        let names = below.as_ref().ok().and_then(|below| directory::list_opened(below).ok());
        let (Ok(below), Some(names)) = (below, names) else { return };
        for listed in names {
            if depth >= directory::DEPTH || self.others.len() >= self.limits.entries {
                return;
            }
            self.other(&below, &listed, path.join(&*listed.name.to_string_lossy()), depth + 1);
        }
    }

    fn leaf(&mut self, directory: &OwnedFd, listed: &DirEntry) -> Result<TreeEntry> {
        let name = listed.name.as_c_str();
        if !listed.is_file {
            let Some(stat) = directory::stat(directory, name)? else {
                bail!("it was removed while being read")
            };
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Symlink => {
                    let target = readlinkat(directory, name, Vec::new())?;
                    return Ok(with(&stat, TreeNode::Link(target.to_string_lossy().into_owned())));
                }
                FileType::RegularFile => {}
                _ => return Ok(with(&stat, TreeNode::Special)),
            }
        }
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = openat(directory.as_fd(), name, flags, Mode::empty())?;
        let found = found(&fd, self.limits.bytes - self.bytes)?;
        if let TreeNode::File(content) = &found.kind {
            self.bytes += content.len();
        }
        Ok(found)
    }
}

fn found(fd: &OwnedFd, limit: usize) -> Result<TreeEntry> {
    let stat = fstat(fd)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => TreeNode::Directory,
        FileType::RegularFile => TreeNode::File(stdio::read_regular(fd, &stat, limit)?),
        _ => TreeNode::Special,
    };
    Ok(with(&stat, kind))
}

fn with(stat: &Stat, kind: TreeNode) -> TreeEntry {
    TreeEntry { kind, mode: stat.st_mode & 0o7777, uid: stat.st_uid, gid: stat.st_gid }
}
