//! The old side of a comparison with the root of a host: the entries at our paths.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::side::{Scope, Side, SideEntry, SideNode};
use crate::bundle::file_tree::{FileTree, TreeEntry};

/// The records of the installer: one line for each entry that it created on the host.
pub const RECORDS: &str = "var/lib/panel/installed";

/// A file that the installer created on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The path relative to the root.
    pub path: Utf8PathBuf,
    /// The component.
    pub component: String,
    /// The action that a change requires.
    pub on_change: String,
}

/// Parses the files in the records of the installer: COMPONENT, KIND, ON-CHANGE and PATH, separated by tabs.
pub fn records(text: &str) -> Vec<Record> {
    let file = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [component, "file", on_change, path] = fields[..] else { return None };
        let path = Utf8Path::new(path.strip_prefix('/')?);
        let plain = path.components().all(|part| matches!(part, camino::Utf8Component::Normal(_)));
        (plain && !path.as_str().is_empty()).then(|| Record {
            path: path.to_owned(),
            component: component.to_owned(),
            on_change: on_change.to_owned(),
        })
    };
    text.lines().filter_map(file).collect()
}

/// The names of users or groups of a tree, from its own `passwd` or `group`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountNames {
    names: BTreeMap<u32, Vec<String>>,
}

impl AccountNames {
    /// Parses `passwd` or `group`: name, password, number. Other lines are ignored.
    pub fn parse(text: &str) -> Self {
        let mut names: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            let mut fields = line.split(':');
            let (name, number) = (fields.next(), fields.nth(1));
            if let (Some(name), Some(Ok(number))) = (name, number.map(str::parse)) {
                names.entry(number).or_default().push(name.to_owned());
            }
        }
        Self { names }
    }

    /// Returns the name of a number: the expected one if it is among its names, else the first, else the
    /// number itself. A tree without users still has root.
    fn name(&self, number: u32, wanted: &str) -> String {
        match self.names.get(&number) {
            Some(names) if names.iter().any(|name| name == wanted) => wanted.to_owned(),
            Some(names) => names[0].clone(),
            None if number == 0 && self.names.is_empty() => "root".to_owned(),
            None => number.to_string(),
        }
    }
}

/// A path that is not readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadablePath {
    /// The permission bits, user and group, if known.
    pub stat: Option<(u32, u32, u32)>,
    /// The reason.
    pub why: String,
}

/// The readable part of a host.
#[derive(Debug, Default)]
pub struct ReadScope {
    /// The entries that were read.
    pub tree: FileTree,
    /// The entries that are not readable.
    pub closed: BTreeMap<Utf8PathBuf, UnreadablePath>,
    /// The names of its users.
    pub users: AccountNames,
    /// The names of its groups.
    pub groups: AccountNames,
    /// The files that the installer recorded.
    pub records: Vec<Record>,
}

/// Returns the side of a host at the paths of the new side and of the installer's records.
pub fn side<'a>(sight: &'a ReadScope, new: &Side<'_>) -> Side<'a> {
    let mut side = Side::empty(Scope::Host);
    let owner = |path: &Utf8Path, uid, gid| {
        let wanted = new.items.get(path).and_then(|item| item.owner.as_deref()).unwrap_or_default();
        let (user, group) = wanted.split_once(':').unwrap_or_default();
        Some(format!("{}:{}", sight.users.name(uid, user), sight.groups.name(gid, group)))
    };
    for (path, found) in sight.tree.entries() {
        let TreeEntry { uid, gid, .. } = *found;
        let item = SideEntry { owner: owner(path, uid, gid), ..SideEntry::found(found) };
        side.items.insert(path.to_owned(), item);
    }
    for (path, UnreadablePath { stat, why }) in &sight.closed {
        let mut item = SideEntry::bare(SideNode::Unreadable(why.clone()), stat.map(|(mode, ..)| mode));
        item.owner = stat.and_then(|(_, uid, gid)| owner(path, uid, gid));
        side.items.insert(path.clone(), item);
    }
    for record in &sight.records {
        if let Some(item) = side.items.get_mut(&record.path) {
            item.component.clone_from(&record.component);
            item.on_change.clone_from(&record.on_change);
        }
    }
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_map_to_names_of_their_own_tree() {
        let names = AccountNames::parse(
            "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\n\nbad\ncoder:x:998:\n",
        );
        assert_eq!(names.name(0, "toor"), "toor");
        assert_eq!(names.name(0, "coder"), "root");
        assert_eq!(names.name(998, "root"), "coder");
        assert_eq!(names.name(7, "root"), "7");
        assert_eq!(AccountNames::default().name(0, "x"), "root");
    }

    #[test]
    fn records_ignore_paths_outside_the_root() {
        let text = "nginx\tfile\treload nginx\t/etc/a\nnginx\tlink\t-\t/etc/b\nx\tfile\t-\t/../c\nx\tfile\t-\te\nx\n";
        let paths: Vec<_> = records(text).into_iter().map(|record| record.path).collect();
        assert_eq!(paths, ["etc/a"]);
    }
}
