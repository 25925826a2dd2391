//! Every line is explained, and nobody who decides a line is left out.

use std::collections::BTreeSet;
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::{Diagnostics, Location};
use panelgen::internals::inspect::explain::{Explainer, Explanation};
use panelgen::internals::values::{FromText as _, Secret};
use panelgen::internals::{render, template};
use serde_json::Value;

use crate::support::cases::{case_files, set_registry_auth};
use crate::support::test_dir::{TestDir, panelgen};

fn read(file: &Utf8Path) -> (Config, Option<Secret>) {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    let text = std::fs::read_to_string(file).unwrap();
    params.merge_yaml(file, &text, &mut report);
    let beside = params.get("passinit").and_then(|said| said.get("file")).and_then(|said| said.text());
    let secret = beside.map(|name| {
        let text = std::fs::read_to_string(file.parent().unwrap().join(name)).unwrap();
        Secret::parse(text.trim_end_matches('\n')).unwrap()
    });
    set_registry_auth(&mut params);
    (params, secret)
}

/// The files of a bundle whose parameters are the defaults, as sets of lines.
fn defaults() -> Vec<(Utf8PathBuf, BTreeSet<String>)> {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    params.merge_flag("domain", "-d", "default.example.org");
    let bundle = render::bundle(&params, None, &mut report).unwrap();
    let files = bundle.entries().filter_map(|(path, entry)| {
        let text = String::from_utf8_lossy(entry.content()?).into_owned();
        Some((path.to_owned(), text.lines().map(str::to_owned).collect()))
    });
    files.collect()
}

fn said(origin: &Location) -> bool {
    !matches!(origin, Location::Default(_))
}

/// What is claimed of one explained file.
fn judge(
    case: &str,
    inside: &Utf8Path,
    text: &str,
    told_of: &Explanation,
    defaults: Option<&BTreeSet<String>>,
) {
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(told_of.lines.len(), lines.len(), "{case}: {inside}: every line is told");
    let stands = told_of.present_because.iter().any(|parameter| said(&parameter.origin));
    for (at, (line, told)) in lines.iter().zip(&told_of.lines).enumerate() {
        let here = format!("{case}: {inside}:{}: {line}", at + 1);
        if let Some(text) = &told.text {
            assert_eq!(text, line, "{here}");
        }
        if let Some(template) = &told_of.template {
            let source = told.source.as_ref().unwrap_or_else(|| panic!("{here}: no line of the template"));
            let name = template.strip_prefix("templates/").unwrap().strip_suffix(".j2").unwrap();
            let template: Vec<_> = template::source(name).unwrap().lines().collect();
            assert!(source.first >= 1 && source.last <= template.len(), "{here}");
            // Text without a hole is the template's own, letter by letter.
            if source.expressions.is_empty() {
                assert_eq!(template[source.first - 1], *line, "{here}");
            }
        }
        // A line that the defaults do not have was made by something that was said.
        let new = defaults.map_or(!stands, |defaults| !defaults.contains(*line));
        if new {
            let named = told.parameters.iter().any(|(parameter, _)| said(&parameter.origin));
            assert!(named, "{here}: nothing that was said is named, only {:?}", told.parameters);
        }
    }
}

