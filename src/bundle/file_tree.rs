//! A tree that was read, from a directory or an archive: plain paths with what stands there.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::{Bundle, Node};

/// What was found at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// What it is.
    pub kind: TreeNode,
    /// Permission bits, `0o644`.
    pub mode: u32,
    /// The numeric user.
    pub uid: u32,
    /// The numeric group.
    pub gid: u32,
}

/// What a found path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeNode {
    /// A directory.
    Directory,
    /// A regular file with this content.
    File(Vec<u8>),
    /// A symbolic link that says this.
    Link(String),
    /// A device, a pipe, a socket.
    Special,
}

/// What was found, by path relative to the tree, parents before children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileTree {
    entries: BTreeMap<Utf8PathBuf, TreeEntry>,
}

impl FileTree {
    /// The paths with what stands there, parents before children.
    pub fn entries(&self) -> impl Iterator<Item = (&Utf8Path, &TreeEntry)> {
        self.entries.iter().map(|(path, found)| (path.as_path(), found))
    }

    /// What stands at `path`.
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

    /// Puts what was found at `path`; what was found there before gives way.
    pub fn insert(&mut self, path: Utf8PathBuf, found: TreeEntry) {
        self.entries.insert(path, found);
    }
}

impl FromIterator<(Utf8PathBuf, TreeEntry)> for FileTree {
    /// The tree of these paths; none is compared with all the others where they come in order.
    fn from_iter<I: IntoIterator<Item = (Utf8PathBuf, TreeEntry)>>(found: I) -> Self {
        Self { entries: found.into_iter().collect() }
    }
}

impl From<&Bundle> for FileTree {
    /// The tree that would be read back from the bundle.
    fn from(bundle: &Bundle) -> Self {
        let found = |node: &Node| match node {
            Node::Directory => TreeNode::Directory,
            Node::File(content) => TreeNode::File(content.to_vec()),
        };
        let entries = bundle
            .entries()
            .map(|(path, entry)| {
                (path.to_owned(), TreeEntry { kind: found(&entry.node), mode: entry.mode, uid: 0, gid: 0 })
            })
            .collect();
        Self { entries }
    }
}
