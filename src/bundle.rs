//! A bundle: a sorted map from paths to files and directories, ready for any output format.

pub mod checkout;
pub mod chunked;
pub mod file_tree;
pub mod manifest;
pub mod text_template;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::bundle::chunked::ChunkedBytes;
use crate::components::file_spec::{OnChange, Owner};

/// The type and content of a bundle entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A regular file with this content.
    File(ChunkedBytes),
}

/// What an installer needs to know about a path that is installed on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFileMeta {
    /// The name of the component that declares it, as in `panelgen list`.
    pub component: &'static str,
    /// The action on the host after a change.
    pub on_change: OnChange,
    /// Whether the content is a secret, which is never shown, not even in a diff.
    pub secret: bool,
}

/// One entry of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file or directory.
    pub node: Node,
    /// Permission bits, `0o644`.
    pub mode: u32,
    /// The owner on the host. `root:root` for files that are not installed.
    pub owner: Owner,
    /// The checksum of a host file, computed once because the manifest and every installer contain it.
    checksum: Option<[u8; 32]>,
    /// Set for paths under `root/` that a component declares. `None` for the bundle's own files and for
    /// parent directories of host files.
    #[doc(hidden)]
    pub host_file: Option<Arc<HostFileMeta>>,
}

impl Entry {
    /// A file. Content that is the same in every bundle is shared, not copied.
    #[doc(hidden)]
    pub fn file(
        content: impl Into<Cow<'static, [u8]>>,
        mode: u32,
        owner: Owner,
        meta: Option<HostFileMeta>,
    ) -> Self {
        let content = match content.into() {
            Cow::Borrowed(bytes) => ChunkedBytes::from(bytes),
            Cow::Owned(bytes) => ChunkedBytes::from(bytes),
        };
        let none = Self { host_file: meta.map(Arc::new), ..Self::directory(mode, owner, None) };
        none.with_content(content)
    }

    /// A directory.
    #[doc(hidden)]
    pub fn directory(mode: u32, owner: Owner, meta: Option<HostFileMeta>) -> Self {
        Self { node: Node::Directory, mode, owner, checksum: None, host_file: meta.map(Arc::new) }
    }

    /// The same entry with other content.
    #[must_use]
    pub(crate) fn with_content(&self, content: ChunkedBytes) -> Self {
        let checksum = self.host_file.is_some().then(|| checksum(&content));
        let (owner, meta) = (self.owner.clone(), self.host_file.clone());
        Self { node: Node::File(content), mode: self.mode, owner, checksum, host_file: meta }
    }

    /// The same host file, including its checksum, with other metadata.
    #[must_use]
    pub(crate) fn with_meta(&self, mode: u32, owner: Owner, meta: HostFileMeta) -> Self {
        Self { mode, owner, host_file: Some(Arc::new(meta)), ..self.clone() }
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self.node, Node::File(_))
    }

    /// The content of a file, as one slice.
    pub fn content(&self) -> Option<&[u8]> {
        self.chunked().map(|content| &**content)
    }

    /// The content of a file in chunks, without copying. Empty for a directory.
    #[doc(hidden)]
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunked().into_iter().flat_map(ChunkedBytes::chunks)
    }

    /// The size of a file in bytes.
    pub fn size(&self) -> usize {
        self.chunked().map_or(0, ChunkedBytes::size)
    }

    fn chunked(&self) -> Option<&ChunkedBytes> {
        match &self.node {
            Node::Directory => None,
            Node::File(content) => Some(content),
        }
    }

    /// The SHA-256 of the content of a file.
    pub fn sha256(&self) -> Option<[u8; 32]> {
        self.chunked().map(|content| self.checksum.unwrap_or_else(|| checksum(content)))
    }

    /// Whether the content must not be shown: a secret, or a generated file with mode 0600 that contains one
    /// or its checksum.
    pub fn is_secret(&self) -> bool {
        match &self.host_file {
            Some(meta) => meta.secret,
            None => self.is_file() && self.mode & 0o077 == 0,
        }
    }
}

/// A bundle: relative paths in sorted order, parents before their children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    entries: Vec<(Arc<Utf8Path>, Entry)>,
}

impl Bundle {
    /// The entries with their paths, parents before children.
    pub fn entries(&self) -> impl Iterator<Item = (&Utf8Path, &Entry)> {
        self.entries.iter().map(|(path, entry)| (&**path, entry))
    }

    /// The entry at `path`, relative to the bundle.
    pub fn get(&self, path: &Utf8Path) -> Option<&Entry> {
        self.find(path).ok().map(|at| &self.entries[at].1)
    }

    /// The index of the entry at `path`, from 0.
    #[doc(hidden)]
    pub fn number(&self, path: &Utf8Path) -> Option<usize> {
        self.find(path).ok()
    }

    /// The path of the entry at an index.
    #[doc(hidden)]
    pub fn path(&self, number: usize) -> &Utf8Path {
        &self.entries[number].0
    }

    /// The entry at an index.
    #[doc(hidden)]
    pub fn entry(&self, number: usize) -> &Entry {
        &self.entries[number].1
    }

    /// Replaces the entry at an index.
    #[doc(hidden)]
    pub fn replace(&mut self, number: usize, entry: Entry) {
        self.entries[number].1 = entry;
    }

    /// Whether the bundle contains a secret. The bundle's directory is then closed to others.
    pub fn has_secret(&self) -> bool {
        self.entries.iter().any(|(_, entry)| entry.host_file.as_ref().is_some_and(|meta| meta.secret))
    }

    /// Inserts `entry` at `path`, with 0755 directories for missing parents.
    #[doc(hidden)]
    pub fn insert(&mut self, path: Utf8PathBuf, entry: Entry) {
        if let Ok(at) = self.find(&path) {
            self.entries[at].1 = entry;
            return;
        }
        let parent = path.parent().filter(|parent| !parent.as_str().is_empty());
        if let Some(parent) = parent.filter(|parent| self.find(parent).is_err()) {
            self.insert(parent.to_owned(), Entry::directory(0o755, Owner::root(), None));
        }
        let at = self.find(&path).unwrap_or_else(|at| at);
        self.entries.insert(at, (path.into(), entry));
    }

    /// The index of `path`, or where to insert it.
    fn find(&self, path: &Utf8Path) -> Result<usize, usize> {
        // Entries nearly always arrive in sorted order.
        match self.entries.last() {
            Some((last, _)) if by_component(last.as_str(), path.as_str()) == Ordering::Less => {
                Err(self.entries.len())
            }
            _ => self.entries.binary_search_by(|(other, _)| by_component(other.as_str(), path.as_str())),
        }
    }
}

/// Compares two paths by component, so that the content of a directory directly follows it.
fn by_component(one: &str, other: &str) -> Ordering {
    let rank = |byte: u8| if byte == b'/' { 0 } else { byte };
    match one.bytes().zip(other.bytes()).find(|(one, other)| one != other) {
        Some((one, other)) => rank(one).cmp(&rank(other)),
        None => one.len().cmp(&other.len()),
    }
}

/// The SHA-256 of `content`.
pub fn sha256(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

fn checksum(content: &ChunkedBytes) -> [u8; 32] {
    content.chunks().fold(Sha256::new(), Digest::chain_update).finalize().into()
}

/// A checksum as 64 lower-case hexadecimal digits.
pub fn hex(checksum: &[u8; 32]) -> String {
    let digit = |number: u8| char::from(b"0123456789abcdef"[usize::from(number)]);
    let mut text = String::with_capacity(2 * checksum.len());
    text.extend(checksum.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}
