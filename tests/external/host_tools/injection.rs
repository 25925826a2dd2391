//! No value of a parameter changes the structure of a file: each parameter takes every hostile text that its own
//! grammar lets through, and each file keeps the skeleton that a tame value gives it.

use std::collections::BTreeMap;

use panelgen::internals::config::schema::{KEYS, Key, ValueType};

use super::case::Case;
use super::structure::skeleton;

/// A host on which every parameter shows. `{}` takes one more line.
const BASES: &[&str] = &[
    "panel: faasd\npassinit: tame\ntls: {acme: standalone, server: https://acme.corp.example/directory, ca: /etc/ssl/corp.pem}\n",
    "panel: pai\nmirror: https://mirror.corp.example/x\npassinit: tame\ntls: {acme: dns, dns: {plugin: cloudflare, credentials: /etc/letsencrypt/x.ini, propagation: 60s}}\ntarget: debian-13\n",
    "panel: none\ntls: {acme: none, certificate: /etc/ssl/a.pem, key: /etc/ssl/b.pem}\ntarget: ubuntu-18.04\n",
    "stack: classic\npanel: faasd\n",
];

/// Everything that means something to one of the readers, in forms that the words' grammars might let through.
const HOSTILE: &[&str] = &[
    "{{ 7*7 }}",
    "{% raw %}",
    "$host",
    "${x}",
    "$(id)",
    "`id`",
    "%n",
    "%%",
    "%h",
    "a%2Fb",
    "a b",
    "a  b",
    " a",
    "a;b",
    "a; b {",
    "a}",
    "}",
    "#",
    "#a",
    "a#b",
    "a #b",
    "\"",
    "'",
    "a\"b",
    "a'b",
    "\\",
    "a\\",
    "a\\nb",
    "\\x41",
    "-a",
    "--deploy-hook=x",
    "- a",
    "? a",
    ": a",
    "a: b",
    "a:b",
    "[a",
    "{a",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "@a",
    "~a",
    "~",
    "null",
    "yes",
    "no",
    "on",
    "off",
    "true",
    "0123",
    "0x10",
    "1e3",
    "12:30:45",
    "2024-01-01",
    "1_000",
    ".inf",
    "<<",
    "=",
    "a=b",
    "a,b",
    "*",
    "?",
    "a?b#c",
    "a|b",
    "a&&b",
    "a>b",
    "(a)",
    "é",
    "\u{e9}\u{301}",
    "名",
    "\u{1f600}",
    "ß",
    "/",
    "//",
    "/a/",
    "/a b/",
    "/a;b/",
    "/a{b}/",
    "/~x/",
    "/=x/",
    "/@x/",
    "/^~x/",
    "/-x/",
    "/a,b/",
    "/a:b/",
    "/a+b/",
    "/a!b/",
    "/a$b/",
    "/%2e%2e/",
    "/a%20b/",
    "/a'b/",
    "/a\"b/",
    "/a\\b/",
    "/srv/a b",
    "/srv/a$b",
    "/srv/a%b",
    "/srv/a;b",
    "/srv/a'b",
    "/srv/a\"b",
    "/srv/a\\b",
    "/srv/a\\",
    "/srv/é",
    "/srv/a:b",
    "/srv/a{b}",
    "/srv/-a",
    "/srv/a#b",
    "/srv/a=b",
    "/srv/~a",
    "/srv/a,b",
    "/srv/a*",
    "/srv/a@b",
    "/srv/a+b",
    "/srv/!a",
    "/srv/[a]",
    "http://127.0.0.1:1",
    "http://127.0.0.1:65535/",
    "http://127.0.0.1:80/a,b;c/",
    "http://127.0.0.1/$uri/",
    "http://[::1]:80/",
    "http://127.0.0.1/a%20b/",
    "http://127.0.0.1/'/",
    "http://127.0.0.1/{/",
    "http://u_v:80/",
    "https://a.example/'",
    "https://a.example/\"",
    "https://a.example/$x",
    "https://a.example/%n",
    "https://a.example/a;b",
    "https://a.example/a#b",
    "https://a.example/?a=b&c",
    "https://a.example/a*b",
    "https://a.example/~a/!b",
    "https://[::1]:14000/dir",
    "https://a.example:14000/dir",
    "a.example",
    "xn--bcher-kva.example",
    "BÜCHER.example",
    "1.example",
    "a-b.example",
    "a@b.example",
    "a+b@c.example",
    "a%b@c.example",
    "a'b@c.example",
    "_a@b.example",
    "1",
    "0",
    "1k",
    "1g",
    "65535",
    "1s",
    "0s",
    "1d",
    "90min",
    "daily",
    "*-*-* 00:00:00",
    "Mon..Fri *-*-* 03:00",
    "*:0/15",
    "hourly",
    "2030-01-01",
    "127.0.0.1",
    "::1",
    "fe80::1",
    "1.2.3",
    "1.2.3-rc.1",
    "0.0.1",
    "a.example/b:c",
    "ghcr.io/a/b:1",
    "localhost:5000/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "_a",
    "a-b",
    "a.b",
    "a_b",
    "A",
    "n$",
    "root2",
];

