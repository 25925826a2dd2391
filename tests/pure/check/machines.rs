//! Reports for machines: also where nothing could be checked, below another root, and within the limits of GitHub.

use panelgen::internals::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use panelgen::internals::inspect::lint::output::{CheckReport, github, sarif};
use serde_json::Value;

use crate::support::test_dir::TestDir;

fn parsed(stage: &TestDir, args: &[&str]) -> Value {
    let ran = stage.run(args);
    serde_json::from_str(ran.text())
        .unwrap_or_else(|error| panic!("{args:?}: {error}: {}{}", ran.text(), ran.stderr))
}

#[test]
fn rejected_parameters_are_a_report_in_every_format() {
    let stage = TestDir::with("panel.yaml", "domain: a.example.org\nmail: x@\n");
    stage.put("fleet.yaml", "hosts:\n  - domain: a.example.org\n    mail: x@\n");
    for (args, file, line) in [
        (&["-f", "panel.yaml"][..], "panel.yaml", 2),
        (&["--fleet", "fleet.yaml"], "fleet.yaml", 3),
        (&["-f", "panel.yaml", "--set", "mail=y@"], "panel.yaml", 1),
        (&["absent"], "absent", 1),
        (&["-d", "a.example.org", "--require", "nope"], "panel.yaml", 1),
    ] {
        let check = |format: &'static str| [&["check", "--format", format], args].concat();
        let log = parsed(&stage, &check("sarif"));
        let run = &log["runs"][0];
        assert_eq!(run["invocations"][0]["executionSuccessful"], false, "{args:?}");
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 1, "{args:?}: {results:?}");
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(
            (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
            (&file.into(), &line.into())
        );
        let ran = stage.run(&check("github"));
        assert_eq!(ran.exit, Some(2));
        assert!(ran.text().starts_with("::error "), "{}", ran.text());
        assert_eq!(parsed(&stage, &check("json"))["clean"], false);
    }
}

#[test]
fn paths_are_relative_to_the_root_of_the_repository() {
    let stage = TestDir::with("services/a/panel.yaml", "domain: a.example.org\nmail: x@\n");
    let inside = |args: &[&str]| {
        let output = stage.command(args).current_dir(stage.join("services/a")).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    inside(&["render", "-d", "a.example.org", "-o", "bundle/"]);
    let unit = "services/a/bundle/root/etc/systemd/system/faasd.service";
    stage.put(unit, stage.read(unit).replace("MemoryMax=500M", "MemoryMax=500MB"));
    let absolute = stage.join("services/a/bundle");
    for path in ["bundle", "./bundle/", "../a/bundle", absolute.as_str()] {
        let args = ["check", path, "--no-programs", "--root", "../..", "--format"];
        let log: Value = serde_json::from_str(&inside(&[&args[..], &["sarif"]].concat())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        for result in results {
            let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
            assert!(
                artifact["uri"].as_str().unwrap().starts_with("services/a/bundle/"),
                "{path}: {artifact}"
            );
        }
        assert!(!results.is_empty());
        assert!(inside(&[&args[..], &["github"]].concat()).contains(&format!("file={unit},")), "{path}");
    }
    let rejected = inside(&["check", "-f", "panel.yaml", "--root", "../..", "--format", "github"]);
    assert!(rejected.starts_with("::error file=services/a/panel.yaml,line=2,"), "{rejected}");
    let output = stage
        .command(["check", "bundle", "--root", "/proc"])
        .current_dir(stage.join("services/a"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn reports_stay_within_the_limits_of_github_and_count_the_rest() {
    let mut diagnostics = Diagnostics::default();
    for line in 1..=250 {
        let code = if line % 2 == 0 { Code::UnitValueInvalid } else { Code::FinalNewlineMissing };
        let location = Location::File { path: "root/x".into(), line, column: 1 };
        let message = if line == 2 { "m".repeat(100_000) } else { format!("finding {line}") };
        diagnostics.push(Diagnostic::new(code, message).with_location(location));
    }
    let report = CheckReport {
        diagnostics: &diagnostics,
        verdicts: &[],
        required: &[],
        prefix: "bundle",
        fallback: "MANIFEST.json",
        is_rejected: false,
        files: 1,
        others: 0,
    };
    let text = github::write(&report);
    for level in ["error", "warning", "notice"] {
        assert!(text.matches(&format!("::{level} ")).count() <= 10, "{level}");
    }
    // 100 are kept: 50 errors and 50 warnings.
    assert!(text.contains("::error title=panelgen::and 191 more errors; see the log\n"), "{text}");
    assert!(text.contains("::warning title=panelgen::and 41 more warnings; see the log\n"), "{text}");
    assert!(
        text.contains("finding 99") && text.contains("… ") == text.contains("… and"),
        "the log has the others"
    );
    let log: Value = serde_json::from_str(&sarif::write(&report)).unwrap();
    let run = &log["runs"][0];
    assert!(run["results"].as_array().unwrap().len() <= 5_000);
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("150 more findings are not listed"), "{notes}");
    let longest = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["message"]["text"].as_str().unwrap().len());
    assert!(longest.max().unwrap() < 5_000);
}

#[test]
fn findings_are_json_lines_when_messages_are() {
    let stage = TestDir::new();
    stage.bundle("bad", &[]);
    for (file, from, to) in [
        ("faasd.service", "MemoryMax=500M", "MemoryMax=500MB"),
        ("faasd-provider.service", "\n[Service]", "\n[Servcie]"),
        ("containerd.service", "Restart=", "Restrat="),
    ] {
        let path = format!("bad/root/etc/systemd/system/{file}");
        stage.put(&path, stage.read(&path).replace(from, to));
    }
    let ran = stage.run(&["check", "bad", "--no-programs", "--message-format", "json"]);
    assert_eq!(ran.exit, Some(1));
    let findings: Vec<Value> = ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(findings.len() > 3, "{}", ran.stderr);
    assert!(findings.iter().all(|finding| finding["location"]["file"].is_string()));
    assert!(!ran.text().contains("error["), "{}", ran.text());
}
