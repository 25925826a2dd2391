//! What was said, layer upon layer, every value with its origin. What it means is `panel`'s business.

pub mod example;
pub mod json_schema;
pub mod path;
pub mod schema;
mod validate;
pub mod value;
pub mod yaml;

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostics::{Code, Finding, Origin, Report};
use crate::values::{Word, shown};
use schema::Kind;
use value::{Pair, Said, Value};
use yaml::Excerpt;

/// Everything that was said in one run, merged.
#[derive(Debug, Clone)]
pub struct Params {
    tree: Said,
    /// The text of each file, for excerpts.
    sources: Vec<Source>,
}

/// The text of a file, or of a part of it.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, as messages name it.
    pub path: Utf8PathBuf,
    /// The number of its first line here.
    pub first: usize,
    /// The lines.
    pub text: Arc<str>,
}

impl Default for Params {
    fn default() -> Self {
        let origin = Origin::Default("built-in".to_owned());
        Self { tree: Said { value: Value::Map(Vec::new()), origin }, sources: Vec::new() }
    }
}

impl Params {
    /// Lays a YAML document over what was said before. `path` is how messages name it.
    pub fn lay_yaml(&mut self, path: &Utf8Path, text: &str, report: &mut Report) {
        let said = yaml::read(path, text, report);
        let source = Source { path: path.to_owned(), first: 1, text: text.into() };
        match said {
            Some(said @ Said { value: Value::Map(_), .. }) => self.lay(said, source),
            Some(said) if said.value != Value::Nothing => {
                let message = format!("a parameters file is a map of keys, not {}", said.value.shape());
                let finding = Finding::new(Code::ValueType, message)
                    .at(said.origin)
                    .hint("begin with `domain: example.org`; `panelgen init` writes a commented example");
                report.push(yaml::excerpted(finding, source.excerpt()));
                self.sources.push(source);
            }
            _ => self.sources.push(source),
        }
    }

    /// Lays a map that was read over what was said before; `source` is the text that it stands in.
    pub fn lay(&mut self, said: Said, source: Source) {
        self.sources.push(source);
        self.tree.lay(said);
    }

    /// Lays one `key=value` of `--set` over what was said before: the key's own type reads the value.
    pub fn lay_set(&mut self, argument: &str, report: &mut Report) {
        let Some((path, text)) = argument.split_once('=') else {
            report.push(
                Finding::new(Code::SetInvalid, format!("`{}` is not `key=value`", shown(argument)))
                    .at(Origin::Flag("--set".to_owned()))
                    .hint("for example `--set faasd.gateway_port=9000`"),
            );
            return;
        };
        let flag = Origin::Flag(format!("--set {}", shown(path)));
        let Some(key) = schema::at(path) else {
            if !path.starts_with("overrides.units.") && !path.starts_with("passinit.") {
                report.push(unknown_set(path).at(flag));
                return;
            }
            self.set(path, Value::Text { text: text.to_owned(), plain: true }, &flag);
            return;
        };
        let value = match key.kind {
            Kind::List(_) | Kind::Map(_) | Kind::SwitchOrMap(_) | Kind::Units
                if text.starts_with(['[', '{']) =>
            {
                let mut inner = Report::default();
                let Some(said) = yaml::read(Utf8Path::new("--set"), text, &mut inner) else {
                    for mut finding in inner.findings().iter().cloned() {
                        finding.origins = vec![flag.clone()];
                        finding.parameter = Some(path.to_owned());
                        report.push(finding);
                    }
                    return;
                };
                said.value
            }
            _ => Value::Text { text: text.to_owned(), plain: true },
        };
        self.set(path, value, &flag);
    }

    /// Lays one value over what was said before, as the dedicated flag `flag` said it.
    pub fn lay_flag(&mut self, path: &str, flag: &str, text: &str) {
        let value = Value::Text { text: text.to_owned(), plain: true };
        self.set(path, value, &Origin::Flag(flag.to_owned()));
    }

    /// Lays the list of a repeated flag over what was said before.
    pub fn lay_flags(&mut self, path: &str, flag: &str, texts: &[String]) {
        let origin = Origin::Flag(flag.to_owned());
        let item = |text: &String| Said {
            value: Value::Text { text: text.clone(), plain: true },
            origin: origin.clone(),
        };
        self.set(path, Value::List(texts.iter().map(item).collect()), &origin);
    }

