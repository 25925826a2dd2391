//! A bundle: sorted path → file or directory, ready for any writer.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::artifact::{OnChange, Owner};

/// What stands at one path of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A regular file with this content.
    File(Arc<[u8]>),
}

/// What an installer must know of a path that becomes one on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
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
    /// The sum of the content of a file.
    pub sha256: Option<[u8; 32]>,
    /// For paths under `root/` that an artifact asked for; none for the bundle's own papers and for
    /// directories that are only on the way to a file.
    pub placement: Option<Placement>,
}

/// A bundle: every path below it, relative, sorted. Parents always stand before their children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    entries: BTreeMap<Utf8PathBuf, Entry>,
}

impl Bundle {
    /// The entries by path, parents before children.
    pub fn entries(&self) -> impl Iterator<Item = (&Utf8Path, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_path(), entry))
    }

    /// What stands at `path`, relative to the bundle.
    pub fn get(&self, path: &Utf8Path) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Whether anything in the bundle is a secret: then the directory form is closed to others.
    pub fn has_secret(&self) -> bool {
        self.entries.values().any(|entry| entry.placement.as_ref().is_some_and(|placement| placement.secret))
    }

    /// Puts `entry` at `path` and a 0755 directory at every parent that has none yet.
    pub fn insert(&mut self, path: Utf8PathBuf, entry: Entry) {
        for parent in path.ancestors().skip(1).filter(|parent| !parent.as_str().is_empty()) {
            self.entries.entry(parent.to_owned()).or_insert_with(|| Entry {
                node: Node::Directory,
                mode: 0o755,
                owner: Owner::root(),
                sha256: None,
                placement: None,
            });
        }
        self.entries.insert(path, entry);
    }
}
