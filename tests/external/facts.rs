//! What upstream's answers become, and what the readers of bills of materials accept.

use std::process::Command;

use crate::support::cases::case_files;
use crate::support::test_dir::{feed, panelgen};
use crate::support::tools;

#[test]
fn facts_are_updated_from_recorded_answers_of_upstream() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/facts/run");
    let out = Command::new("python3").arg(script).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.stdout, b"ok\n");
}

/// Reads documents, one per line, and prints how many the official schema accepts.
const VALIDATOR: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
validator = JsonStrictValidator(SchemaVersion.V1_6)
count = 0
for line in sys.stdin:
    error = validator.validate_str(line)
    assert error is None, error
    count += 1
assert validator.validate_str('{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{}]}'), 'nothing is rejected'
print(count)
";

#[test]
fn every_case_lists_a_document_that_the_schema_of_cyclonedx_accepts() {
    let Some(mut python) = tools::python("cyclonedx, jsonschema") else { return };
    let mut documents = String::new();
    let cases = case_files();
    for (case, path) in &cases {
        let ran = panelgen(&["list", "--format", "cyclonedx", "-f", path.as_str()]);
        assert_eq!(ran.exit, Some(0), "{case}: {}", ran.stderr);
        let document: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let components = document["components"].as_array().unwrap();
        assert!(components.iter().any(|one| one["name"] == "nginx"), "{case}");
        documents.push_str(&serde_json::to_string(&document).unwrap());
        documents.push('\n');
    }
    let output = feed(python.args(["-c", VALIDATOR]), documents);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), cases.len().to_string());
}

/// Reads documents, one per line, and prints how many packages each has.
const SPDX_VALIDATOR: &str = "
import json, sys
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
def problems(text):
    return [one.validation_message for one in validate_full_spdx_document(JsonLikeDictParser().parse(json.loads(text)), 'SPDX-2.3')]
line = ''
for line in sys.stdin:
    assert not problems(line), problems(line)
    print(len(json.loads(line)['packages']))
assert problems(line.replace('CC0-1.0', 'MIT')) or problems(line.replace('SPDXRef-target', 'target')), 'nothing is rejected'
";

#[test]
fn every_case_lists_a_document_that_the_validator_of_spdx_accepts() {
    let Some(mut python) = tools::python("spdx_tools") else { return };
    let mut documents = String::new();
    let mut expected = String::new();
    for (case, path) in &case_files() {
        let list = |format: &str| -> serde_json::Value {
            let ran = panelgen(&["list", "--format", format, "-f", path.as_str()]);
            assert_eq!(ran.exit, Some(0), "{case}: {}", ran.stderr);
            serde_json::from_slice(&ran.stdout).unwrap()
        };
        let (spdx, cyclonedx) = (list("spdx"), list("cyclonedx"));
        assert_eq!(spdx["creationInfo"]["created"], "1970-01-01T00:00:00Z", "{case}");
        let components = cyclonedx["components"].as_array().unwrap();
        expected.push_str(&format!("{}\n", components.len()));
        for (package, component) in spdx["packages"].as_array().unwrap().iter().zip(components) {
            assert_eq!(package["name"], component["name"], "{case}");
            let sum = &component["hashes"][0]["content"];
            assert_eq!(&package["checksums"][0]["checksumValue"], sum, "{case}");
        }
        documents.push_str(&serde_json::to_string(&spdx).unwrap());
        documents.push('\n');
    }
    let output = feed(python.args(["-c", SPDX_VALIDATOR]), documents);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}
