//! Reads a bundle back, as a directory or an archive.

use std::os::fd::{AsFd as _, OwnedFd};

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, open, openat, readlinkat};
use rustix::io::Errno;

use super::directory::DirEntry;
use super::{directory, file, stdio};
use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use crate::delivery::archive::{self, Limits};

/// Reads a bundle back: a directory or a tar archive, gzipped or not. The limits are those of
/// [`archive::read`].
pub fn read_bundle(path: &Utf8Path) -> Result<FileTree> {
    let limits = Limits::default();
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    match open(path.as_std_path(), flags, Mode::empty()) {
        Ok(directory) => {
            let mut walk = Walk { found: Vec::new(), limits, bytes: 0 };
            walk.directory(&directory, Utf8Path::new(""), 0)
                .with_context(|| format!("cannot read `{path}`"))?;
            Ok(walk.found.into_iter().collect())
        }
        Err(Errno::NOTDIR) => {
            let bytes = file::read(path, limits.bytes)?;
            archive::read(&bytes, limits).map_err(|error| anyhow::anyhow!("`{path}`: {}", error.message))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{path}`")),
    }
}

struct Walk {
    /// The entries found, in the order of a tree.
    found: Vec<(Utf8PathBuf, TreeEntry)>,
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
