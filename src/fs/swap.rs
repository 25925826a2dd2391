//! Writes a bundle to a directory: compares, builds the new tree in a staging directory, exchanges both,
//! removes the old one.

use std::collections::BTreeSet;
use std::os::fd::AsFd as _;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use rustix::fs::{AtFlags, RenameFlags, fstatfs, renameat, renameat_with, syncfs, unlinkat};
use rustix::io::Errno;

use super::compare::{Difference, EntryChange, all_missing, differences, top_mode};
use super::path_tree::PathTree;
use super::remove_tree::remove_old;
use super::staging_dir::{StagingDir, TREE};
use super::target_dir::{ExistingDir, TargetDir, mounted};
use super::tree_builder::TreeBuilder;
use super::write_summary::{Overwrite, WriteSummary};
use super::{Conflict, conflict, directory};
use crate::bundle::Bundle;
use crate::bundle::manifest::{self, EntryType, Manifest};
use crate::diagnostics::Code;

/// Writes the bundle to the directory `path`. Files of the previous run are replaced or removed, foreign
/// files are kept. The directory always holds the whole old or the whole new bundle; if nothing changed,
/// nothing is written.
///
/// Errors that the operator can resolve are [`Conflict`](super::Conflict)s.
pub fn write_bundle(bundle: &Bundle, path: &Utf8Path, force: Overwrite) -> Result<WriteSummary> {
    assert!(
        bundle.get(manifest::MANIFEST_FILE.into()).is_some(),
        "a bundle has its manifest before it is written"
    );
    let place = TargetDir::make(path)?;
    loop {
        let (present, differences) = place.inspect(|present| {
            let Some(present) = present else { return Ok(Vec::new()) };
            reject_foreign(&place, present, force)?;
            differences(bundle, present).with_context(|| format!("cannot read `{path}`"))
        })?;
        if differences.is_empty() && present.is_some() {
            StagingDir::remove_leftovers(&place)?;
            return Ok(WriteSummary { unchanged: files(bundle), ..WriteSummary::default() });
        }
        if let Some(present) = &present {
            present.check_exchangeable(&place)?;
        }
        let mode = top_mode(bundle);
        let replaced = replace(bundle, &place, present.as_ref(), &differences, (force, mode));
        if let Some(written) = replaced.map_err(|error| manifest_entries(error, &place, present.as_ref()))? {
            return Ok(written);
        }
    }
}

/// Rejects a target where no bundle may be written: a file, a link, a foreign directory. Writes nothing.
pub(super) fn check_target(path: &Utf8Path, force: Overwrite) -> Result<()> {
    let Some(place) = TargetDir::find(path)? else { return Ok(()) };
    let check = |present: Option<&ExistingDir>| {
        present.map_or(Ok(()), |present| reject_foreign(&place, present, force))
    };
    place.inspect(check).map(drop)
}

/// Removes what the previous run wrote to the directory `path`, and the directory if it is then empty.
pub fn remove_bundle(path: &Utf8Path) -> Result<WriteSummary> {
    let Some(place) = TargetDir::find(path)? else { return Ok(WriteSummary::default()) };
    let nothing = Bundle::default();
    loop {
        let (present, stale) = place.inspect(|present| match present {
            Some(present) if present.former.is_some() => {
                differences(&nothing, present).with_context(|| format!("cannot read `{path}`"))
            }
            _ => Ok(Vec::new()),
        })?;
        let Some(present) = present else {
            StagingDir::remove_leftovers(&place)?;
            return Ok(WriteSummary::default());
        };
        let written = if present.former.is_some() {
            present.check_exchangeable(&place)?;
            let mode = present.stat.st_mode & 0o7777;
            let replaced = replace(&nothing, &place, Some(&present), &stale, (Overwrite::No, mode));
            replaced.map_err(|error| manifest_entries(error, &place, Some(&present)))?
        } else {
            StagingDir::remove_leftovers(&place)?;
            Some(WriteSummary::default())
        };
        if let Some(written) = written {
            // The directory stays if it is not empty.
            match unlinkat(&place.parent, place.name.as_str(), AtFlags::REMOVEDIR) {
                Ok(()) | Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT) => return Ok(written),
                Err(error) => return Err(error).with_context(|| format!("cannot remove `{path}`")),
            }
        }
    }
}

/// Adds to an error before the exchange that the directory is unchanged.
fn manifest_entries(error: anyhow::Error, place: &TargetDir, present: Option<&ExistingDir>) -> anyhow::Error {
    if !error.is::<Conflict>() && place.is_still(present).is_ok_and(|still| still && present.is_some()) {
        return error.context(format!("`{}` is unchanged", place.shown));
    }
    error
}

/// Returns the differences between the bundle and the directory. Writes nothing.
pub fn check_bundle(bundle: &Bundle, path: &Utf8Path) -> Result<Vec<Difference>> {
    let Some(place) = TargetDir::find(path)? else { return Ok(all_missing(bundle)) };
    let result = place.inspect(|present| match present {
        Some(present) => differences(bundle, present).with_context(|| format!("cannot read `{path}`")),
        None => Ok(all_missing(bundle)),
    });
    result.map(|(_, differences)| differences)
}

