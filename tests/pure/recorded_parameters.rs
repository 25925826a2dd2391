//! panel.yaml of a bundle: the parameters that made it, and what uses them.

use camino::Utf8Path;
use panelgen::internals::bundle::file_tree::FileTree;
use panelgen::internals::config::Config;
use panelgen::internals::delivery::cloud_config::SecretPolicy;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::render;
use panelgen::internals::values::{FromText as _, Secret};
use proptest::prelude::*;
use proptest::test_runner::{Config as ProptestConfig, TestRunner};

use crate::support::cases::{SECRET, bundle, cases, set_registry_auth, snapshots};
use crate::support::test_dir::TestDir;

fn tree(layers: &[(&str, &str)], password: bool) -> FileTree {
    let mut report = Diagnostics::default();
    let mut config = Config::default();
    for (name, text) in layers {
        config.merge_yaml(Utf8Path::new(name), text, &mut report);
    }
    // As its comment in the recorded parameters says.
    if layers.iter().any(|(_, text)| text.contains("--set registry.auth.file=FILE")) {
        config.merge_set("registry.auth.file=registry.json", &mut report);
    }
    set_registry_auth(&mut config);
    let secret = password.then(|| Secret::parse(SECRET).unwrap());
    let rendered = render::render(&config, secret, SecretPolicy::Omit, &mut report);
    FileTree::from(&rendered.unwrap_or_else(|| panic!("{layers:?}\n{}", report.text(false))).bundle)
}

fn recorded(tree: &FileTree) -> String {
    String::from_utf8(tree.file("panel.yaml".into()).unwrap().to_vec()).unwrap()
}

fn has_password(tree: &FileTree) -> bool {
    recorded(tree).contains("--passinit-file")
}

#[test]
fn recorded_parameters_render_the_same_bundle_for_every_case() {
    for case in cases() {
        let first = bundle(&case);
        let text = recorded(&first);
        let second = tree(&[("panel.yaml", &text)], has_password(&first));
        for (path, entry) in first.entries() {
            assert!(second.get(path) == Some(entry), "{case}: {path} differs\n{text}");
        }
        assert_eq!(first, second, "{case}");
        assert!(!text.contains(SECRET), "{case}");
    }
}

