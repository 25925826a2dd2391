//! The fleet's inventory for Ansible: every host, in groups by what it is for, its target and its labels.

use std::collections::BTreeMap;
use std::io::{Result, Write};

use super::roll::Roll;

/// The name of a group: small letters, digits and `_`, because Ansible takes no others.
pub(super) fn group(name: &str, value: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("{name}_{value}").chars().map(letter).collect()
}

/// The groups that a host is in beside `panel`, which has all hosts.
pub fn groups(member: &super::Member<'_>) -> Vec<String> {
    let own = [group("panel", member.panel), group("target", member.target)];
    own.into_iter().chain(member.labels.iter().map(|(name, value)| group(name, value))).collect()
}

/// Writes the inventory: a host's name is its first domain.
pub(super) fn write(roll: &Roll, out: &mut dyn Write) -> Result<()> {
    out.write_all(
        b"# Made by panelgen for a fleet; a host's name is its site's. Addresses and variables of your own belong into\n\
          # an inventory beside this one: -i inventory.ini -i yours.ini\n[panel]\n",
    )?;
    let order = roll.order();
    let mut all: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for index in &order {
        let member = roll.member(*index);
        writeln!(out, "{}", member.domain)?;
        for group in groups(&member) {
            all.entry(group).or_default().push(*index);
        }
    }
    for (group, members) in all {
        writeln!(out, "\n[{group}]")?;
        for index in members {
            writeln!(out, "{}", roll.member(index).domain)?;
        }
    }
    Ok(())
}