    fn set(&mut self, path: &str, value: Value, origin: &Origin) {
        let mut said = Said { value: placed(value, origin), origin: origin.clone() };
        for name in names(path).into_iter().rev() {
            let pair = Pair { key: name.to_owned(), key_origin: origin.clone(), said };
            said = Said { value: Value::Map(vec![pair]), origin: origin.clone() };
        }
        self.tree.lay(said);
    }

    /// Everything that was said, one `path=value` a line, sorted: equal for equal parameters, wherever they were
    /// said. The password is left out, because its sum could be guessed from.
    pub fn canonical(&self) -> String {
        let mut lines = Vec::new();
        canonical("", &self.tree, &mut lines);
        lines.sort();
        lines.concat()
    }

    /// Holds what was said under these keys against the list of keys.
    pub fn check_keys(&self, keys: &[&str], report: &mut Report) {
        validate::check(self, |key| keys.contains(&key), report);
    }

    /// Holds everything against the list of keys.
    pub fn check(&self, report: &mut Report) {
        validate::check(self, |_| true, report);
    }

    /// The same parameters without what was said under these keys.
    #[must_use]
    pub fn without(&self, keys: &[&str]) -> Self {
        let tree = Said { value: Value::Map(self.but_for(keys)), origin: self.tree.origin.clone() };
        Self { tree, sources: self.sources.clone() }
    }

    /// What was said but for what was said under these keys.
    pub fn but_for(&self, keys: &[&str]) -> Vec<Pair> {
        self.beyond(keys).cloned().collect()
    }

    /// Whether that is the same, wherever it was said.
    pub fn is_but_for(&self, keys: &[&str], known: &[Pair]) -> bool {
        let mut known = known.iter();
        self.beyond(keys).all(|pair| known.next().is_some_and(|known| pair.is_like(known)))
            && known.next().is_none()
    }

    /// What was said under other keys than these.
    fn beyond(&self, keys: &[&str]) -> impl Iterator<Item = &Pair> {
        let pairs = if let Value::Map(pairs) = &self.tree.value { pairs.as_slice() } else { &[] };
        pairs.iter().filter(move |pair| !keys.contains(&pair.key.as_str()))
    }

    /// What was said under a dotted path; nothing counts as unsaid.
    pub fn said(&self, path: &str) -> Option<&Said> {
        self.tree.get(path).filter(|said| said.value != Value::Nothing)
    }

    /// Where a value was said, or that it is a default.
    pub fn origin(&self, path: &str) -> Origin {
        self.said(path).map_or_else(|| Origin::Default("built-in".to_owned()), |said| said.origin.clone())
    }

    /// The word under a dotted path. An ill-formed one is absent here: `check` has told of it.
    pub fn word<W: Word>(&self, path: &str) -> Option<W> {
        word_of(self.said(path)?)
    }

    /// The words of a list, each with its origin.
    pub fn words<W: Word>(&self, path: &str) -> Vec<(W, Origin)> {
        self.items(path).filter_map(|said| Some((word_of(said)?, said.origin.clone()))).collect()
    }

    /// The items of a list; one value alone is a list of one.
    pub fn items(&self, path: &str) -> impl Iterator<Item = &Said> {
        let said = self.said(path);
        let items = match said.map(|said| &said.value) {
            Some(Value::List(items)) => items.as_slice(),
            Some(_) => said.map(std::slice::from_ref).unwrap_or_default(),
            None => &[],
        };
        items.iter()
    }

    /// A choice or other plain text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.said(path).and_then(Said::text)
    }

    /// A switch.
    pub fn switch(&self, path: &str) -> Option<bool> {
        self.text(path).map(|text| text == "true")
    }

    /// The text of the file an origin lies in.
    pub fn source(&self, origin: &Origin) -> Option<Excerpt<'_>> {
        let Origin::File { path, line, .. } = origin else { return None };
        let mut sources = self.sources.iter().rev();
        sources.find(|source| source.path == *path && source.first <= *line).map(Source::excerpt)
    }

    /// Every text that was said, with its dotted path; the password is left out.
    pub fn texts(&self) -> Vec<(String, &Said)> {
        let mut texts = Vec::new();
        leaves(String::new(), &self.tree, &mut texts);
        texts
    }

    /// Tells a finding about a value, with the line it stands on.
    pub fn tell(&self, report: &mut Report, finding: Finding) {
        if report.is_full() && report.refused() {
            report.count_one_more();
            return;
        }
        let source = finding.origins.first().and_then(|origin| self.source(origin));
        report.push(match source {
            Some(text) => yaml::excerpted(finding, text),
            None => finding,
        });
    }
}

