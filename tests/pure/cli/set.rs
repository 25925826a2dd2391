//! The grammar of `--set`, as docs/parameters.md has it.

use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::Diagnostics;

use crate::support::test_dir::{TestDir, panelgen};

/// The parameters of these arguments, as the bundle's own panel.yaml writes them.
fn recorded(args: &[&str]) -> String {
    let all = [&["render", "-d", "a.example.org", "--only", "panel.yaml"], args].concat();
    let ran = panelgen(&all);
    assert_eq!(ran.exit, Some(0), "{args:?}: {}", ran.stderr);
    ran.text().to_owned()
}

#[track_caller]
fn assert_same(set: &[&str], yaml: &str) {
    let mut diagnostics = Diagnostics::default();
    let mut config = Config::default();
    for argument in set {
        config.merge_set(argument, &mut diagnostics);
    }
    let mut other = Config::default();
    other.merge_yaml("x.yaml".into(), yaml, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{set:?}: {}", diagnostics.text(false));
    let (config, other) = (config.excluding(&[]), other.excluding(&[]));
    let is_same = |(one, other): (&_, &_)| {
        panelgen::internals::config::value::MapEntry::eq_ignoring_location(one, other)
    };
    assert!(config.len() == other.len() && config.iter().zip(&other).all(is_same), "{config:?}\n{other:?}");
}

#[test]
fn values_of_set_mean_what_they_mean_in_a_file() {
    assert_same(&["domain=[a.example.org, b.example.org]"], "domain: [a.example.org, b.example.org]");
    assert_same(&["faasd={timeout: 5m, gateway_port: 9000}"], "faasd: {timeout: 5m, gateway_port: 9000}");
    assert_same(
        &["routes=[{path: /x/, upstream: \"http://[::1]:1\"}]"],
        "routes: [{path: /x/, upstream: 'http://[::1]:1'}]",
    );
    assert_same(&["passinit={file: secret.txt}"], "passinit: {file: secret.txt}");
    assert_same(&["passinit.file=secret.txt"], "passinit: {file: secret.txt}");
    assert_same(&["faasd.timeout=5m", "faasd.gateway_port=9000"], "faasd: {timeout: 5m, gateway_port: 9000}");
}

#[test]
fn quotes_around_a_value_are_no_part_of_it() {
    assert_same(&["mail='ops@corp.org'"], "mail: 'ops@corp.org'");
    assert_same(&["mail=\"ops@corp.org\""], "mail: 'ops@corp.org'");
    assert_same(&["passinit='null'"], "passinit: 'null'");
    assert_same(&["faasd.timeout=\"5m\""], "faasd: {timeout: '5m'}");
}

#[test]
fn text_with_quotes_inside_stays_as_it_is() {
    for text in ["it's", "'a' and 'b'", "{not a file}", "\"", "'open"] {
        let mut config = Config::default();
        config.merge_set(&format!("passinit={text}"), &mut Diagnostics::default());
        assert_eq!(config.text("passinit"), Some(text));
    }
}

#[test]
fn names_with_dots_are_quoted_or_are_units() {
    let yaml = "overrides: {units: {faasd.service: {Service: {MemoryMax: 1G}}}}";
    assert_same(&["overrides.units.faasd.service.Service.MemoryMax=1G"], yaml);
    assert_same(&["overrides.units.\"faasd.service\".Service.MemoryMax=1G"], yaml);
    assert_same(&["overrides.units={faasd.service: {Service: {MemoryMax: 1G}}}"], yaml);
    assert_same(&["\"overrides\".units.\"faasd.service\"={Service: {MemoryMax: 1G}}"], yaml);
}

#[test]
fn null_resets_a_key_in_files_and_in_set() {
    let stage = TestDir::with(
        "base.yaml",
        "domain: a.example.org\nmail: a@corp.org\nfaasd: {timeout: 5m}\ndirs: {data: /srv}\n",
    );
    stage.put("reset.yaml", "mail: null\nfaasd: null\ndirs: {data: ~}\n");
    let of = |args: &[&str]| {
        let ran = stage.run(&[&["render", "--only", "panel.yaml", "-f", "base.yaml"], args].concat());
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        ran.text().to_owned()
    };
    let default = recorded(&[]);
    assert_ne!(of(&[]), default);
    assert_eq!(of(&["-f", "reset.yaml"]), default);
    assert_eq!(of(&["--set", "mail=null", "--set", "faasd.timeout=null", "--set", "dirs=null"]), default);
    let unit = "overrides.units.faasd.service.Service.MemoryMax";
    let reset = recorded(&["--set", &format!("{unit}=1G"), "--set", &format!("{unit}=null")]);
    assert!(!reset.contains("1G"), "{reset}");
}

#[test]
fn item_of_a_list_is_an_error_with_the_way_to_write_a_list() {
    for key in ["routes[0].path", "domain[1]", "faasd.nameservers[0]"] {
        let ran = panelgen(&["list", "-d", "a.example.org", "--set", &format!("{key}=x")]);
        assert_eq!(ran.exit, Some(2), "{key}");
        assert!(ran.stderr.contains("hint: a list is set as a whole"), "{}", ran.stderr);
    }
}