fn files(bundle: &Bundle) -> usize {
    bundle.entries().filter(|(_, entry)| entry.is_file()).count()
}

fn reject_foreign(place: &TargetDir, present: &ExistingDir, force: Overwrite) -> Result<()> {
    if force == Overwrite::Yes || present.former.is_some() || present.is_empty()? {
        return Ok(());
    }
    Err(conflict(
        Code::DirectoryForeign,
        format!(
            "`{}` is not empty, and has no `{}` of panelgen that lists its own files",
            place.shown,
            manifest::MANIFEST_FILE
        ),
        "choose another directory, or use `--force` to write into it; foreign files are kept unless the bundle has the same path",
    ))
}

/// Builds the new tree and publishes it. Returns `None` if another run was faster, so that everything has to
/// be repeated.
fn replace(
    bundle: &Bundle,
    place: &TargetDir,
    present: Option<&ExistingDir>,
    differences: &[Difference],
    (force, mode): (Overwrite, u32),
) -> Result<Option<WriteSummary>> {
    let shown = &place.shown;
    let staging = StagingDir::acquire(place)?;
    // If the directory did not exist, the exchange itself detects the conflict.
    if present.is_some() && !place.is_still(present)? {
        return Ok(None);
    }
    let mut former =
        present.and_then(|present| present.former.as_ref()).map(Manifest::owned).unwrap_or_default();
    // A file that the bundle no longer has is removed if panelgen wrote it, and kept if only the manifest lists it.
    let stale: BTreeSet<&Utf8Path> = differences
        .iter()
        .filter(|difference| difference.change == EntryChange::Stale)
        .map(|difference| difference.path.as_path())
        .collect();
    former.retain(|path, kind| {
        *kind == EntryType::Directory || bundle.get(path).is_some() || stale.contains(path.as_path())
    });
    let known = PathTree::of(bundle, &former, differences);
    let mut build = TreeBuilder::begin(&staging, shown, force)?;
    build.fill(present.map(|present| (present.fd.as_fd(), &present.stat)), &known, mode)?;
    keep(&build).with_context(|| format!("cannot write `{shown}`"))?;
    let is_file = |difference: &&Difference| former.get(&difference.path) == Some(&EntryType::File);
    let stale = differences.iter().filter(|difference| difference.change == EntryChange::Stale);
    build.written.removed = stale.filter(is_file).count();
    let exchanged = match present {
        None => publish(place, &staging),
        Some(present) => swap(place, &staging, present)?,
    };
    match exchanged {
        Ok(()) => {}
        Err(Errno::EXIST | Errno::NOENT) => return Ok(None),
        Err(Errno::BUSY) => return Err(mounted(shown)),
        Err(error) => return Err(error).with_context(|| format!("cannot publish the new `{shown}`")),
    }
    if present.is_some()
        && directory::stat(&staging.fd, TREE).is_ok_and(|stat| stat.is_some())
        && let Err(error) = remove_old(&build, &staging.fd, TREE, &mut Vec::new(), Some(&known))
    {
        // What could not be removed may be the only copy of a file that was added meanwhile.
        let left = staging.persist();
        return Err(error)
            .with_context(|| format!("wrote `{shown}`, but cannot remove the old tree from `{left}`"));
    }
    Ok(Some(build.written))
}

/// Renames the new tree to a name that does not exist.
fn publish(place: &TargetDir, staging: &StagingDir<'_>) -> rustix::io::Result<()> {
    let name = place.name.as_str();
    match renameat_with(&staging.fd, TREE, &place.parent, name, RenameFlags::NOREPLACE) {
        // Without the flag an empty directory would be replaced, which loses nothing.
        Err(Errno::INVAL | Errno::NOSYS) => renameat(&staging.fd, TREE, &place.parent, name),
        renamed => renamed,
    }
}

/// Exchanges the new tree and the old one.
fn swap(
    place: &TargetDir,
    staging: &StagingDir<'_>,
    present: &ExistingDir,
) -> Result<rustix::io::Result<()>> {
    let name = place.name.as_str();
    let exchanged = renameat_with(&staging.fd, TREE, &place.parent, name, RenameFlags::EXCHANGE);
    if !matches!(exchanged, Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::XDEV)) {
        return Ok(exchanged);
    }
    if present.is_empty()? {
        return Ok(renameat(&staging.fd, TREE, &place.parent, name));
    }
    Err(conflict(
        Code::DirectoryExchange,
        format!("the filesystem of `{}` cannot exchange two directories", place.shown),
        "write to a new directory, or to another filesystem",
    ))
}

/// Syncs a remote filesystem, which may report a full disk only then.
fn keep(build: &TreeBuilder<'_>) -> rustix::io::Result<()> {
    const NFS: u64 = 0x6969;
    const FUSE: u64 = 0x6573_5546;
    const CIFS: u64 = 0xff53_4d42;
    const SMB2: u64 = 0xfe53_4d42;
    const NINE_P: u64 = 0x0102_1997;
    #[allow(clippy::cast_sign_loss, reason = "a magic number, whose sign differs between systems")]
    let kind = fstatfs(&build.tree)?.f_type as u64 & 0xffff_ffff;
    if [NFS, FUSE, CIFS, SMB2, NINE_P].contains(&kind) { syncfs(&build.tree) } else { Ok(()) }
}
