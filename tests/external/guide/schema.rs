//! The schema takes what the program takes, by the word of a validator that is not ours.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::cases::case_files;
use crate::support::test_dir::{feed, panelgen};
use crate::support::tools;

/// Reads `{"schema": …, "files": {name: YAML}}` and answers `{name: null or why it was refused}`.
const VALIDATOR: &str = "
import json, sys, yaml, jsonschema
asked = json.load(sys.stdin)
validator = jsonschema.Draft7Validator
validator.check_schema(asked['schema'])
judge = validator(asked['schema'])
answer = {}
for name, text in asked['files'].items():
    error = next(iter(judge.iter_errors(yaml.safe_load(text))), None)
    answer[name] = error and error.message
json.dump(answer, sys.stdout)
";

/// What an independent validator says of each file; none where there is none.
fn judged(about: &str, files: &[(String, String)]) -> Option<Value> {
    let mut python = tools::python("jsonschema, yaml")?;
    let schema: Value = serde_json::from_str(panelgen(&["schema", about]).text()).unwrap();
    let files: serde_json::Map<String, Value> =
        files.iter().map(|(name, text)| (name.clone(), text.clone().into())).collect();
    let output =
        feed(python.args(["-c", VALIDATOR]), json!({ "schema": schema, "files": files }).to_string());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn named(texts: &[&str]) -> Vec<(String, String)> {
    texts.iter().map(|text| ((*text).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn every_snapshot_is_valid() {
    let files: Vec<_> =
        case_files().into_iter().map(|(case, file)| (case, std::fs::read_to_string(file).unwrap())).collect();
    let Some(answer) = judged("panel", &files) else { return };
    for (case, _) in &files {
        assert_eq!(answer[case], Value::Null, "{case}");
    }
}

#[test]
fn what_the_program_takes_the_schema_takes() {
    let init = panelgen(&["init", "-d", "a.example.org"]).text().to_owned();
    let files = named(&[
        &init,
        // A layer, and a document that names its schema.
        "faasd: {timeout: 5m}\n",
        "{\"$schema\": \"panel.schema.json\", \"domain\": \"a.example.org\"}\n",
        "domain: a.example.org\nfaasd: {timeout: null}\nmail: null\n",
        "domain: a.example.org\npanel: 0\n",
        "domain: a.example.org\npanel: '0'\n",
        "domain: [a.example.org, b.example.org]\nmail:\n",
        "domain: a.example.org\nfaasd: {gateway_port: '9000', provider_port: 9001, nameservers: 1.1.1.1}\n",
        "domain: a.example.org\npassinit: {file: secret.txt}\n",
        "domain: a.example.org\npassinit: 12345678901234567\n",
        "domain: a.example.org\ntls: {hsts: false}\n",
        "domain: a.example.org\ntls: {hsts: {max_age: 365d}}\n",
        "domain: a.example.org\nroutes: {path: /x/, upstream: 'http://127.0.0.1:1'}\n",
        "domain: a.example.org\nnginx: {client_max_body_size: 0}\n",
        "domain: a.example.org\ncni: {version: 1.9}\n",
        "domain: a.example.org\noverrides: {units: {faasd.service: {Service: {MemoryMax: 1G, Environment: [A=1, B=2]}}}}\n",
    ]);
    for (text, _) in &files {
        let mut report = panelgen::internals::diagnostics::Diagnostics::default();
        let mut params = panelgen::internals::config::Config::default();
        params.merge_yaml("x".into(), text, &mut report);
        params.check(&mut report);
        assert!(!report.has_errors(), "{text}: {}", report.text(false));
    }
    let Some(answer) = judged("panel", &files) else { return };
    for (text, _) in &files {
        assert_eq!(answer[text], Value::Null, "{text}");
    }
}

#[test]
fn what_is_wrong_is_refused() {
    let bad = named(&[
        "domain: a.example.org\ndomian: b.example.org\n",
        "domain: a.example.org\npanel: fasd\n",
        "domain: a.example.org\ntarget: ubuntu-3.11\n",
        "domain: a.example.org\nfaasd: {gateway_prot: 8080}\n",
        "domain: a.example.org\nfaasd: {gateway_port: 65536}\n",
        "domain: a.example.org\nfaasd: {gateway_port: http}\n",
        "domain: a.example.org\nfaasd: 8080\n",
        "domain: a.example.org\ntls: {staging: 'true'}\n",
        "domain: a.example.org\ntls: {hsts: {max_aeg: 1d}}\n",
        "domain: a.example.org\nroutes: [{path: grafana, upstream: 'http://127.0.0.1:1'}]\n",
        "domain: a.example.org\ndirs: {install: opt/panel}\n",
        "domain: a.example.org\nrunc: {sha256: abc}\n",
        "domain: a.example.org\npassinit: {file: a, stdin: true}\n",
        "domain: a.example.org\noverrides: {units: {faasd.service: {Servcie: {MemoryMax: 1G}}}}\n",
        "domain: {name: a.example.org}\n",
        "- domain\n",
    ]);
    for (text, _) in &bad {
        let mut report = panelgen::internals::diagnostics::Diagnostics::default();
        let mut params = panelgen::internals::config::Config::default();
        params.merge_yaml("x".into(), text, &mut report);
        let _ = panelgen::internals::render::bundle(&params, None, &mut report);
        assert!(report.has_errors(), "the program takes {text}");
    }
    let Some(answer) = judged("panel", &bad) else { return };
    let mut taken = String::new();
    for (text, _) in bad.iter().filter(|(text, _)| answer[text].is_null()) {
        let _ = writeln!(taken, "{text}");
    }
    assert!(taken.is_empty(), "the schema takes\n{taken}");
}

#[test]
fn the_fleets_schema_knows_hosts_defaults_and_labels() {
    let good = named(&[
        "hosts: [{domain: a.example.org}]\n",
        "defaults: {panel: none, target: debian-12}\nhosts:\n- {domain: [a.example.org, b.example.org], labels: {zone: eu, rack: 7}}\n- {domain: c.example.org, code_server: {enabled: false}}\n",
    ]);
    let bad = named(&[
        "hosts: []\n",
        "hosts: [{panel: none}]\n",
        "domain: a.example.org\n",
        "defaults: {labels: {a: b}}\nhosts: [{domain: a.example.org}]\n",
        "hosts: [{domain: a.example.org, labels: {a: [b]}}]\n",
        "hosts: [{domain: a.example.org, panle: none}]\n",
    ]);
    let both: Vec<_> = good.iter().chain(&bad).cloned().collect();
    let Some(answer) = judged("fleet", &both) else { return };
    for (text, _) in &good {
        assert_eq!(answer[text], Value::Null, "{text}");
    }
    for (text, _) in &bad {
        assert_ne!(answer[text], Value::Null, "{text}");
    }
}

#[test]
fn every_key_has_its_description_in_the_schema() {
    fn walk(keys: &[panelgen::internals::config::schema::Key], schema: &Value, path: &str) {
        use panelgen::internals::config::schema::ValueType;
        for key in keys {
            let here = &schema["properties"][key.name];
            assert_eq!(here["description"], key.doc, "{path}{}", key.name);
            match &key.value_type {
                ValueType::Map(below) => walk(below, here, &format!("{path}{}.", key.name)),
                ValueType::BoolOrMap(below) => {
                    walk(below, &here["anyOf"][1], &format!("{path}{}.", key.name));
                }
                _ => {}
            }
        }
    }
    let schema: Value = serde_json::from_str(panelgen(&["schema"]).text()).unwrap();
    walk(panelgen::internals::config::schema::KEYS, &schema, "");
}
