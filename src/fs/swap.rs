//! Writes a bundle to a directory: compares, builds the new tree in a staging directory, exchanges both,
//! removes the old one.

use std::collections::BTreeSet;
use std::os::fd::AsFd as _;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, RenameFlags, fstatfs, renameat, renameat_with, syncfs, unlinkat};
use rustix::io::Errno;

use super::compare::{Difference, EntryChange, all_missing, differences, judged_differences, top_mode};
use super::in_place::{InPlace, InPlaceWriter, mount_inside};
use super::live_root::is_in_git;
use super::path_tree::PathTree;
use super::remarks::remarks;
use super::remove_tree::remove_old;
use super::staging_dir::{self, StagingDir, TEMPORARY, TREE};
use super::target_dir::{ExistingDir, TargetDir};
use super::tree_builder::TreeBuilder;
use super::write_summary::{Overwrite, Remarks, WriteSummary};
use super::{Conflict, conflict, directory, file, run_state};
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
        let (present, (differences, mut remarks)) = place.inspect(|present| {
            let Some(present) = present else { return Ok((Vec::new(), Remarks::default())) };
            reject_foreign(&place, present, force)?;
            let read = || {
                let differences = differences(bundle, present)?;
                let remarks = remarks(bundle, present, &differences)?;
                Ok::<_, anyhow::Error>((differences, remarks))
            };
            read().with_context(|| format!("cannot read `{path}`"))
        })?;
        if let Some(present) = &present {
            remarks.foreign = remove_temporary_files(bundle, &place, present, remarks.foreign)?;
        }
        if differences.is_empty() && present.is_some() {
            StagingDir::remove_leftovers(&place)?;
            return Ok(WriteSummary { unchanged: files(bundle), remarks, ..WriteSummary::default() });
        }
        let mode = top_mode(bundle);
        let replaced = replace(bundle, &place, present.as_ref(), &differences, (force, mode));
        if let Some(written) = replaced.map_err(|error| manifest_entries(error, &place, present.as_ref()))? {
            return without_modes(bundle, &place, WriteSummary { remarks, ..written });
        }
    }
}

/// Removes the temporary files that a killed run left while it wrote file by file. Returns the other foreign files.
fn remove_temporary_files(
    bundle: &Bundle,
    place: &TargetDir,
    present: &ExistingDir,
    mut foreign: Vec<Utf8PathBuf>,
) -> Result<Vec<Utf8PathBuf>> {
    if !foreign.iter().any(|path| path.as_str().ends_with(TEMPORARY)) {
        return Ok(foreign);
    }
    for (path, _) in bundle.entries().filter(|(_, entry)| entry.is_file()) {
        if let Some(file) = TargetDir::below(&present.fd, &place.shown, path, false)? {
            let temporary = staging_dir::name_for(&file.name);
            file::remove_leftovers(&file, &temporary)?;
            let removed = path.with_file_name(&temporary);
            foreign.retain(|path| *path != removed);
        }
    }
    Ok(foreign)
}

/// Corrects a summary where the filesystem keeps no permission bits: some report an error, others ignore the call.
fn without_modes(bundle: &Bundle, place: &TargetDir, mut summary: WriteSummary) -> Result<WriteSummary> {
    if !summary.lacks_modes && summary.remarks.modes > 0 {
        let (_, left) =
            place.inspect(|present| present.map_or(Ok(Vec::new()), |found| differences(bundle, found)))?;
        summary.lacks_modes = left.iter().any(|left| matches!(left.change, EntryChange::Mode { .. }));
    }
    if summary.lacks_modes {
        summary.remarks.modes = 0;
    }
    Ok(summary)
}

/// Rejects a target where no bundle may be written: a file, a link, a foreign directory. Writes nothing.
pub fn check_target(path: &Utf8Path, force: Overwrite) -> Result<()> {
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
                Ok(()) | Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT | Errno::BUSY) => {
                    return Ok(written);
                }
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

