//! The released versions: the bundle of each is stored, is read by this version, and what this version changes on a host
//! is in the changelog.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::config::changes::{ADDED, CHANGES, since};
use panelgen::internals::config::schema::{self, SECRETS};
use serde_json::Value;

use crate::support::bundles::repository;
use crate::support::test_dir::{TestDir, panelgen};

/// `.ci/dist/released` adds a directory here for each release.
const STORE: &str = "tests/released";

/// The stored versions, oldest first.
fn stored() -> Vec<(String, Utf8PathBuf)> {
    let store = repository(STORE);
    let mut versions: Vec<(String, Utf8PathBuf)> = store
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| (entry.file_name().to_owned(), entry.path().to_owned()))
        .collect();
    let number = |version: &str| -> Vec<u64> {
        version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0)).collect()
    };
    versions.sort_by_key(|(version, _)| number(version));
    versions
}

fn changelog() -> String {
    std::fs::read_to_string(repository("CHANGELOG.md")).unwrap()
}

/// The part of the changelog above the heading of a version: what changed after it.
fn after<'a>(changelog: &'a str, version: &str) -> &'a str {
    changelog.split_once(&format!("\n## {version} (")).map_or(changelog, |(above, _)| above)
}

/// Whether a text names a path of a host, or a directory or pattern above it, as code.
fn names(text: &str, path: &str) -> bool {
    text.split('`').skip(1).step_by(2).any(|code| {
        code == path
            || (code.ends_with('/') && code.starts_with('/') && path.starts_with(code))
            || code.strip_suffix('*').is_some_and(|head| head.len() > 1 && path.starts_with(head))
    })
}

/// The paths of a host that this version changes and that the text does not name. The parameters change nothing.
fn unnamed_changes(bundle: &Utf8Path, text: &str) -> Vec<String> {
    let ran = panelgen(&["diff", "--explain-upgrade", "--host-files", "--format", "json", bundle.as_str()]);
    assert!(matches!(ran.exit, Some(0 | 1)), "{bundle}: {}", ran.stderr);
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(report["parameters"]["changes"].as_array().map(Vec::len), Some(0), "{report}");
    let changes = report["generator"]["changes"].as_array().unwrap();
    let paths = changes.iter().map(|change| change["path"].as_str().unwrap().trim_start_matches("root"));
    paths.filter(|path| !names(text, path)).map(str::to_owned).collect()
}

/// The dotted paths of all parameters of a schema.
fn keys(schema: &Value, prefix: &str, found: &mut BTreeSet<String>) {
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        if name != "$schema" {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            keys(below, &path, found);
            // What names the file of a secret is no parameter of its own.
            if !SECRETS
                .iter()
                .any(|secret| path.strip_prefix(secret).is_some_and(|rest| rest.starts_with('.')))
            {
                found.insert(path);
            }
        }
    }
    for below in schema["anyOf"].as_array().into_iter().flatten().chain([&schema["items"]]) {
        if below.is_object() {
            keys(below, prefix, found);
        }
    }
}

#[test]
fn every_version_of_the_changelog_has_its_bundle() {
    let changelog = changelog();
    let mut released: Vec<&str> = changelog
        .lines()
        .filter_map(|line| line.strip_prefix("## ")?.split_once(" ("))
        .map(|(version, _)| version)
        .filter(|version| *version != "Unreleased")
        .collect();
    released.reverse();
    let stored = stored();
    let versions: Vec<&str> = stored.iter().map(|(version, _)| version.as_str()).collect();
    assert_eq!(versions, released, "`.ci/release` stores the bundle of a version in {STORE}");
    for (version, directory) in &stored {
        for file in ["faasd.tar.gz", "schema.json"] {
            assert!(directory.join(file).is_file(), "{version}: {file}");
        }
    }
}

#[test]
fn changelog_names_what_this_version_changes_on_a_host_of_each_release() {
    let changelog = changelog();
    for (version, directory) in stored() {
        let unnamed = unnamed_changes(&directory.join("faasd.tar.gz"), after(&changelog, &version));
        assert!(unnamed.is_empty(), "CHANGELOG.md does not name what changes since {version}: {unnamed:?}");
    }
}

#[test]
fn change_that_the_changelog_does_not_name_is_found() {
    let stage = TestDir::new();
    let case = repository("snapshots/faasd/panel.yaml");
    assert_eq!(stage.run(&["render", "-f", case.as_str(), "-o", "old/"]).exit, Some(0));
    let bundle = stage.path.join("old");
    assert!(unnamed_changes(&bundle, "").is_empty());
    let site = "old/root/etc/nginx/conf.d/default.conf";
    stage.put(site, stage.read(site) + "# an older line\n");
    let path = "/etc/nginx/conf.d/default.conf";
    assert_eq!(unnamed_changes(&bundle, "- `/etc/nginx/tls/`: another"), [path]);
    for text in ["- `/etc/nginx/conf.d/default.conf`: less", "- `/etc/nginx/`: all", "`/etc/nginx/conf.d/*`"]
    {
        assert!(unnamed_changes(&bundle, text).is_empty(), "{text}");
    }
    assert_eq!(
        after("# C\n\n## Unreleased\n\nnew\n\n## 0.2.0 (2027-01-01)\n\nold\n", "0.2.0"),
        "# C\n\n## Unreleased\n\nnew\n"
    );
}

#[test]
fn every_parameter_of_a_release_is_taken_or_migrated() {
    let mut of_releases = BTreeSet::new();
    for (version, directory) in stored() {
        let schema = std::fs::read_to_string(directory.join("schema.json")).unwrap();
        let mut found = BTreeSet::new();
        keys(&serde_json::from_str(&schema).unwrap(), "", &mut found);
        for path in &found {
            let is_known = schema::declares(path) || CHANGES.iter().any(|change| change.path == path);
            assert!(is_known, "{path} of {version} is neither a parameter nor in src/config/changes.rs");
        }
        of_releases.extend(found);
    }
    let mut now = BTreeSet::new();
    keys(&serde_json::from_slice(&panelgen(&["schema"]).stdout).unwrap(), "", &mut now);
    assert!(
        now.contains("tls.hsts.max_age") && now.contains("routes.upstream") && now.len() > 100,
        "{now:?}"
    );
    for path in &now {
        assert!(schema::declares(path), "{path}");
        // Before the first release, every parameter is one of it.
        let is_new = !of_releases.is_empty() && !of_releases.contains(path);
        let is_listed = ADDED.iter().any(|(added, _)| added == path);
        assert!(is_listed || !is_new, "{path} is new: add it to ADDED in src/config/changes.rs");
        assert!(!since(path).is_empty());
    }
}
