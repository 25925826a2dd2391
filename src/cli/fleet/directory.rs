//! A fleet as a directory: one bundle per host, and the shared files.

use anyhow::Result;
use camino::Utf8Path;

use super::FleetHosts;
use crate::bundle::manifest::MANIFEST_FILE;
use crate::fleet::{HostDirectory, HostIndex, PreviousManifest, SharedFile, documents, shared_files};
use crate::fs::{self, Difference, Overwrite, WriteSummary};
use crate::render::Rendered;

/// The hosts of the previous run.
pub(in crate::cli) struct PreviousState {
    former: Option<PreviousManifest>,
    /// The hosts that are no longer in the fleet.
    removed: Vec<HostDirectory>,
}

impl PreviousState {
    /// Reads the manifest of the previous run. A host that this run does not touch, because it is not selected or because
    /// hosts were rejected, is added to the index, so that it stays in the manifest.
    fn read_previous(hosts: &FleetHosts<'_>, index: &mut HostIndex, path: &Utf8Path) -> Result<Self> {
        let mut removed: Vec<HostDirectory> = Vec::new();
        let shard = hosts.shard();
        let mut visit = |listed: HostDirectory| {
            if let Some(number) = index.find(&listed.domain) {
                return index.mark_existing(number);
            }
            if shard.is_some_and(|shard| !shard.contains(&listed.domain)) || removed.contains(&listed) {
                return;
            }
            if hosts.selects(&listed.domain) && index.rejected() == 0 {
                removed.push(listed);
            } else {
                index.keep_previous(listed);
            }
        };
        let mut former = fs::previous_fleet(path, MANIFEST_FILE.into(), &mut visit)?;
        if let Some(shard) = shard {
            let own = fs::previous_fleet(path, &shard.manifest(), &mut visit)?;
            // Another shard has made the directory.
            let is_shared = !fs::shards(path)?.is_empty();
            former = former.or(own).or(is_shared.then(PreviousManifest::default));
        }
        Ok(Self { former, removed })
    }
}

/// Prepares the directory for the fleet. A host whose directory is foreign is rejected in the index; the errors are returned.
pub(in crate::cli) fn prepare(
    hosts: &FleetHosts<'_>,
    index: &mut HostIndex,
    path: &Utf8Path,
    force: Overwrite,
) -> Result<(PreviousState, Vec<anyhow::Error>)> {
    let mut before = PreviousState::read_previous(hosts, index, path)?;
    fs::prepare_fleet_dir(path, before.former.as_ref(), force)?;
    let conflicts = reject_conflicting(index, path, force)?;
    // If a host is rejected, nothing is removed.
    if !conflicts.is_empty() {
        before.removed.drain(..).for_each(|listed| index.keep_previous(listed));
    }
    Ok((before, conflicts))
}

/// Rejects every host whose directory is foreign, and returns the errors.
fn reject_conflicting(
    index: &mut HostIndex,
    path: &Utf8Path,
    force: Overwrite,
) -> Result<Vec<anyhow::Error>> {
    let conflicts = fs::conflicting_dirs(path, index.places(), force)?;
    let reject = |(number, why)| {
        index.reject(number);
        why
    };
    Ok(conflicts.into_iter().map(reject).collect())
}

/// Writes the fleet to the prepared directory.
pub(in crate::cli) fn write(
    hosts: &FleetHosts<'_>,
    index: &HostIndex,
    path: &Utf8Path,
    force: Overwrite,
    PreviousState { removed, .. }: PreviousState,
) -> Result<WriteSummary> {
    let files = documents(hosts.shard());
    let (manifest, shared) = files.split_last().expect("a fleet has a manifest");
    let mut all = WriteSummary::default();
    // Written first, so that the manifest lists everything if this run is killed.
    let begun = write_shared_file(manifest, index, &removed, path)?;
    let work = |domain: &str, rendered: Rendered| {
        let mut written = fs::write_bundle(&rendered.bundle, &path.join(domain), force)?;
        for path in written.remarks.reverted.iter_mut().chain(&mut written.remarks.foreign) {
            *path = Utf8Path::new(domain).join(&*path);
        }
        Ok(written)
    };
    hosts.render(index, "writing", work, |written| {
        all += written;
        Ok(())
    })?;
    for file in shared {
        all += write_shared_file(file, index, &removed, path)?;
    }
    // Other files that the previous manifest lists are kept: panelgen wrote no others, so a list with more was changed.
    for listed in &removed {
        all += fs::remove_bundle(&path.join(&listed.domain))?;
    }
    all += if removed.is_empty() { begun } else { write_shared_file(manifest, index, &[], path)? };
    Ok(all)
}

