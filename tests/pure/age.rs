//! What is out of date: every case on three days, and the command line.

use std::collections::BTreeMap;

use panelgen::internals::diagnostics::Severity;
use panelgen::internals::inspect::age;
use panelgen::internals::inspect::lint::BundleView;
use panelgen::internals::values::{Date, FromText as _};

use crate::support::cases::{bundle, cases};
use crate::support::test_dir::TestDir;

/// Each finding once, with the cases that have it.
fn findings(day: &str, strict: bool) -> String {
    let day = Date::parse(day).unwrap();
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in cases() {
        let tree = bundle(&case);
        let found = age::check(&BundleView::new(&tree, true, None), day, strict);
        for finding in found.entries() {
            assert_eq!(finding.severity, if strict { Severity::Error } else { Severity::Warning });
            assert!(finding.snippet.is_some() && finding.hint.is_some(), "{finding:?}");
            let text = format!("{}: {}", finding.code.as_str(), finding.message);
            all.entry(text).or_default().push(case.clone());
        }
    }
    let count = cases().len();
    let lines = all.into_iter().map(|(text, cases)| match cases.len() {
        all if all == count => format!("{text}\n    in every case\n"),
        _ => format!("{text}\n    in {}\n", cases.join(", ")),
    });
    lines.collect()
}

#[test]
fn cases_of_2024_match_their_age_snapshot() {
    insta::assert_snapshot!(findings("2024-06-30", false));
}

#[test]
fn cases_of_2026_match_their_age_snapshot() {
    insta::assert_snapshot!(findings("2026-11-28", false));
}

#[test]
fn cases_of_2029_match_their_age_snapshot() {
    insta::assert_snapshot!(findings("2029-07-01", true));
}

#[test]
fn check_warns_about_age_and_fails_only_when_strict() {
    let stage = TestDir::new();
    let args =
        ["-d", "a.example.org", "--set", "containerd.version=1.6.99", "--set", "code_server.enabled=false"];
    assert_eq!(stage.run(&[&["render"], &args[..], &["-o", "b/"]].concat()).exit, Some(0));
    let check = ["check", "--no-programs", "b/"];
    let plain = stage.run(&check);
    assert_eq!((plain.exit, plain.text().contains("clean")), (Some(0), true), "{}", plain.text());
    let warned = stage.run(&[&check[..], &["--as-of", "2026-11-28"]].concat());
    assert_eq!(warned.exit, Some(0), "{}", warned.text());
    for text in [
        "warning[version-unknown]: containerd 1.6.99 is not a known version",
        "warning[version-unsupported]: containerd 1.6.99 gets no more fixes: support of 1.6 ended on 2025-08-23",
        "warning[version-vulnerable]: containerd 1.6.99 has known vulnerabilities",
        "--> assets.lock:",
    ] {
        assert!(warned.text().contains(text), "{text}\n{}", warned.text());
    }
    let strict = stage.run(&[&check[..], &["--as-of", "2026-11-28", "--strict"]].concat());
    assert_eq!(strict.exit, Some(1), "{}", strict.text());
    assert!(strict.text().contains("error[version-unknown]"));
    assert_eq!(stage.run(&[&check[..], &["--as-of", "today"]].concat()).exit, Some(0));
    for wrong in ["2026-11-31", "yesterday", ""] {
        let ran = stage.run(&[&check[..], &["--as-of", wrong]].concat());
        assert_eq!(ran.exit, Some(2), "{wrong}");
        assert!(ran.stderr.contains("expected YYYY-MM-DD; or use `today`"), "{}", ran.stderr);
    }
    assert_eq!(stage.run(&[&check[..], &["--strict"]].concat()).exit, Some(2));
}

#[test]
fn fleet_is_clean_with_warnings_about_age_unless_strict() {
    let stage = TestDir::with(
        "fleet.yaml",
        "hosts:\n- {domain: a.example.org, target: ubuntu-18.04}\n- {domain: b.example.org, panel: none}\n",
    );
    let args = ["check", "--no-programs", "--fleet", "fleet.yaml", "--as-of", "2026-11-28"];
    let ran = stage.run(&args);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.text(), ran.stderr);
    assert!(
        ran.text().contains("warning[target-end-of-life]") && ran.text().contains("clean: 2 hosts"),
        "{}",
        ran.text()
    );
    assert_eq!(stage.run(&[&args[..], &["--strict"]].concat()).exit, Some(1));
}

#[test]
fn targets_and_facts_show_dates_and_sources() {
    let stage = TestDir::new();
    let targets = stage.run(&["targets", "--as-of", "2026-11-28"]);
    let support = |name: &str| {
        let line = targets.text().lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit("  ").next().unwrap().to_owned()
    };
    assert_eq!(support("ubuntu-18.04"), "extended");
    assert_eq!(support("debian-11"), "ended");
    assert_eq!(support("ubuntu-24.04"), "supported");
    assert!(!stage.run(&["targets"]).text().contains("STATE"));
    let text = stage.run(&["facts"]);
    assert!(text.text().contains("2028-04-30") && text.text().contains("CVE-2026-41579"), "{}", text.text());
    let json: serde_json::Value =
        serde_json::from_slice(&stage.run(&["facts", "--format", "json"]).stdout).unwrap();
    for list in ["programs", "images", "support", "advisories", "targets"] {
        let rows = json[list].as_array().unwrap();
        assert!(rows.len() > 5, "{list}");
        for row in rows {
            assert!(row["source"]["url"].as_str().unwrap().starts_with("https://"), "{row}");
            assert!(Date::parse(row["source"]["read"].as_str().unwrap()).is_ok(), "{row}");
        }
    }
}
