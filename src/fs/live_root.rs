//! The root of a host, live or mounted, read path by path. Nothing is written, no link is followed out of the
//! root, and a path that cannot be read is reported and skipped.

use std::os::fd::OwnedFd;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2, readlinkat};
use rustix::io::Errno;

use super::stdio;
use crate::bundle::file_tree::{TreeEntry, TreeNode};
use crate::delivery::archive::Limits;

/// The root of a host.
#[derive(Debug)]
pub struct LiveRoot {
    top: OwnedFd,
}

/// The result of reading a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatResult {
    /// The path does not exist.
    Nothing,
    /// The path exists and is readable.
    Found(TreeEntry),
    /// The path exists but is not readable.
    Closed {
        /// The permission bits, the user and the group, if known.
        stat: Option<(u32, u32, u32)>,
        /// The reason.
        why: String,
    },
}

impl LiveRoot {
    /// Opens a root.
    pub fn open(root: &Utf8Path) -> Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
        let top = open(root.as_std_path(), flags, Mode::empty())
            .with_context(|| format!("cannot open `{root}`"))?;
        Ok(Self { top })
    }

    /// Reads a path relative to the root. Links in its directories are followed inside the root; a link at
    /// the path itself is returned as a link.
    pub fn stat(&self, path: &Utf8Path) -> StatResult {
        let known = match self.at(path, OFlags::PATH) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return StatResult::Nothing,
            Err(error) => return StatResult::Closed { stat: None, why: error.to_string() },
        };
        let stat = match fstat(&known) {
            Ok(stat) => stat,
            Err(error) => return StatResult::Closed { stat: None, why: error.to_string() },
        };
        let (mode, uid, gid) = (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid);
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Ok(TreeNode::Directory),
            FileType::Symlink => match readlinkat(&known, "", Vec::new()) {
                Ok(target) => Ok(TreeNode::Link(target.to_string_lossy().into_owned())),
                Err(error) => Err(error.to_string()),
            },
            FileType::RegularFile => self
                .at(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)
                .map_err(anyhow::Error::from)
                .and_then(|fd| stdio::read_all(fd.into(), Limits::default().bytes))
                .map(TreeNode::File)
                .map_err(|error| format!("{error:#}")),
            _ => Ok(TreeNode::Special),
        };
        match kind {
            Ok(kind) => StatResult::Found(TreeEntry { kind, mode, uid, gid }),
            Err(why) => StatResult::Closed { stat: Some((mode, uid, gid)), why },
        }
    }

    /// Returns the text of a small file. `None` if it does not exist or is not readable.
    pub fn text(&self, path: &Utf8Path) -> Option<String> {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = openat2(&self.top, path.as_str(), flags, Mode::empty(), resolve).ok()?;
        let is_file = FileType::from_raw_mode(fstat(&fd).ok()?.st_mode) == FileType::RegularFile;
        let bytes = is_file.then(|| stdio::read_all(fd.into(), Limits::default().bytes).ok())??;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn at(&self, path: &Utf8Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat2(&self.top, path.as_str(), flags, Mode::empty(), resolve)
    }
}

/// Returns `path` relative to the directory `root`, or `None` if it is not below it. Links are followed.
pub fn relative_to(root: &Utf8Path, path: &Utf8Path) -> Result<Option<Utf8PathBuf>> {
    let resolve = |path: &Utf8Path| {
        let named = if path.as_str().is_empty() { Utf8Path::new(".") } else { path };
        named.canonicalize_utf8().with_context(|| format!("cannot read `{named}`"))
    };
    let (root, path) = (resolve(root)?, resolve(path)?);
    Ok(path.strip_prefix(&root).ok().map(Utf8Path::to_owned))
}

/// Whether `path` is in a git work tree, where permission bits and empty directories are lost.
pub fn is_in_git(path: &Utf8Path) -> bool {
    path.canonicalize_utf8().is_ok_and(|path| path.ancestors().any(|above| above.join(".git").exists()))
}
