//! The fleet's Ansible inventory: every host, in groups by panel, target and labels.

use std::io::{Result, Write};

use super::host_index::HostIndex;

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
