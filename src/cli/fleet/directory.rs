//! A fleet as a directory: one bundle a host, beside them what all share.

use anyhow::Result;
use camino::Utf8Path;

use super::Hosts;
use crate::fleet::{Former, Listed, Paper, Roll, papers};
use crate::fs::{self, Difference, Force, Written};
use crate::render::Rendered;

/// What becomes of the hosts of a former run.
pub(in crate::cli) struct Before {
    former: Option<Former>,
    /// Those that are in the fleet no more.
    leaving: Vec<Listed>,
}

impl Before {
    /// Looks at what a former run wrote. A host that this run does not touch, because it is not meant or because
    /// nobody knows which hosts were refused, is put on the roll, so that it stays ours.
    fn look(hosts: &Hosts<'_>, roll: &mut Roll, path: &Utf8Path) -> Result<Self> {
        let mut leaving = Vec::new();
        let former = fs::former_fleet(path, &mut |listed| {
            if let Some(number) = roll.find(&listed.domain) {
                return roll.was_written(number);
            }
            if hosts.means(&listed.domain) && roll.refused() == 0 {
                leaving.push(listed);
            } else {
                roll.keep(listed);
            }
        })?;
        Ok(Self { former, leaving })
    }
}

/// Makes the directory ready for the fleet. A host whose place is somebody else's is refused on the roll; told is why.
pub(in crate::cli) fn ready(
    hosts: &Hosts<'_>,
    roll: &mut Roll,
    path: &Utf8Path,
    force: Force,
) -> Result<(Before, Vec<anyhow::Error>)> {
    let mut before = Before::look(hosts, roll, path)?;
    fs::ready_yard(path, before.former.as_ref(), force)?;
    let mut told = Vec::new();
    for (number, why) in fs::strangers(path, roll.places(), force)? {
        roll.turn_away(number);
        told.push(why);
    }
    // Where a host is refused nothing is removed.
    if !told.is_empty() {
        before.leaving.drain(..).for_each(|listed| roll.keep(listed));
    }
    Ok((before, told))
}

/// Makes the directory, which is ready, hold the fleet.
pub(in crate::cli) fn write(
    hosts: &Hosts<'_>,
    roll: &Roll,
    path: &Utf8Path,
    force: Force,
    Before { former, leaving }: Before,
) -> Result<Written> {
    let papers = papers();
    let (manifest, shared) = papers.split_last().expect("a fleet has a manifest");
    let mut all = Written::default();
    // First of all, so that whatever this run leaves behind is ours.
    let begun = put(manifest, roll, &leaving, path)?;
    let work =
        |domain: &str, rendered: Rendered| fs::write_bundle(&rendered.bundle, &path.join(domain), force);
    hosts.render(roll, "writing", work, |written| {
        all += written;
        Ok(())
    })?;
    for paper in shared {
        all += put(paper, roll, &leaving, path)?;
    }
    for stale in former.iter().flat_map(|former| &former.papers) {
        if !papers.iter().any(|paper| paper.path == *stale) && fs::remove_file(&path.join(stale))? {
            all.removed += 1;
        }
    }
    for listed in &leaving {
        all += fs::remove_bundle(&path.join(&listed.domain))?;
    }
    all += if leaving.is_empty() { begun } else { put(manifest, roll, &[], path)? };
    Ok(all)
}

/// What differs between the fleet and the directory, one line each. Writes nothing.
pub(in crate::cli) fn check(
    hosts: &Hosts<'_>,
    roll: &mut Roll,
    path: &Utf8Path,
    tell: &mut (dyn FnMut(&Difference) -> Result<()> + Send),
) -> Result<()> {
    let (gone, differing) = differing(hosts, roll, path)?;
    let work = |domain: &str, rendered: Rendered| {
        let mut found = fs::check_bundle(&rendered.bundle, &path.join(domain))?;
        for difference in &mut found {
            difference.path = Utf8Path::new(domain).join(&difference.path);
        }
        Ok(found)
    };
    hosts.render(roll, "comparing", work, |found| found.iter().try_for_each(&mut *tell))?;
    let gone = gone.into_iter().map(|host| (host, fs::Change::Stale));
    let differing = differing.into_iter().map(|paper| (paper, fs::Change::Content));
    gone.chain(differing).try_for_each(|(path, change)| tell(&Difference { path: path.into(), change }))
}

/// The hosts that are in the fleet no more, and the papers that differ.
pub(in crate::cli) fn differing(
    hosts: &Hosts<'_>,
    roll: &mut Roll,
    path: &Utf8Path,
) -> Result<(Vec<String>, Vec<String>)> {
    let Before { leaving, .. } = Before::look(hosts, roll, path)?;
    let mut differing = Vec::new();
    for paper in papers() {
        if !fs::is_file_by(&path.join(&paper.path), MODE, &|out| paper.write(roll, &[], out))? {
            differing.push(paper.path.into_string());
        }
    }
    Ok((leaving.into_iter().map(|listed| listed.domain).collect(), differing))
}

/// The bits of every paper.
pub(super) const MODE: u32 = 0o644;

fn put(paper: &Paper, roll: &Roll, leaving: &[Listed], path: &Utf8Path) -> Result<Written> {
    let bytes = fs::write_file_by(&path.join(&paper.path), MODE, &|out| paper.write(roll, leaving, out))?;
    let (written, unchanged) = if bytes.is_some() { (1, 0) } else { (0, 1) };
    Ok(Written { written, unchanged, removed: 0, bytes: bytes.unwrap_or(0) })
}
