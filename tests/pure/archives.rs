//! Our archives in the hands of the real tar, and tar's in ours.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::file_tree::{FileTree, TreeNode};
use panelgen::internals::bundle::{Bundle, Entry, Node};
use panelgen::internals::components::file_spec::Owner;
use panelgen::internals::delivery::archive::{self, Limits};
use panelgen::internals::delivery::{json, tar, tar_gz};
use proptest::prelude::*;

/// A new, empty directory.
fn scratch(name: &str) -> Utf8PathBuf {
    let path = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("archives-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn entry(content: impl Into<std::borrow::Cow<'static, [u8]>>, mode: u32) -> Entry {
    Entry::file(content, mode, Owner::root(), None)
}

fn bundle() -> Bundle {
    let mut bundle = Bundle::default();
    bundle.insert("MANIFEST.json".into(), entry(b"{}\n", 0o600));
    bundle.insert("root/etc/ünï.conf".into(), entry("ü\n".as_bytes(), 0o644));
    bundle.insert("root/opt/run".into(), entry(b"#!/bin/sh\n", 0o755));
    bundle.insert("root/opt/block".into(), entry(vec![7; 512], 0o644));
    bundle.insert("root/opt/more".into(), entry(vec![7; 513], 0o644));
    bundle.insert("root/opt/none".into(), entry(b"", 0o644));
    bundle.insert("root/secrets".into(), Entry::directory(0o700, Owner::root(), None));
    bundle.insert("root/secrets/password".into(), entry(b"hunter2", 0o644));
    let long = format!("root/{}/{}/{}.conf", "d".repeat(70), "e".repeat(70), "f".repeat(80));
    bundle.insert(long.into(), entry(b"long\n", 0o644));
    let coder = Owner { user: "coder".into(), group: "coder".into() };
    bundle.insert("root/home/coder".into(), Entry::directory(0o750, coder, None));
    bundle
}

/// Kind, mode and content of every path below `top`.
fn read_back(top: &Utf8Path, path: &Utf8Path, seen: &mut BTreeMap<Utf8PathBuf, (Option<Vec<u8>>, u32)>) {
    for name in fs::read_dir(top.join(path)).unwrap() {
        let path = path.join(name.unwrap().file_name().to_str().unwrap());
        let at = top.join(&path);
        let meta = fs::symlink_metadata(&at).unwrap();
        let content = (!meta.is_dir()).then(|| fs::read(&at).unwrap());
        seen.insert(path.clone(), (content, meta.permissions().mode() & 0o7777));
        if meta.is_dir() {
            read_back(top, &path, seen);
        }
    }
}

#[test]
fn tar_unpacks_what_we_write() {
    let bundle = bundle();
    let expected: BTreeMap<_, _> = bundle
        .entries()
        .map(|(path, entry)| (path.to_owned(), (entry.content().map(<[u8]>::to_vec), entry.mode)))
        .collect();
    for (name, flags, bytes) in [
        ("plain", "-xpf", tar::write(&bundle, 0).unwrap()),
        ("zipped", "-xpzf", tar_gz::write(&bundle, 86_400).unwrap()),
    ] {
        let top = scratch(name);
        let archive = top.with_extension("tar");
        fs::write(&archive, bytes).unwrap();
        let out = Command::new("tar")
            .args([flags, archive.as_str(), "-C", top.as_str(), "--no-same-owner"])
            .output();
        let out = out.expect("tar is everywhere");
        assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
        let mut seen = BTreeMap::new();
        read_back(&top, "".into(), &mut seen);
        assert_eq!(seen, expected, "{name}");
    }
}

#[test]
fn tar_lists_owners_times_and_order() {
    let archive = scratch("listed").with_extension("tar");
    fs::write(&archive, tar::write(&bundle(), 1_000_000_000).unwrap()).unwrap();
    let list = |more: &[&str]| {
        let mut tar = Command::new("tar");
        let out =
            tar.args(["-tvf", archive.as_str(), "--full-time"]).args(more).env("TZ", "UTC").output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let named = list(&[]);
    assert!(named.lines().all(|line| line.contains(" 2001-09-09 01:46:40 ")), "{named}");
    assert!(named.contains("drwxr-x--- coder/coder"), "{named}");
    assert!(named.contains("-rw------- root/root"), "{named}");
    assert!(list(&["--numeric-owner"]).lines().all(|line| line.contains(" 0/0 ")));
    let paths: Vec<_> = named.lines().map(|line| line.split(' ').next_back().unwrap()).collect();
    assert_eq!(paths[0], "MANIFEST.json");
    assert_eq!(paths[1..3], ["root/", &format!("root/{}/", "d".repeat(70))]);
}

#[test]
fn what_tar_packs_is_read_in_every_dialect() {
    let top = scratch("dialects");
    let long = format!("a/{}/{}", "d".repeat(120), "f".repeat(130));
    fs::create_dir_all(top.join(&long).parent().unwrap()).unwrap();
    fs::write(top.join(&long), "long\n").unwrap();
    fs::write(top.join("a/ünï"), "x").unwrap();
    fs::hard_link(top.join("a/ünï"), top.join("a/zweit")).unwrap();
    std::os::unix::fs::symlink("ünï", top.join("a/link")).unwrap();
    fs::set_permissions(top.join("a/ünï"), fs::Permissions::from_mode(0o640)).unwrap();
    for (format, flags) in [("gnu", "-cf"), ("pax", "-cf"), ("gnu", "-czf"), ("pax", "-czf")] {
        let at = top.with_extension("tar");
        let format_flag = format!("--format={format}");
        let packed = Command::new("tar")
            .args([&format_flag, flags, at.as_str(), "-C", top.as_str(), "."])
            .status()
            .unwrap();
        assert!(packed.success());
        let tree = archive::read(&fs::read(&at).unwrap(), Limits::default()).unwrap();
        assert_eq!(tree.file(Utf8Path::new(&long)), Some(&b"long\n"[..]), "{format}");
        assert_eq!(tree.file("a/ünï".into()), Some(&b"x"[..]), "{format}");
        assert_eq!(tree.file("a/zweit".into()), Some(&b"x"[..]), "{format}");
        assert_eq!(tree.get("a/ünï".into()).unwrap().mode, 0o640);
        assert_eq!(tree.get("a/link".into()).unwrap().kind, TreeNode::Link("ünï".into()));
        assert_eq!(tree.get("a".into()).unwrap().kind, TreeNode::Directory);
        assert!(tree.get(".".into()).is_none());
    }
}

/// Bundles of any content and mode, at paths that a tar archive can hold.
fn bundles() -> impl Strategy<Value = Bundle> {
    let name = "[a-zA-Z0-9._ ~ü-]{1,30}".prop_filter("a name", |name| name != "." && name != "..");
    let path = prop::collection::vec(name, 1..4);
    let file = (path, prop::collection::vec(any::<u8>(), 0..1500), 0_u32..0o1000);
    prop::collection::vec(file, 0..12).prop_map(|files| {
        let mut bundle = Bundle::default();
        for (path, content, mode) in files {
            let path = Utf8PathBuf::from(path.join("/"));
            let taken = bundle.entries().any(|(other, entry)| {
                other.starts_with(&path) || (path.starts_with(other) && entry.node != Node::Directory)
            });
            if !taken {
                bundle.insert(path, entry(content, mode));
            }
        }
        bundle
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_bundle_comes_back_from_its_archive(bundle in bundles(), mtime in 0_u64..1 << 33) {
        let archive = tar::write(&bundle, mtime).unwrap();
        prop_assert_eq!(&archive, &tar::write(&bundle, mtime).unwrap());
        if bundle.entries().count() > 0 {
            prop_assert_eq!(archive::read(&archive, Limits::default()).unwrap(), FileTree::from(&bundle));
            let zipped = tar_gz::write(&bundle, mtime).unwrap();
            prop_assert_eq!(archive::read(&zipped, Limits::default()).unwrap(), FileTree::from(&bundle));
        }
    }

    #[test]
    fn every_bundle_comes_back_from_its_json(bundle in bundles()) {
        use base64::Engine as _;
        let told: Vec<BTreeMap<String, String>> = serde_json::from_slice(&json::write(&bundle)).unwrap();
        prop_assert_eq!(told.len(), bundle.entries().count());
        for (told, (path, entry)) in told.iter().zip(bundle.entries()) {
            prop_assert_eq!(&told["path"], path.as_str());
            prop_assert_eq!(u32::from_str_radix(&told["mode"], 8).unwrap(), entry.mode);
            let content = told.get("content").map(|content| match told.get("encoding").map(String::as_str) {
                Some("base64") => base64::engine::general_purpose::STANDARD.decode(content).unwrap(),
                _ => content.clone().into_bytes(),
            });
            prop_assert_eq!(content.as_deref(), entry.content());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2048), at in 0_usize..1536, byte: u8) {
        let _ = archive::read(&bytes, Limits::default());
        bytes.splice(0..0, [0x1f, 0x8b, 8, 0]);
        let _ = archive::read(&bytes, Limits::default());
        let mut archive = tar::write(&bundle(), 0).unwrap();
        archive[at] = byte;
        let _ = archive::read(&archive, Limits::default());
    }
}
