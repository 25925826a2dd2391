//! Exit codes, streams and the forms of a report, read back by readers that are not ours.

use std::process::Command;

use serde_json::Value;

use crate::programs::cache;
use crate::stage::Stage;

/// A stage with a good bundle and one that is damaged.
fn stage() -> Stage {
    let stage = Stage::new();
    assert_eq!(
        stage.run(&["render", "-d", "example.com", "--target", "debian-12", "-o", "good/"]).exit,
        Some(0)
    );
    assert_eq!(
        stage.run(&["render", "-d", "example.com", "--target", "debian-12", "-o", "good.tar.gz"]).exit,
        Some(0)
    );
    let copied = Command::new("cp").args(["-r", "good", "bad"]).current_dir(&stage.path).status().unwrap();
    assert!(copied.success());
    let site = stage.read("good/root/etc/nginx/conf.d/default.conf");
    stage.put(
        "bad/root/etc/nginx/conf.d/default.conf",
        site.replace("TLSv1.2 TLSv1.3;", "TLSv1 TLSv1.2, 100%;"),
    );
    stage.put("empty/x", "");
    let fleet =
        "defaults: {target: debian-12}\nhosts:\n  - domain: a.example.org\n  - domain: b.example.org\n";
    stage.put("fleet.yaml", fleet);
    let fault = "    overrides: {units: {faasd.service: {Service: {MemoryMax: 500MB}}}}\n";
    stage.put("faulty.yaml", format!("{fleet}{fault}"));
    stage
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let stage = stage();
    // No program finds a private place, so every one of them is absent, whatever is on this machine.
    let table: &[(&[&str], i32)] = &[
        (&["check", "-d", "example.com", "--no-programs"], 0),
        (&["check", "good", "--no-programs"], 0),
        (&["check", "good/", "--no-programs"], 0),
        (&["check", "good.tar.gz", "--no-programs"], 0),
        (&["check", "good", "--target", "bookworm", "--no-programs"], 0),
        (&["check", "bad", "--no-programs"], 1),
        (&["check", "empty", "--no-programs"], 1),
        (&["check", "bad", "--format", "json", "--no-programs"], 1),
        (&["check", "bad", "--format", "sarif", "--no-programs"], 1),
        (&["check", "bad", "--format", "github", "--no-programs"], 1),
        (&["check"], 2),
        (&["check", "-d", "panel_x.example.org"], 2),
        (&["check", "absent"], 2),
        (&["check", "good", "-d", "example.com"], 2),
        (&["check", "good", "--format", "xml"], 2),
        (&["check", "good", "--target", "debain-12"], 2),
        (&["check", "good", "--require", "ngnix"], 2),
        (&["check", "good", "--require", "nginx,systemdd"], 2),
        (&["check", "good", "--require", "nginx", "--no-programs"], 2),
        (&["check", "good", "--require", "promtool"], 3),
        (&["check", "good", "--require", "all"], 3),
        // An incomplete check is no verdict, whatever the others found.
        (&["check", "bad", "--require", "promtool"], 3),
        (&["check", "bad"], 1),
        (&["check", "--fleet", "fleet.yaml", "--no-programs"], 0),
        (&["check", "--fleet", "faulty.yaml", "--no-programs"], 1),
        (&["check", "--fleet", "faulty.yaml", "--no-programs", "--format", "json"], 1),
        (&["check", "--fleet", "faulty.yaml", "--no-programs", "--format", "sarif"], 1),
        (&["check", "--fleet", "faulty.yaml", "--no-programs", "--format", "github"], 1),
        (&["check", "--fleet", "fleet.yaml", "--require", "ngnix"], 2),
        (&["check", "--fleet", "fleet.yaml", "--only-host", "nobody"], 2),
        (&["check", "--fleet", "fleet.yaml", "good"], 2),
        (&["check", "--fleet", "fleet.yaml", "--require", "promtool"], 3),
        (&["check", "--fleet", "faulty.yaml", "--require", "all"], 3),
    ];
    let wrong: Vec<_> = table
        .iter()
        .map(|(arguments, exit)| (arguments, exit, stage.run_with(arguments, &[("TMPDIR", "/nowhere")])))
        .filter(|(_, exit, ran)| ran.exit != Some(**exit))
        .map(|(arguments, exit, ran)| {
            format!("{arguments:?}: {:?}, not {exit}: {}{}", ran.exit, ran.text(), ran.stderr)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_typing_error_among_the_required_is_told_with_the_nearest() {
    let ran = stage().run(&["check", "good", "--require", "ngnix"]);
    assert!(
        ran.stderr.contains("error[validator-unknown]") && ran.stderr.contains("did you mean `nginx`?"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.text(), "");
}

#[test]
fn the_report_is_data_and_a_tar_on_stdin_is_a_bundle() {
    let stage = stage();
    let ran = stage.run(&["check", "bad", "--no-programs"]);
    assert_eq!(ran.stderr, "");
    assert!(
        ran.text().contains("error[tls-protocol-old]") && ran.text().ends_with("files\n"),
        "{}",
        ran.text()
    );
    let sh = format!("{} check - --no-programs < good.tar.gz", crate::stage::PROGRAM);
    let done = Command::new("sh").args(["-c", &sh]).current_dir(&stage.path).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stdout));
}

/// Python reads the form and prints what it has found: one `code file line` a finding.
fn python(script: &str, text: &str) -> Option<Vec<String>> {
    use std::io::Write as _;
    let child = Command::new("python3")
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var("PANELGEN_REQUIRE_ALL").as_deref() != Ok("1"), "python3 is missing");
        eprintln!("SKIPPED: python3 is missing");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
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
    use std::io::Write as _;
    let (python, schema) = (cache().join("venv/bin/python3"), cache().join("sarif/schema.json"));
    for needed in [&python, &schema] {
        if !needed.is_file() {
            assert!(std::env::var("PANELGEN_REQUIRE_ALL").as_deref() != Ok("1"), "{needed} is missing");
            eprintln!("SKIPPED: {needed} is missing");
            return None;
        }
    }
    let mut child = Command::new(python)
        .args(["-c", VALIDATE, schema.as_str()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(log.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
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

#[test]
fn the_report_for_people_is_as_it_was() {
    let stage = stage();
    let text = stage.run(&["check", "bad", "--no-programs"]).text().to_owned();
    insta::assert_snapshot!("bad", text);
    insta::assert_snapshot!(
        "bad-github",
        stage.run(&["check", "bad", "--no-programs", "--format", "github"]).text()
    );
}
