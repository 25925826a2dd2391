//! `PyYAML` (YAML 1.1) and js-yaml (YAML 1.2) read back what we write.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use panelgen::internals::syntax::yaml;

use super::hostile;
use crate::support::skip::skip;
use crate::support::test_dir::feed;
use crate::support::tools;

const PYTHON: &str = "
import yaml, sys
for document in yaml.load_all(sys.stdin.buffer.read().decode('utf-8'), Loader=yaml.CSafeLoader if '--c' in sys.argv else yaml.SafeLoader):
    (key, value), = document['map'].items()
    for text in [document['value'], document['list'][0], document['list'][1][0], key, value]:
        assert type(text) is str, (type(text), text)
        sys.stdout.buffer.write(text.encode('utf-8') + b'\\0')
";

const NODE: &str = "
const yaml = require('js-yaml');
const text = require('fs').readFileSync(0, 'utf8');
const out = [];
for (const document of yaml.loadAll(text)) {
    const [[key, value]] = Object.entries(document.map);
    for (const text of [document.value, document.list[0], document.list[1][0], key, value]) {
        if (typeof text !== 'string') throw new Error(typeof text + ': ' + text);
        out.push(text + '\\0');
    }
}
process.stdout.write(out.join(''));
";

#[derive(serde::Serialize)]
struct Document<'a> {
    value: &'a str,
    list: (&'a str, [&'a str; 1]),
    map: BTreeMap<&'a str, &'a str>,
    end: bool,
}

#[test]
fn every_reader_gets_back_every_string() {
    let mut values = hostile::strings(800);
    values.push(String::new());
    values.push("long ".repeat(40));
    let mut documents = String::new();
    let mut expected = Vec::new();
    for value in &values {
        let map = BTreeMap::from([(value.as_str(), value.as_str())]);
        let document = Document { value, list: (value, [value]), map, end: true };
        documents.push_str("---\n");
        documents.push_str(&yaml::to_string(&document).unwrap());
        expected.extend([value.as_str(); 5]);
    }
    for (name, command) in readers() {
        let Some(mut command) = command else { continue };
        let output = feed(&mut command, documents.as_bytes());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {errors}");
        let read: Vec<_> = output.stdout.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        for (expected, read) in expected.iter().zip(&read) {
            assert_eq!(read, expected, "{name}");
        }
        assert_eq!(read.len(), expected.len() + 1, "{name}");
    }
}

/// Each reader of YAML that stands on a host or a laptop.
fn readers() -> [(&'static str, Option<Command>); 2] {
    let pyyaml = tools::python("yaml").map(|mut python| {
        python.args(["-c", PYTHON]);
        python
    });
    let node = tools::command("node").and_then(|mut node| {
        node.env("NODE_PATH", env::var("NODE_PATH").unwrap_or("/usr/share/nodejs".into()));
        let probe = Command::new(node.get_program())
            .envs(node.get_envs().filter_map(|(key, value)| Some((key, value?))))
            .args(["-e", "require('js-yaml')"])
            .output();
        if !probe.is_ok_and(|probe| probe.status.success()) {
            skip("node does not have js-yaml");
            return None;
        }
        node.args(["-e", NODE]);
        Some(node)
    });
    [("PyYAML", pyyaml), ("js-yaml", node)]
}

#[test]
fn people_read_these_files() {
    let value = BTreeMap::from([
        ("a", "plain text"),
        ("b", "yes"),
        ("c", "12:30:45"),
        ("d", "it's"),
        ("e", "a: b"),
        ("f", "127.0.0.1:8080:8080"),
    ]);
    let expect = "a: plain text\nb: \"yes\"\nc: \"12:30:45\"\nd: it's\ne: \"a: b\"\nf: 127.0.0.1:8080:8080\n";
    assert_eq!(yaml::to_string(&value).unwrap(), expect);
}

#[test]
fn compose_gets_back_its_dollars() {
    for value in hostile::strings(400) {
        let written = yaml::compose::literal(&value);
        // Compose reads `$$` as `$`; a lone `$` would be a variable or an error.
        assert_eq!(written.replace("$$", ""), value.replace('$', ""), "{value:?}");
        assert_eq!(written.replace("$$", "$"), value, "{value:?}");
    }
}
