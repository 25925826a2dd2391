//! Builds the new tree of a directory in its staging directory: the files of the bundle, and hard links to
//! everything that is kept.

use std::collections::BTreeSet;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid, chmodat, chownat, fchmod, fstat, linkat,
    mkdirat, openat, utimensat,
};
use rustix::io::Errno;

use super::directory::{self, DirEntry};
use super::in_place::set_mode;
use super::path_tree::PathTree;
use super::staging_dir::{StagingDir, TREE};
use super::write_summary::{Overwrite, WriteSummary};
use super::{conflict, stdio};
use crate::bundle::Entry;
use crate::diagnostics::Code;

/// A tree that is being built.
#[derive(Debug)]
pub(super) struct TreeBuilder<'a> {
    /// The new tree. All names are resolved from this descriptor; the tree is private, so no link can
    /// redirect them.
    pub tree: OwnedFd,
    /// The foreign files that were linked, by inode.
    pub carried: BTreeSet<u64>,
    /// The counts of what was done.
    pub written: WriteSummary,
    /// Whether a file of others could not be linked.
    pub lacks_links: bool,
    force: Overwrite,
    /// The permission bits that the umask or a default access list allows at creation.
    granted: Mode,
    /// The set-group-ID bit that directories inherit from a shared parent, or zero.
    inherited: Mode,
    /// The owner of everything created here.
    maker: (u32, u32),
    /// The path for messages.
    shown: &'a Utf8Path,
    /// The current path relative to the tree. Empty at the top.
    path: Vec<u8>,
}

impl<'a> TreeBuilder<'a> {
    /// Creates an empty tree in the staging directory.
    pub(super) fn begin(staging: &StagingDir<'_>, shown: &'a Utf8Path, force: Overwrite) -> Result<Self> {
        let begin = || {
            mkdirat(&staging.fd, TREE, Mode::RWXU | Mode::RWXG | Mode::RWXO)?;
            let stat = directory::stat(&staging.fd, TREE)?.ok_or(Errno::NOENT)?;
            let usable = Mode::from_raw_mode(stat.st_mode).contains(Mode::RWXU);
            let open = if usable { directory::open } else { directory::open_writable };
            let tree = open(&staging.fd, TREE)?;
            Ok::<_, Errno>((tree, stat))
        };
        let (tree, stat) = begin().with_context(|| format!("cannot begin a new tree for `{shown}`"))?;
        Ok(Self {
            tree,
            carried: BTreeSet::new(),
            written: WriteSummary::default(),
            lacks_links: false,
            force,
            granted: Mode::from_raw_mode(stat.st_mode) - Mode::SGID,
            inherited: Mode::from_raw_mode(stat.st_mode) & Mode::SGID,
            maker: (stat.st_uid, stat.st_gid),
            shown,
            path: Vec::new(),
        })
    }

