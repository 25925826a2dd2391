//! A fleet of N is N single renders, byte for byte, in both forms of the document and both forms of the output.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::file_tree::{FileTree, TreeNode};
use panelgen::internals::config::Config;
use panelgen::internals::delivery::archive::{self, Limits};
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::facts::target::TARGETS;
use proptest::prelude::*;
use proptest::test_runner::{Config as ProptestConfig, TestRunner};

use crate::support::test_dir::TestDir;

/// The parameters that hosts can have in common, as JSON, which is YAML too.
fn model() -> impl Strategy<Value = serde_json::Map<String, serde_json::Value>> {
    let target = proptest::sample::select(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>());
    let panel = proptest::sample::select(vec!["faasd", "pai", "none"]);
    (target, panel, proptest::option::of(1024_u16..4000)).prop_map(|(target, panel, port)| {
        let mut host = serde_json::Map::new();
        host.insert("target".into(), target.into());
        host.insert("panel".into(), panel.into());
        if let Some(port) = port {
            let upstream = format!("http://127.0.0.1:{port}");
            host.insert("routes".into(), serde_json::json!([{ "path": "/app/", "upstream": upstream }]));
        }
        host
    })
}

/// Hosts of at most two models, in any order, each with or without a further name, a mail and a password of its own.
fn hosts() -> impl Strategy<Value = Vec<serde_json::Value>> {
    let models = proptest::collection::vec(model(), 1..3);
    let own = (any::<bool>(), any::<bool>(), proptest::option::of("[a-z]{8}[0-9]{9}"));
    let which = (any::<proptest::sample::Index>(), own);
    (models, proptest::collection::vec(which, 1..7)).prop_map(|(models, hosts)| {
        let host = |(number, (which, (further, mail, password))): (usize, (proptest::sample::Index, _))| {
            let mut host = which.get(&models).clone();
            let name = format!("h{number}.example.org");
            let www = format!("www.{name}");
            host.insert("domain".into(), if further { serde_json::json!([name, www]) } else { name.into() });
            if mail {
                host.insert("mail".into(), format!("ops{number}@corp.org").into());
            }
            if let Some(password) = password {
                let password: String = password;
                host.insert("passinit".into(), password.into());
            }
            host.into()
        };
        hosts.into_iter().enumerate().map(host).collect()
    })
}

const DEFAULTS: &str =
    r#"{"mirror": "https://mirror.corp.org/panel", "mail": "ops@corp.org", "code_server": {"port": 5001}}"#;

/// What one host alone comes to.
fn single(host: &serde_json::Value) -> FileTree {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    params.merge_yaml(Utf8Path::new("d"), DEFAULTS, &mut report);
    params.merge_yaml(Utf8Path::new("h"), &host.to_string(), &mut report);
    // On a thread of its own: what was rendered before is remembered by thread.
    let alone = || {
        let bundle = panelgen::internals::render::bundle(&params, None, &mut report);
        FileTree::from(&bundle.unwrap_or_else(|| panic!("{}", report.text(false))))
    };
    std::thread::scope(|scope| scope.spawn(alone).join().unwrap())
}

type Files = BTreeMap<Utf8PathBuf, (Option<Vec<u8>>, u32)>;

fn files(tree: &FileTree) -> Files {
    let found = |kind: &TreeNode| match kind {
        TreeNode::File(content) => Some(content.clone()),
        _ => None,
    };
    tree.entries().map(|(path, entry)| (path.to_owned(), (found(&entry.kind), entry.mode))).collect()
}

/// The part of a tree below a directory.
fn below(tree: &FileTree, directory: &str) -> Files {
    let all = files(tree).into_iter();
    let inside = all.filter_map(|(path, file)| Some((path.strip_prefix(directory).ok()?.to_owned(), file)));
    inside.filter(|(path, _)| !path.as_str().is_empty()).collect()
}

#[test]
fn a_fleet_of_n_is_n_single_renders() {
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let fleets = (hosts(), any::<bool>());
    TestRunner::new(config)
        .run(&fleets, |(hosts, lines)| {
            let (name, text) = if lines {
                let lines: String = hosts.iter().map(|host| format!("{host}\n")).collect();
                ("fleet.jsonl", format!("{{\"defaults\": {DEFAULTS}}}\n{lines}"))
            } else {
                let items: String = hosts.iter().map(|host| format!("  - {host}\n")).collect();
                ("fleet.yaml", format!("defaults: {DEFAULTS}\nhosts:\n{items}"))
            };
            let stage = TestDir::with(name, text);
            let written = stage.run(&["render", "--fleet", name, "-o", "out"]);
            prop_assert_eq!(written.exit, Some(0), "{}", written.stderr);
            let directory = panelgen::internals::fs::read_bundle(&stage.path.join("out")).unwrap();
            let sent = stage.run(&["render", "--fleet", name]);
            let stream = archive::read(&sent.stdout, Limits::default()).unwrap();
            for host in &hosts {
                let domain = &host["domain"];
                let domain = domain.get(0).unwrap_or(domain).as_str().unwrap();
                let alone = files(&single(host));
                prop_assert_eq!(&below(&directory, domain), &alone, "{}", domain);
                prop_assert_eq!(&below(&stream, domain), &alone, "{}", domain);
            }
            // Beside the hosts both forms have the same papers, and nothing else.
            prop_assert_eq!(files(&directory), files(&stream));
            let top = files(&directory).into_keys().filter(|path| path.components().count() == 1).count();
            prop_assert_eq!(top, hosts.len() + 2);
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_stream_is_the_same_bytes_every_time_and_whoever_reads_it() {
    let stage = TestDir::with("fleet.yaml", crate::support::fleet::fleet(7));
    let first = stage.run(&["render", "--fleet", "fleet.yaml"]).stdout;
    assert_eq!(
        stage.feed(&["render", "--fleet", "-", "-o", "-"], crate::support::fleet::fleet(7).as_bytes()).stdout,
        first
    );
    assert_eq!(first.len() % 512, 0);
}
