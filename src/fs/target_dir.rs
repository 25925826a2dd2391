//! The directory that a bundle is written to: a name in an open parent directory.

use std::os::fd::OwnedFd;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, mkdir, mkdirat, open, openat};
use rustix::io::Errno;

use super::{conflict, directory, stdio};
use crate::bundle::manifest::{self, Manifest};
use crate::diagnostics::Code;

/// The largest manifest that is read.
const MANIFEST_LIMIT: usize = 64 << 20;

/// A name in an open parent directory. All operations use the descriptor of the parent, so renaming a
/// directory further up has no effect on them.
#[derive(Debug)]
pub(super) struct TargetDir {
    pub parent: OwnedFd,
    pub name: String,
    pub shown: Utf8PathBuf,
}

/// The directory that exists at a target.
#[derive(Debug)]
pub(super) struct ExistingDir {
    pub fd: OwnedFd,
    pub stat: Stat,
    /// The manifest of the run that wrote it. `None` if panelgen does not own it.
    pub former: Option<Manifest>,
}

impl TargetDir {
    /// Returns the target that `path` names. `None` if its parent does not exist.
    pub(super) fn find(path: &Utf8Path) -> Result<Option<Self>> {
        let Some(name) = path.file_name() else {
            return Err(conflict(
                Code::DirectoryUnnamed,
                format!("`{path}` does not name a directory that can be replaced"),
                "name a directory, for example `bundle/`",
            ));
        };
        let parent = parent_of(path);
        match open(parent.as_std_path(), OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(parent) => Ok(Some(Self { parent, name: name.to_owned(), shown: path.to_owned() })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot open `{parent}`")),
        }
    }

    /// Returns the target that `path` names and creates missing parents.
    pub(super) fn make(path: &Utf8Path) -> Result<Self> {
        if let Some(place) = Self::find(path)? {
            return Ok(place);
        }
        make_directory(parent_of(path))?;
        Self::find(path)?.with_context(|| format!("cannot open `{}`: it was removed", parent_of(path)))
    }

    /// Returns the target at `path` below an open directory, whose path in messages is `top`. Links on the path are not
    /// followed. With `make`, missing directories are created; otherwise the result is then `None`.
    pub(super) fn below(
        directory: &OwnedFd,
        top: &Utf8Path,
        path: &Utf8Path,
        make: bool,
    ) -> Result<Option<Self>> {
        let shown = top.join(path);
        let context = || format!("cannot open `{shown}`");
        let (above, name) = (path.parent(), path.file_name().context("a file has a name")?);
        let mut parent = directory.try_clone().with_context(context)?;
        let mut at = top.to_owned();
        for part in above.into_iter().flat_map(Utf8Path::iter) {
            at.push(part);
            if make {
                match mkdirat(&parent, part, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error).with_context(|| format!("cannot make `{at}`")),
                }
            }
            parent = match directory::open(&parent, part) {
                Ok(below) => below,
                Err(Errno::NOENT) if !make => return Ok(None),
                Err(Errno::NOTDIR | Errno::LOOP) => {
                    return Err(conflict(
                        Code::DirectorySymlink,
                        format!("`{at}` is a link or a file, not a directory"),
                        "remove it, or move it elsewhere",
                    ));
                }
                Err(error) => return Err(error).with_context(context),
            };
        }
        Ok(Some(Self { parent, name: name.to_owned(), shown }))
    }

    /// Opens the existing directory and passes it to `check`. Repeats both if another run exchanged the directory in the
    /// meantime.
    pub(super) fn inspect<T>(
        &self,
        check: impl Fn(Option<&ExistingDir>) -> Result<T>,
    ) -> Result<(Option<ExistingDir>, T)> {
        loop {
            let present = self.look()?;
            let result = check(present.as_ref());
            if self.is_still(present.as_ref())? {
                return Ok((present, result?));
            }
        }
    }

    /// Returns the existing directory. `None` if there is none; anything but a directory is an error.
    fn look(&self) -> Result<Option<ExistingDir>> {
        let shown = &self.shown;
        let fd = match directory::open(&self.parent, self.name.as_str()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(self.not_a_directory()?),
            Err(error) => return Err(error).with_context(|| format!("cannot open `{shown}`")),
        };
        let stat = fstat(&fd).with_context(|| format!("cannot read `{shown}`"))?;
        let former = previous_manifest(&fd)
            .with_context(|| format!("cannot read `{shown}/{}`", manifest::MANIFEST_FILE))?;
        Ok(Some(ExistingDir { fd, stat, former }))
    }

