//! The functions behind the targets. Each takes untrusted bytes, runs the code that reads them, and checks what holds for
//! every input.

use std::sync::LazyLock;

use panelgen::camino::{Utf8Component, Utf8Path};
use panelgen::internals::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use panelgen::internals::bundle::manifest::{MANIFEST_FILE, Manifest};
use panelgen::internals::config::Config;
use panelgen::internals::delivery::archive::{self, Limits};
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::fleet::{PreviousManifest, Reader};
use panelgen::internals::inspect::html;
use panelgen::internals::inspect::lint::output::{CheckReport, github, json, sarif, text};
use panelgen::internals::inspect::lint::{BundleView, lint};
use panelgen::internals::render;

/// A report has at most this many diagnostics and a line that counts the rest.
const MAX_DIAGNOSTICS: usize = 101;

/// Reads a parameter file and renders the bundle if it is valid.
pub fn parameters(bytes: &[u8]) {
    let Ok(yaml) = str::from_utf8(bytes) else { return };
    let (mut config, mut diagnostics) = (Config::default(), Diagnostics::default());
    config.merge_yaml("panel.yaml".into(), yaml, &mut diagnostics);
    render::check(&config, None, &mut diagnostics);
    check_report(bytes, &diagnostics);
}

/// Reads a fleet as YAML and as JSON lines.
pub fn fleets(bytes: &[u8]) {
    for path in ["fleet.yaml", "fleet.jsonl"] {
        let mut reader = Reader::new(path.into(), bytes);
        let mut diagnostics = Diagnostics::default();
        let hosts = std::iter::from_fn(|| reader.next_host(&mut diagnostics)).count();
        assert!(hosts <= bytes.len(), "every host has at least one byte");
        check_report(bytes, &diagnostics);
    }
}

/// Reads a tar archive.
pub fn archives(bytes: &[u8]) {
    let limits = Limits::default();
    let Ok(tree) = archive::read(bytes, limits) else { return };
    let size: usize = tree
        .entries()
        .map(|(path, entry)| {
            assert!(is_inside(path), "{path}");
            if let TreeNode::File(content) = &entry.kind { content.len() } else { 0 }
        })
        .sum();
    assert!(size <= limits.base + limits.ratio * bytes.len());
}

/// Reads the manifests of a bundle and of a fleet.
pub fn manifests(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::parse(bytes) {
        assert!(manifest.owned().keys().all(|path| is_inside(path)), "{:?}", manifest.owned());
    }
    let _ = PreviousManifest::read(bytes, &mut |_| ());
}

fn is_inside(path: &Utf8Path) -> bool {
    path.components().all(|part| matches!(part, Utf8Component::Normal(_)))
}

/// Runs all lints on a bundle of two files: a manifest that lists the usual paths, and this one.
pub fn lint_file(path: &str, bytes: &[u8]) {
    static MANIFEST: LazyLock<Vec<u8>> = LazyLock::new(|| {
        br#"{"generator":{"name":"panelgen","version":"0"},"parameters":{"sha256":"","target":"ubuntu-24.04"},
            "entries":[{"path":"/etc/nginx/conf.d/default.conf","component":"nginx","mode":"0644"},
            {"path":"/var/lib/faasd/secrets/basic-auth-password","component":"faasd","secret":true}],
            "meta_files":["MANIFEST.json","README.md","panel.sh"]}"#
            .to_vec()
    });
    let mut tree = FileTree::default();
    tree.insert(MANIFEST_FILE.into(), file(MANIFEST.clone()));
    tree.insert(path.into(), file(bytes.to_vec()));
    lint_tree(bytes, &tree);
}

/// Runs all lints on an archive.
pub fn lint_archive(bytes: &[u8]) {
    if let Ok(tree) = archive::read(bytes, Limits::default()) {
        lint_tree(bytes, &tree);
    }
}

fn file(content: Vec<u8>) -> TreeEntry {
    TreeEntry { kind: TreeNode::File(content), mode: 0o644, uid: 0, gid: 0 }
}

fn lint_tree(bytes: &[u8], tree: &FileTree) {
    let mut diagnostics = Diagnostics::default();
    lint(&BundleView::new(tree, true, None), &mut diagnostics);
    check_report(bytes, &diagnostics);
}

/// Prints the diagnostics in every format. No format may contain a control character. Printing takes ten times as long as
/// linting, so only one input in sixteen is printed.
fn check_report(bytes: &[u8], diagnostics: &Diagnostics) {
    assert!(diagnostics.entries().len() <= MAX_DIAGNOSTICS);
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    if diagnostics.entries().is_empty() || !sum.is_multiple_of(16) {
        return;
    }
    let report = CheckReport { diagnostics, verdicts: &[], required: &[], prefix: "", files: 1, others: 0, fallback: "MANIFEST.json", is_rejected: false };
    let formats = [
        text::write(&report, false),
        json::write(&report),
        sarif::write(&report),
        github::write(&report),
        // A tab of an excerpt is printed as it is, which no other format does.
        html::check::write(&report).replace('\t', ""),
    ];
    for printed in formats {
        assert!(printed.chars().all(|c| c == '\n' || !c.is_control()), "{printed:?}");
    }
    assert!(diagnostics.json().lines().count() >= diagnostics.entries().len());
}
