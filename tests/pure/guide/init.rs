//! The commented panel.yaml renders, and what it shows as defaults are the defaults.

use panelgen::internals::config::Config;
use panelgen::internals::config::schema::{DefaultOrExample, KEYS, Key, ValueType};
use panelgen::internals::config::yaml;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::render;

use crate::support::test_dir::{TestDir, panelgen};

/// The bundle of these parameters without its manifest, which tells parameters apart by their sum.
fn files(text: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    params.merge_yaml("panel.yaml".into(), text, &mut report);
    let bundle = render::bundle(&params, None, &mut report);
    let Some(bundle) = bundle.filter(|_| !report.has_errors()) else { return Err(report.text(false)) };
    let files = bundle.entries().filter(|(path, _)| *path != "MANIFEST.json");
    Ok(files.map(|(path, entry)| (path.to_string(), entry.content().unwrap_or_default().to_vec())).collect())
}

#[test]
fn the_file_renders_once_the_domain_is_filled_in() {
    let directory = TestDir::new();
    let file = directory.join("panel.yaml");
    let made = panelgen(&["init", "-o", file.as_str()]);
    assert_eq!((made.code(), made.text()), (0, ""), "{}", made.stderr);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().next(), Some("# yaml-language-server: $schema=panel.schema.json"));
    assert!(text.contains("panelgen schema > panel.schema.json"));

    let bare = panelgen(&["render", "-f", file.as_str(), "-o", directory.join("bare/").as_str()]);
    assert_eq!(bare.code(), 2);
    assert!(bare.stderr.contains("domain-missing"), "{}", bare.stderr);

    let filled = text.replacen("domain: #", "domain: a.example.org #", 1);
    assert_ne!(filled, text);
    assert_eq!(files(&filled), files("domain: a.example.org\n"));
    let given = panelgen(&["init", "-d", "a.example.org"]).text().to_owned();
    assert_eq!(files(&given), files("domain: a.example.org\n"));
    assert_eq!(panelgen(&["init", "-d", "not a domain"]).code(), 2);
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let directory = TestDir::new();
    let file = directory.join("panel.yaml");
    std::fs::write(&file, "domain: mine.example.org\n").unwrap();
    let refused = panelgen(&["init", "-o", file.as_str()]);
    assert_eq!(refused.code(), 2);
    assert!(
        refused.stderr.contains("file-exists") && refused.stderr.contains("--force"),
        "{}",
        refused.stderr
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "domain: mine.example.org\n");
    assert_eq!(panelgen(&["init", "-o", file.as_str(), "--force"]).code(), 0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("# yaml-language-server"));
}

#[test]
fn the_file_is_parameters_when_every_comment_sign_of_a_key_is_taken_away() {
    let text = panelgen(&["init", "-d", "a.example.org"]).text().to_owned();
    let bare: String = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            // A remark at the margin stays one.
            Some(rest)
                if !rest.starts_with(' ') || rest.starts_with("  ") && !rest.starts_with("   panelgen") =>
            {
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let mut report = Diagnostics::default();
    let said = yaml::read("panel.yaml".into(), &bare, &mut report);
    assert!(report.is_empty(), "{}\n{bare}", report.text(false));
    let said = said.unwrap();
    for key in KEYS {
        assert!(said.get(key.name).is_some(), "{} is missing in\n{bare}", key.name);
    }
    let mut params = Config::default();
    params.merge_yaml("panel.yaml".into(), &bare, &mut report);
    params.check(&mut report);
    assert!(!report.has_errors(), "{}\n{bare}", report.text(false));
}

/// Panels in which each parameter means something.
const GROUNDS: &[&str] = &[
    "",
    "panel: pai\nmirror: https://mirror.example.org\n",
    "tls: {acme: dns, dns: {plugin: cloudflare, credentials: /etc/x.ini}}\n",
];

fn defaults(keys: &[Key], above: &[&str], found: &mut Vec<(Vec<String>, String)>) {
    for key in keys {
        let path: Vec<_> = above.iter().chain([&key.name]).copied().collect();
        match &key.value_type {
            ValueType::Map(below) | ValueType::BoolOrMap(below) => defaults(below, &path, found),
            _ => {}
        }
        let value = match key.sample {
            DefaultOrExample::Default(value) => value,
            DefaultOrExample::Stack(version) => version(&panelgen::internals::facts::releases::STACKS[0]),
            DefaultOrExample::Example(_) | DefaultOrExample::None => continue,
        };
        found.push((path.iter().map(|name| (*name).to_owned()).collect(), value.to_owned()));
    }
}

#[test]
fn what_the_table_calls_a_default_is_what_counts_when_nothing_is_said() {
    let mut found = Vec::new();
    defaults(KEYS, &[], &mut found);
    assert!(found.len() > 30, "only {} defaults", found.len());
    for ground in GROUNDS {
        let plain = files(&format!("domain: a.example.org\n{ground}")).unwrap();
        for (path, value) in &found {
            let mut params = Config::default();
            let mut report = Diagnostics::default();
            params.merge_yaml("x".into(), &format!("domain: a.example.org\n{ground}"), &mut report);
            let path = path.join(".");
            if params.get(&path).is_some() {
                continue;
            }
            params.merge_set(&format!("{path}={}", value.trim_matches('"')), &mut report);
            let Some(bundle) = render::bundle(&params, None, &mut report).filter(|_| !report.has_errors())
            else {
                // Meaningless on this ground; the others try it.
                assert!(path.starts_with("tls.dns."), "{path}={value}: {}", report.text(false));
                continue;
            };
            for (file, content) in &plain {
                let same = bundle
                    .get(file.as_str().into())
                    .is_some_and(|entry| entry.content().unwrap_or_default() == content);
                assert!(same, "{path}={value} makes another {file} on {ground:?}");
            }
        }
    }
}

#[test]
fn every_example_is_taken_by_its_own_key() {
    fn check(keys: &[Key], path: &str, seen: &mut usize) {
        for key in keys {
            let path = format!("{path}{}", key.name);
            if let ValueType::Map(below) | ValueType::BoolOrMap(below) = &key.value_type {
                check(below, &format!("{path}."), seen);
            }
            if let ValueType::List(ValueType::Map(below)) = &key.value_type {
                for key in *below {
                    if let (
                        ValueType::Text(grammar),
                        DefaultOrExample::Example(value) | DefaultOrExample::Default(value),
                    ) = (&key.value_type, key.sample)
                    {
                        assert!((grammar.check)(value.trim_matches('"')).is_ok(), "{path}.{}", key.name);
                    }
                }
            }
            let DefaultOrExample::Example(value) = key.sample else { continue };
            *seen += 1;
            let mut report = Diagnostics::default();
            let mut params = Config::default();
            params.merge_set(&format!("{path}={value}"), &mut report);
            if path != "passinit" {
                params.check(&mut report);
            }
            assert!(!report.has_errors(), "{path}: {}", report.text(false));
        }
    }
    let mut seen = 0;
    check(KEYS, "", &mut seen);
    assert!(seen > 10, "only {seen} examples");
}