    /// Fills the tree: new content from the bundle, kept content from the old directory.
    pub(super) fn fill(
        &mut self,
        old: Option<(BorrowedFd<'_>, &Stat)>,
        known: &PathTree<'_>,
        mode: u32,
    ) -> Result<()> {
        let dirty = self.directory(old.map(|(fd, _)| fd), known, 0)?;
        self.finish(mode, old.map(|(_, stat)| stat), dirty)
    }

    /// Fills the directory at the current path. Returns whether its list of names differs from the old one.
    fn directory(&mut self, old: Option<BorrowedFd<'_>>, known: &PathTree<'_>, depth: usize) -> Result<bool> {
        if depth > directory::DEPTH {
            bail!("{} is nested deeper than {} directories", self.here(), directory::DEPTH);
        }
        let mut dirty = old.is_none();
        let names = old.map(directory::list).transpose();
        let names = names.with_context(|| format!("cannot list {}", self.here()))?.unwrap_or_default();
        for (old, listed) in old.iter().flat_map(|old| names.iter().map(move |listed| (*old, listed))) {
            dirty |=
                self.at(listed.name.to_bytes(), |build| build.handle_existing(old, listed, known, depth))?;
        }
        for (name, child) in &known.children {
            let Some(entry) = child.entry else { continue };
            dirty |= self.at(name.as_bytes(), |build| {
                if entry.is_file() {
                    return build.file(old, name, entry, child);
                }
                let at = names.binary_search_by(|listed| listed.name.to_bytes().cmp(name.as_bytes()));
                let was = at.is_ok_and(|at| names[at].is_directory);
                build.own_directory(old.filter(|_| was), name, entry, child, depth)
            })?;
        }
        Ok(dirty)
    }

    /// Handles a name of the old directory that the bundle does not simply keep. Returns whether it is
    /// removed.
    fn handle_existing(
        &mut self,
        old: BorrowedFd<'_>,
        listed: &DirEntry,
        known: &PathTree<'_>,
        depth: usize,
    ) -> Result<bool> {
        let Some(child) = known.child(&listed.name) else {
            self.preserve(old, listed, &PathTree::default(), depth)?;
            return Ok(false);
        };
        let ours = child.is_ours(listed.is_directory);
        let holds_foreign =
            || child.holds_foreign(old, &listed.name).with_context(|| format!("cannot list {}", self.here()));
        match child.entry.map(Entry::is_file) {
            // The bundle has a directory here too or the very same file, or the existing file belongs to the
            // bundle.
            Some(false) if listed.is_directory => Ok(false),
            Some(true) if !listed.is_directory && (ours || !child.changed) => Ok(false),
            // The bundle has a file where the old tree has a directory.
            Some(true) if listed.is_directory => {
                if holds_foreign()? || !(ours || self.force == Overwrite::Yes) {
                    Err(self.in_the_way("remove the directory, or move it elsewhere"))
                } else {
                    Ok(true)
                }
            }
            Some(_) if ours || self.force == Overwrite::Yes => Ok(true),
            Some(_) => Err(self.in_the_way("remove it, move it elsewhere, or use `--force` to replace it")),
            // The bundle no longer has this path.
            None if ours && (!listed.is_directory || !holds_foreign()?) => Ok(true),
            None => {
                self.preserve(old, listed, child, depth)?;
                Ok(false)
            }
        }
    }

    /// Links a foreign entry into the new tree.
    fn preserve(
        &mut self,
        old: BorrowedFd<'_>,
        listed: &DirEntry,
        known: &PathTree<'_>,
        depth: usize,
    ) -> Result<()> {
        if !listed.is_directory {
            let linked = linkat(old, &listed.name, &self.tree, self.path.as_slice(), AtFlags::empty());
            // The kernel does not let a user link a file that the user neither owns nor can write.
            let is_rejected = |error: &Errno| {
                [Errno::PERM, Errno::OPNOTSUPP, Errno::NOSYS, Errno::XDEV, Errno::MLINK].contains(error)
            };
            self.lacks_links |= linked.as_ref().is_err_and(is_rejected);
            linked.with_context(|| format!("cannot keep {}", self.here()))?;
            self.carried.insert(listed.ino);
            return Ok(());
        }
        let from =
            directory::open(old, &listed.name).with_context(|| format!("cannot open {}", self.here()))?;
        let stat = fstat(&from).with_context(|| format!("cannot read {}", self.here()))?;
        self.make_directory(Mode::RWXU)?;
        let dirty = self.directory(Some(from.as_fd()), known, depth + 1)?;
        self.keep_owner(&stat).with_context(|| format!("cannot keep the owner of {}", self.here()))?;
        let bits = Mode::from_raw_mode(stat.st_mode);
        chmodat(&self.tree, self.path.as_slice(), bits, AtFlags::empty())
            .with_context(|| format!("cannot keep the mode of {}", self.here()))?;
        if dirty { Ok(()) } else { self.keep_times(&stat) }
    }

    /// Adds a file of the bundle: a link to the old file if it is the same, otherwise a new file.
    fn file(
        &mut self,
        old: Option<BorrowedFd<'_>>,
        name: &str,
        entry: &Entry,
        known: &PathTree<'_>,
    ) -> Result<bool> {
        // If linking fails, a new file with the same content is equivalent.
        if let Some(old) = old
            && !known.changed
            && linkat(old, name, &self.tree, self.path.as_slice(), AtFlags::empty()).is_ok()
        {
            self.written.unchanged += 1;
            return Ok(false);
        }
        let mode = Mode::from_raw_mode(entry.mode);
        let create = || {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = openat(&self.tree, self.path.as_slice(), flags, mode)?;
            stdio::write_pieces(&file, &entry.chunks().collect::<Vec<_>>())?;
            let lacks_modes =
                !self.granted.contains(mode) && set_mode(|mode| fchmod(&file, mode), entry.mode)?;
            Ok::<_, Errno>(lacks_modes)
        };
        let lacks_modes = create().with_context(|| format!("cannot write {}", self.here()))?;
        self.written.lacks_modes |= lacks_modes;
        self.written.written += 1;
        self.written.bytes += entry.size() as u64;
        Ok(true)
    }

    /// Creates a directory of the bundle and fills it.
    fn own_directory(
        &mut self,
        old: Option<BorrowedFd<'_>>,
        name: &str,
        entry: &Entry,
        known: &PathTree<'_>,
        depth: usize,
    ) -> Result<bool> {
        let read = |old| {
            let fd = directory::open(old, name)?;
            let stat = fstat(&fd)?;
            Ok::<_, Errno>((fd, stat))
        };
        let old = old.map(read).transpose().with_context(|| format!("cannot open {}", self.here()))?;
        self.make_directory(Mode::from_raw_mode(entry.mode) | Mode::RWXU)?;
        let dirty = self.directory(old.as_ref().map(|(fd, _)| fd.as_fd()), known, depth + 1)?;
        self.finish(entry.mode, old.as_ref().map(|(_, stat)| stat), dirty)?;
        Ok(old.is_none())
    }

    fn make_directory(&self, mode: Mode) -> Result<()> {
        let make = || {
            mkdirat(&self.tree, self.path.as_slice(), mode)?;
            if !self.granted.contains(Mode::RWXU) {
                chmodat(&self.tree, self.path.as_slice(), mode, AtFlags::empty())?;
            }
            Ok::<_, Errno>(())
        };
        make().with_context(|| format!("cannot make {}", self.here()))
    }

    /// Sets the mode of a filled directory, and its old times and owner if it existed.
    fn finish(&mut self, mode: u32, old: Option<&Stat>, dirty: bool) -> Result<()> {
        let mode = Mode::from_raw_mode(mode);
        if self.path.is_empty() || !mode.contains(Mode::RWXU) || !self.granted.contains(mode) {
            let set = |mode| chmodat(&self.tree, self.current(), mode, AtFlags::empty());
            let lacks_modes = set_mode(set, (mode | self.inherited).as_raw_mode())
                .with_context(|| format!("cannot set the mode of {}", self.here()))?;
            self.written.lacks_modes |= lacks_modes;
        }
        let Some(old) = old else { return Ok(()) };
        // A user who may not change the owner keeps the directory.
        let _ = self.keep_owner(old);
        if dirty { Ok(()) } else { self.keep_times(old) }
    }

    fn keep_owner(&self, old: &Stat) -> rustix::io::Result<()> {
        if self.maker == (old.st_uid, old.st_gid) {
            return Ok(());
        }
        let (uid, gid) = (Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid));
        chownat(&self.tree, self.current(), Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
    }

    fn keep_times(&self, old: &Stat) -> Result<()> {
        let nanoseconds = |value| i64::try_from(value).unwrap_or(0);
        let times = Timestamps {
            last_access: Timespec { tv_sec: old.st_atime, tv_nsec: nanoseconds(old.st_atime_nsec) },
            last_modification: Timespec { tv_sec: old.st_mtime, tv_nsec: nanoseconds(old.st_mtime_nsec) },
        };
        utimensat(&self.tree, self.current(), &times, AtFlags::SYMLINK_NOFOLLOW)
            .with_context(|| format!("cannot keep the times of {}", self.here()))
    }

    /// Runs a function one name further down.
    fn at<T>(&mut self, name: &[u8], act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let length = self.path.len();
        if length > 0 {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name);
        let done = act(self);
        self.path.truncate(length);
        done
    }

    fn current(&self) -> &[u8] {
        if self.path.is_empty() { b"." } else { &self.path }
    }

    /// Returns the current path for a message, as the operator knows it.
    fn here(&self) -> String {
        format!("`{}`", self.shown.join(&*String::from_utf8_lossy(&self.path)))
    }

    fn in_the_way(&self, hint: &str) -> anyhow::Error {
        conflict(
            Code::PathForeign,
            format!("{} was not written by panelgen, and the bundle needs its path", self.here()),
            hint,
        )
    }
}
