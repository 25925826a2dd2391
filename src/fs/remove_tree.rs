//! Removes the old tree after the exchange.

use std::ffi::CStr;
use std::os::fd::AsFd;

use anyhow::{Context as _, Result};
use rustix::fs::{AtFlags, Mode, mkdirat, renameat, unlinkat};
use rustix::io::Errno;

use super::directory::{self, DirEntry};
use super::path_tree::PathTree;
use super::tree_builder::TreeBuilder;

/// Removes the directory `name` in `at`: the old tree or a part of it, whose path in the new tree is `path`.
/// Files that were added while the new tree was built are moved into it.
pub(super) fn remove_old(
    build: &TreeBuilder<'_>,
    at: impl AsFd,
    name: &CStr,
    path: &mut Vec<u8>,
    known: Option<&PathTree<'_>>,
) -> Result<()> {
    let context = |path: &[u8]| format!("cannot remove the old `{}`", String::from_utf8_lossy(path));
    let directory = directory::open_writable(&at, name).with_context(|| context(path))?;
    for listed in directory::list(&directory).with_context(|| context(path))? {
        let length = path.len();
        if length > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(listed.name.to_bytes());
        let child = known.and_then(|known| known.child(&listed.name));
        match what(build, &listed, path, child).with_context(|| context(path))? {
            Disposal::Directory => remove_old(build, &directory, &listed.name, path, child)?,
            Disposal::File => {
                unlinkat(&directory, &listed.name, AtFlags::empty()).with_context(|| context(path))?;
            }
            Disposal::Newcomer => move_concurrent(build, &directory, &listed, path).with_context(|| {
                let path = String::from_utf8_lossy(path);
                format!("cannot move `{path}`, which was added during the run; copy it from there before the next run")
            })?,
        }
        path.truncate(length);
    }
    unlinkat(&at, name, AtFlags::REMOVEDIR).with_context(|| context(path))
}

enum Disposal {
    /// A directory: look into it.
    Directory,
    /// Ours, or linked into the new tree: remove it.
    File,
    /// Added after the old tree was read.
    Newcomer,
}

fn what(
    build: &TreeBuilder<'_>,
    listed: &DirEntry,
    path: &[u8],
    known: Option<&PathTree<'_>>,
) -> rustix::io::Result<Disposal> {
    let was_known = known.is_some_and(|known| known.entry.is_some() || known.is_ours(listed.is_directory));
    Ok(if listed.is_directory {
        let is_there = directory::stat(&build.tree, path)?.is_some_and(|stat| directory::is_directory(&stat));
        if was_known || is_there { Disposal::Directory } else { Disposal::Newcomer }
    } else if was_known || build.carried.contains(&listed.ino) {
        Disposal::File
    } else {
        Disposal::Newcomer
    })
}

/// Moves an added file to its path in the new tree.
fn move_concurrent(
    build: &TreeBuilder<'_>,
    at: impl AsFd,
    listed: &DirEntry,
    path: &[u8],
) -> rustix::io::Result<()> {
    match renameat(&at, &listed.name, &build.tree, path) {
        Err(Errno::NOENT) => {
            // It was added to a directory that the new tree no longer has.
            for (end, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
                match mkdirat(
                    &build.tree,
                    &path[..end],
                    Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH,
                ) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error),
                }
            }
            renameat(&at, &listed.name, &build.tree, path)?;
        }
        renamed => renamed?,
    }
    // A rename between two links to the same file does nothing and keeps both.
    match unlinkat(&at, &listed.name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT | Errno::ISDIR) => Ok(()),
        Err(error) => Err(error),
    }
}
