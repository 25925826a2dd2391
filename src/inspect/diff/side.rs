//! One side of a comparison: every path with what stands there and what is known of it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use crate::bundle::manifest::{self, Manifest};
use crate::bundle::{self, Bundle};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideNode<'a> {
    /// A directory.
    Directory,
    /// A regular file with this content.
    File(&'a [u8]),
    /// A symbolic link that says this.
    Link(&'a str),
    /// A device, a pipe, a socket.
    Special,
    /// Something that we may not read, and why.
    Unreadable(String),
}

/// A path of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideEntry<'a> {
    /// What stands there.
    pub node: SideNode<'a>,
    /// Permission bits, where they are known.
    pub mode: Option<u32>,
    /// `root:root`, where it is known.
    pub owner: Option<String>,
    /// The component that made it; empty where nobody says.
    pub component: String,
    /// What must happen when it changes, in the manifest's words; empty where nobody says.
    pub on_change: String,
    /// Whether the content is a secret, where its renderer or its manifest says so: bits can get lost on the way.
    pub secret: Option<bool>,
}

/// What the paths of a side are relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A bundle: the host's files stand below `root/`.
    Bundle,
    /// A host's root.
    Host,
}

/// Whether the permission bits of a side can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeSource {
    /// They are what somebody gave.
    Kept,
    /// The tree stands in a git work tree: git keeps the x bit of files and no empty directory.
    Git,
}

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// What its paths are relative to.
    pub scope: Scope,
    /// Whether its permission bits can be relied on.
    pub bits: ModeSource,
    /// Its paths.
    pub items: BTreeMap<Utf8PathBuf, SideEntry<'a>>,
    /// What the bundle's run wrote by name; none where there is no manifest of ours.
    owned: Option<BTreeMap<Utf8PathBuf, manifest::EntryType>>,
}

impl<'a> SideEntry<'a> {
    /// Something of which no more is known.
    pub fn bare(node: SideNode<'a>, mode: Option<u32>) -> Self {
        Self { node, mode, owner: None, component: String::new(), on_change: String::new(), secret: None }
    }

    /// What was found on a disk or in an archive.
    pub fn found(found: &'a TreeEntry) -> Self {
        let node = match &found.kind {
            TreeNode::Directory => SideNode::Directory,
            TreeNode::File(content) => SideNode::File(content),
            TreeNode::Link(target) => SideNode::Link(target),
            TreeNode::Special => SideNode::Special,
        };
        Self::bare(node, Some(found.mode))
    }

    /// The content of a regular file.
    pub fn content(&self) -> Option<&'a [u8]> {
        match self.node {
            SideNode::File(content) => Some(content),
            _ => None,
        }
    }
}

impl<'a> Side<'a> {
    /// A side without a path.
    pub fn empty(scope: Scope) -> Self {
        Self { scope, bits: ModeSource::Kept, items: BTreeMap::new(), owned: None }
    }

    /// A fresh bundle.
    pub fn rendered(bundle: &'a Bundle) -> Self {
        let items = bundle.entries().map(|(path, entry)| (path.to_owned(), fresh(entry)));
        Self { items: items.collect(), ..Self::empty(Scope::Bundle) }
    }

    /// The paths on the host that a fresh bundle asks for.
    pub fn placed(bundle: &'a Bundle) -> Self {
        let items =
            bundle.entries().filter(|(_, entry)| entry.host_file.is_some()).filter_map(|(path, entry)| {
                Some((path.strip_prefix(manifest::ROOT_DIR).ok()?.to_owned(), fresh(entry)))
            });
        Self { items: items.collect(), ..Self::empty(Scope::Host) }
    }

    /// A bundle that was read back. What its manifest says of a path is taken from there.
    pub fn read(tree: &'a FileTree, bits: ModeSource) -> Self {
        let manifest = tree.file(manifest::MANIFEST_FILE.into()).and_then(|json| Manifest::parse(json).ok());
        let mut items: BTreeMap<_, _> = tree
            .entries()
            .filter(|(path, _)| !path.starts_with(".git"))
            .map(|(path, found)| (path.to_owned(), SideEntry::found(found)))
            .collect();
        for listed in manifest.iter().flat_map(|manifest| &manifest.entries) {
            let path = listed.path.as_str().trim_start_matches('/');
            if let Some(item) = items.get_mut(&Utf8Path::new(manifest::ROOT_DIR).join(path)) {
                item.component.clone_from(&listed.component);
                item.on_change.clone_from(&listed.on_change);
                item.owner = Some(listed.owner.clone()).filter(|owner| !owner.is_empty());
                item.secret =
                    Some(listed.secret || (item.content().is_some() && may_hold_secret(&listed.mode)));
            }
        }
        let owned = manifest.map(|manifest| manifest.owned());
        Self { scope: Scope::Bundle, bits, items, owned }
    }

    /// Whether a manifest of ours was found.
    pub fn has_manifest(&self) -> bool {
        self.owned.is_some()
    }

    /// Takes away what stands beside a bundle without being of it, as a new run would leave it alone: paths
    /// outside `root/` that neither its manifest nor the new side has. Returns the files among them.
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

    /// The path on the host that stands at `path`; none for the bundle's own papers.
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

/// Whether bits as a manifest writes them close a path to others.
fn may_hold_secret(mode: &str) -> bool {
    u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & 0o077 == 0)
}
