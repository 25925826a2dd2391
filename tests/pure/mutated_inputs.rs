//! Randomly changed valid inputs: no parser of untrusted bytes panics or exceeds its limits. `fuzz/` has the same targets for
//! libFuzzer. `PANELGEN_MUTATIONS=N` runs each target N times.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use panelgen::internals::bundle::file_tree::{FileTree, TreeNode};
use panelgen::internals::bundle::manifest::Manifest;
use panelgen::internals::config::Config;
use panelgen::internals::delivery::archive::{self, Limits};
use panelgen::internals::delivery::{tar, tar_gz};
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::fleet::{PreviousManifest, Reader};
use panelgen::internals::inspect::lint::{BundleView, lint};
use panelgen::internals::render;
use proptest::prelude::*;
use proptest::test_runner::{Config as RunnerConfig, TestRunner};

use crate::support::hostile_shapes::good;

const PARAMETERS: &str = include_str!("../../snapshots/every-option/panel.yaml");
const FLEET: &str = "defaults:\n  mail: a@example.org\nhosts:\n  - domain: a.example.com\n    labels: {x: y}\n  - domain: [b.example.com]\n    panel: pai\n";
const FLEET_LINES: &str =
    "{\"domain\": \"a.example.com\"}\n{\"domain\": \"b.example.com\", \"panel\": \"none\"}\n";

/// One change: a cut, a repetition, a token of a syntax, or any byte.
#[derive(Debug, Clone)]
struct Change {
    at: prop::sample::Index,
    length: usize,
    piece: Vec<u8>,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let tokens: Vec<&[u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"'",
        b":",
        b"- ",
        b"&a ",
        b"*a",
        b"!!binary ",
        b"<<: ",
        b"\n",
        b"\r",
        b"\t",
        b"\0",
        b"%",
        b"$",
        b"`",
        b"\\",
        b"\xff",
        "é".as_bytes(),
        b"99999999999999999999",
        b"-1",
        b"..",
        b"/",
        b"{{",
        b"}}",
        b"#",
        b";",
        b"ustar",
    ];
    let piece = prop_oneof![
        prop::sample::select(tokens).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 0..4),
        (prop::sample::select(vec![b"[", b"{", b"a", b" "]), 1_usize..400)
            .prop_map(|(byte, count)| byte.repeat(count)),
    ];
    let change = (any::<prop::sample::Index>(), 0_usize..24, piece).prop_map(|(at, length, piece)| Change {
        at,
        length,
        piece,
    });
    prop::collection::vec(change, 1..5)
}

fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for Change { at, length, piece } in changes {
        let start = at.index(bytes.len() + 1);
        let end = bytes.len().min(start + length);
        bytes.splice(start..end, piece.iter().copied());
    }
    bytes
}

/// Runs a target on changed seeds.
fn run(cases: u32, seeds: &[Vec<u8>], target: impl Fn(&[u8])) {
    let wanted = std::env::var("PANELGEN_MUTATIONS").ok().and_then(|text| text.parse().ok());
    let config =
        RunnerConfig { cases: wanted.unwrap_or(cases), failure_persistence: None, ..RunnerConfig::default() };
    let input = (prop::sample::select(seeds.to_vec()), changes());
    let done = TestRunner::new(config).run(&input, |(seed, changes)| {
        target(&changed(&seed, &changes));
        Ok(())
    });
    done.unwrap();
}

#[test]
fn mutated_parameters_do_not_panic() {
    run(200, &[PARAMETERS.into(), b"domain: example.com\n".to_vec()], |bytes| {
        let Ok(text) = str::from_utf8(bytes) else { return };
        let (mut config, mut found) = (Config::default(), Diagnostics::default());
        config.merge_yaml("panel.yaml".into(), text, &mut found);
        render::check(&config, None, &mut found);
        assert!(found.entries().len() <= 101 && found.text(false).lines().count() < 2000);
    });
}

#[test]
fn mutated_fleets_do_not_panic() {
    run(400, &[FLEET.into(), FLEET_LINES.into()], |bytes| {
        for path in ["fleet.yaml", "fleet.jsonl"] {
            let mut reader = Reader::new(path.into(), bytes);
            let mut found = Diagnostics::default();
            let hosts = std::iter::from_fn(|| reader.next_host(&mut found)).count();
            assert!(hosts <= bytes.len());
        }
    });
}

#[test]
fn mutated_archives_stay_within_the_limits() {
    let mut config = Config::default();
    config.merge_flag_list("domain", "-d", &["example.com".to_owned()]);
    let bundle = render::bundle(&config, None, &mut Diagnostics::default()).unwrap();
    let mut small = panelgen::internals::bundle::Bundle::default();
    for (path, entry) in bundle.entries().filter(|(_, entry)| entry.size() < 2000).take(6) {
        small.insert(path.to_owned(), entry.clone());
    }
    let limits = Limits::default();
    let seeds = [tar::write(&small, 0).unwrap(), tar_gz::write(&small, 0).unwrap()];
    run(1000, &seeds, |bytes| {
        let Ok(tree) = archive::read(bytes, limits) else { return };
        let held: usize = tree
            .entries()
            .map(|(_, entry)| if let TreeNode::File(content) = &entry.kind { content.len() } else { 0 })
            .sum();
        assert!(held <= limits.base + limits.ratio * bytes.len());
    });
}

#[test]
fn mutated_manifests_list_no_path_outside() {
    let tree = good();
    let manifest = tree.file("MANIFEST.json".into()).unwrap().to_vec();
    let fleet = br#"{"generator":{"name":"panelgen"},"meta_files":["ansible/site.yml"],"hosts":[{"domain":"a.example.com"}]}"#;
    run(1000, &[manifest, fleet.to_vec()], |bytes| {
        if let Ok(manifest) = Manifest::parse(bytes) {
            let inside = |path: &Utf8PathBuf| {
                path.components().all(|part| matches!(part, camino::Utf8Component::Normal(_)))
            };
            assert!(manifest.owned().keys().all(inside), "{:?}", manifest.owned());
        }
        let _ = PreviousManifest::read(bytes, &mut |_| ());
    });
}

#[test]
fn mutated_files_are_linted_without_panic() {
    let tree = good();
    let files: BTreeMap<Utf8PathBuf, Vec<u8>> = tree
        .entries()
        .filter_map(|(path, entry)| match &entry.kind {
            TreeNode::File(content) => Some((path.to_owned(), content.clone())),
            _ => None,
        })
        .collect();
    let paths: Vec<_> = files.keys().cloned().collect();
    let wanted = std::env::var("PANELGEN_MUTATIONS").ok().and_then(|text| text.parse().ok());
    let config =
        RunnerConfig { cases: wanted.unwrap_or(60), failure_persistence: None, ..RunnerConfig::default() };
    let input = (prop::sample::select(paths), changes());
    let done = TestRunner::new(config).run(&input, |(path, changes)| {
        let mut mutated: FileTree = tree.clone();
        let kind = TreeNode::File(changed(&files[&path], &changes));
        let entry =
            panelgen::internals::bundle::file_tree::TreeEntry { kind, ..tree.get(&path).unwrap().clone() };
        mutated.insert(path, entry);
        let mut found = Diagnostics::default();
        lint(&BundleView::new(&mutated, true, None), &mut found);
        prop_assert!(found.entries().len() <= 101);
        Ok(())
    });
    done.unwrap();
}
