//! Reads a fleet as a stream: one host is in memory at a time, however many there are.

use std::io::{Cursor, Read};

use camino::Utf8Path;

use super::HostEntry;
use super::jsonl::Lines;
use super::yaml::Stream;
use crate::config::value::Value;
use crate::config::yaml;
use crate::diagnostics::Diagnostics;

/// How far the first line is looked for that tells which form the document has.
const SNIFF_LEN: usize = 64 << 10;

/// A fleet that is being read.
pub struct Reader<'p, R: Read> {
    form: Form<'p, Whole<R>>,
    /// What `defaults:` says: there before the first host, because hosts are read one at a time.
    pub defaults: Option<HostEntry>,
    /// What is wrong with the document itself. Where that refuses, nobody knows who else is in it.
    pub diagnostics: Diagnostics,
    broken: bool,
}

/// What was looked at already, and the rest.
type Whole<R> = std::io::Chain<Cursor<Vec<u8>>, R>;

/// `defaults:` and `hosts:`, or a host on each line.
enum Form<'p, R: Read> {
    Yaml(Box<Stream<'p, R>>),
    Lines(Lines<'p, R>),
}

impl<'p, R: Read> Reader<'p, R> {
    /// Begins to read. `path` is how messages name the file.
    pub fn new(path: &'p Utf8Path, mut stream: R) -> Self {
        let mut head = Vec::new();
        // What cannot be read now cannot be read a moment later, and is told then.
        let _ = stream.by_ref().take(SNIFF_LEN as u64).read_to_end(&mut head);
        let lines = is_lines(path, &head);
        let whole = Cursor::new(head).chain(stream);
        let form = if lines {
            Form::Lines(Lines::new(path, whole))
        } else {
            Form::Yaml(Box::new(Stream::new(path, whole)))
        };
        Self { form, defaults: None, diagnostics: Diagnostics::default(), broken: false }
    }

    /// The next host, whatever it is; none at the end. What is wrong with how it is written goes into `report`.
    pub fn next_host(&mut self, diagnostics: &mut Diagnostics) -> Option<HostEntry> {
        if self.broken {
            return None;
        }
        let next = match &mut self.form {
            Form::Yaml(stream) => stream.next_host(&mut self.defaults, &mut self.diagnostics, diagnostics),
            Form::Lines(lines) => lines.next_host(&mut self.defaults, diagnostics),
        };
        next.unwrap_or_else(|finding| {
            self.diagnostics.push(*finding);
            self.broken = true;
            None
        })
    }
}

/// Whether each line is a host: by the file's name, or because the first line is a whole map that has no `hosts`.
fn is_lines(path: &Utf8Path, head: &[u8]) -> bool {
    if matches!(path.extension(), Some("jsonl" | "ndjson")) {
        return true;
    }
    let text = String::from_utf8_lossy(head);
    let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { return false };
    if !line.starts_with('{') {
        return false;
    }
    match yaml::read(path, line, &mut Diagnostics::default()) {
        Some(spanned) => spanned.get("hosts").is_none() && matches!(spanned.value, Value::Map(_)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::diagnostics::Location;

    /// Every host's parameters in one line, and the codes of what was wrong.
    fn read(name: &str, text: &str) -> (Vec<String>, Vec<&'static str>) {
        let mut diagnostics = Diagnostics::default();
        let mut reader = Reader::new(Utf8Path::new(name), text.as_bytes());
        let mut hosts = Vec::new();
        while let Some(host) = reader.next_host(&mut diagnostics) {
            let mut config = Config::default();
            if let Some(defaults) = reader.defaults.clone() {
                defaults.apply_to(&mut config, &mut diagnostics);
            }
            host.apply_to(&mut config, &mut diagnostics);
            hosts.push(config.canonical().trim_end().replace('\n', " "));
        }
        diagnostics.merge(reader.diagnostics);
        (hosts, diagnostics.entries().iter().map(|finding| finding.code.as_str()).collect())
    }

    #[test]
    fn yaml_flow_and_lines_are_the_same_fleet() {
        let hosts = vec![".domain=a.org .panel=pai".to_owned(), ".domain=b.org .panel=none".to_owned()];
        for (name, text) in [
            (
                "f.yaml",
                "defaults:\n  panel: pai\nhosts:\n  - domain: a.org\n  - domain: b.org\n    panel: none\n",
            ),
            (
                "f.yaml",
                "# x\n---\ndefaults: {panel: pai}\nhosts:\n- {domain: a.org}\n- domain: b.org\n  panel: none",
            ),
            (
                "f.json",
                r#"{"defaults": {"panel": "pai"}, "hosts": [{"domain": "a.org"}, {"domain": "b.org", "panel": "none"}]}"#,
            ),
            (
                "-",
                "{\"defaults\": {\"panel\": \"pai\"}}\n{\"domain\": \"a.org\"}\n\n{\"domain\": \"b.org\", \"panel\": \"none\"}\n",
            ),
            (
                "f.jsonl",
                "{\"domain\": \"a.org\", \"panel\": \"pai\"}\r\n{\"domain\": \"b.org\", \"panel\": \"none\"}",
            ),
        ] {
            assert_eq!(read(name, text), (hosts.clone(), vec![]), "{text}");
        }
    }

    #[test]
    fn names_given_to_values_reach_the_hosts_below() {
        let text =
            "defaults:\n  routes: &r [{path: /a/, upstream: u}]\nhosts:\n  - {domain: a.org, routes: *r}\n";
        let (hosts, codes) = read("f.yaml", text);
        assert_eq!(
            (hosts[0].as_str(), codes.len()),
            (".domain=a.org .routes.path=/a/ .routes.upstream=u", 0)
        );
    }

    #[test]
    fn what_is_no_fleet_is_refused() {
        for (text, code) in [
            ("hosts:\n  - domain: a.org\ndefaults:\n  panel: pai\n", "fleet-order"),
            ("domain: a.org\n", "key-unknown"),
            ("- domain: a.org\n", "value-type"),
            ("hosts: {a: b}\n", "value-type"),
            ("hosts:\n  - a.org\n", "value-type"),
            ("hosts:\n  - {domain: a.org}\nhosts: []\n", "key-duplicate"),
            ("hosts:\n  - {domain: a.org}\n---\nhosts: []\n", "yaml-documents"),
            ("hosts:\n  - {domain: a.org\n  - b\n", "yaml-syntax"),
        ] {
            assert_eq!(read("f.yaml", text).1, [code], "{text}");
        }
        assert_eq!(read("f.jsonl", "{\"domain\": \"a.org\"}\n[1]\n{\n").1, ["value-type", "yaml-syntax"]);
    }

    #[test]
    fn a_place_is_a_line_of_the_file() {
        let location = |name: &str, text: &str, nth: usize| {
            let mut reader = Reader::new(Utf8Path::new(name), text.as_bytes());
            let mut diagnostics = Diagnostics::default();
            let hosts: Vec<HostEntry> = std::iter::from_fn(|| reader.next_host(&mut diagnostics)).collect();
            let domain = hosts[nth].spanned.get("domain").unwrap();
            let Location::File { line, .. } = domain.location else { panic!("it stands in the file") };
            let source = hosts[nth].source.snippet();
            (
                domain.location.to_string(),
                source.text.lines().nth(line - source.first).unwrap().trim().to_owned(),
            )
        };
        let yaml = "hosts:\n  - domain: a.org\n    mail: x\n  -\n    domain: b.org\n";
        assert_eq!(location("f.yaml", yaml, 1), ("f.yaml:5:13".to_owned(), "domain: b.org".to_owned()));
        let lines = "{domain: a.org}\n\n{domain: b.org}\n";
        assert_eq!(location("f.jsonl", lines, 1), ("f.jsonl:3:10".to_owned(), "{domain: b.org}".to_owned()));
    }

    #[test]
    fn what_is_no_text_is_told_where_it_stands() {
        let place = |bytes: &[u8]| {
            let mut reader = Reader::new(Utf8Path::new("f.yaml"), bytes);
            while reader.next_host(&mut Diagnostics::default()).is_some() {}
            reader.diagnostics.entries()[0].locations[0].to_string()
        };
        assert_eq!(place(b"hosts:\n  - domain: a.org\n  - domain: b\xff.org\n"), "f.yaml:3:14");
        assert_eq!(
            place(b"defaults:\n  panel: pai\n  mail: \xff\nhosts:\n  - domain: a.org\n"),
            "f.yaml:3:9"
        );
    }
}
