//! One host of a fleet as the index and the manifest keep it, and the groups of the inventory that it is in.

use serde::Deserialize;

use super::labels::Labels;

/// A host of the fleet.
#[derive(Debug, Clone, Copy)]
pub struct HostRecord<'a> {
    /// Its first domain, the name of its directory.
    pub domain: &'a str,
    /// Its target.
    pub target: &'a str,
    /// Its type of panel.
    pub panel: &'a str,
    /// Its labels.
    pub labels: &'a Labels,
}

/// A host that a previous run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HostDirectory {
    /// Its first domain, the name of its directory.
    pub domain: String,
    /// Its target.
    #[serde(default)]
    pub target: String,
    /// Its type of panel.
    #[serde(default)]
    pub panel: String,
    /// Its labels.
    #[serde(default)]
    pub labels: Labels,
}

/// The name of a group: lower-case letters, digits and `_`, since Ansible accepts no other characters.
pub(super) fn group(name: &str, value: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let mut group = String::with_capacity(name.len() + 1 + value.len());
    group.extend(name.chars().chain(['_']).chain(value.chars()).map(letter));
    group
}

/// The groups of a host besides `panel`, which contains all hosts.
pub(super) fn groups(member: &HostRecord<'_>) -> Vec<String> {
    let own = [group("panel", member.panel), group("target", member.target)];
    own.into_iter().chain(member.labels.iter().map(|(name, value)| group(name, value))).collect()
}
