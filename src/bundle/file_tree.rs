//! A file tree read from a directory or an archive.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::{Bundle, Node};

/// An entry of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The type and content.
    pub kind: TreeNode,
    /// Permission bits, `0o644`.
    pub mode: u32,
    /// The numeric user ID.
    pub uid: u32,
    /// The numeric group ID.
    pub gid: u32,
}

/// The type and content of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeNode {
    /// A directory.
    Directory,
    /// A regular file with this content.
    File(Vec<u8>),
    /// A symbolic link with this target.
    Link(String),
    /// A device, a pipe, a socket.
    Special,
}

/// The entries by path relative to the tree, parents before children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileTree {
    entries: BTreeMap<Utf8PathBuf, TreeEntry>,
    /// The files next to the bundle that belong to the operator. They are counted, and not read.
    pub others: Vec<Utf8PathBuf>,
}

impl FileTree {
    /// The entries with their paths, parents before children.
    pub fn entries(&self) -> impl Iterator<Item = (&Utf8Path, &TreeEntry)> {
        self.entries.iter().map(|(path, entry)| (path.as_path(), entry))
    }

    /// The entry at `path`.
    pub fn get(&self, path: &Utf8Path) -> Option<&TreeEntry> {
        self.entries.get(path)
    }

    /// The content of the regular file at `path`.
    pub fn file(&self, path: &Utf8Path) -> Option<&[u8]> {
        match &self.entries.get(path)?.kind {
            TreeNode::File(content) => Some(content),
            _ => None,
        }
    }

    /// The entry at `path`.
    pub fn get_mut(&mut self, path: &Utf8Path) -> Option<&mut TreeEntry> {
        self.entries.get_mut(path)
    }

    /// Sets the mode of every entry.
    pub fn set_modes(&mut self, mode: impl Fn(&TreeEntry) -> u32) {
        self.entries.values_mut().for_each(|entry| entry.mode = mode(entry));
    }

    /// Moves the paths that belong to the operator to `others`.
    pub fn set_aside(&mut self, is_other: impl Fn(&Utf8Path, bool) -> bool) {
        let others = &mut self.others;
        self.entries.retain(|path, entry| {
            let is_directory = entry.kind == TreeNode::Directory;
            let is_other = is_other(path, is_directory);
            if is_other && !is_directory {
                others.push(path.clone());
            }
            !is_other
        });
    }

    /// Inserts an entry at `path`, replacing an earlier one.
    pub fn insert(&mut self, path: Utf8PathBuf, entry: TreeEntry) {
        self.entries.insert(path, entry);
    }
}

impl FromIterator<(Utf8PathBuf, TreeEntry)> for FileTree {
    /// Builds a tree from entries. Fast if they are sorted.
    fn from_iter<I: IntoIterator<Item = (Utf8PathBuf, TreeEntry)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect(), others: Vec::new() }
    }
}

impl From<&Bundle> for FileTree {
    /// The tree that reading the written bundle would return.
    fn from(bundle: &Bundle) -> Self {
        let kind = |node: &Node| match node {
            Node::Directory => TreeNode::Directory,
            Node::File(content) => TreeNode::File(content.to_vec()),
        };
        let entries = bundle
            .entries()
            .map(|(path, entry)| {
                (path.to_owned(), TreeEntry { kind: kind(&entry.node), mode: entry.mode, uid: 0, gid: 0 })
            })
            .collect();
        Self { entries, others: Vec::new() }
    }
}
