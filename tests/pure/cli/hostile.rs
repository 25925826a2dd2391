//! Documents that nobody would write: refused in words, never a crash, never a hang.

use camino::Utf8Path;
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::{Code, Diagnostics};
use panelgen::internals::values::is_visible;
use panelgen::internals::{host, plan};
use proptest::prelude::*;

use crate::support::test_dir::TestDir;

fn codes(yaml: &str) -> Vec<Code> {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    params.merge_yaml(Utf8Path::new("panel.yaml"), yaml, &mut report);
    report.entries().iter().map(|finding| finding.code).collect()
}

fn bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{items}]\n");
    }
    text
}

#[test]
fn documents_without_measure_are_refused_as_such() {
    assert_eq!(codes(&"[".repeat(65_536)), [Code::YamlLimit]);
    assert_eq!(codes(&"{".repeat(65_536)), [Code::YamlLimit]);
    assert_eq!(codes(&"- ".repeat(65_536)), [Code::YamlLimit]);
    assert_eq!(codes(&bomb()), [Code::YamlLimit]);
    assert_eq!(codes(&format!("{}x: 1\n", "a: {".repeat(70) + &"}".repeat(70))), [Code::YamlLimit]);
    assert_eq!(codes(&"x".repeat((1 << 20) + 1)), [Code::YamlLimit]);
    let deep: String = (0..100).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(codes(&deep), [Code::YamlLimit]);
}

