//! The directory of a fleet: one directory a host, and what all of them share.
//!
//! Each host's directory is a bundle of its own, whole at any moment. The yard itself never changes places with another
//! directory: the fleet's manifest is written before the first host and so says what is ours, whenever a run dies.

use std::fs::File;
use std::io::BufReader;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use rustix::fs::{FileType, Mode, OFlags, fstat, mkdir, open, openat};
use rustix::io::Errno;

use super::swap;
use super::write_summary::Overwrite;
use super::{Conflict, directory, refused, staging_dir, target_dir};
use crate::bundle::manifest;
use crate::bundle::manifest::MANIFEST_FILE;
use crate::fleet::{HostDirectory, PreviousManifest};

/// What a former run wrote to `path`, each host told to `each`; none where no fleet of ours stands.
pub fn previous_fleet(
    path: &Utf8Path,
    each: &mut dyn FnMut(HostDirectory),
) -> Result<Option<PreviousManifest>> {
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let yard = match open(path.as_std_path(), flags, Mode::empty()) {
        Ok(yard) => yard,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}`")),
    };
    // A pipe of that name must not make us wait for its writer.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let manifest = match openat(&yard, MANIFEST_FILE, flags, Mode::empty()) {
        Ok(manifest) => manifest,
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}/{MANIFEST_FILE}`")),
    };
    let stat = fstat(&manifest).with_context(|| format!("cannot read `{path}/{MANIFEST_FILE}`"))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    Ok(PreviousManifest::read(BufReader::new(File::from(manifest)), each).ok())
}

/// The hosts whose place in the fleet's directory is somebody else's, by number, each with its refusal. Of each host there is
/// its number, its name, and whether a former run wrote it: there it is enough to see that a bundle stands. Writes nothing.
pub fn conflicting_dirs<'a>(
    path: &Utf8Path,
    hosts: impl Iterator<Item = (usize, &'a str, bool)>,
    force: Overwrite,
) -> Result<Vec<(usize, anyhow::Error)>> {
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let yard = match open(path.as_std_path(), flags, Mode::empty()) {
        Ok(yard) => yard,
        Err(Errno::NOENT) => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}`")),
    };
    let free = |name: &str, ours: bool| {
        Ok::<_, Errno>(match directory::stat(&yard, name)? {
            None => true,
            Some(stat) if ours && directory::is_directory(&stat) => {
                directory::stat(&yard, format!("{name}/{}", manifest::MANIFEST_FILE).as_str())?.is_some()
            }
            Some(_) => false,
        })
    };
    let mut conflicts = Vec::new();
    for (number, name, ours) in hosts {
        let place = path.join(name);
        if free(name, ours).with_context(|| format!("cannot read `{place}`"))? {
            continue;
        }
        match swap::refuse_target(&place, force) {
            Err(error) if error.is::<Conflict>() => conflicts.push((number, error)),
            judged => judged?,
        }
    }
    Ok(conflicts)
}

/// Makes the directory where there is none, and refuses one that holds what is not a fleet of ours.
pub fn prepare_fleet_dir(path: &Utf8Path, former: Option<&PreviousManifest>, force: Overwrite) -> Result<()> {
    match mkdir(path.as_std_path(), Mode::from_raw_mode(0o777)) {
        Ok(()) => return Ok(()),
        Err(Errno::EXIST) => {}
        Err(Errno::NOENT) => return target_dir::make_directory(path),
        Err(error) => return Err(error).with_context(|| format!("cannot make `{path}`")),
    }
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let yard = match open(path.as_std_path(), flags, Mode::empty()) {
        Ok(yard) => yard,
        Err(Errno::NOTDIR) => {
            return Err(refused(
                "directory-file",
                format!("`{path}` is not a directory"),
                "name another one: a fleet is one directory a host",
            ));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}`")),
    };
    if former.is_some() || force == Overwrite::Yes {
        return Ok(());
    }
    // What a run left that was killed while it wrote the manifest is nobody's.
    let litter = staging_dir::name_for(MANIFEST_FILE);
    let names = directory::list(&yard).with_context(|| format!("cannot list `{path}`"))?;
    if names.iter().all(|listed| listed.name.to_bytes() == litter.as_bytes()) {
        return Ok(());
    }
    Err(refused(
        "directory-foreign",
        format!("`{path}` is not empty, and no `{MANIFEST_FILE}` of a fleet says what in it is ours"),
        "name another directory, or say `--force` to write into it; files of others stay unless a host has the same path",
    ))
}
