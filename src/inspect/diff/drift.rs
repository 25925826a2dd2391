//! The old side of a comparison with a host's root: what stands at our paths there.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::side::{Scope, Side, SideEntry, SideNode};
use crate::bundle::file_tree::{FileTree, TreeEntry};

/// Where the installer keeps its book: one line for each thing that it has put on the host.
pub const RECORDS: &str = "var/lib/panel/installed";

/// A file that the installer has put on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where, relative to the root.
    pub path: Utf8PathBuf,
    /// The component that made it.
    pub component: String,
    /// What must happen when it changes.
    pub on_change: String,
}

/// The files in the installer's book: COMPONENT, KIND, ON-CHANGE and PATH between tabs.
pub fn records(book: &str) -> Vec<Record> {
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
    book.lines().filter_map(file).collect()
}

/// The names that a tree gives its users or groups, from its own `passwd` or `group`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountNames {
    names: BTreeMap<u32, Vec<String>>,
}

impl AccountNames {
    /// Reads `passwd` or `group`: name, password, number. Lines that are neither are passed over.
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

    /// The name of a number: the wanted one, if it is one of its names, else its first, else the number itself.
    /// A tree without users has root all the same.
    fn name(&self, number: u32, wanted: &str) -> String {
        match self.names.get(&number) {
            Some(names) if names.iter().any(|name| name == wanted) => wanted.to_owned(),
            Some(names) => names[0].clone(),
            None if number == 0 && self.names.is_empty() => "root".to_owned(),
            None => number.to_string(),
        }
    }
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadablePath {
    /// Its permission bits, user and group, where they are known.
    pub stat: Option<(u32, u32, u32)>,
    /// Why it could not be read.
    pub why: String,
}

/// What could be seen of a host.
#[derive(Debug, Default)]
pub struct ReadScope {
    /// What was read.
    pub tree: FileTree,
    /// What could not be read.
    pub closed: BTreeMap<Utf8PathBuf, UnreadablePath>,
    /// The names of its users.
    pub users: AccountNames,
    /// The names of its groups.
    pub groups: AccountNames,
    /// What the installer has put there.
    pub records: Vec<Record>,
}

/// The side of a host, seen at the paths of the new side and of the installer's book.
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
    fn numbers_get_the_names_of_their_own_tree() {
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
    fn only_files_below_the_root_are_taken_from_the_book() {
        let book = "nginx\tfile\treload nginx\t/etc/a\nnginx\tlink\t-\t/etc/b\nx\tfile\t-\t/../c\nx\tfile\t-\te\nx\n";
        let paths: Vec<_> = records(book).into_iter().map(|record| record.path).collect();
        assert_eq!(paths, ["etc/a"]);
    }
}