#[test]
fn documents_that_can_be_read_in_two_ways_are_refused() {
    for (yaml, code) in [
        ("domain: a\ndomain: b\n", Code::KeyDuplicate),
        ("faasd: {user: a, user: b}\n", Code::KeyDuplicate),
        ("domain: !!str a\n", Code::YamlTag),
        ("domain: !include /etc/passwd\n", Code::YamlTag),
        ("!!map {domain: a}\n", Code::YamlTag),
        ("domain: a\n---\ndomain: b\n", Code::YamlDocuments),
        ("a: &x {b: 1}\nc: {<<: *x}\n", Code::YamlSyntax),
        ("? [a]\n: b\n", Code::YamlSyntax),
        ("a: *missing\n", Code::YamlSyntax),
        ("domain: \"a\n", Code::YamlSyntax),
        ("domain: [a\n", Code::YamlSyntax),
        ("faasd:\n\tuser: a\n", Code::YamlSyntax),
        ("domain: a\u{0}b\n", Code::YamlSyntax),
    ] {
        assert_eq!(codes(yaml), [code], "{yaml:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let stage = TestDir::new();
    for bytes in [&b"domain: \xff\xfe\n"[..], b"\x00\x01\x02", b"domain: a\xed\xa0\x80\n"] {
        let ran = stage.feed(&["render", "-f", "-"], bytes);
        assert_eq!(ran.exit, Some(2));
        assert!(ran.stderr.chars().all(|c| is_visible(c) || c == '\n'), "{:?}", ran.stderr);
        assert!(!ran.codes().contains(&"domain-missing"), "{}", ran.stderr);
    }
}

#[test]
fn a_thousand_mistakes_are_told_as_a_hundred_and_a_number() {
    let unknown: String = (0..5000).map(|number| format!("unknown{number}: 1\n")).collect();
    let twice: String = (0..5000).map(|_| "domain: a.example.org\n").collect();
    let routes = format!("domain: a.example.org\nroutes: [{}]\n", vec!["{path: x}"; 5000].join(", "));
    for yaml in [unknown, twice, routes] {
        let stage = TestDir::with("panel.yaml", yaml);
        let ran = stage.run(&["render", "-f", "panel.yaml"]);
        assert_eq!(ran.exit, Some(2));
        assert!(ran.stderr.lines().count() < 1000, "{}", ran.stderr.lines().count());
    }
}

/// Everything that is told of a document, checked for what no message may hold.
fn whole(yaml: &str) {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    params.merge_yaml(Utf8Path::new("panel.yaml"), yaml, &mut report);
    let panel = host::resolve(&params, None, &mut report);
    let planned = plan::build_plan(&panel.shared, &mut report).is_some();
    assert_eq!(planned, !report.has_errors(), "refused exactly when nothing is planned: {yaml:?}");
    let text = report.text(false);
    assert!(text.chars().all(|c| is_visible(c) || c == '\n'), "{text:?}");
    for finding in report.entries() {
        assert!(!finding.message.contains('\n') && !finding.message.is_empty());
    }
    for line in report.json().lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

/// Values that come near to something.
fn value() -> impl Strategy<Value = String> {
    let near = proptest::sample::select(vec![
        "true",
        "\"true\"",
        "no",
        "~",
        "''",
        "0",
        "80",
        "65536",
        "1e3",
        "0x10",
        "1.10",
        "10m",
        "1d",
        "2026-11-22",
        "panel.example.org",
        "https://a.example/b",
        "http://127.0.0.1:1/",
        "/a/b/",
        "/../x",
        "unix:/x",
        "a@b.example",
        "{file: x}",
        "{stdin: true}",
        "{path: /x/, upstream: http://127.0.0.1:1}",
        "[]",
        "[~]",
        "{}",
        "[[a]]",
        "*a",
        "&a b",
        "!t x",
        "\"\\u202e\"",
        "\"\\0\"",
        "|\n  x\n",
        "$x",
        "%i",
        "none",
        "dns",
        "pai",
        "classic",
        "debian-11",
        "arm64",
        "{faasd.service: {Service: {Nice: 5}}}",
        "'a b;'",
        "'}'",
        "\"\\uFDD0\"",
    ]);
    prop_oneof![4 => near.prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => any::<String>()]
}

fn key() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "domain",
        "mail",
        "panel",
        "target",
        "arch",
        "stack",
        "passinit",
        "mirror",
        "dirs",
        "tls",
        "routes",
        "nginx",
        "certbot",
        "containerd",
        "runc",
        "faasd",
        "code_server",
        "pai",
        "overrides",
        "acme",
        "server",
        "hsts",
        "version",
        "sha256",
        "gateway_port",
        "user",
        "timeout",
        "images",
        "path",
        "port",
        "units",
        "http",
        "dns",
        "plugin",
        "credentials",
        "certificate",
        "key",
        "install",
        "data",
        "max_age",
        "preload",
        "nameservers",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

fn document() -> impl Strategy<Value = String> {
    let leaf = (key(), value()).prop_map(|(key, value)| format!("{key}: {value}\n"));
    let indented = |text: String| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let node = leaf.prop_recursive(3, 24, 5, move |inner| {
        (key(), proptest::collection::vec(inner, 1..5))
            .prop_map(move |(key, pairs)| format!("{key}:\n{}", indented(pairs.concat())))
    });
    proptest::collection::vec(node, 0..6).prop_map(|nodes| nodes.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_of_ours_is_read_or_well_refused(yaml in document()) {
        whole(&yaml);
    }

    #[test]
    fn any_text_is_read_or_well_refused(yaml in any::<String>()) {
        whole(&yaml);
    }

    #[test]
    fn any_set_is_read_or_well_refused(path in key(), below in key(), value in value()) {
        let mut report = Diagnostics::default();
        let mut params = Config::default();
        for argument in [format!("{path}={value}"), format!("{path}.{below}={value}"), value] {
            params.merge_set(&argument, &mut report);
        }
        let panel = host::resolve(&params, None, &mut report);
        prop_assert_eq!(plan::build_plan(&panel.shared, &mut report).is_some(), !report.has_errors());
        let text = report.text(false);
        prop_assert!(text.chars().all(|c| is_visible(c) || c == '\n'), "{:?}", text);
    }

    #[test]
    fn the_upper_layer_wins_and_the_rest_stays(lower in 1..=65535_u16, upper in 1..=65535_u16, user in "[a-z]{1,8}") {
        let mut report = Diagnostics::default();
        let mut params = Config::default();
        let one = format!("faasd: {{gateway_port: {lower}, user: {user}}}\n");
        params.merge_yaml(Utf8Path::new("one.yaml"), &one, &mut report);
        params.merge_yaml(Utf8Path::new("two.yaml"), &format!("faasd: {{gateway_port: {upper}}}\n"), &mut report);
        let (lower, upper) = (lower.to_string(), upper.to_string());
        prop_assert_eq!(params.text("faasd.gateway_port"), Some(upper.as_str()));
        prop_assert_eq!(params.text("faasd.user"), Some(user.as_str()));
        params.merge_set(&format!("faasd.gateway_port={lower}"), &mut report);
        prop_assert_eq!(params.text("faasd.gateway_port"), Some(lower.as_str()));
    }
}
