//! The fleet's inventory for Ansible: every host, in groups by what it is for, its target and its labels.

use std::io::{Result, Write};

use super::host_index::HostIndex;

/// The name of a group: small letters, digits and `_`, because Ansible takes no others.
pub(super) fn group(name: &str, value: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let mut group = String::with_capacity(name.len() + 1 + value.len());
    group.extend(name.chars().chain(['_']).chain(value.chars()).map(letter));
    group
}

/// The groups that a host is in beside `panel`, which has all hosts.
pub fn groups(member: &super::HostRecord<'_>) -> Vec<String> {
    let own = [group("panel", member.host), group("target", member.target)];
    own.into_iter().chain(member.labels.iter().map(|(name, value)| group(name, value))).collect()
}

/// Writes the inventory: a host's name is its first domain.
pub(super) fn write(roll: &HostIndex, out: &mut dyn Write) -> Result<()> {
    out.write_all(
        b"# Made by panelgen for a fleet; a host's name is its site's. Addresses and variables of your own belong into\n\
          # an inventory beside this one: -i inventory.ini -i yours.ini\n[panel]\n",
    )?;
    let hosts = |out: &mut dyn Write, members: &[u32]| {
        members.iter().try_for_each(|index| {
            out.write_all(roll.member(*index).domain.as_bytes())?;
            out.write_all(b"\n")
        })
    };
    hosts(out, roll.order())?;
    for (group, members) in roll.groups() {
        writeln!(out, "\n[{group}]")?;
        hosts(out, &members)?;
    }
    Ok(())
}