/// Reports the differences between the fleet and the directory, and returns the errors that writing would meet. Writes
/// nothing.
pub(in crate::cli) fn check(
    hosts: &FleetHosts<'_>,
    index: &mut HostIndex,
    path: &Utf8Path,
    force: Overwrite,
    report: &mut (dyn FnMut(&Difference) -> Result<()> + Send),
) -> Result<Vec<anyhow::Error>> {
    let before = PreviousState::read_previous(hosts, index, path)?;
    fs::check_fleet_dir(path, before.former.as_ref(), force)?;
    let (gone, differing) = stale_since(before, hosts, index, path)?;
    let conflicts = reject_conflicting(index, path, force)?;
    let work = |domain: &str, rendered: Rendered| {
        let mut found = fs::check_bundle(&rendered.bundle, &path.join(domain))?;
        for difference in &mut found {
            difference.path = Utf8Path::new(domain).join(&difference.path);
        }
        Ok(found)
    };
    hosts.render(index, "comparing", work, |found| found.iter().try_for_each(&mut *report))?;
    let gone = gone.into_iter().map(|host| (host, fs::EntryChange::Stale));
    let differing = differing.into_iter().map(|file| (file, fs::EntryChange::Content));
    gone.chain(differing).try_for_each(|(path, change)| report(&Difference { path: path.into(), change }))?;
    Ok(conflicts)
}

/// Returns the hosts that are no longer in the fleet, and the shared files that differ.
pub(in crate::cli) fn stale_items(
    hosts: &FleetHosts<'_>,
    index: &mut HostIndex,
    path: &Utf8Path,
) -> Result<(Vec<String>, Vec<String>)> {
    let before = PreviousState::read_previous(hosts, index, path)?;
    stale_since(before, hosts, index, path)
}

fn stale_since(
    PreviousState { removed, .. }: PreviousState,
    hosts: &FleetHosts<'_>,
    index: &HostIndex,
    path: &Utf8Path,
) -> Result<(Vec<String>, Vec<String>)> {
    let mut differing = Vec::new();
    // The documents of the whole fleet are those of all shards.
    let compared = if hosts.shard().is_some() { Vec::new() } else { shared_files() };
    for file in compared {
        if !fs::is_shared_file(path, &file.path, MODE, &|out| file.write(index, &[], out))? {
            differing.push(file.path.into_string());
        }
    }
    Ok((removed.into_iter().map(|listed| listed.domain).collect(), differing))
}

/// Writes the documents of the whole fleet, the manifest last.
pub(in crate::cli) fn write_documents(index: &HostIndex, path: &Utf8Path) -> Result<WriteSummary> {
    let mut all = WriteSummary::default();
    for file in shared_files() {
        all += write_shared_file(&file, index, &[], path)?;
    }
    Ok(all)
}

/// The mode of the shared files.
pub(super) const MODE: u32 = 0o644;

fn write_shared_file(
    file: &SharedFile,
    index: &HostIndex,
    removed: &[HostDirectory],
    path: &Utf8Path,
) -> Result<WriteSummary> {
    let bytes = fs::write_shared_file(path, &file.path, MODE, &|out| file.write(index, removed, out))?;
    let (written, unchanged) = if bytes.is_some() { (1, 0) } else { (0, 1) };
    Ok(WriteSummary { written, unchanged, bytes: bytes.unwrap_or(0), ..WriteSummary::default() })
}
