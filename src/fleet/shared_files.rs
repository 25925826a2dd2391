//! The files that all hosts of a fleet share: the Ansible project and the manifest.

use std::io::{Result, Write};

use camino::Utf8PathBuf;

use super::host_index::HostIndex;
use super::host_record::HostDirectory;
use super::shard::Shard;
use super::{inventory, manifest};
use crate::bundle::manifest::MANIFEST_FILE;
use crate::delivery::ansible;

/// A file next to the hosts' directories.
#[derive(Debug, Clone)]
pub struct SharedFile {
    /// The path, relative to the fleet's directory.
    pub path: Utf8PathBuf,
    body: Body,
}

#[derive(Debug, Clone, Copy)]
enum Body {
    Constant(&'static str),
    Inventory,
    Manifest,
}

/// The only directory besides those of the hosts.
pub const DIRECTORY: &str = "ansible";

/// The play of a fleet. The rest of the project is the same as in a bundle.
const PLAY: &str = include_str!("../../templates/ansible/fleet.yml");

/// All shared files, the manifest last.
pub fn shared_files() -> Vec<SharedFile> {
    let file = |name: &str, body| SharedFile { path: format!("{DIRECTORY}/{name}").into(), body };
    let constant = ansible::FILES.iter().map(|(name, text)| {
        let text = if *name == "site.yml" { PLAY } else { text };
        file(name, Body::Constant(text))
    });
    let inventory = file("inventory.ini", Body::Inventory);
    let manifest = SharedFile { path: MANIFEST_FILE.into(), body: Body::Manifest };
    constant.chain([inventory, manifest]).collect()
}

/// The documents that a run writes: the shared files, or the manifest of a shard.
pub fn documents(shard: Option<Shard>) -> Vec<SharedFile> {
    shard.map_or_else(shared_files, |shard| vec![SharedFile { path: shard.manifest(), body: Body::Manifest }])
}

impl SharedFile {
    /// Writes the file. `removed` are hosts that are about to be removed.
    pub fn write(&self, index: &HostIndex, removed: &[HostDirectory], out: &mut dyn Write) -> Result<()> {
        match self.body {
            Body::Constant(text) => out.write_all(text.as_bytes()),
            Body::Inventory => inventory::write(index, out),
            Body::Manifest => {
                let meta_files: Vec<_> = shared_files().into_iter().map(|file| file.path).collect();
                manifest::write(index, removed, &meta_files, out)
            }
        }
    }

    /// The size of the file in bytes.
    pub fn size(&self, index: &HostIndex) -> u64 {
        let mut count = Count(0);
        self.write(index, &[], &mut count).expect("counting takes every byte");
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
