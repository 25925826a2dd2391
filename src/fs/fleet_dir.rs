//! The directory of a fleet: one directory per host, and the shared files.
//!
//! The directory of each host is a bundle and is written atomically. The fleet directory itself is never
//! exchanged: its manifest is written before the first host, so it always lists what panelgen owns, even if a
//! run is killed.

use std::fs::File;
use std::io::BufReader;
use std::os::fd::OwnedFd;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, mkdir, open, openat};
use rustix::io::Errno;

use super::file::{self, ContentWriter, Devices};
use super::live_root::is_in_git;
use super::swap;
use super::target_dir::{self, TargetDir};
use super::write_summary::Overwrite;
use super::{Conflict, conflict, directory, staging_dir};
use crate::bundle::checkout::CopyKind;
use crate::bundle::manifest;
use crate::bundle::manifest::MANIFEST_FILE;
use crate::diagnostics::Code;
use crate::fleet::{HostDirectory, PreviousManifest, Shard, shared_files};

/// Reads the manifest of the previous run in `path`, the file `name`, and passes each host to `each`. `None` if there is
/// no fleet.
pub fn previous_fleet(
    path: &Utf8Path,
    name: &Utf8Path,
    each: &mut dyn FnMut(HostDirectory),
) -> Result<Option<PreviousManifest>> {
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let fleet_dir = match open(path.as_std_path(), flags, Mode::empty()) {
        Ok(fleet_dir) => fleet_dir,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}`")),
    };
    // Opened without blocking: a pipe with this name would wait for a writer.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let manifest = match openat(&fleet_dir, name.as_std_path(), flags, Mode::empty()) {
        Ok(manifest) => manifest,
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}/{name}`")),
    };
    let stat = fstat(&manifest).with_context(|| format!("cannot read `{path}/{name}`"))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    Ok(PreviousManifest::read(BufReader::new(File::from(manifest)), each).ok())
}

/// The shards whose manifests are in the directory of a fleet, sorted. None if there is no directory.
pub fn shards(path: &Utf8Path) -> Result<Vec<Shard>> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fleet_dir = match open(path.as_std_path(), flags, Mode::empty()) {
        Ok(fleet_dir) => fleet_dir,
        Err(Errno::NOENT) => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}`")),
    };
    let names = directory::list(&fleet_dir).with_context(|| format!("cannot list `{path}`"))?;
    let name = |listed: &directory::DirEntry| Shard::of_manifest(listed.name.to_str().ok()?);
    let mut shards: Vec<_> = names.iter().filter_map(name).collect();
    shards.sort();
    Ok(shards)
}

/// Removes a file of the fleet's directory.
pub fn remove_shared_file(fleet: &Utf8Path, name: &Utf8Path) -> Result<()> {
    let removed = open_named(fleet).and_then(|fleet_dir| {
        rustix::fs::unlinkat(&fleet_dir, name.as_std_path(), rustix::fs::AtFlags::empty())
    });
    removed.with_context(|| format!("cannot remove `{fleet}/{name}`"))
}

/// Returns the hosts, by number, whose directory is foreign, each with the error. Takes the number and name
/// of each host and whether the previous run wrote it; then an existing bundle suffices. Writes nothing.
pub fn conflicting_dirs<'a>(
    path: &Utf8Path,
    hosts: impl Iterator<Item = (usize, &'a str, bool)>,
    force: Overwrite,
) -> Result<Vec<(usize, anyhow::Error)>> {
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let fleet_dir = match open(path.as_std_path(), flags, Mode::empty()) {
        Ok(fleet_dir) => fleet_dir,
        Err(Errno::NOENT) => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}`")),
    };
    let free = |name: &str, ours: bool| {
        Ok::<_, Errno>(match directory::stat(&fleet_dir, name)? {
            None => true,
            Some(stat) if ours && directory::is_directory(&stat) => {
                directory::stat(&fleet_dir, format!("{name}/{}", manifest::MANIFEST_FILE).as_str())?.is_some()
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
        match swap::check_target(&place, force) {
            Err(error) if error.is::<Conflict>() => conflicts.push((number, error)),
            result => result?,
        }
    }
    Ok(conflicts)
}

/// Opens the directory of a fleet. As with a bundle, it must not be a link.
fn open_named(path: &Utf8Path) -> rustix::io::Result<OwnedFd> {
    let name = path.as_str().trim_end_matches('/');
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    open(if name.is_empty() { "/" } else { name }, flags, Mode::empty())
}

fn is_link(path: &Utf8Path) -> bool {
    let stat = directory::stat(CWD, path.as_str().trim_end_matches('/'));
    stat.is_ok_and(|stat| stat.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink))
}

fn symlink(path: &Utf8Path) -> anyhow::Error {
    conflict(
        Code::DirectorySymlink,
        format!("`{path}` is a symbolic link, and a fleet is written to a directory"),
        "name the directory that the link points to",
    )
}

/// Writes a shared file of a fleet. `make` writes its content. Returns the number of bytes written; `None` if the file
/// has this content and mode already. Links below the fleet's directory are not followed.
pub fn write_shared_file(
    fleet: &Utf8Path,
    path: &Utf8Path,
    mode: u32,
    make: ContentWriter<'_>,
) -> Result<Option<u64>> {
    let place = shared_target(fleet, path, true)?.with_context(|| format!("cannot open `{fleet}`"))?;
    file::write_at(&place, mode, Devices::Reject, make)
}

/// Whether a shared file of a fleet has exactly the content that `make` writes, and this mode.
pub fn is_shared_file(fleet: &Utf8Path, path: &Utf8Path, mode: u32, make: ContentWriter<'_>) -> Result<bool> {
    let Some(place) = shared_target(fleet, path, false)? else { return Ok(false) };
    let found = directory::stat(&place.parent, place.name.as_str()).ok().flatten();
    let found = found.map_or(mode, |stat| stat.st_mode & 0o7777);
    // A checkout and an unpacked archive follow the umask, as the directory does.
    let umask = fstat(&place.parent).map_or(0, |stat| stat.st_mode);
    let is_copied = is_in_git(fleet) || found == umask & 0o666;
    let is_same = is_copied && CopyKind::Checkout.is_same_mode(found, mode, false);
    Ok(file::is_up_to_date(&place, make, if is_same { found } else { mode }))
}

fn shared_target(fleet: &Utf8Path, path: &Utf8Path, make: bool) -> Result<Option<TargetDir>> {
    match open_named(fleet) {
        Ok(fleet_dir) => TargetDir::below(&fleet_dir, fleet, path, make),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::LOOP) => Err(symlink(fleet)),
        Err(Errno::NOTDIR) if is_link(fleet) => Err(symlink(fleet)),
        Err(error) => Err(error).with_context(|| format!("cannot open `{fleet}`")),
    }
}

