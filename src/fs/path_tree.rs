//! What is known of a directory before it is read: the bundle's paths and the former manifest's, as a tree.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::os::fd::AsFd;

use camino::{Utf8Path, Utf8PathBuf};

use super::compare::{Difference, EntryChange};
use super::directory;
use crate::bundle::manifest::EntryType;
use crate::bundle::{Bundle, Entry};

/// One name of the tree.
#[derive(Debug, Default)]
pub(super) struct PathTree<'a> {
    /// What is known below it.
    pub children: BTreeMap<&'a str, PathTree<'a>>,
    /// What the bundle has here.
    pub entry: Option<&'a Entry>,
    /// What a former run made here.
    pub former: Option<EntryType>,
    /// Whether what stands here is not what the bundle has.
    pub changed: bool,
}

impl<'a> PathTree<'a> {
    /// The tree of all paths that the bundle or the former manifest name.
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
            // A former run made every directory on the way.
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

    /// What is known of `name`, a name that was read.
    pub(super) fn child(&self, name: &CStr) -> Option<&Self> {
        self.children.get(name.to_str().ok()?)
    }

    /// Whether a former run made what stands here, and not somebody else something of another kind.
    pub(super) fn is_ours(&self, is_directory: bool) -> bool {
        self.former == Some(if is_directory { EntryType::Directory } else { EntryType::File })
    }

    /// Whether the directory `name` in `at`, known as this branch, holds anything that is not ours.
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
