//! Writes a bundle into its directory file by file, where the directory cannot be exchanged as a whole: on
//! filesystems that cannot exchange directories or have no hard links, and at mount points.
//!
//! Each file is replaced in one step, and `MANIFEST.json` is written last. A run that is interrupted leaves files of
//! both bundles, and a manifest that lists all of them: the next run completes it. Files of the operator are not touched.

use std::fmt;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, Mode, chmodat, fchmod, mkdirat, unlinkat};
use rustix::io::Errno;

use super::compare::{Difference, EntryChange};
use super::file::{self, Devices};
use super::path_tree::PathTree;
use super::run_state::Recorded;
use super::target_dir::{ExistingDir, TargetDir};
use super::write_summary::{Overwrite, WriteSummary};
use super::{conflict, directory};
use crate::bundle::manifest::{EntryType, MANIFEST_FILE};
use crate::bundle::{Bundle, Entry};
use crate::diagnostics::Code;

/// Why a directory is written file by file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InPlace {
    /// The filesystem cannot exchange two directories.
    NoExchange,
    /// A file of the operator cannot be linked into a new tree.
    NoLinks,
    /// The directory is a mount point.
    Mounted,
    /// This path in it is a mount point.
    MountInside(Utf8PathBuf),
    /// The parent directory is not writable.
    Parent,
}

impl fmt::Display for InPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoExchange => f.write_str("its filesystem cannot exchange two directories"),
            Self::NoLinks => f.write_str("a file of others in it cannot be linked"),
            Self::Mounted => f.write_str("it is a mount point"),
            Self::MountInside(path) => write!(f, "`{path}` in it is a mount point"),
            Self::Parent => f.write_str("its parent directory is not writable"),
        }
    }
}

/// What is written.
pub(super) struct InPlaceWriter<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) place: &'a TargetDir,
    pub(super) present: &'a ExistingDir,
    pub(super) known: &'a PathTree<'a>,
    pub(super) force: Overwrite,
}

