//! Determines which contents must not be shown.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use camino::{Utf8Path, Utf8PathBuf};

use super::side::{Side, SideEntry, SideNode};
use crate::bundle::{hex, sha256};

/// The shortest secret that is searched for in other files. Shorter ones appear by chance.
const MIN_SECRET_LEN: usize = 6;

/// The secrets of both sides.
pub(super) struct SecretFilter {
    paths: BTreeSet<Utf8PathBuf>,
    /// The secrets in every encoding in which another file may contain them.
    spellings: Vec<Vec<u8>>,
}

impl SecretFilter {
    /// Collects the secrets of two sides.
    pub(super) fn of(old: &Side<'_>, new: &Side<'_>) -> Self {
        let mut paths = BTreeSet::new();
        for side in [old, new] {
            let is_closed = |item: &SideEntry<'_>| item.node == SideNode::Directory && closed(item);
            let closed: Vec<&Utf8PathBuf> =
                side.items.iter().filter(|(_, item)| is_closed(item)).map(|(path, _)| path).collect();
            for (path, item) in &side.items {
                if item.content().is_some() && is_secret(path, item, &closed, [old, new]) {
                    paths.insert(path.clone());
                }
            }
        }
        let mut spellings = Vec::new();
        for side in [old, new] {
            let hosts = paths.iter().filter(|path| Side::host(side.scope, path).is_some());
            for content in hosts.filter_map(|path| side.items.get(path)?.content()) {
                let text = content.trim_ascii();
                if text.len() >= MIN_SECRET_LEN {
                    spellings.push(hex(&sha256(content)).into_bytes());
                    spellings.push(text.to_owned());
                    // The last characters of base64 depend on what follows.
                    let mut encoded = STANDARD_NO_PAD.encode(text).into_bytes();
                    encoded.truncate(text.len() / 3 * 4);
                    spellings.push(encoded);
                }
            }
        }
        Self { paths, spellings }
    }

    /// Whether the content of `path` on either side must not be shown.
    pub(super) fn hide(
        &self,
        path: &Utf8Path,
        old: Option<&SideEntry<'_>>,
        new: Option<&SideEntry<'_>>,
    ) -> bool {
        self.paths.contains(path)
            || [old, new]
                .into_iter()
                .flatten()
                .filter_map(SideEntry::content)
                .any(|content| self.spellings.iter().any(|spelling| holds(content, spelling)))
    }
}

/// A private file is a secret. A file in a private directory counts as one too, unless its renderer or
/// manifest states otherwise.
fn is_secret(
    path: &Utf8Path,
    item: &SideEntry<'_>,
    directories: &[&Utf8PathBuf],
    sides: [&Side<'_>; 2],
) -> bool {
    if item.secret == Some(true) || closed(item) {
        return true;
    }
    let known =
        || sides.iter().any(|side| side.items.get(path).is_some_and(|item| item.secret == Some(false)));
    directories.iter().any(|above| path.starts_with(above)) && !known()
}

/// Whether the mode excludes other users.
fn closed(item: &SideEntry<'_>) -> bool {
    item.mode.is_some_and(|mode| mode & 0o077 == 0)
}

fn holds(content: &[u8], spelling: &[u8]) -> bool {
    !spelling.is_empty() && content.windows(spelling.len()).any(|window| window == spelling)
}
