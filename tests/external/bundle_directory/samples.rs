//! Bundles to write, and what a directory holds.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use panelgen::internals::bundle::manifest::{self, Manifest};
use panelgen::internals::bundle::{Bundle, Entry, HostFileMeta};
use panelgen::internals::components::file_spec::{OnChange, Owner};

/// What can be seen of a path from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) what: What,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) inode: u64,
    pub(crate) mtime: (i64, i64),
    pub(crate) ctime: (i64, i64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Directory,
    File(Vec<u8>),
    Link(PathBuf),
    Special,
}

/// Everything below `top`, and `top` itself under the empty path.
pub(crate) fn look(top: impl AsRef<Path>) -> BTreeMap<PathBuf, Seen> {
    fn walk(top: &Path, path: PathBuf, seen: &mut BTreeMap<PathBuf, Seen>) {
        let at = top.join(&path);
        let meta = fs::symlink_metadata(&at).unwrap();
        let kind = meta.file_type();
        let what = if kind.is_dir() {
            for entry in fs::read_dir(&at).unwrap() {
                walk(top, path.join(entry.unwrap().file_name()), seen);
            }
            What::Directory
        } else if kind.is_symlink() {
            What::Link(fs::read_link(&at).unwrap())
        } else if kind.is_fifo() || kind.is_socket() || kind.is_char_device() {
            What::Special
        } else {
            What::File(fs::read(&at).unwrap())
        };
        let told = Seen {
            what,
            mode: meta.mode() & 0o7777,
            owner: (meta.uid(), meta.gid()),
            inode: meta.ino(),
            mtime: (meta.mtime(), meta.mtime_nsec()),
            ctime: (meta.ctime(), meta.ctime_nsec()),
        };
        seen.insert(path, told);
    }
    let mut seen = BTreeMap::new();
    walk(top.as_ref(), PathBuf::new(), &mut seen);
    seen
}

/// A path that is not UTF-8.
pub(crate) fn raw(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}

/// What a bundle shows in its directory: path, what, mode.
pub(crate) fn shape(bundle: &Bundle) -> BTreeMap<PathBuf, (What, u32)> {
    let top = if bundle.has_secret() { 0o700 } else { 0o755 };
    let mut shape = BTreeMap::from([(PathBuf::new(), (What::Directory, top))]);
    for (path, entry) in bundle.entries() {
        let what = entry.content().map_or(What::Directory, |content| What::File(content.to_vec()));
        shape.insert(path.as_std_path().to_owned(), (what, entry.mode));
    }
    shape
}

/// The same of a directory.
pub(crate) fn shape_of(top: impl AsRef<Path>) -> BTreeMap<PathBuf, (What, u32)> {
    look(top).into_iter().map(|(path, seen)| (path, (seen.what, seen.mode))).collect()
}

pub(crate) fn placed(secret: bool) -> HostFileMeta {
    HostFileMeta { component: "nginx", on_change: OnChange::Nothing, secret }
}

pub(crate) fn file(content: &str, mode: u32) -> Entry {
    Entry::file(content.as_bytes().to_vec(), mode, Owner::root(), Some(placed(false)))
}

/// A sealed bundle of these files under `root/`, and a README.
pub(crate) fn bundle(files: &[(&str, &str)]) -> Bundle {
    let mut bundle = Bundle::default();
    for (path, content) in files {
        bundle.insert(Utf8Path::new("root").join(path), file(content, 0o644));
    }
    sealed(bundle)
}

pub(crate) fn sealed(mut bundle: Bundle) -> Bundle {
    bundle.insert("README.md".into(), Entry::file(b"# A bundle\n", 0o644, Owner::root(), None));
    let json = Manifest::of(&bundle, &[0; 32], "debian-12").to_json();
    let mode = manifest::mode(&bundle);
    bundle.insert(manifest::MANIFEST_FILE.into(), Entry::file(json.into_bytes(), mode, Owner::root(), None));
    bundle
}

/// Two bundles that differ in every way: a changed, a kept, a new and a stale file, modes, directories.
pub(crate) fn old_and_new() -> (Bundle, Bundle) {
    let old = bundle(&[("etc/kept.conf", "kept\n"), ("etc/changed.conf", "old\n"), ("var/gone/a", "a\n")]);
    let mut new =
        bundle(&[("etc/kept.conf", "kept\n"), ("etc/changed.conf", "new\n"), ("opt/fresh/b", "b\n")]);
    new.insert("root/opt/run".into(), file("#!/bin/sh\n", 0o755));
    let closed = Entry::directory(0o700, Owner::root(), Some(placed(false)));
    new.insert("root/etc/panel/secrets".into(), closed);
    let password = Entry::file(b"hunter2", 0o600, Owner::root(), Some(placed(true)));
    new.insert("root/etc/panel/secrets/password".into(), password);
    (old, sealed(new))
}
