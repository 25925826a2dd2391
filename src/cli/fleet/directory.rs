//! A fleet as a directory: one bundle a host, beside them what all share.

use anyhow::Result;
use camino::Utf8Path;

use super::FleetHosts;
use crate::fleet::{HostDirectory, HostIndex, PreviousManifest, SharedFile, shared_files};
use crate::fs::{self, Difference, Overwrite, WriteSummary};
use crate::render::Rendered;

/// What becomes of the hosts of a former run.
pub(in crate::cli) struct PreviousState {
    former: Option<PreviousManifest>,
    /// Those that are in the fleet no more.
    leaving: Vec<HostDirectory>,
}

impl PreviousState {
    /// Looks at what a former run wrote. A host that this run does not touch, because it is not meant or because
    /// nobody knows which hosts were refused, is put on the roll, so that it stays ours.
    fn read_previous(hosts: &FleetHosts<'_>, roll: &mut HostIndex, path: &Utf8Path) -> Result<Self> {
        let mut leaving = Vec::new();
        let former = fs::previous_fleet(path, &mut |listed| {
            if let Some(number) = roll.find(&listed.domain) {
                return roll.mark_existing(number);
            }
            if hosts.selects(&listed.domain) && roll.rejected() == 0 {
                leaving.push(listed);
            } else {
                roll.keep_previous(listed);
            }
        })?;
        Ok(Self { former, leaving })
    }
}

/// Makes the directory ready for the fleet. A host whose place is somebody else's is refused on the roll; told is why.
pub(in crate::cli) fn prepare(
    hosts: &FleetHosts<'_>,
    roll: &mut HostIndex,
    path: &Utf8Path,
    force: Overwrite,
) -> Result<(PreviousState, Vec<anyhow::Error>)> {
    let mut before = PreviousState::read_previous(hosts, roll, path)?;
    fs::prepare_fleet_dir(path, before.former.as_ref(), force)?;
    let mut told = Vec::new();
    for (number, why) in fs::conflicting_dirs(path, roll.places(), force)? {
        roll.reject(number);
        told.push(why);
    }
    // Where a host is refused nothing is removed.
    if !told.is_empty() {
        before.leaving.drain(..).for_each(|listed| roll.keep_previous(listed));
    }
    Ok((before, told))
}

/// Makes the directory, which is ready, hold the fleet.
pub(in crate::cli) fn write(
    hosts: &FleetHosts<'_>,
    roll: &HostIndex,
    path: &Utf8Path,
    force: Overwrite,
    PreviousState { former, leaving }: PreviousState,
) -> Result<WriteSummary> {
    let files = shared_files();
    let (manifest, shared) = files.split_last().expect("a fleet has a manifest");
    let mut all = WriteSummary::default();
    // First of all, so that whatever this run leaves behind is ours.
    let begun = write_shared_file(manifest, roll, &leaving, path)?;
    let work =
        |domain: &str, rendered: Rendered| fs::write_bundle(&rendered.bundle, &path.join(domain), force);
    hosts.render(roll, "writing", work, |written| {
        all += written;
        Ok(())
    })?;
    for paper in shared {
        all += write_shared_file(paper, roll, &leaving, path)?;
    }
    for stale in former.iter().flat_map(|former| &former.meta_files) {
        if !files.iter().any(|paper| paper.path == *stale) && fs::remove_file(&path.join(stale))? {
            all.removed += 1;
        }
    }
    for listed in &leaving {
        all += fs::remove_bundle(&path.join(&listed.domain))?;
    }
    all += if leaving.is_empty() { begun } else { write_shared_file(manifest, roll, &[], path)? };
    Ok(all)
}

/// What differs between the fleet and the directory, one line each. Writes nothing.
pub(in crate::cli) fn check(
    hosts: &FleetHosts<'_>,
    roll: &mut HostIndex,
    path: &Utf8Path,
    tell: &mut (dyn FnMut(&Difference) -> Result<()> + Send),
) -> Result<()> {
    let (gone, differing) = stale_items(hosts, roll, path)?;
    let work = |domain: &str, rendered: Rendered| {
        let mut found = fs::check_bundle(&rendered.bundle, &path.join(domain))?;
        for difference in &mut found {
            difference.path = Utf8Path::new(domain).join(&difference.path);
        }
        Ok(found)
    };
    hosts.render(roll, "comparing", work, |found| found.iter().try_for_each(&mut *tell))?;
    let gone = gone.into_iter().map(|host| (host, fs::EntryChange::Stale));
    let differing = differing.into_iter().map(|paper| (paper, fs::EntryChange::Content));
    gone.chain(differing).try_for_each(|(path, change)| tell(&Difference { path: path.into(), change }))
}

/// The hosts that are in the fleet no more, and the papers that differ.
pub(in crate::cli) fn stale_items(
    hosts: &FleetHosts<'_>,
    roll: &mut HostIndex,
    path: &Utf8Path,
) -> Result<(Vec<String>, Vec<String>)> {
    let PreviousState { leaving, .. } = PreviousState::read_previous(hosts, roll, path)?;
    let mut differing = Vec::new();
    for paper in shared_files() {
        if !fs::is_file_by(&path.join(&paper.path), MODE, &|out| paper.write(roll, &[], out))? {
            differing.push(paper.path.into_string());
        }
    }
    Ok((leaving.into_iter().map(|listed| listed.domain).collect(), differing))
}

/// The bits of every paper.
pub(super) const MODE: u32 = 0o644;

fn write_shared_file(
    paper: &SharedFile,
    roll: &HostIndex,
    leaving: &[HostDirectory],
    path: &Utf8Path,
) -> Result<WriteSummary> {
    let bytes = fs::write_file_by(&path.join(&paper.path), MODE, &|out| paper.write(roll, leaving, out))?;
    let (written, unchanged) = if bytes.is_some() { (1, 0) } else { (0, 1) };
    Ok(WriteSummary { written, unchanged, removed: 0, bytes: bytes.unwrap_or(0) })
}