#[test]
fn every_line_of_every_snapshot_is_explained_by_what_was_said() {
    let defaults = defaults();
    let left = Mutex::new(case_files());
    let work = || {
        loop {
            let Some((case, file)) = left.lock().unwrap().pop() else { return };
            let (params, secret) = read(&file);
            let mut report = Diagnostics::default();
            let explainer = Explainer::new(&params, secret.as_ref(), &mut report)
                .unwrap_or_else(|| panic!("{case}: {}", report.text(false)));
            let bundle = explainer.bundle().clone();
            for (path, entry) in bundle.entries() {
                let Some(host) = path.as_str().strip_prefix("root/") else { continue };
                let Some(placement) = &entry.host_file else { continue };
                let told_of = explainer.explain(&format!("/{host}")).unwrap();
                assert_eq!(told_of.component, Some(placement.component));
                assert_eq!(told_of.on_change, Some(placement.on_change.to_string()));
                let text = String::from_utf8_lossy(entry.content().unwrap_or_default()).into_owned();
                if placement.secret {
                    assert!(told_of.lines.iter().all(|line| line.text.is_none()), "{case}: {path}");
                }
                let known = defaults.iter().find(|(known, _)| known == path).map(|(_, lines)| lines);
                judge(&case, path, &text, &told_of, known);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

#[test]
fn the_papers_of_a_bundle_are_explained_too() {
    let (case, file) = case_files().into_iter().find(|(case, _)| case == "every-option").unwrap();
    let (params, secret) = read(&file);
    let explainer = Explainer::new(&params, secret.as_ref(), &mut Diagnostics::default()).unwrap();
    let bundle = explainer.bundle().clone();
    let defaults = defaults();
    for paper in ["assets.lock", "README.md"] {
        let told_of = explainer.explain(paper).unwrap();
        let content = bundle.get(Utf8Path::new(paper)).unwrap().content().unwrap();
        let known = defaults.iter().find(|(known, _)| known == paper).map(|(_, lines)| lines);
        judge(&case, Utf8Path::new(paper), &String::from_utf8_lossy(content), &told_of, known);
    }
}

/// A file of parameters and the arguments that pass it.
fn parameters(text: &str) -> (TestDir, String) {
    let directory = TestDir::with("panel.yaml", text);
    let file = directory.join("panel.yaml").into_string();
    (directory, file)
}

#[test]
fn a_line_tells_its_template_and_where_its_parameters_were_said() {
    let (_directory, file) = parameters("domain: a.example.org\nfaasd:\n  gateway_port: 9123\n");
    let site =
        panelgen(&["render", "-f", &file, "--only", "/etc/nginx/conf.d/default.conf"]).text().to_owned();
    let line = 1 + site.lines().position(|line| line.contains(":9123")).unwrap();
    let what = format!("/etc/nginx/conf.d/default.conf:{line}");
    let told = panelgen(&["explain", "-f", &file, &what]);
    assert_eq!((told.code(), told.stderr.as_str()), (0, ""));
    for part in [
        &*what,
        "component   nginx",
        "on change   reload nginx",
        "template    templates/etc/nginx/conf.d/default.conf.j2:",
        &format!("faasd.gateway_port = 9123  {file}:3:17"),
        "panel = faasd",
        "default (built-in)",
    ] {
        assert!(told.text().contains(part), "{part} is missing in\n{}", told.text());
    }

    let json = panelgen(&["explain", "-f", &file, &what, "--format", "json"]).text().to_owned();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["component"], "nginx");
    assert_eq!(json["lines"].as_array().unwrap().len(), 1);
    let parameters = json["lines"][0]["parameters"].as_array().unwrap();
    let port = parameters.iter().find(|one| one["parameter"] == "faasd.gateway_port").unwrap();
    assert_eq!(port["value"], "9123");
    assert_eq!(port["origin"]["line"], 3);
    assert_eq!(port["determines"], "text");
}

#[test]
fn flags_sets_and_stacks_are_named_as_origins() {
    let told = panelgen(&[
        "explain",
        "-d",
        "a.example.org",
        "--set",
        "faasd.timeout=90s",
        "/var/lib/faasd/docker-compose.yaml",
    ]);
    assert_eq!(told.code(), 0, "{}", told.stderr);
    assert!(told.text().contains("faasd.timeout = 90s"), "{}", told.text());
    assert!(told.text().contains("--set faasd.timeout"), "{}", told.text());
    assert!(told.text().contains("default (stack current)"), "{}", told.text());
    assert!(told.text().contains("none: serialized from types"), "{}", told.text());
    let told = panelgen(&["explain", "-d", "a.example.org", "README.md:1"]);
    assert!(told.text().contains("domain = a.example.org  -d"), "{}", told.text());
}

#[test]
fn a_secret_is_explained_and_not_shown() {
    let word = "correct-horse-battery";
    let (_directory, file) = parameters(&format!("domain: a.example.org\npassinit: {word}\n"));
    for format in ["text", "json"] {
        let told = panelgen(&[
            "explain",
            "-f",
            &file,
            "/var/lib/faasd/secrets/basic-auth-password:1",
            "--format",
            format,
        ]);
        assert_eq!(told.code(), 0, "{}", told.stderr);
        assert!(told.text().contains("passinit"), "{}", told.text());
        assert!(!told.text().contains(word) && !told.stderr.contains(word), "{}", told.text());
    }
}

#[test]
fn every_code_is_explained() {
    for code in panelgen::internals::diagnostics::Code::ALL {
        let told = panelgen(&["explain", code.as_str()]);
        assert_eq!(told.code(), 0, "{}", told.stderr);
        let (head, body) = told.text().split_once("\n\n").unwrap();
        assert!(head.starts_with(code.as_str()), "{head}");
        assert!(body.contains("\n\n") && body.lines().all(|line| line.chars().count() <= 100), "{body}");
    }
    let json = panelgen(&["explain", "domain-missing", "--format", "json"]).text().to_owned();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["code"], &json["severity"]), (&"domain-missing".into(), &"error".into()));
}

#[test]
fn what_is_unknown_is_refused_with_the_nearest_that_is_known() {
    for (arguments, code, hint) in [
        (vec!["explain", "domian-missing"], "code-unknown", "did you mean `domain-missing`?"),
        (
            vec!["explain", "-d", "a.example.org", "/etc/nginx/conf.d/defaults.conf"],
            "path-unknown",
            "did you mean `/etc/nginx/conf.d/default.conf`?",
        ),
        (
            vec!["explain", "-d", "a.example.org", "/etc/nginx/conf.d/default.conf:99999"],
            "line-unknown",
            "choose a line from 1 to",
        ),
        (vec!["explain", "/etc/nginx/conf.d/default.conf"], "domain-missing", "-d panel.example.org"),
        (vec!["templates", "etc/nginx/default.conf"], "template-unknown", "etc/nginx/conf.d/default.conf.j2"),
    ] {
        let ran = panelgen(&arguments);
        assert_eq!((ran.code(), ran.text()), (2, ""), "{arguments:?}");
        assert!(
            ran.stderr.contains(&format!("error[{code}]")) && ran.stderr.contains(hint),
            "{}",
            ran.stderr
        );
    }
}
