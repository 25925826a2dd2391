//! The comparison of two sides, path by path.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::dependents::{Dependent, dependents};
use super::secret::SecretFilter;
use super::side::{Scope, Side, SideEntry, SideNode};
use crate::bundle::checkout::CopyKind;
use crate::bundle::manifest;

/// The difference at one path.
#[derive(Debug, Clone)]
pub struct FileChange<'a> {
    /// The new path, or the old one if it was removed.
    pub path: Utf8PathBuf,
    /// The old path, if only the name changed.
    pub renamed: Option<Utf8PathBuf>,
    /// The path on the host. `None` for a generated document of the bundle.
    pub host: Option<Utf8PathBuf>,
    /// The old entry.
    pub old: Option<SideEntry<'a>>,
    /// The new entry.
    pub new: Option<SideEntry<'a>>,
    /// The permission bits, if they differ.
    pub mode: Option<(u32, u32)>,
    /// The owners, if they differ.
    pub owner: Option<(String, String)>,
    /// Whether its content may be shown.
    pub shown: Visibility,
}

/// Whether the contents of a change may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Line by line.
    Lines,
    /// Not at all: one side is a secret.
    Secret,
    /// Not at all: it is not text.
    Binary,
}

/// The kind of change at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The path was added.
    Added,
    /// The path was removed.
    Removed,
    /// The path was renamed.
    Renamed,
    /// The entry differs.
    Changed,
    /// The entry is not readable.
    Unreadable,
}

/// All differences between two sides.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// The changes: files of the host, then documents of the bundle, the manifest last.
    pub changes: Vec<FileChange<'a>>,
    /// `assets.lock` before and after, if it differs.
    pub locks: Option<(&'a [u8], &'a [u8])>,
    /// The units of the new side by the unit that they restart with, if anything differs.
    pub bound: BTreeMap<String, BTreeSet<Dependent>>,
}

impl Comparison<'_> {
    /// Returns the comparison of two equal sides.
    pub fn same() -> Self {
        Self { changes: Vec::new(), locks: None, bound: BTreeMap::new() }
    }

    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.changes.is_empty()
    }

    /// Prefixes all paths with the directory `top`.
    pub fn prefix_paths(&mut self, top: &str) {
        for path in
            self.changes.iter_mut().flat_map(|change| change.renamed.iter_mut().chain([&mut change.path]))
        {
            *path = Utf8Path::new(top).join(&*path);
        }
    }
}

impl FileChange<'_> {
    /// Returns the kind of change.
    pub fn kind(&self) -> ChangeKind {
        match (&self.old, &self.new) {
            _ if self.renamed.is_some() => ChangeKind::Renamed,
            (Some(SideEntry { node: SideNode::Unreadable(_), .. }), _) => ChangeKind::Unreadable,
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        }
    }

    /// Returns a property of the entry, from the new side if it has one.
    pub fn property(&self, of: impl Fn(&SideEntry<'_>) -> String) -> String {
        let word = |item: &Option<_>| item.as_ref().map(&of).filter(|word| !word.is_empty());
        word(&self.new).or_else(|| word(&self.old)).unwrap_or_default()
    }

    /// Whether the contents or the types differ.
    pub fn differs_within(&self) -> bool {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => old.node != new.node,
            _ => true,
        }
    }
}

