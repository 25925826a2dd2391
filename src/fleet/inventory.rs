//! The fleet's Ansible inventory: every host, in groups by panel, target and labels.

use std::io::{Result, Write};

use super::host_index::HostIndex;

/// The name of a group: lower-case letters, digits and `_`, since Ansible accepts no other characters.
pub(super) fn group(name: &str, value: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let mut group = String::with_capacity(name.len() + 1 + value.len());
    group.extend(name.chars().chain(['_']).chain(value.chars()).map(letter));
    group
}

/// The groups of a host besides `panel`, which contains all hosts.
pub fn groups(member: &super::HostRecord<'_>) -> Vec<String> {
    let own = [group("panel", member.panel), group("target", member.target)];
    own.into_iter().chain(member.labels.iter().map(|(name, value)| group(name, value))).collect()
}

/// Writes the inventory. A host's name is its first domain.
pub(super) fn write(index: &HostIndex, out: &mut dyn Write) -> Result<()> {
    out.write_all(
        b"# Made by panelgen for a fleet; a host's name is its site's. Put addresses and variables of your own into\n\
        # an inventory next to this one: -i inventory.ini -i yours.ini\n[panel]\n",
    )?;
    let hosts = |out: &mut dyn Write, members: &[u32]| {
        members.iter().try_for_each(|number| {
            out.write_all(index.member(*number).domain.as_bytes())?;
            out.write_all(b"\n")
        })
    };
    hosts(out, index.order())?;
    for (group, members) in index.groups() {
        writeln!(out, "\n[{group}]")?;
        hosts(out, &members)?;
    }
    Ok(())
}
