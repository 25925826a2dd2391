//! The formats of a report, read by readers that are not ours.

use serde_json::Value;

use crate::support::check::stage;
use crate::support::test_dir::feed;
use crate::support::tools;

/// Python reads the form and prints what it has found: one `code file line` a finding.
fn python(script: &str, text: &str) -> Option<Vec<String>> {
    let output = feed(tools::command("python3")?.args(["-c", script]), text);
    assert!(output.status.success(), "{text}");
    let mut lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    Some(lines)
}

/// SARIF as its specification has it: what it requires is there, and every reference leads somewhere.
const SARIF: &str = r#"
import json, sys
from urllib.parse import unquote
log = json.load(sys.stdin)
assert log["version"] == "2.1.0" and len(log["runs"]) == 1
run = log["runs"][0]
driver = run["tool"]["driver"]
assert driver["name"] == "panelgen"
ids = [rule["id"] for rule in driver["rules"]]
assert len(set(ids)) == len(ids)
for rule in driver["rules"]:
    assert rule["shortDescription"]["text"] and rule["help"]["text"]
    assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
for result in run["results"]:
    assert ids[result["ruleIndex"]] == result["ruleId"]
    assert result["message"]["text"] and result["level"] in ("error", "warning", "note")
    place = result["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    assert ":" not in uri and " " not in uri
    assert place["region"]["startLine"] >= 1 and place["region"]["startColumn"] >= 1
    print(result["ruleId"], unquote(uri), place["region"]["startLine"])
"#;

/// GitHub's own rules for commands of its runner.
const GITHUB: &str = r#"
import re, sys
for line in sys.stdin.read().splitlines():
    found = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
    assert found, line
    properties = dict(part.split("=", 1) for part in found[2].split(","))
    undo = lambda text: text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert "\n" not in found[3]
    if "file" in properties:
        print(undo(properties["title"]), undo(properties["file"]), properties["line"])
"#;

#[test]
fn every_form_says_the_same_to_readers_that_are_not_ours() {
    let stage = stage();
    let report =
        |format: &str| stage.run(&["check", "bad", "--no-programs", "--format", format]).text().to_owned();
    let json: Value = serde_json::from_str(&report("json")).unwrap();
    let mut ours: Vec<String> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let origin = &finding["location"];
            format!(
                "{} bad/{} {}",
                finding["code"].as_str().unwrap(),
                origin["file"].as_str().unwrap(),
                origin["line"]
            )
        })
        .collect();
    ours.sort();
    assert!(ours.len() >= 3, "{ours:?}");
    assert_eq!(json["count"], ours.len());
    if let Some(theirs) = python(SARIF, &report("sarif")) {
        assert_eq!(theirs, ours);
    }
    if let Some(theirs) = python(GITHUB, &report("github")) {
        assert_eq!(theirs, ours);
    }
}

/// A log on standard input held against the schema: what is wrong, one line each.
const VALIDATE: &str = r"
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
for error in validator.iter_errors(json.load(sys.stdin)):
    print(error.json_path, error.message)
";

/// What the official schema of SARIF 2.1.0 has against a log; none, loudly, where schema or validator are not here.
fn against_the_schema(log: &str) -> Option<String> {
    let mut python = tools::venv("python3")?;
    let schema = tools::find(tools::cache().join("sarif/schema.json"))?;
    let output = feed(python.args(["-c", VALIDATE, schema.as_str()]), log);
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn sarif_is_what_its_official_schema_takes() {
    let stage = stage();
    for arguments in [
        &["check", "bad", "--no-programs"][..],
        &["check", "good", "--no-programs"],
        &["check", "empty", "--no-programs"],
        // Who is absent is a notification.
        &["check", "bad"],
        &["check", "--fleet", "faulty.yaml"],
        // Paths below the root of a repository, and parameters that are rejected.
        &["check", "bad", "--no-programs", "--root", "."],
        &["check", "-d", "a_.example.org"],
        &["check", "-f", "absent.yaml"],
        &["check", "absent"],
    ] {
        let ran = stage.run_with(&[arguments, &["--format", "sarif"]].concat(), &[("TMPDIR", "/nowhere")]);
        let Some(told) = against_the_schema(ran.text()) else { return };
        assert_eq!(told, "", "{arguments:?}\n{}", ran.text());
    }
    let log = stage.run(&["check", "bad", "--no-programs", "--format", "sarif"]).text().to_owned();
    for (from, to) in [("\"startLine\": ", "\"startLine\": -"), ("\"ruleIndex\"", "\"ruleNumber\"")] {
        let told = against_the_schema(&log.replace(from, to)).unwrap();
        assert!(!told.is_empty(), "the schema takes {to}");
    }
}
