//! One side of a comparison: every path with its entry and metadata.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::checkout::CopyKind;
use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use crate::bundle::manifest::{self, Manifest};
use crate::bundle::{self, Bundle};

/// The entry at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideNode<'a> {
    /// A directory.
    Directory,
    /// A regular file with its content.
    File(&'a [u8]),
    /// A symbolic link with its target.
    Link(&'a str),
    /// A device, a pipe or a socket.
    Special,
    /// An entry that is not readable, with the reason.
    Unreadable(String),
}

/// A path of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideEntry<'a> {
    /// The entry.
    pub node: SideNode<'a>,
    /// The permission bits, if known.
    pub mode: Option<u32>,
    /// The owner such as `root:root`, if known.
    pub owner: Option<String>,
    /// The component. Empty if unknown.
    pub component: String,
    /// The action that a change requires, as in the manifest. Empty if unknown.
    pub on_change: String,
    /// Whether the content is a secret, if the renderer or the manifest states it: permission bits may be
    /// lost.
    pub secret: Option<bool>,
}

/// What the paths of a side are relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A bundle: the files of the host are below `root/`.
    Bundle,
    /// The root of a host.
    Host,
}

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// What the paths are relative to.
    pub scope: Scope,
    /// What the copy keeps.
    pub copy: CopyKind,
    /// The entries by path.
    pub items: BTreeMap<Utf8PathBuf, SideEntry<'a>>,
    /// The paths that the run wrote. `None` without a manifest.
    owned: Option<BTreeMap<Utf8PathBuf, manifest::EntryType>>,
}

impl<'a> SideEntry<'a> {
    /// Returns an entry without metadata.
    pub fn bare(node: SideNode<'a>, mode: Option<u32>) -> Self {
        Self { node, mode, owner: None, component: String::new(), on_change: String::new(), secret: None }
    }

    /// Returns an entry that was found on disk or in an archive.
    pub fn found(found: &'a TreeEntry) -> Self {
        let node = match &found.kind {
            TreeNode::Directory => SideNode::Directory,
            TreeNode::File(content) => SideNode::File(content),
            TreeNode::Link(target) => SideNode::Link(target),
            TreeNode::Special => SideNode::Special,
        };
        Self::bare(node, Some(found.mode))
    }

    /// Returns the content of a regular file.
    pub fn content(&self) -> Option<&'a [u8]> {
        match self.node {
            SideNode::File(content) => Some(content),
            _ => None,
        }
    }
}

impl<'a> Side<'a> {
    /// Returns an empty side.
    pub fn empty(scope: Scope) -> Self {
        Self { scope, copy: CopyKind::Exact, items: BTreeMap::new(), owned: None }
    }

    /// Returns the side of a rendered bundle.
    pub fn rendered(bundle: &'a Bundle) -> Self {
        let items = bundle.entries().map(|(path, entry)| (path.to_owned(), fresh(entry)));
        Self { items: items.collect(), ..Self::empty(Scope::Bundle) }
    }

    /// Returns the files on the host of a rendered bundle.
    pub fn placed(bundle: &'a Bundle) -> Self {
        let items =
            bundle.entries().filter(|(_, entry)| entry.host_file.is_some()).filter_map(|(path, entry)| {
                Some((path.strip_prefix(manifest::ROOT_DIR).ok()?.to_owned(), fresh(entry)))
            });
        Self { items: items.collect(), ..Self::empty(Scope::Host) }
    }

    /// Returns the side of a bundle that was read, with the metadata of its manifest.
    pub fn read(tree: &'a FileTree, copy: CopyKind) -> Self {
        let manifest = tree.file(manifest::MANIFEST_FILE.into()).and_then(|json| Manifest::parse(json).ok());
        let mut items: BTreeMap<_, _> = tree
            .entries()
            .filter(|(path, _)| !path.starts_with(".git"))
            .map(|(path, found)| (path.to_owned(), SideEntry::found(found)))
            .collect();
        for listed in manifest.iter().flat_map(|manifest| &manifest.entries) {
            if let Some(item) = items.get_mut(&listed.bundle_path()) {
                item.component.clone_from(&listed.component);
                item.on_change.clone_from(&listed.on_change);
                item.owner = Some(listed.owner.clone()).filter(|owner| !owner.is_empty());
                item.secret =
                    Some(listed.secret || (item.content().is_some() && may_hold_secret(&listed.mode)));
            }
        }
        let owned = manifest.map(|manifest| manifest.owned());
        Self { scope: Scope::Bundle, copy, items, owned }
    }

    /// Whether a manifest was found.
    pub fn has_manifest(&self) -> bool {
        self.owned.is_some()
    }

    /// Whether the manifest lists this path.
    pub fn owns(&self, path: &Utf8Path) -> bool {
        self.owned.as_ref().is_some_and(|owned| owned.contains_key(path))
    }

    /// Removes paths next to a bundle that do not belong to it, as writing would keep them: paths outside
    /// `root/` that neither the manifest nor the new side contains. Returns the removed files.
    pub fn leave_others(&mut self, new: &Self) -> Vec<Utf8PathBuf> {
        let Some(owned) = &self.owned else { return Vec::new() };
        let ours = |path: &Utf8Path| {
            path.starts_with(manifest::ROOT_DIR)
                || new.items.contains_key(path)
                || owned.keys().any(|owned| owned.starts_with(path))
        };
        let others: Vec<_> = self.items.keys().filter(|path| !ours(path)).cloned().collect();
        let mut files = Vec::new();
        for path in others {
            if self.items.remove(&path).is_some_and(|item| item.node != SideNode::Directory) {
                files.push(path);
            }
        }
        files
    }

    /// Removes the documents of the bundle, which follow from the files on the host.
    pub fn keep_host_files(&mut self) {
        self.items.retain(|path, _| path.starts_with(manifest::ROOT_DIR));
    }

    /// Returns the path on the host. `None` for a document of the bundle.
    pub fn host(scope: Scope, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let below = match scope {
            Scope::Host => path,
            Scope::Bundle => path.strip_prefix(manifest::ROOT_DIR).ok()?,
        };
        Some(Utf8Path::new("/").join(below))
    }
}

fn fresh(entry: &bundle::Entry) -> SideEntry<'_> {
    let node = entry.content().map_or(SideNode::Directory, SideNode::File);
    let meta = entry.host_file.as_ref();
    SideEntry {
        node,
        mode: Some(entry.mode),
        owner: Some(entry.owner.to_string()),
        component: meta.map(|meta| meta.component.to_owned()).unwrap_or_default(),
        on_change: meta.map(|meta| meta.on_change.to_string()).unwrap_or_default(),
        secret: Some(entry.is_secret()),
    }
}

/// Whether a mode, as written in a manifest, excludes other users.
fn may_hold_secret(mode: &str) -> bool {
    u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & 0o077 == 0)
}
