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

    /// Inserts an entry at `path`, replacing an earlier one.
    pub fn insert(&mut self, path: Utf8PathBuf, entry: TreeEntry) {
        self.entries.insert(path, entry);
    }
}

impl FromIterator<(Utf8PathBuf, TreeEntry)> for FileTree {
    /// Builds a tree from entries. Fast if they are sorted.
    fn from_iter<I: IntoIterator<Item = (Utf8PathBuf, TreeEntry)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
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
        Self { entries }
    }
}
