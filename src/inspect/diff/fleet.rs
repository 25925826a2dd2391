//! The differences of a fleet: hosts with the same change are summarized in one line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::action::Action;
use super::comparison::Comparison;
use super::impact::Impact;
use crate::diagnostics::escape;
use crate::values::sanitize;

/// The most names and paths that are listed before the rest is counted.
const MAX_LISTED: usize = 3;

/// The changes on a host. Equal for hosts with the same changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeSignature {
    /// The paths on the host. If there are none, the documents of the bundle.
    changes: Vec<ChangedPath>,
    /// The actions in order.
    steps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct ChangedPath {
    path: String,
    change: &'static str,
    component: Option<String>,
}

impl ChangeSignature {
    /// Returns the signature of the comparison of a host.
    pub fn of(comparison: &Comparison<'_>, impact: &Impact) -> Self {
        let on_host = comparison.changes.iter().any(|change| change.host.is_some());
        let listed = comparison.changes.iter().filter(|change| change.host.is_some() == on_host);
        let touched = |change: &super::FileChange<'_>| ChangedPath {
            path: change.host.as_ref().unwrap_or(&change.path).to_string(),
            change: change.kind().word(),
            component: Some(change.property(|item| item.component.clone())).filter(|name| !name.is_empty()),
        };
        let steps = impact.steps.iter().filter(|step| step.act != Action::Provision);
        Self {
            changes: listed.map(touched).collect(),
            // Every change would mention new instances.
            steps: steps.map(|step| step.act.to_string()).collect(),
        }
    }

    fn words(&self) -> String {
        let path = |touched: &ChangedPath| {
            let component =
                touched.component.as_ref().map(|name| format!("{} ", sanitize(name))).unwrap_or_default();
            let suffix =
                if touched.change == "changed" { String::new() } else { format!(" {}", touched.change) };
            format!("{component}{}{suffix}", sanitize(&touched.path))
        };
        let paths = listed(self.changes.iter().map(path), "files");
        if self.steps.is_empty() { paths } else { format!("{paths}; {}", self.steps.join(", ")) }
    }
}

/// The differences between a fleet and its directory.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The number of hosts without changes.
    pub same: usize,
    /// The new hosts.
    pub new: Vec<String>,
    /// The hosts that are no longer in the fleet.
    pub gone: Vec<String>,
    /// The shared files that differ, relative to the directory of the fleet.
    pub shared_files: Vec<String>,
    groups: BTreeMap<ChangeSignature, Vec<String>>,
}

#[derive(Serialize)]
struct Document<'a> {
    same: bool,
    unchanged: usize,
    new: &'a [String],
    gone: &'a [String],
    shared_files: &'a [String],
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    hosts: &'a [String],
    changes: &'a [ChangedPath],
    steps: &'a [String],
}

impl Summary {
    /// Adds an existing host with changes.
    pub fn add(&mut self, kind: ChangeSignature, host: String) {
        self.groups.entry(kind).or_default().push(host);
    }

    /// Whether a host with the same changes was added.
    pub fn has(&self, kind: &ChangeSignature) -> bool {
        self.groups.contains_key(kind)
    }

    /// Returns the number of existing hosts with changes.
    pub fn changed(&self) -> usize {
        self.groups.values().map(Vec::len).sum()
    }

    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty() && self.shared_files.is_empty() && self.groups.is_empty()
    }

    /// Returns the groups, the largest first.
    fn groups(&self) -> Vec<(&ChangeSignature, &Vec<String>)> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(_, hosts)| std::cmp::Reverse(hosts.len()));
        groups
    }

    /// Formats the summary as text: the counts, then a line for each kind of change. Empty if nothing
    /// differs.
    pub fn lines(&self) -> Vec<String> {
        if self.is_same() {
            return Vec::new();
        }
        let mut lines = vec![format!(
            "{} changed, {} new, {} removed, {} unchanged",
            hosts(self.changed()),
            self.new.len(),
            self.gone.len(),
            self.same
        )];
        for (kind, names) in self.groups() {
            lines.push(format!("{}: {}", hosts(names.len()), kind.words()));
            lines.push(format!("    {}", listed(names.iter().cloned(), "hosts")));
        }
        for (what, names) in [("new", &self.new), ("gone", &self.gone)] {
            if !names.is_empty() {
                lines.push(format!("{} {what}", hosts(names.len())));
                lines.push(format!("    {}", listed(names.iter().cloned(), "hosts")));
            }
        }
        if !self.shared_files.is_empty() {
            lines.push(format!("shared files: {}", self.shared_files.join(", ")));
        }
        lines
    }

    /// Formats the summary as one JSON object.
    pub fn json(&self) -> String {
        let document = Document {
            same: self.is_same(),
            unchanged: self.same,
            new: &self.new,
            gone: &self.gone,
            shared_files: &self.shared_files,
            groups: self
                .groups()
                .into_iter()
                .map(|(kind, hosts)| Group { hosts, changes: &kind.changes, steps: &kind.steps })
                .collect(),
        };
        let text =
            serde_json::to_string_pretty(&document).expect("strings, numbers and lists always serialize");
        escape::json(&text).into_owned() + "\n"
    }
}

/// Formats a number of hosts.
pub fn hosts(count: usize) -> String {
    if count == 1 { "1 host".to_owned() } else { format!("{count} hosts") }
}

/// Lists the first few and counts the rest.
pub fn listed(mut all: impl ExactSizeIterator<Item = String>, what: &str) -> String {
    let more = all.len().saturating_sub(MAX_LISTED);
    let first: Vec<String> = all.by_ref().take(MAX_LISTED).collect();
    let first = first.join(", ");
    if more == 0 { first } else { format!("{first} and {more} more {what}") }
}