/// Creates the directory of a fleet. An existing directory that is neither empty nor a fleet of panelgen is an error.
pub fn prepare_fleet_dir(path: &Utf8Path, former: Option<&PreviousManifest>, force: Overwrite) -> Result<()> {
    match mkdir(path.as_std_path(), Mode::from_raw_mode(0o777)) {
        Ok(()) => return Ok(()),
        Err(Errno::EXIST) => {}
        Err(Errno::NOENT) => return target_dir::make_directory(path),
        Err(error) => return Err(error).with_context(|| format!("cannot make `{path}`")),
    }
    check_fleet_dir(path, former, force)
}

/// Rejects a place where no fleet may be written: a file, a link, a foreign directory. Writes nothing.
pub fn check_fleet_dir(path: &Utf8Path, former: Option<&PreviousManifest>, force: Overwrite) -> Result<()> {
    let fleet_dir = match open_named(path) {
        Ok(fleet_dir) => fleet_dir,
        Err(Errno::NOENT) => return Ok(()),
        Err(Errno::LOOP) => return Err(symlink(path)),
        Err(Errno::NOTDIR) if is_link(path) => return Err(symlink(path)),
        Err(Errno::NOTDIR) => {
            return Err(conflict(
                Code::DirectoryFile,
                format!("`{path}` is not a directory"),
                "choose another name: a fleet is a directory with one subdirectory per host",
            ));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot open `{path}`")),
    };
    // Checked before anything is written, so that an error changes nothing.
    let shared = shared_files();
    for file in
        shared.iter().filter(|file| file.path.parent().is_some_and(|parent| !parent.as_str().is_empty()))
    {
        TargetDir::below(&fleet_dir, path, &file.path, false)?;
    }
    if former.is_some() || force == Overwrite::Yes {
        return Ok(());
    }
    // A temporary file of a manifest, left by a killed run or made by another shard, does not count.
    let is_temporary = |name: &[u8]| {
        let name = String::from_utf8_lossy(name);
        let of_shard = name.strip_prefix('.').and_then(|name| name.strip_suffix(staging_dir::TEMPORARY));
        name == staging_dir::name_for(MANIFEST_FILE) || of_shard.and_then(Shard::of_manifest).is_some()
    };
    let names = directory::list(&fleet_dir).with_context(|| format!("cannot list `{path}`"))?;
    if names.iter().all(|listed| is_temporary(listed.name.to_bytes())) {
        return Ok(());
    }
    Err(conflict(
        Code::DirectoryForeign,
        format!("`{path}` is not empty, and has no `{MANIFEST_FILE}` of a fleet that lists its own files"),
        "choose another directory, or use `--force` to write into it; foreign files are kept unless a host has the same path",
    ))
}
