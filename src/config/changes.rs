//! The parameters that an earlier version has in another form: the table that `panelgen migrate` works through.
//!
//! A parameter that is to go is deprecated first: it works, with a warning. Later it is removed: its use is an error
//! that names the replacement. The table keeps it, so that a file of any age can be rewritten.

use super::schema;

/// The version that has every parameter which [`ADDED`] does not list.
pub const FIRST_VERSION: &str = "0.1.0";

/// The parameters that a later version added, with that version.
pub const ADDED: &[(&str, &str)] = &[];

/// The version that added the parameter at a dotted path.
pub fn since(path: &str) -> &'static str {
    ADDED.iter().find(|(added, _)| *added == path).map_or(FIRST_VERSION, |(_, version)| version)
}

/// A parameter that changed.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// The dotted path that it had.
    pub path: &'static str,
    /// What became of it.
    pub kind: ChangeKind,
    /// The version that deprecates it.
    pub deprecated: &'static str,
    /// The version that no longer takes it.
    pub removed: Option<&'static str>,
}

/// What became of a parameter.
#[derive(Debug, Clone, Copy)]
pub enum ChangeKind {
    /// It has another path, with the same value. Lists are in the part that both paths have in common.
    Moved(&'static str),
    /// It has no replacement: what to do instead, as an imperative.
    Removed(&'static str),
    /// Its text is written in another way. The function returns the new value as YAML on one line, or `None` for a text
    /// that is in the new form already.
    Rewritten(fn(&str) -> Option<String>),
}

/// Every change, oldest first. They are applied in this order, so that a later one continues an earlier one.
pub const CHANGES: &[Change] = &[
    // The flag of panel.sh (2020), `--paneltype`, which is a flag still.
    Change {
        path: "paneltype",
        kind: ChangeKind::Moved("panel"),
        deprecated: FIRST_VERSION,
        removed: Some(FIRST_VERSION),
    },
];

impl Change {
    /// What to do instead, as an imperative.
    pub fn instead(&self) -> String {
        match self.kind {
            ChangeKind::Moved(path) => format!("use `{path}`"),
            ChangeKind::Removed(instead) => instead.to_owned(),
            ChangeKind::Rewritten(_) => "write it in its new form".to_owned(),
        }
    }

    /// What happened, for a message.
    pub fn what(&self) -> String {
        let version = self.removed.unwrap_or(self.deprecated);
        match self.kind {
            ChangeKind::Moved(path) => format!("its name is `{path}` since version {version}"),
            ChangeKind::Removed(_) => format!("version {version} removed it"),
            ChangeKind::Rewritten(_) => format!("version {version} writes its value in another way"),
        }
    }
}

/// The change that removed the parameter at a dotted path, unless the schema has it.
pub fn removal(path: &str) -> Option<&'static Change> {
    let path = without_indexes(path);
    let gone = !schema::declares(&path);
    CHANGES.iter().rev().find(|change| gone && change.path == path && change.removed.is_some())
}

/// The path without the numbers of list items: `routes[1].path` is `routes.path`.
fn without_indexes(path: &str) -> String {
    let parts = path.split('[').enumerate();
    parts
        .map(|(at, part)| if at == 0 { part } else { part.split_once(']').map_or("", |(_, rest)| rest) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_parameters_that_are_gone_and_replacements_that_exist() {
        for change in CHANGES {
            let is_declared = schema::declares(change.path);
            match change.kind {
                ChangeKind::Rewritten(_) => assert!(is_declared, "{change:?}"),
                _ => assert!(!is_declared, "{change:?}"),
            }
            if let ChangeKind::Moved(to) = change.kind {
                let moved_on = CHANGES.iter().any(|later| later.path == to);
                assert!(schema::declares(to) || moved_on, "{change:?}");
            }
        }
        for (path, _) in ADDED {
            assert!(schema::declares(path), "{path}");
        }
    }
}
