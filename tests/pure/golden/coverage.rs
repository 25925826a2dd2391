//! Nothing without a case: no target, no component, no template, no parameter, no code.

use std::collections::BTreeSet;

use camino::Utf8Path;
use panelgen::internals::components::COMPONENTS;
use panelgen::internals::components::file_spec::FileContent;
use panelgen::internals::config::Config;
use panelgen::internals::config::schema::{KEYS, Key, ValueType};
use panelgen::internals::config::value::{Spanned, Value};
use panelgen::internals::diagnostics::{Code, Diagnostics};
use panelgen::internals::facts::target::TARGETS;
use panelgen::internals::template;
use panelgen::internals::{bundle::manifest, render};

use crate::support::cases::set_registry_auth;

use super::case::{CASES, case};
use super::file_tree;
use super::rejected::of_parameters;

#[test]
fn every_target_has_a_case() {
    for target in TARGETS.iter() {
        let case = case(&format!("target-{}", target.name));
        assert_eq!(case.panel.target.name, target.name);
    }
}

#[test]
fn every_component_is_in_a_case() {
    let seen: BTreeSet<_> =
        CASES.iter().flat_map(|case| case.plan.resources.iter().map(|(component, _)| *component)).collect();
    let all: BTreeSet<_> = COMPONENTS.iter().map(|component| component.name).collect();
    assert_eq!(seen, all);
}

#[test]
fn every_template_is_rendered_by_a_case() {
    let names = |case: &'static super::case::Case| {
        case.plan.files().into_iter().filter_map(|artifact| match artifact.content {
            FileContent::Template { name, .. } => Some(name.to_owned()),
            _ => None,
        })
    };
    let host: BTreeSet<String> = CASES.iter().flat_map(names).collect();
    for name in template::names().filter(|name| !host.contains(*name)) {
        // A paper of the bundle stands beside `root/`, under the template's own name.
        let paper = |case: &super::case::Case| case.bundle.get(Utf8Path::new(name)).is_some();
        assert!(CASES.iter().any(paper), "no case renders templates/{name}.j2");
    }
}

#[test]
fn the_manifest_tells_every_mode_and_owner_that_git_does_not_keep() {
    for case in CASES.iter() {
        let (json, _) = &case.files()[Utf8Path::new(manifest::MANIFEST_FILE)];
        let listed = manifest::Manifest::parse(json).unwrap();
        let mut artifacts = case.plan.files();
        artifacts.sort_by_key(|artifact| artifact.path.as_path());
        assert_eq!(listed.entries.len(), artifacts.len(), "{}", case.name);
        for (listed, artifact) in listed.entries.iter().zip(artifacts) {
            assert_eq!(listed.path.as_str(), artifact.path.as_str());
            assert_eq!(listed.mode, manifest::octal(artifact.mode), "{}", listed.path);
            assert_eq!(listed.owner, artifact.owner.to_string(), "{}", listed.path);
            assert_eq!(listed.on_change, artifact.on_change.to_string(), "{}", listed.path);
        }
    }
}

/// The dotted paths of every key, items of lists included.
fn keys(prefix: &str, keys: &[Key], found: &mut BTreeSet<String>) {
    for key in keys {
        let path = if prefix.is_empty() { key.name.to_owned() } else { format!("{prefix}.{}", key.name) };
        match &key.value_type {
            ValueType::Map(below) | ValueType::BoolOrMap(below) | ValueType::List(ValueType::Map(below)) => {
                self::keys(&path, below, found);
            }
            _ => {}
        }
        found.insert(path);
    }
}

/// The dotted paths of everything that was said.
fn said(path: &str, value: &Spanned, found: &mut BTreeSet<String>) {
    match &value.value {
        Value::Map(pairs) => {
            for pair in pairs {
                let below = if path.is_empty() { pair.key.clone() } else { format!("{path}.{}", pair.key) };
                said(&below, &pair.value, found);
                found.insert(below);
            }
        }
        Value::List(items) => items.iter().for_each(|item| said(path, item, found)),
        _ => {}
    }
}

fn said_in(case: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for key in KEYS {
        if let Some(value) = self::case(case).params.get(key.name) {
            found.insert(key.name.to_owned());
            said(key.name, value, &mut found);
        }
    }
    found
}

#[test]
fn every_parameter_is_said_by_the_case_every_option() {
    let mut all = BTreeSet::new();
    keys("", KEYS, &mut all);
    let said = said_in("every-option");
    let absent: Vec<&str> = all.iter().filter(|path| !said.contains(*path)).map(String::as_str).collect();
    let exclusive = ["certbot.alarm.webhook", "tls.certificate", "tls.key"];
    assert_eq!(absent, exclusive, "these alone cannot be said together with the rest");
    let elsewhere = &said_in("own-certificate") | &said_in("wildcard");
    assert!(absent.iter().all(|path| elsewhere.contains(*path)));
}

#[test]
fn what_every_option_leaves_out_is_refused_there() {
    let (yaml, _) = &case("every-option").inputs()[Utf8Path::new("panel.yaml")];
    for key in ["tls.certificate", "tls.key"] {
        let mut report = Diagnostics::default();
        let mut params = Config::default();
        params.merge_yaml(Utf8Path::new("panel.yaml"), str::from_utf8(yaml).unwrap(), &mut report);
        params.merge_set(&format!("{key}=/etc/ssl/corp/x.pem"), &mut report);
        set_registry_auth(&mut params);
        assert!(render::bundle(&params, None, &mut report).is_none());
        let codes: Vec<_> = report.entries().iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::TlsConflict]);
    }
}

#[test]
fn every_code_has_a_case_and_every_case_a_code() {
    let cases = file_tree::folders(&file_tree::repository("snapshots/refused"));
    let mut codes: Vec<_> = of_parameters().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(cases, codes);
}
