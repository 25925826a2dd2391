//! A bundle: sorted path → file or directory, ready for any writer.

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

/// What stands at one path of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A regular file with this content.
    File(ChunkedBytes),
}

/// What an installer must know of a path that becomes one on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFileMeta {
    /// The component that made it, by its name in `panelgen list`.
    pub component: &'static str,
    /// What must happen on the host when it has changed.
    pub on_change: OnChange,
    /// Whether the content is a secret: never shown, never in a diff.
    pub secret: bool,
}

/// One path of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// File or directory.
    pub node: Node,
    /// Permission bits, `0o644`.
    pub mode: u32,
    /// The owner on the host; `root:root` for everything that stays in the bundle.
    pub owner: Owner,
    /// The sum of the content of a file of the host, taken once: the manifest and every installer tell it.
    checksum: Option<[u8; 32]>,
    /// For paths under `root/` that an artifact asked for; none for the bundle's own papers and for
    /// directories that are only on the way to a file.
    pub host_file: Option<Arc<HostFileMeta>>,
}

impl Entry {
    /// A file; what is the same in every bundle is not copied into each.
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
    pub fn directory(mode: u32, owner: Owner, meta: Option<HostFileMeta>) -> Self {
        Self { node: Node::Directory, mode, owner, checksum: None, host_file: meta.map(Arc::new) }
    }

    /// A file with this content, and all else as here.
    #[must_use]
    pub fn with_content(&self, content: ChunkedBytes) -> Self {
        let sum = self.host_file.is_some().then(|| sum(&content));
        let (owner, meta) = (self.owner.clone(), self.host_file.clone());
        Self { node: Node::File(content), mode: self.mode, owner, checksum: sum, host_file: meta }
    }

    /// The same file of the host, with its sum, under other circumstances.
    #[must_use]
    pub fn with_meta(&self, mode: u32, owner: Owner, meta: HostFileMeta) -> Self {
        Self { mode, owner, host_file: Some(Arc::new(meta)), ..self.clone() }
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self.node, Node::File(_))
    }

    /// The content of a file, in one place.
    pub fn content(&self) -> Option<&[u8]> {
        self.chunked().map(|content| &**content)
    }

    /// The content of a file where it lies; nothing for a directory.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunked().into_iter().flat_map(ChunkedBytes::chunks)
    }

    /// How many bytes a file has.
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
        self.chunked().map(|content| self.checksum.unwrap_or_else(|| sum(content)))
    }

    /// Whether the content may be shown to nobody: a secret, or a paper of the bundle that is closed to
    /// others (mode 0600) because it repeats one or its sum.
    pub fn is_secret(&self) -> bool {
        match &self.host_file {
            Some(meta) => meta.secret,
            None => self.is_file() && self.mode & 0o077 == 0,
        }
    }
}

/// A bundle: every path below it, relative, sorted. Parents always stand before their children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    entries: Vec<(Arc<Utf8Path>, Entry)>,
}

impl Bundle {
    /// The entries by path, parents before children.
    pub fn entries(&self) -> impl Iterator<Item = (&Utf8Path, &Entry)> {
        self.entries.iter().map(|(path, entry)| (&**path, entry))
    }

    /// What stands at `path`, relative to the bundle.
    pub fn get(&self, path: &Utf8Path) -> Option<&Entry> {
        self.find(path).ok().map(|at| &self.entries[at].1)
    }

    /// The number of the entry at `path`, counted from 0.
    pub fn number(&self, path: &Utf8Path) -> Option<usize> {
        self.find(path).ok()
    }

    /// The path of the entry of that number.
    pub fn path(&self, number: usize) -> &Utf8Path {
        &self.entries[number].0
    }

    /// The entry of that number.
    pub fn entry(&self, number: usize) -> &Entry {
        &self.entries[number].1
    }

    /// Puts another entry in place of the one of that number.
    pub fn replace(&mut self, number: usize, entry: Entry) {
        self.entries[number].1 = entry;
    }

    /// Whether anything in the bundle is a secret: then the directory form is closed to others.
    pub fn has_secret(&self) -> bool {
        self.entries.iter().any(|(_, entry)| entry.host_file.as_ref().is_some_and(|meta| meta.secret))
    }

    /// Puts `entry` at `path` and a 0755 directory at every parent that has none yet.
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

    /// Where `path` is, or where it belongs.
    fn find(&self, path: &Utf8Path) -> Result<usize, usize> {
        // What comes is nearly always sorted already.
        match self.entries.last() {
            Some((last, _)) if by_component(last.as_str(), path.as_str()) == Ordering::Less => {
                Err(self.entries.len())
            }
            _ => self.entries.binary_search_by(|(other, _)| by_component(other.as_str(), path.as_str())),
        }
    }
}

/// The order of two paths, component by component: what lies in a directory comes right behind it.
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

fn sum(content: &ChunkedBytes) -> [u8; 32] {
    content.chunks().fold(Sha256::new(), Digest::chain_update).finalize().into()
}

/// A sum as everybody writes it: 64 lower-case hexadecimal digits.
pub fn hex(sum: &[u8; 32]) -> String {
    let digit = |number: u8| char::from(b"0123456789abcdef"[usize::from(number)]);
    let mut text = String::with_capacity(2 * sum.len());
    text.extend(sum.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}