/// Returns the differences between the bundle and the directory that count for this kind of copy. Writes nothing.
pub fn check_bundle(bundle: &Bundle, path: &Utf8Path) -> Result<Vec<Difference>> {
    let Some(place) = TargetDir::find(path)? else { return Ok(all_missing(bundle)) };
    let in_git = is_in_git(path);
    let result = place.inspect(|present| match present {
        Some(present) => {
            judged_differences(bundle, present, in_git).with_context(|| format!("cannot read `{path}`"))
        }
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

/// Writes the bundle: builds the new tree and publishes it, or writes file by file. Returns `None` if another run was
/// faster, so that everything has to be repeated.
fn replace(
    bundle: &Bundle,
    place: &TargetDir,
    present: Option<&ExistingDir>,
    differences: &[Difference],
    (force, mode): (Overwrite, u32),
) -> Result<Option<WriteSummary>> {
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
    let in_place = |reason, present, staging: Option<&StagingDir<'_>>| {
        let writer = InPlaceWriter { bundle, place, present, known: &known, force };
        let written = writer.write(differences, mode)?;
        let lacks_locks = staging.is_some_and(|staging| staging.lacks_locks);
        Ok(Some(WriteSummary { in_place: Some(reason), lacks_locks, ..written }))
    };
    if let Some(present) = present {
        if place.is_mount_point(present)? {
            return in_place(InPlace::Mounted, present, None);
        }
        present.reject_current(place)?;
    }
    let staging = match (StagingDir::acquire(place), present) {
        (Err(error), Some(present)) if is_closed(&error) => {
            let written = in_place(InPlace::Parent, present, None);
            return written.map_err(|inner| if inner.is::<Conflict>() { inner } else { error });
        }
        (Err(error), None) if is_closed(&error) => {
            let parent = place.shown.parent().filter(|parent| !parent.as_str().is_empty());
            return Err(conflict(
                Code::PathClosed,
                format!("{error:#}"),
                format!(
                    "choose a directory that you can write to, or change the owner of `{}`",
                    parent.unwrap_or(".".into())
                ),
            ));
        }
        (staging, _) => staging?,
    };
    // If the directory did not exist, the exchange itself detects the conflict.
    let Some(present) = present else { return create(place, &staging, &known, (force, mode)) };
    if !place.is_still(Some(present))? {
        return Ok(None);
    }
    if let Some(path) = mount_inside(&place.shown) {
        let is_top = path.as_str().is_empty();
        let reason = if is_top { InPlace::Mounted } else { InPlace::MountInside(path) };
        return in_place(reason, present, Some(&staging));
    }
    let mut build = TreeBuilder::begin(&staging, &place.shown, force)?;
    let filled = build.fill(Some((present.fd.as_fd(), &present.stat)), &known, mode);
    if build.lacks_links {
        return in_place(InPlace::NoLinks, present, Some(&staging));
    }
    filled?;
    let shown = &place.shown;
    sync_remote(&build).with_context(|| format!("cannot write `{shown}`"))?;
    let is_file = |difference: &&Difference| former.get(&difference.path) == Some(&EntryType::File);
    let stale = differences.iter().filter(|difference| difference.change == EntryChange::Stale);
    build.written.removed = stale.filter(is_file).count();
    build.written.lacks_locks = staging.lacks_locks;
    let exchange = || swap(place, &staging, present);
    match run_state::publish(shown, exchange, |result| matches!(result, Ok(Ok(()))))? {
        Ok(()) => {}
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::XDEV) => {
            return in_place(InPlace::NoExchange, present, Some(&staging));
        }
        Err(Errno::BUSY) => return in_place(InPlace::Mounted, present, Some(&staging)),
        Err(error) => return Err(error).with_context(|| format!("cannot publish the new `{shown}`")),
    }
    if directory::stat(&staging.fd, TREE).is_ok_and(|stat| stat.is_some())
        && let Err(error) = remove_old(&build, &staging.fd, TREE, &mut Vec::new(), Some(&known))
    {
        // What could not be removed may be the only copy of a file that was added meanwhile.
        let left = staging.persist();
        return Err(error)
            .with_context(|| format!("wrote `{shown}`, but cannot remove the old tree from `{left}`"));
    }
    Ok(Some(build.written))
}

/// Publishes a bundle at a path that does not exist.
fn create(
    place: &TargetDir,
    staging: &StagingDir<'_>,
    known: &PathTree<'_>,
    (force, mode): (Overwrite, u32),
) -> Result<Option<WriteSummary>> {
    let shown = &place.shown;
    let mut build = TreeBuilder::begin(staging, shown, force)?;
    build.fill(None, known, mode)?;
    sync_remote(&build).with_context(|| format!("cannot write `{shown}`"))?;
    build.written.lacks_locks = staging.lacks_locks;
    match run_state::publish(shown, || publish(place, staging), Result::is_ok) {
        Ok(()) => Ok(Some(build.written)),
        Err(Errno::EXIST | Errno::NOENT) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot publish the new `{shown}`")),
    }
}

/// Whether an error means that the parent directory is not writable.
fn is_closed(error: &anyhow::Error) -> bool {
    let errno = error.downcast_ref::<Errno>();
    errno.is_some_and(|errno| [Errno::ACCESS, Errno::PERM, Errno::ROFS].contains(errno))
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
    if matches!(exchanged, Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::XDEV))
        && present.is_empty()?
    {
        return Ok(renameat(&staging.fd, TREE, &place.parent, name));
    }
    Ok(exchanged)
}

/// Syncs a remote filesystem, which may report a full disk only then.
fn sync_remote(build: &TreeBuilder<'_>) -> rustix::io::Result<()> {
    const NFS: u64 = 0x6969;
    const FUSE: u64 = 0x6573_5546;
    const CIFS: u64 = 0xff53_4d42;
    const SMB2: u64 = 0xfe53_4d42;
    const NINE_P: u64 = 0x0102_1997;
    #[allow(clippy::cast_sign_loss, reason = "a magic number, whose sign differs between systems")]
    let kind = fstatfs(&build.tree)?.f_type as u64 & 0xffff_ffff;
    if [NFS, FUSE, CIFS, SMB2, NINE_P].contains(&kind) { syncfs(&build.tree) } else { Ok(()) }
}