#[test]
fn any_of_the_recorded_values_is_no_difference_when_written_out() {
    let cases: Vec<_> = cases();
    let config = ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() };
    let strategy = (any::<prop::sample::Index>(), prop::collection::vec(any::<bool>(), 40));
    TestRunner::new(config)
        .run(&(strategy), |(which, chosen)| {
            let case = which.get(&cases);
            let first = bundle(case);
            let text = recorded(&first);
            // The top-level blocks of the recorded parameters, some of which are written out over the case's own.
            let mut blocks: Vec<String> = Vec::new();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                match blocks.last_mut() {
                    Some(block) if line.starts_with([' ', '-']) => block.push_str(line),
                    _ => blocks.push(line.to_owned()),
                }
                blocks.last_mut().unwrap().push('\n');
            }
            let some: String = blocks
                .iter()
                .zip(chosen)
                .filter(|(_, chosen)| *chosen)
                .map(|(block, _)| block.as_str())
                .collect();
            let own = std::fs::read_to_string(snapshots().join(case).join("panel.yaml")).unwrap();
            let second = tree(&[("panel.yaml", &own), ("more.yaml", &some)], has_password(&first));
            prop_assert!(first == second, "{case} with\n{some}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn comment_marks_each_value_that_is_not_the_default() {
    let yaml = "domain: [b.example.org, a.example.org]\npanel: 0\ntarget: bookworm\n\
                nginx: {ipv6: false, client_max_body_size: 64m}\ntls: {hsts: false}\n\
                faasd: {nameservers: 192.0.2.1, images: {nats: 'host:5000/nats:1'}}\n";
    let text = recorded(&tree(&[("panel.yaml", yaml)], false));
    let has = |line: &str| text.lines().any(|one| one == line);
    for line in [
        "domain:",
        "  - b.example.org",
        "panel: faasd",
        "target: debian-12 # default: ubuntu-24.04",
        "  ipv6: false # default: true",
        "  client_max_body_size: 64m",
        "  hsts: false # default: true",
        "  nameservers: # default: 8.8.8.8, 8.8.4.4",
        "    - \"192.0.2.1\"",
        "  gateway_port: 8080",
    ] {
        assert!(has(line), "`{line}` is not in\n{text}");
    }
    assert!(
        text.contains("    nats: host:5000/nats:1 # default: docker.io/library/nats-streaming:"),
        "{text}"
    );
    assert!(!text.contains("passinit") && !text.contains("mirror"), "{text}");
}

#[test]
fn checksum_by_arch_is_used_for_the_arch_of_the_host() {
    let (one, other) = ("1".repeat(64), "2".repeat(64));
    for (arch, sum) in [("amd64", &one), ("arm64", &other)] {
        let yaml = format!(
            "domain: a.example.org\narch: {arch}\nfaasd: {{sha256: {{amd64: '{one}', arm64: '{other}'}}}}\n"
        );
        let tree = tree(&[("panel.yaml", &yaml)], false);
        let lock: serde_json::Value =
            serde_json::from_slice(tree.file("assets.lock".into()).unwrap()).unwrap();
        let faasd = lock["downloads"].as_array().unwrap().iter().find(|one| one["name"] == "faasd").unwrap();
        assert_eq!(faasd["sha256"], **sum);
        assert!(recorded(&tree).contains(&format!("  sha256: {{{arch}: \"{sum}\"}} # not set by default")));
    }
}

#[test]
fn diff_and_check_use_the_recorded_parameters_when_none_are_given() {
    let stage = TestDir::with("secret.txt", SECRET);
    let args = ["-d", "panel.example.org", "--set", "faasd.gateway_port=9000", "--target", "debian-12"];
    let password = ["--passinit-file", "secret.txt", "-o", "b/"];
    assert_eq!(stage.run(&[&["render"], &args[..], &password].concat()).exit, Some(0));
    let same = stage.run(&["diff", "b/"]);
    assert_eq!((same.exit, same.text()), (Some(0), ""), "{}", same.stderr);
    let ran =
        stage.run(&["render", "-f", "b/panel.yaml", "--passinit-file", "secret.txt", "-o", "b/", "--check"]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.text(), ran.stderr);
    let clean = stage.run(&["check", "--no-programs", "b/"]);
    assert_eq!(clean.exit, Some(0), "{}", clean.text());
    // A file that the parameters of a stranger name is not read.
    let text = stage.read("b/panel.yaml");
    stage.put("b/panel.yaml", format!("passinit: {{file: /etc/hostname}}\n{}", text.replace("9000", "9001")));
    let changed = stage.run(&["diff", "b/"]);
    assert_eq!(changed.exit, Some(1), "{}", changed.stderr);
    assert!(changed.text().contains("+        - 127.0.0.1:9001:8080"), "{}", changed.text());
    assert!(!changed.text().contains("deleted file"), "{}", changed.text());
    let found = stage.run(&["check", "--no-programs", "b/"]);
    assert_eq!(found.exit, Some(1));
    assert!(
        found.text().contains("panel.yaml:1:1") && found.text().contains("digest-mismatch"),
        "{}",
        found.text()
    );
}

#[test]
fn bundle_of_a_newer_form_is_rejected_by_every_command_that_reads_it() {
    let stage = TestDir::new();
    assert_eq!(stage.run(&["render", "-d", "a.example.org", "-o", "b/"]).exit, Some(0));
    let json = stage.read("b/MANIFEST.json").replacen("\"form\": 1", "\"form\": 2", 1);
    stage.put("b/MANIFEST.json", &json);
    for args in [&["diff", "b/"][..], &["check", "b/"], &["diff", "-d", "a.example.org", "b/"]] {
        let ran = stage.run(args);
        assert_eq!(ran.exit, Some(2), "{args:?}");
        assert!(ran.stderr.contains("the bundle has form 2 of panelgen"), "{args:?} {}", ran.stderr);
    }
    for force in [&[][..], &["--force"]] {
        let ran = stage.run(&[&["render", "-d", "a.example.org", "-o", "b/"], force].concat());
        assert_eq!(ran.exit, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("the bundle has form 2 of panelgen"), "{}", ran.stderr);
    }
    assert_eq!(stage.read("b/MANIFEST.json"), json);
}