/// Hosts that a value may be tried on, with a line added. A key said in the base gives way to the line.
fn host(base: &str, path: &str, value: &str) -> Option<Case> {
    let mut tree: serde_json::Value = serde_yaml::from_str(base).unwrap();
    tree["domain"] = "panel.corp.example".into();
    let mut at = &mut tree;
    for name in path.split('.') {
        if name == "[]" {
            // One more item of a list.
            *at = serde_json::json!([{"path": "/tame/", "upstream": "http://127.0.0.1:7001"}]);
            at = &mut at[0];
        } else {
            at = &mut at[name];
        }
    }
    *at = value.into();
    // JSON is YAML.
    Case::try_of(path, &tree.to_string()).ok()
}

/// Every word of `keys`, by its path and grammar.
fn words(keys: &'static [Key], above: &str, found: &mut Vec<(String, &'static ValueType, &'static str)>) {
    for key in keys {
        let path = format!("{above}{}", key.name);
        match &key.value_type {
            ValueType::Text(_) => found.push((path, &key.value_type, key.sample.text().unwrap_or_default())),
            ValueType::List(ValueType::Map(below)) => words(below, &format!("{path}.[]."), found),
            ValueType::List(item @ ValueType::Text(_)) => {
                found.push((path, item, key.sample.text().unwrap_or_default()));
            }
            ValueType::Map(below) | ValueType::BoolOrMap(below) => words(below, &format!("{path}."), found),
            ValueType::Secret(_) if path == "passinit" => found.push((path, &key.value_type, "tame")),
            _ => {}
        }
    }
}

/// The files of a host and their skeletons. Directories that a parameter names are called by one name.
fn skeletons(case: &Case) -> BTreeMap<String, String> {
    let install = case.panel.install.as_str().to_owned();
    let files = case.files().map(|(path, text)| {
        let path = path.strip_prefix(&install).map_or(path.to_owned(), |rest| format!("INSTALL{rest}"));
        let kind = if path.starts_with("INSTALL") { format!("/opt{path}") } else { path.clone() };
        (path, skeleton(&kind, text))
    });
    files.collect()
}

#[test]
fn no_value_changes_the_structure_of_a_file() {
    let mut parameters = Vec::new();
    words(KEYS, "", &mut parameters);
    let (mut tried, mut unseen) = (0, Vec::new());
    for (path, kind, example) in parameters {
        // The operator's own directives are structure: that is what they are for. A version chooses what its
        // program needs.
        if path.starts_with("overrides.") || path.ends_with(".version") {
            continue;
        }
        let tame =
            example.split([',', ']']).next().unwrap().trim_start_matches('[').trim_matches(['"', '\'']);
        // What a route has in common with nginx or its server needs no line.
        let tame = match path.as_str() {
            "routes.[].timeout" => "30s",
            "routes.[].client_max_body_size" => "3m",
            _ => tame,
        };
        let mut seen = false;
        for base in BASES {
            let accepted = HOSTILE.iter().filter(|text| match kind {
                ValueType::Text(grammar) => (grammar.check)(text).is_ok(),
                _ => true,
            });
            let hosts: Vec<_> = accepted
                .filter_map(|text| Some((*text, host(base, &path, text)?)))
                .chain(host(base, &path, tame).map(|case| (tame, case)))
                .collect();
            let Some((_, first)) = hosts.last() else { continue };
            let bare = optional(&path, skeletons(first));
            // An upstream with a path replaces the location's, which is other lines than one without.
            let with_path = host(base, &path, &format!("{tame}/")).filter(|_| path.ends_with(".upstream"));
            let with_path = with_path.map(|case| optional(&path, skeletons(&case)));
            for (text, case) in &hosts {
                let has_path = text.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
                let expected = with_path.as_ref().filter(|_| has_path).unwrap_or(&bare);
                let found = optional(&path, skeletons(case));
                for (file, skeleton) in &found {
                    assert_eq!(
                        Some(skeleton),
                        expected.get(file),
                        "{path}: {text:?} changes the structure of {file}:\n{}",
                        case.file(file).unwrap_or_default()
                    );
                }
                assert_eq!(found.len(), expected.len(), "{path}: {text:?}");
                tried += 1;
                seen = true;
            }
        }
        if !seen {
            unseen.push(path);
        }
    }
    // Sums stand in no file of the host.
    unseen.retain(|path| !path.ends_with("sha256"));
    assert!(unseen.is_empty(), "no value was tried for {unseen:?}");
    assert!(tried > 1000, "{tried}");
}

/// Lines that a value may switch on by what it says, and not by how it is spelled.
fn optional(path: &str, mut skeletons: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let site = "/etc/nginx/conf.d/default.conf";
    let gone: &[&str] = match path {
        // A long name widens nginx's table.
        "domain" => &["server_names_hash_bucket_size 2\n"],
        // A route may take the whole site, which is else answered by 404.
        path if path.ends_with(".path") => &["location 2 {return 2}; "],
        _ => &[],
    };
    if let Some(text) = skeletons.get_mut(site) {
        for line in gone {
            *text = text.replace(line, "");
        }
    }
    skeletons
}
