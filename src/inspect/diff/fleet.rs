//! What differs in a fleet: hosts with the same change are one line, however many they are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::action::Action;
use super::comparison::Comparison;
use super::impact::Impact;
use crate::values::sanitize;

/// How many names and paths are told before the rest is counted.
const MAX_LISTED: usize = 3;

/// What changes on a host: equal for hosts on which the same happens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeSignature {
    /// The paths, those on the host where there are any: the bundle's own papers follow from them.
    changes: Vec<ChangedPath>,
    /// What has to be done, in order.
    steps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct ChangedPath {
    path: String,
    change: &'static str,
    component: Option<String>,
}

impl ChangeSignature {
    /// The kind of one host's comparison.
    pub fn of(comparison: &Comparison<'_>, impact: &Impact) -> Self {
        let on_host = comparison.changes.iter().any(|change| change.host.is_some());
        let listed = comparison.changes.iter().filter(|change| change.host.is_some() == on_host);
        let touched = |change: &super::FileChange<'_>| ChangedPath {
            path: change.host.as_ref().unwrap_or(&change.path).to_string(),
            change: change.kind().word(),
            component: Some(change.said(|item| item.component.clone())).filter(|name| !name.is_empty()),
        };
        let steps = impact.steps.iter().filter(|step| step.act != Action::Provision);
        Self {
            changes: listed.map(touched).collect(),
            // Of new instances every change would speak.
            steps: steps.map(|step| step.act.to_string()).collect(),
        }
    }

    fn words(&self) -> String {
        let path = |touched: &ChangedPath| {
            let component =
                touched.component.as_ref().map(|name| format!("{} ", sanitize(name))).unwrap_or_default();
            let fate =
                if touched.change == "changed" { String::new() } else { format!(" {}", touched.change) };
            format!("{component}{}{fate}", sanitize(&touched.path))
        };
        let paths = told(self.changes.iter().map(path), "files");
        if self.steps.is_empty() { paths } else { format!("{paths}; {}", self.steps.join(", ")) }
    }
}

/// What differs between a fleet and the directory of one.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Hosts on which nothing changes.
    pub same: usize,
    /// Hosts that are new.
    pub new: Vec<String>,
    /// Hosts that are in the fleet no more.
    pub gone: Vec<String>,
    /// What all hosts share and differs, relative to the fleet's directory.
    pub papers: Vec<String>,
    groups: BTreeMap<ChangeSignature, Vec<String>>,
}

#[derive(Serialize)]
struct Document<'a> {
    same: bool,
    unchanged: usize,
    new: &'a [String],
    gone: &'a [String],
    papers: &'a [String],
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    hosts: &'a [String],
    changes: &'a [ChangedPath],
    steps: &'a [String],
}

impl Summary {
    /// Adds a host that is there and would change.
    pub fn add(&mut self, kind: ChangeSignature, host: String) {
        self.groups.entry(kind).or_default().push(host);
    }

    /// How many hosts are there and would change.
    pub fn changed(&self) -> usize {
        self.groups.values().map(Vec::len).sum()
    }

    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty() && self.papers.is_empty() && self.groups.is_empty()
    }

    /// The largest group first.
    fn groups(&self) -> Vec<(&ChangeSignature, &Vec<String>)> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(_, hosts)| std::cmp::Reverse(hosts.len()));
        groups
    }

    /// For people: how many, and then a line for each kind of change. Nothing where nothing differs.
    pub fn lines(&self) -> Vec<String> {
        if self.is_same() {
            return Vec::new();
        }
        let mut lines = vec![format!(
            "{} changed, {} new, {} gone, {} the same",
            hosts(self.changed()),
            self.new.len(),
            self.gone.len(),
            self.same
        )];
        for (kind, names) in self.groups() {
            lines.push(format!("{}: {}", hosts(names.len()), kind.words()));
            lines.push(format!("    {}", told(names.iter().cloned(), "hosts")));
        }
        for (what, names) in [("new", &self.new), ("gone", &self.gone)] {
            if !names.is_empty() {
                lines.push(format!("{} {what}", hosts(names.len())));
                lines.push(format!("    {}", told(names.iter().cloned(), "hosts")));
            }
        }
        if !self.papers.is_empty() {
            lines.push(format!("the fleet's own: {}", self.papers.join(", ")));
        }
        lines
    }

    /// For machines: one object.
    pub fn json(&self) -> String {
        let document = Document {
            same: self.is_same(),
            unchanged: self.same,
            new: &self.new,
            gone: &self.gone,
            papers: &self.papers,
            groups: self
                .groups()
                .into_iter()
                .map(|(kind, hosts)| Group { hosts, changes: &kind.changes, steps: &kind.steps })
                .collect(),
        };
        serde_json::to_string_pretty(&document).expect("strings, numbers and lists always serialise") + "\n"
    }
}

/// How many hosts, in words.
pub fn hosts(count: usize) -> String {
    if count == 1 { "1 host".to_owned() } else { format!("{count} hosts") }
}

/// The first few, and how many more.
pub fn told(mut all: impl ExactSizeIterator<Item = String>, what: &str) -> String {
    let more = all.len().saturating_sub(MAX_LISTED);
    let first: Vec<String> = all.by_ref().take(MAX_LISTED).collect();
    let first = first.join(", ");
    if more == 0 { first } else { format!("{first} and {more} more {what}") }
}
