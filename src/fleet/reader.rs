//! Reads a fleet as a stream: only one host is in memory at a time.

use std::io::{Cursor, Read};

use camino::Utf8Path;

use super::HostEntry;
use super::jsonl::Lines;
use super::yaml::Stream;
use crate::config::encoding::{self, EncodingError};
use crate::config::value::Value;
use crate::config::yaml;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::sanitize;

/// How many bytes of the first line are read to find out the document's form.
const SNIFF_LEN: usize = 64 << 10;

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A reader of a fleet.
pub struct Reader<'p, R: Read> {
    form: Form<'p, Whole<R>>,
    /// The defaults. They are known before the first host, because hosts are read one at a time.
    pub defaults: Option<HostEntry>,
    /// Diagnostics of the document itself. After an error, its remaining hosts are unknown.
    pub diagnostics: Diagnostics,
    broken: bool,
}

/// The bytes read in advance, and the rest.
type Whole<R> = std::io::Chain<Cursor<Vec<u8>>, R>;

/// `defaults:` and `hosts:`, or a host on each line.
enum Form<'p, R: Read> {
    Yaml(Box<Stream<'p, R>>),
    Lines(Lines<'p, R>),
}

impl<'p, R: Read> Reader<'p, R> {
    /// Starts reading. `path` is the file's name in messages.
    pub fn new(path: &'p Utf8Path, mut stream: R) -> Self {
        let mut head = Vec::new();
        // A read error occurs again at the next read, and is reported then.
        let _ = stream.by_ref().take(SNIFF_LEN as u64).read_to_end(&mut head);
        let error = encoding::utf16(&head);
        if head.starts_with(BOM) {
            head.drain(..BOM.len());
        }
        let lines = is_lines(path, &head);
        let whole = Cursor::new(head).chain(stream);
        let form = if lines {
            Form::Lines(Lines::new(path, whole))
        } else {
            Form::Yaml(Box::new(Stream::new(path, whole)))
        };
        let mut diagnostics = Diagnostics::default();
        let broken = error.is_some();
        if let Some(EncodingError { message, hint, position: (line, column) }) = error {
            let diagnostic = Diagnostic::new(
                Code::FileUnreadable,
                format!("cannot read `{}`: {message}", sanitize(path.as_str())),
            );
            let location = Location::File { path: path.to_owned(), line, column };
            diagnostics.push(diagnostic.with_parameter("--fleet").with_location(location).with_hint(hint));
        }
        Self { form, defaults: None, diagnostics, broken }
    }

    /// The next host, valid or not, or `None` at the end. Syntax errors go into `diagnostics`.
    pub fn next_host(&mut self, diagnostics: &mut Diagnostics) -> Option<HostEntry> {
        if self.broken {
            return None;
        }
        let next = match &mut self.form {
            Form::Yaml(stream) => stream.next_host(&mut self.defaults, &mut self.diagnostics, diagnostics),
            Form::Lines(lines) => lines.next_host(&mut self.defaults, diagnostics),
        };
        next.unwrap_or_else(|diagnostic| {
            self.diagnostics.push(*diagnostic);
            self.broken = true;
            None
        })
    }
}

/// Whether each line is a host: by the file's extension, or because the first line is a complete map without
/// `hosts`.
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

    /// Every host's parameters as one line, and the codes of the diagnostics.
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
        (hosts, diagnostics.entries().iter().map(|diagnostic| diagnostic.code.as_str()).collect())
    }

    #[test]
    fn block_flow_and_lines_give_the_same_fleet() {
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
    fn anchors_are_available_in_later_hosts() {
        let text =
            "defaults:\n  routes: &r [{path: /a/, upstream: u}]\nhosts:\n  - {domain: a.org, routes: *r}\n";
        let (hosts, codes) = read("f.yaml", text);
        assert_eq!(
            (hosts[0].as_str(), codes.len()),
            (".domain=a.org .routes.path=/a/ .routes.upstream=u", 0)
        );
    }

    #[test]
    fn reader_rejects_other_documents() {
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
    fn locations_are_lines_of_the_file() {
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
    fn invalid_utf8_is_reported_at_its_position() {
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
