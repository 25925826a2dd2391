//! The fleet's inventory for Ansible: every host, in groups by what it is for, its target and its labels.

use std::io::{Result, Write};

use super::host_index::HostIndex;

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