impl InPlaceWriter<'_> {
    /// Applies the differences, the manifest last. `mode` is that of the directory itself.
    pub(super) fn write(&self, differences: &[Difference], mode: u32) -> Result<WriteSummary> {
        for difference in differences {
            self.refuse_foreign(difference)?;
        }
        let _recorded = Recorded::mixed(&self.place.shown);
        self.announce(differences)?;
        let files = self.bundle.entries().filter(|(_, entry)| entry.is_file()).count();
        let mut summary = WriteSummary::default();
        let is_last = |path: &Utf8Path| path == MANIFEST_FILE;
        for difference in differences.iter().filter(|difference| !is_last(&difference.path)) {
            self.apply(difference, &mut summary)?;
        }
        // Children are removed before their directories.
        for difference in differences.iter().rev().filter(|difference| !is_last(&difference.path)) {
            if difference.change == EntryChange::Stale {
                self.remove(&difference.path, &mut summary)?;
            }
        }
        let found = Mode::from_raw_mode(self.present.stat.st_mode) & Mode::from_raw_mode(0o5777);
        if found.as_raw_mode() != mode
            && set_mode(|mode| fchmod(&self.present.fd, mode), mode).with_context(|| self.context("."))?
        {
            summary.lacks_modes = true;
        }
        for difference in differences.iter().filter(|difference| is_last(&difference.path)) {
            if difference.change == EntryChange::Stale {
                self.remove(&difference.path, &mut summary)?;
            } else {
                self.apply(difference, &mut summary)?;
            }
        }
        summary.unchanged = files.saturating_sub(summary.written);
        Ok(summary)
    }

    /// Rejects a path that another program has written. Nothing has been written yet.
    fn refuse_foreign(&self, difference: &Difference) -> Result<()> {
        let path = &difference.path;
        if !matches!(difference.change, EntryChange::Kind | EntryChange::Content | EntryChange::LineEnds) {
            return Ok(());
        }
        let branch = path.iter().try_fold(self.known, |branch, name| branch.children.get(name));
        let Some(place) = self.place_of(path, false)? else { return Ok(()) };
        let Some(stat) = directory::stat(&place.parent, place.name.as_str())? else { return Ok(()) };
        let is_directory = directory::is_directory(&stat);
        let is_ours = branch.is_some_and(|branch| branch.is_ours(is_directory));
        let name = std::ffi::CString::new(place.name.as_str()).context("a name has no zero byte")?;
        let holds_foreign = is_directory
            && match branch {
                Some(branch) => branch.holds_foreign(&place.parent, &name)?,
                None => true,
            };
        if !holds_foreign && (is_ours || self.force == Overwrite::Yes) {
            return Ok(());
        }
        Err(conflict(
            Code::PathForeign,
            format!("`{}` was not written by panelgen, and the bundle needs its path", place.shown),
            if is_directory {
                "remove the directory, or move it elsewhere"
            } else {
                "remove it, move it elsewhere, or use `--force` to replace it"
            },
        ))
    }

    /// Adds the new paths to the manifest of the previous run, so that an interrupted run owns what it wrote.
    fn announce(&self, differences: &[Difference]) -> Result<()> {
        let new = differences.iter().filter(|difference| {
            difference.change == EntryChange::Missing
                && self.bundle.get(&difference.path).is_some_and(Entry::is_file)
        });
        let new: Vec<Utf8PathBuf> = new.map(|difference| difference.path.clone()).collect();
        let Some(former) = self.present.former.as_ref().filter(|_| !new.is_empty()) else { return Ok(()) };
        let mut both = former.clone();
        both.meta_files.extend(new);
        both.meta_files.sort();
        both.meta_files.dedup();
        let place = self.place_of(MANIFEST_FILE.into(), false)?.context("the directory exists")?;
        let mode = self.bundle.get(MANIFEST_FILE.into()).map_or(0o600, |entry| entry.mode);
        file::write_at(&place, mode, Devices::Reject, &|out| out.write_all(both.to_json().as_bytes()))?;
        Ok(())
    }

    fn apply(&self, difference: &Difference, summary: &mut WriteSummary) -> Result<()> {
        let path = &difference.path;
        let Some(entry) = self.bundle.get(path) else { return Ok(()) };
        let place = self.place_of(path, false)?;
        let place = place.with_context(|| self.context(path.as_str()))?;
        let name = place.name.as_str();
        let context = || self.context(path.as_str());
        if difference.change == EntryChange::Kind {
            let stat = directory::stat(&place.parent, name).with_context(context)?;
            if stat.is_some_and(|stat| directory::is_directory(&stat)) {
                let name = std::ffi::CString::new(name).context("a name has no zero byte")?;
                directory::remove(&place.parent, &name).with_context(context)?;
            } else {
                unlinkat(&place.parent, name, AtFlags::empty()).with_context(context)?;
            }
        }
        let mode = Mode::from_raw_mode(entry.mode);
        if let EntryChange::Mode { .. } = difference.change {
            summary.lacks_modes |=
                set_mode(|mode| chmodat(&place.parent, name, mode, AtFlags::empty()), entry.mode)
                    .with_context(context)?;
        } else if entry.is_file() {
            let write =
                |out: &mut dyn std::io::Write| entry.chunks().try_for_each(|chunk| out.write_all(chunk));
            let bytes = file::write_at(&place, entry.mode, Devices::Reject, &write)?;
            summary.written += 1;
            summary.bytes += bytes.unwrap_or_default();
        } else {
            match mkdirat(&place.parent, name, mode) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error).with_context(context),
            }
            summary.lacks_modes |=
                set_mode(|mode| chmodat(&place.parent, name, mode, AtFlags::empty()), entry.mode)
                    .with_context(context)?;
        }
        Ok(())
    }

    fn remove(&self, path: &Utf8Path, summary: &mut WriteSummary) -> Result<()> {
        let Some(place) = self.place_of(path, false)? else { return Ok(()) };
        let context = || format!("cannot remove `{}`", place.shown);
        let branch = path.iter().try_fold(self.known, |branch, name| branch.children.get(name));
        let is_directory = branch.is_some_and(|branch| branch.former == Some(EntryType::Directory));
        let flags = if is_directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        match unlinkat(&place.parent, place.name.as_str(), flags) {
            Ok(()) => summary.removed += usize::from(!is_directory),
            // A directory that holds files of others stays.
            Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => {}
            Err(error) => return Err(error).with_context(context),
        }
        // The directories above it were made for it.
        let mut above = path.parent();
        while let Some(directory) = above.filter(|directory| !directory.as_str().is_empty()) {
            let is_needed = self.bundle.get(directory).is_some();
            let removed = self.place_of(directory, false)?.is_some_and(|place| {
                !is_needed && unlinkat(&place.parent, place.name.as_str(), AtFlags::REMOVEDIR).is_ok()
            });
            if !removed {
                break;
            }
            above = directory.parent();
        }
        Ok(())
    }

    fn place_of(&self, path: &Utf8Path, make: bool) -> Result<Option<TargetDir>> {
        TargetDir::below(&self.present.fd, &self.place.shown, path, make)
    }

    fn context(&self, path: &str) -> String {
        format!("cannot write `{}`", self.place.shown.join(path))
    }
}

/// Sets permission bits. Returns whether the filesystem has none.
pub(super) fn set_mode(set: impl Fn(Mode) -> rustix::io::Result<()>, mode: u32) -> rustix::io::Result<bool> {
    match set(Mode::from_raw_mode(mode)) {
        Ok(()) => Ok(false),
        Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Returns the first mount point at or below a directory, relative to it.
pub(super) fn mount_inside(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let top = path.canonicalize_utf8().ok()?;
    // Without /proc no mount point is known. Then removing the old tree fails, and says so.
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let point = |line: &str| line.split(' ').nth(4).map(unescape);
    let mut points = mounts.lines().filter_map(point);
    points.find_map(|point| Utf8Path::new(&point).strip_prefix(&top).ok().map(Utf8Path::to_owned))
}

/// Decodes the octal escapes of mountinfo.
fn unescape(text: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"]
        .into_iter()
        .zip([" ", "\t", "\n", "\\"])
        .fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}
