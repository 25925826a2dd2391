//! The paths of a bundle and of the old manifest as a tree, known before the directory is read.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::os::fd::AsFd;

use camino::{Utf8Path, Utf8PathBuf};

use super::compare::{Difference, EntryChange};
use super::directory;
use crate::bundle::manifest::EntryType;
use crate::bundle::{Bundle, Entry};

/// A name in the tree.
#[derive(Debug, Default)]
pub(super) struct PathTree<'a> {
    /// The names below it.
    pub children: BTreeMap<&'a str, PathTree<'a>>,
    /// The entry of the bundle here.
    pub entry: Option<&'a Entry>,
    /// The entry of the previous run here.
    pub former: Option<EntryType>,
    /// Whether the existing entry differs from the bundle.
    pub changed: bool,
}

impl<'a> PathTree<'a> {
    /// Builds the tree of all paths of the bundle and the old manifest.
    pub(super) fn of(
        bundle: &'a Bundle,
        former: &'a BTreeMap<Utf8PathBuf, EntryType>,
        differences: &'a [Difference],
    ) -> Self {
        let mut top = Self::default();
        for (path, entry) in bundle.entries() {
            top.insert(path, |_| {}).entry = Some(entry);
        }
        for (path, kind) in former {
            // The previous run created every directory above a path.
            top.insert(path, |on_the_way| on_the_way.former = Some(EntryType::Directory)).former =
                Some(*kind);
        }
        for difference in differences {
            if difference.path != "." && difference.change != EntryChange::Stale {
                top.insert(&difference.path, |_| {}).changed = true;
            }
        }
        top
    }

    fn insert(&mut self, path: &'a Utf8Path, on_the_way: fn(&mut Self)) -> &mut Self {
        path.iter().fold(self, |branch, name| {
            on_the_way(branch);
            branch.children.entry(name).or_default()
        })
    }

    /// Returns the branch of `name`.
    pub(super) fn child(&self, name: &CStr) -> Option<&Self> {
        self.children.get(name.to_str().ok()?)
    }

    /// Whether the previous run created the existing entry, and not another program an entry of another type.
    pub(super) fn is_ours(&self, is_directory: bool) -> bool {
        self.former == Some(if is_directory { EntryType::Directory } else { EntryType::File })
    }

    /// Whether the directory `name` in `at`, known as this branch, contains foreign entries.
    pub(super) fn holds_foreign(&self, at: impl AsFd, name: &CStr) -> rustix::io::Result<bool> {
        let directory = directory::open(at, name)?;
        for listed in directory::list(&directory)? {
            let foreign = match self.child(&listed.name) {
                Some(child) if !child.is_ours(listed.is_directory) => true,
                Some(child) => listed.is_directory && child.holds_foreign(&directory, &listed.name)?,
                None => true,
            };
            if foreign {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
