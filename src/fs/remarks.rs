//! What a run tells about the directory that it writes to: changes made by hand that it undoes, what git lost and
//! it restores, and files of others that it keeps below `root/`.

use std::collections::BTreeMap;
use std::os::fd::AsFd as _;

use anyhow::Result;
use camino::Utf8PathBuf;

use super::compare::{Difference, EntryChange, foreign_files, is_proven};
use super::target_dir::ExistingDir;
use super::write_summary::Remarks;
use crate::bundle::manifest::{self, EntryType, MANIFEST_FILE, Manifest, Proof};
use crate::bundle::{Bundle, Entry};

/// Collects the remarks about a directory before it is written. Only a directory that panelgen owns has any.
pub(super) fn remarks(bundle: &Bundle, present: &ExistingDir, differences: &[Difference]) -> Result<Remarks> {
    let Some(former) = &present.former else { return Ok(Remarks::default()) };
    let mut remarks = Remarks { foreign: foreign_files(bundle, present)?, ..Remarks::default() };
    let known: Vec<&Utf8PathBuf> = differences.iter().map(|difference| &difference.path).collect();
    // What is removed as stale is not foreign.
    remarks.foreign.retain(|path| !known.contains(&path));
    let was_same = is_same_input(bundle, former);
    let proofs = former.proofs(|_| false);
    let directories = former.owned();
    let modes: BTreeMap<Utf8PathBuf, u32> = former
        .entries
        .iter()
        .filter_map(|listed| Some((listed.bundle_path(), u32::from_str_radix(&listed.mode, 8).ok()?)))
        .collect();
    for Difference { path, change } in differences {
        match change {
            EntryChange::LineEnds => remarks.line_ends += 1,
            // Another mode than the former one is no loss.
            EntryChange::Mode { wanted, .. } if modes.get(path) == Some(wanted) => remarks.modes += 1,
            EntryChange::Missing if directories.get(path) == Some(&EntryType::Directory) => {
                remarks.directories += 1;
            }
            EntryChange::Content if bundle.get(path).is_some_and(Entry::is_file) => {
                let is_edited = match proofs.get(path) {
                    Some(proof @ Proof::Checksum(_)) => !is_proven(present.fd.as_fd(), path, proof)?,
                    // The manifest has no sums of the bundle's own files.
                    Some(Proof::None) => {
                        was_same && path != MANIFEST_FILE && manifest::is_meta_file_name(path)
                    }
                    _ => false,
                };
                if is_edited {
                    remarks.reverted.push(path.clone());
                }
            }
            _ => {}
        }
    }
    Ok(remarks)
}

/// Whether the former run had the same parameters and the same version of the program.
fn is_same_input(bundle: &Bundle, former: &Manifest) -> bool {
    let new = bundle.get(MANIFEST_FILE.into()).and_then(Entry::content).map(Manifest::parse);
    new.and_then(Result::ok)
        .is_some_and(|new| new.parameters == former.parameters && new.generator == former.generator)
}
