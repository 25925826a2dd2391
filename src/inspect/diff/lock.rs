//! Compares two `assets.lock`: the programs and images that change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::values::sanitize;

/// The compared part of a lock file.
#[derive(Deserialize, Default)]
struct Lock {
    #[serde(default)]
    downloads: Vec<Asset>,
    #[serde(default)]
    images: Vec<Asset>,
}

#[derive(Deserialize, Default, Clone, PartialEq, Eq)]
struct Asset {
    #[serde(default)]
    name: String,
    #[serde(default)]
    component: String,
    version: Option<String>,
    #[serde(default)]
    arch: String,
    sha256: Option<String>,
    #[serde(default)]
    on_change: String,
}

/// A program or an image that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockChange {
    /// The name.
    pub name: String,
    /// The component.
    pub component: String,
    /// The old version. `None` if it is new.
    pub from: Option<String>,
    /// The new version. `None` if it was removed.
    pub to: Option<String>,
    /// The units that restart, as in `on_change`.
    #[serde(skip)]
    pub on_change: String,
}

/// The changes of a lock file. An unreadable one counts as empty: its lines still differ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LockChanges {
    /// The programs.
    pub downloads: Vec<LockChange>,
    /// The container images.
    pub images: Vec<LockChange>,
}

/// Compares the old and the new lock file.
pub fn lock_changes(old: &[u8], new: &[u8]) -> LockChanges {
    let read = |lock: &[u8]| serde_json::from_slice::<Lock>(lock).unwrap_or_default();
    let (old, new) = (read(old), read(new));
    let downloads = |lock: Lock| {
        let assets = lock.downloads.into_iter();
        assets.map(|asset| (asset.name.clone(), asset)).collect::<BTreeMap<_, _>>()
    };
    // An image is identified by name and tag.
    let images = |assets: &[Asset]| -> BTreeMap<String, Asset> {
        let split = assets.iter().map(|asset| match asset.name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => {
                (name.to_owned(), Asset { version: Some(tag.to_owned()), ..asset.clone() })
            }
            _ => (asset.name.clone(), asset.clone()),
        });
        split.collect()
    };
    LockChanges {
        images: pair(&images(&old.images), &images(&new.images)),
        downloads: pair(&downloads(old), &downloads(new)),
    }
}

fn pair(old: &BTreeMap<String, Asset>, new: &BTreeMap<String, Asset>) -> Vec<LockChange> {
    let mut others = Vec::new();
    for (name, asset) in new {
        let before = old.get(name);
        if before.is_none_or(|before| {
            (&before.version, &before.arch, &before.sha256) != (&asset.version, &asset.arch, &asset.sha256)
        }) {
            others.push(other(name, before, Some(asset)));
        }
    }
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    others.extend(gone.map(|(name, asset)| other(name, Some(asset), None)));
    others
}

fn other(name: &str, old: Option<&Asset>, new: Option<&Asset>) -> LockChange {
    let either = new.or(old).cloned().unwrap_or_default();
    let version = |asset: &Asset| {
        let version = asset.version.clone().unwrap_or_else(|| "latest".to_owned());
        // Only what differs is shown.
        match (old, new) {
            (Some(old), Some(new)) if old.arch != new.arch => {
                sanitize(&format!("{version} ({})", asset.arch)).to_string()
            }
            _ => sanitize(&version).to_string(),
        }
    };
    LockChange {
        name: sanitize(name).to_string(),
        component: sanitize(&either.component).to_string(),
        from: old.map(version),
        to: new.map(version),
        on_change: if new.is_some() { either.on_change } else { String::new() },
    }
}

impl LockChange {
    /// Formats `containerd 2.3.4 (was 2.2.0)`.
    pub fn words(&self) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) if from == to => format!("{} {to} (another checksum)", self.name),
            (Some(from), Some(to)) => format!("{} {to} (was {from})", self.name),
            (None, Some(to)) => format!("{} {to}", self.name),
            (from, None) => format!("{} {} removed", self.name, from.as_deref().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_show_old_and_new_versions() {
        let old =
            br#"{"downloads":[{"name":"runc","version":"1.0"},{"name":"cni","version":"1","sha256":"a"},
            {"name":"gone","version":"3"}],"images":[{"name":"ghcr.io/x:1"},{"name":"host:5000/y"}]}"#;
        let new =
            br#"{"downloads":[{"name":"runc","version":"1.1"},{"name":"cni","version":"1","sha256":"b"},
            {"name":"fresh"}],"images":[{"name":"ghcr.io/x:2"},{"name":"host:5000/y"}]}"#;
        let others = lock_changes(old, new);
        let words = |others: &[LockChange]| others.iter().map(LockChange::words).collect::<Vec<_>>();
        assert_eq!(
            words(&others.downloads),
            ["cni 1 (another checksum)", "fresh latest", "runc 1.1 (was 1.0)", "gone 3 removed"]
        );
        assert_eq!(words(&others.images), ["ghcr.io/x 2 (was 1)"]);
    }

    #[test]
    fn unreadable_lock_counts_as_empty() {
        assert_eq!(lock_changes(b"", b"[1"), LockChanges::default());
    }
}