    /// Whether `present` is still the directory at this target.
    pub(super) fn is_still(&self, present: Option<&ExistingDir>) -> Result<bool> {
        let now = directory::stat(&self.parent, self.name.as_str())
            .with_context(|| format!("cannot read `{}`", self.shown))?;
        Ok(match (now, present) {
            (None, None) => true,
            (Some(now), Some(present)) => directory::is_same(&now, &present.stat),
            _ => false,
        })
    }

    /// Whether the directory is a mount point. A bind mount of the same filesystem shows only when it is renamed.
    pub(super) fn is_mount_point(&self, present: &ExistingDir) -> Result<bool> {
        let parent = fstat(&self.parent);
        let parent = parent.with_context(|| format!("cannot read the parent of `{}`", self.shown))?;
        Ok(parent.st_dev != present.stat.st_dev)
    }

    fn not_a_directory(&self) -> Result<anyhow::Error> {
        let shown = &self.shown;
        let stat = directory::stat(&self.parent, self.name.as_str())
            .with_context(|| format!("cannot read `{shown}`"))?;
        Ok(match stat.map(|stat| FileType::from_raw_mode(stat.st_mode)) {
            Some(FileType::Symlink) => conflict(
                Code::DirectorySymlink,
                format!("`{shown}` is a symbolic link, and writing a bundle replaces the directory"),
                "name the directory that the link points to",
            ),
            _ => conflict(
                Code::DirectoryFile,
                format!("`{shown}` is not a directory"),
                "choose another name, or a file name that ends in `.tar`, `.tar.gz` or `.json`",
            ),
        })
    }
}

impl ExistingDir {
    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> Result<bool> {
        Ok(self.former.is_none()
            && directory::list(&self.fd).context("cannot list the directory")?.is_empty())
    }

    /// Rejects a directory that must not be exchanged.
    pub(super) fn reject_current(&self, place: &TargetDir) -> Result<()> {
        let shown = &place.shown;
        // A process whose working directory is this one, or is below it, would be left in a removed
        // directory.
        let mut here = open(".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).context("cannot open `.`")?;
        for _ in 0..directory::DEPTH {
            let stat = fstat(&here).context("cannot read `.`")?;
            if directory::is_same(&stat, &self.stat) {
                return Err(conflict(
                    Code::DirectoryCurrent,
                    format!(
                        "`{shown}` contains the working directory, and writing a bundle replaces the directory"
                    ),
                    "leave it first, for example with `cd /`",
                ));
            }
            let up = openat(&here, "..", OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
            let Ok(up) = up else { break };
            if fstat(&up).is_ok_and(|above| directory::is_same(&above, &stat)) {
                break;
            }
            here = up;
        }
        Ok(())
    }
}

fn parent_of(path: &Utf8Path) -> &Utf8Path {
    match path.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent,
        _ => Utf8Path::new("."),
    }
}

pub(super) fn make_directory(path: &Utf8Path) -> Result<()> {
    match mkdir(path.as_std_path(), Mode::from_raw_mode(0o777)) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(Errno::NOENT) if path.parent().is_some() => {
            make_directory(parent_of(path))?;
            mkdir(path.as_std_path(), Mode::from_raw_mode(0o777))
                .or_else(|error| if error == Errno::EXIST { Ok(()) } else { Err(error) })
                .with_context(|| format!("cannot make `{path}`"))
        }
        Err(error) => Err(error).with_context(|| format!("cannot make `{path}`")),
    }
}

/// Returns the manifest in a directory if panelgen wrote it.
pub(super) fn previous_manifest(fd: &OwnedFd) -> Result<Option<Manifest>> {
    // Opened without blocking: a pipe with this name would wait for a writer.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match openat(fd, manifest::MANIFEST_FILE, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(error) => bail!(error),
    };
    if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    let json = stdio::read_all(file.into(), MANIFEST_LIMIT)?;
    if let Some(error) = Manifest::newer_form(&json) {
        let hint = error.help.unwrap_or_default();
        return Err(conflict(Code::DirectoryNewer, error.message, &hint));
    }
    Ok(Manifest::parse(&json).ok())
}