impl ChangeKind {
    /// Returns the kind as one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Changed => "changed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Compares two sides.
pub fn compare<'a>(old: &Side<'a>, new: &Side<'a>) -> Comparison<'a> {
    let secrets = SecretFilter::of(old, new);
    let copies = (old.copy, new.copy);
    let gone = |side: &Side<'_>| !side.copy.keeps_empty_directories();
    let mut changes: Vec<FileChange<'a>> = Vec::new();
    for (path, sides) in side_by_side(old, new) {
        if let (Some(one), Some(other)) = sides
            && one == other
        {
            continue;
        }
        let implied = match sides {
            (Some(item), None) => {
                item.node == SideNode::Directory
                    && (gone(new) || is_implied(old, path, item) || is_foreign_directory(old, path))
            }
            (None, Some(item)) => {
                item.node == SideNode::Directory && (gone(old) || is_implied(new, path, item))
            }
            _ => false,
        };
        if implied {
            continue;
        }
        let mode = modes(sides, copies);
        let owner = match sides {
            (Some(SideEntry { owner: Some(one), .. }), Some(SideEntry { owner: Some(other), .. }))
                if one != other =>
            {
                Some((one.clone(), other.clone()))
            }
            _ => None,
        };
        let same = matches!(sides, (Some(one), Some(other)) if one.node == other.node);
        if same && mode.is_none() && owner.is_none() {
            continue;
        }
        changes.push(FileChange {
            path: path.clone(),
            renamed: None,
            host: Side::host(new.scope, path),
            old: sides.0.cloned(),
            new: sides.1.cloned(),
            mode,
            owner,
            shown: shown(&secrets, path, sides),
        });
    }
    pair(&mut changes);
    changes.sort_by(|one, other| (rank(one), &one.path).cmp(&(rank(other), &other.path)));
    let lock = |side: &Side<'a>| side.items.get(Utf8Path::new("assets.lock")).and_then(SideEntry::content);
    let locks = (lock(old).unwrap_or_default(), lock(new).unwrap_or_default());
    let bound = if changes.is_empty() { BTreeMap::new() } else { dependents(new) };
    Comparison { changes, locks: (locks.0 != locks.1).then_some(locks), bound }
}

/// Returns every path with the entries of both sides. Both sides are sorted and walked together, because
/// comparing paths is slow.
fn side_by_side<'s, 'a>(
    old: &'s Side<'a>,
    new: &'s Side<'a>,
) -> impl Iterator<Item = (&'s Utf8PathBuf, (Option<&'s SideEntry<'a>>, Option<&'s SideEntry<'a>>))> {
    let (mut ours, mut theirs) = (old.items.iter().peekable(), new.items.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (ours.peek(), theirs.peek()) {
            (Some((one, _)), Some((other, _))) if one.as_str() == other.as_str() => Ordering::Equal,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let one = if order == Ordering::Greater { None } else { ours.next() };
        let other = if order == Ordering::Less { None } else { theirs.next() };
        let path = one.or(other)?.0;
        Some((path, (one.map(|(_, item)| item), other.map(|(_, item)| item))))
    })
}

/// Whether a bundle does not list a directory, which then has no effect without the files in it.
fn is_foreign_directory(side: &Side<'_>, path: &Utf8Path) -> bool {
    side.scope == Scope::Bundle && side.has_manifest() && !side.owns(path)
}

/// Whether a directory needs no mention: it has the default mode and owner, and follows from its files.
fn is_implied(side: &Side<'_>, path: &Utf8Path, directory: &SideEntry<'_>) -> bool {
    let plain = directory.mode.is_none_or(|mode| mode & 0o5777 == 0o755);
    let mut below =
        side.items.range(path.to_owned()..).skip(1).take_while(|(below, _)| below.starts_with(path));
    plain && below.any(|(_, item)| item.node != SideNode::Directory)
}

fn modes(
    sides: (Option<&SideEntry<'_>>, Option<&SideEntry<'_>>),
    copies: (CopyKind, CopyKind),
) -> Option<(u32, u32)> {
    let (Some(old), Some(new)) = sides else { return None };
    // The mode of a link has no meaning.
    if matches!(old.node, SideNode::Link(_)) || matches!(new.node, SideNode::Link(_)) {
        return None;
    }
    let directory = old.node == SideNode::Directory && new.node == SideNode::Directory;
    let (one, other) = (old.mode?, new.mode?);
    let same = copies.0.is_same_mode(one, other, directory) || copies.1.is_same_mode(other, one, directory);
    let counts = if directory { 0o5777 } else { 0o7777 };
    (!same).then_some((one & counts, other & counts))
}

fn shown(
    secrets: &SecretFilter,
    path: &Utf8Path,
    sides: (Option<&SideEntry<'_>>, Option<&SideEntry<'_>>),
) -> Visibility {
    // The same definition of binary as git.
    let binary = |content: &[u8]| content.iter().take(8000).any(|&byte| byte == 0);
    if secrets.hide(path, sides.0, sides.1) {
        Visibility::Secret
    } else if [sides.0, sides.1].into_iter().flatten().filter_map(SideEntry::content).any(binary) {
        Visibility::Binary
    } else {
        Visibility::Lines
    }
}

/// Combines a removed and an added file with the same content into a rename. Files with the same name come
/// first.
fn pair(changes: &mut Vec<FileChange<'_>>) {
    let mut gone: BTreeMap<&[u8], Vec<Utf8PathBuf>> = BTreeMap::new();
    for change in changes.iter() {
        if let (Some(item), None, Visibility::Lines) = (&change.old, &change.new, change.shown)
            && let Some(content) = item.content().filter(|content| !content.is_empty())
        {
            gone.entry(content).or_default().push(change.path.clone());
        }
    }
    let mut pairs: BTreeMap<Utf8PathBuf, Utf8PathBuf> = BTreeMap::new();
    for change in changes.iter() {
        if let (None, Some(item), Visibility::Lines) = (&change.old, &change.new, change.shown)
            && let Some(candidates) = item.content().and_then(|content| gone.get_mut(content))
        {
            let same = candidates.iter().position(|path| path.file_name() == change.path.file_name());
            if !candidates.is_empty() {
                pairs.insert(candidates.remove(same.unwrap_or(0)), change.path.clone());
            }
        }
    }
    let (gone, mut kept): (Vec<_>, Vec<_>) = std::mem::take(changes)
        .into_iter()
        .partition(|change| change.new.is_none() && pairs.contains_key(&change.path));
    for change in gone {
        let to = pairs.get(&change.path);
        let Some(new) = kept.iter_mut().find(|new| Some(&new.path) == to) else { continue };
        new.mode = modes((change.old.as_ref(), new.new.as_ref()), (CopyKind::Exact, CopyKind::Exact));
        new.old = change.old;
        new.renamed = Some(change.path);
    }
    *changes = kept;
}

fn rank(change: &FileChange<'_>) -> u8 {
    match &change.host {
        Some(_) => 0,
        None if change.path != manifest::MANIFEST_FILE => 1,
        None => 2,
    }
}
