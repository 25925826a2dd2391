//! What all hosts of a fleet share: the Ansible project and the manifest.

use std::io::{Result, Write};

use camino::Utf8PathBuf;

use super::host_index::HostIndex;
use super::host_record::HostDirectory;
use super::{inventory, manifest};
use crate::bundle::manifest::MANIFEST_FILE;
use crate::delivery::ansible;

/// A file beside the hosts' directories.
#[derive(Debug, Clone)]
pub struct SharedFile {
    /// Relative to the fleet's directory.
    pub path: Utf8PathBuf,
    body: Body,
}

#[derive(Debug, Clone, Copy)]
enum Body {
    Constant(&'static str),
    Inventory,
    Manifest,
}

/// The name of the one directory beside the hosts'.
pub const DIRECTORY: &str = "ansible";

/// The play of a fleet; everything else of its project is that of a bundle.
const PLAY: &str = include_str!("../../templates/ansible/fleet.yml");

/// Every paper, the manifest last.
pub fn shared_files() -> Vec<SharedFile> {
    let paper = |name: &str, body| SharedFile { path: format!("{DIRECTORY}/{name}").into(), body };
    let constant = ansible::FILES.iter().map(|(name, text)| {
        let text = if *name == "site.yml" { PLAY } else { text };
        paper(name, Body::Constant(text))
    });
    let inventory = paper("inventory.ini", Body::Inventory);
    let manifest = SharedFile { path: MANIFEST_FILE.into(), body: Body::Manifest };
    constant.chain([inventory, manifest]).collect()
}

impl SharedFile {
    /// Writes the paper of a fleet; `leaving` are hosts that are about to be removed.
    pub fn write(&self, roll: &HostIndex, leaving: &[HostDirectory], out: &mut dyn Write) -> Result<()> {
        match self.body {
            Body::Constant(text) => out.write_all(text.as_bytes()),
            Body::Inventory => inventory::write(roll, out),
            Body::Manifest => {
                let papers: Vec<_> = shared_files().into_iter().map(|paper| paper.path).collect();
                manifest::write(roll, leaving, &papers, out)
            }
        }
    }

    /// How many bytes it has.
    pub fn size(&self, roll: &HostIndex) -> u64 {
        let mut count = Count(0);
        self.write(roll, &[], &mut count).expect("counting takes every byte");
        count.0
    }
}

struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