impl Source {
    /// The text, for a finding about it.
    pub fn excerpt(&self) -> Excerpt<'_> {
        Excerpt { first: self.first, text: &self.text }
    }
}

impl Said {
    /// The text, where it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The word under a dotted path below this value.
    pub fn word<W: Word>(&self, path: &str) -> Option<W> {
        word_of(self.get(path)?)
    }
}

fn leaves<'a>(path: String, said: &'a Said, texts: &mut Vec<(String, &'a Said)>) {
    match &said.value {
        Value::Nothing => {}
        Value::Text { .. } => texts.push((path, said)),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = if items.len() > 1 { format!("{path}[{index}]") } else { path.clone() };
                leaves(path, item, texts);
            }
        }
        Value::Map(pairs) => {
            for pair in pairs.iter().filter(|pair| !(path.is_empty() && pair.key == "passinit")) {
                leaves(validate::join(&path, &pair.key), &pair.said, texts);
            }
        }
    }
}

fn canonical(path: &str, said: &Said, lines: &mut Vec<String>) {
    match &said.value {
        Value::Nothing => {}
        Value::Text { text, .. } => lines.push(format!("{path}={text}\n")),
        // One value alone is a list of one.
        Value::List(items) if items.len() == 1 => canonical(path, &items[0], lines),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                canonical(&format!("{path}[{index}]"), item, lines);
            }
        }
        Value::Map(pairs) => {
            for pair in pairs.iter().filter(|pair| !(path.is_empty() && pair.key == "passinit")) {
                canonical(&format!("{path}.{}", pair.key), &pair.said, lines);
            }
        }
    }
}

fn word_of<W: Word>(said: &Said) -> Option<W> {
    W::parse(said.text()?).ok()
}

/// The names of a dotted path. That of a unit has a dot of its own: section and directive come behind it.
fn names(path: &str) -> Vec<&str> {
    let Some(unit) = path.strip_prefix("overrides.units.") else { return path.split('.').collect() };
    let behind: Vec<&str> = unit.rsplitn(3, '.').collect();
    ["overrides", "units"].into_iter().chain(behind.into_iter().rev()).collect()
}

/// A value from `--set`, every part of it said by that flag.
fn placed(value: Value, origin: &Origin) -> Value {
    let place = |said: Said| Said { value: placed(said.value, origin), origin: origin.clone() };
    match value {
        Value::List(items) => Value::List(items.into_iter().map(place).collect()),
        Value::Map(pairs) => Value::Map(
            pairs
                .into_iter()
                .map(|pair| Pair { key: pair.key, key_origin: origin.clone(), said: place(pair.said) })
                .collect(),
        ),
        value => value,
    }
}

fn unknown_set(path: &str) -> Finding {
    let mut keys = schema::KEYS;
    let mut known = String::new();
    for name in path.split('.') {
        let Some(key) = keys.iter().find(|key| key.name == name) else {
            return validate::unknown_key(&format!("{known}{name}"), name, keys);
        };
        match &key.kind {
            Kind::Map(below) | Kind::SwitchOrMap(below) => keys = below,
            _ => break,
        }
        known = format!("{known}{name}.");
    }
    Finding::new(Code::KeyUnknown, "no such parameter").about(shown(path).to_string())
}

/// The sections that a drop-in can have.
pub const UNIT_SECTIONS: &[&str] =
    &["Unit", "Service", "Timer", "Socket", "Path", "Mount", "Slice", "Install"];

/// Whether `name` is a section that a drop-in can have.
fn unit_section(name: &str) -> bool {
    UNIT_SECTIONS.contains(&name)
}

/// Whether `name` has the form of a directive's name.
fn directive_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}
