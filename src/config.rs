//! The parameters as written, layer by layer, each value with its location. `host` resolves what they mean.

pub mod changes;
mod defaults;
pub(crate) mod encoding;
pub mod example;
pub mod json_schema;
pub mod migrate;
pub mod path;
pub mod schema;
pub(crate) mod validate;
pub mod value;
pub mod yaml;

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::{FromText, RegistryAuth, sanitize};
use schema::ValueType;
use value::{MapEntry, Spanned, Value};
use yaml::Snippet;

/// The merged parameters of one run.
#[derive(Debug, Clone)]
pub struct Config {
    tree: Spanned,
    /// The text of each file, for snippets.
    sources: Vec<SourceText>,
    /// The credentials of registries, read from the file that the parameters name.
    registry_auth: Option<RegistryAuth>,
}

/// The text of a file, or of a part of it.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// The file's name in messages.
    pub path: Utf8PathBuf,
    /// The line number of the text's first line in the file.
    pub first_line: usize,
    /// The text, whole lines.
    pub text: Arc<str>,
}

impl Default for Config {
    fn default() -> Self {
        let location = Location::Default("built-in".to_owned());
        Self {
            tree: Spanned { value: Value::Map(Vec::new()), location },
            sources: Vec::new(),
            registry_auth: None,
        }
    }
}

impl Config {
    /// Merges a YAML document over the parameters. `path` is its name in messages.
    pub fn merge_yaml(&mut self, path: &Utf8Path, text: &str, diagnostics: &mut Diagnostics) {
        let spanned = yaml::read(path, text, diagnostics);
        let source = SourceText { path: path.to_owned(), first_line: 1, text: text.into() };
        match spanned {
            Some(mut spanned @ Spanned { value: Value::Map(_), .. }) => {
                if let Value::Map(entries) = &mut spanned.value {
                    // A key for editors, not a parameter.
                    entries.retain(|entry| {
                        entry.key != SCHEMA_KEY || !matches!(entry.value.value, Value::Text { .. })
                    });
                }
                migrate::accept_deprecated(&mut spanned, changes::CHANGES, &source, diagnostics);
                self.merge(spanned, source);
            }
            Some(spanned) => {
                if let Some(diagnostic) = not_a_map(&spanned) {
                    diagnostics.push(yaml::with_snippet(diagnostic, source.snippet()));
                }
                self.sources.push(source);
            }
            None => self.sources.push(source),
        }
    }

    /// Merges a map over the parameters. `source` is the text that contains it.
    pub(crate) fn merge(&mut self, spanned: Spanned, source: SourceText) {
        self.sources.push(source);
        self.tree.merge(spanned);
    }

    /// Merges one `key=value` of `--set` over the parameters. The key's type decides how the value is read.
    pub fn merge_set(&mut self, argument: &str, diagnostics: &mut Diagnostics) {
        let Some((path, text)) = argument.split_once('=') else {
            diagnostics.push(
                Diagnostic::new(
                    Code::SetInvalid,
                    format!("invalid assignment `{}`: expected `key=value`", sanitize(argument)),
                )
                .with_location(Location::Flag("--set".to_owned()))
                .with_hint("write for example `--set faasd.gateway_port=9000`"),
            );
            return;
        };
        let flag = Location::Flag(format!("--set {}", sanitize(path)));
        let segments = path_segments(path);
        let dotted = segments.join(".");
        let key = schema::at(&dotted);
        if key.is_none()
            && !matches!(&segments[..], ["overrides", "units", _, ..])
            && !schema::is_secret(&dotted)
        {
            let mut diagnostic = unknown_set(&dotted);
            let switch = path.strip_suffix(".enabled").or_else(|| path.strip_suffix(".enable"));
            let hint = switch.and_then(|switch| validate::switch_off_hint(switch, text, &flag));
            let item = path
                .contains('[')
                .then(|| "a list is set as a whole: write it in brackets, or use a file".to_owned());
            diagnostic.hint = hint.or(item).or(diagnostic.hint);
            diagnostics.push(diagnostic.with_location(flag));
            return;
        }
        let takes_yaml = key.is_none_or(|key| {
            matches!(
                key.value_type,
                ValueType::List(_)
                    | ValueType::Map(_)
                    | ValueType::BoolOrMap(_)
                    | ValueType::PerArch(..)
                    | ValueType::Units
            )
        });
        let value = match text {
            // As in a file.
            "null" => Value::Null,
            _ if takes_yaml && text.starts_with(['[', '{']) => {
                let mut inner = Diagnostics::default();
                let Some(spanned) = yaml::read(Utf8Path::new("--set"), text, &mut inner) else {
                    for mut diagnostic in inner.entries().iter().cloned() {
                        diagnostic.locations = vec![flag.clone()];
                        diagnostic.parameter = Some(path.to_owned());
                        diagnostics.push(diagnostic);
                    }
                    return;
                };
                spanned.value
            }
            _ => key
                .filter(|key| matches!(key.value_type, ValueType::Secret(_)))
                .and_then(|_| secret_source(text))
                .or_else(|| unquoted(text))
                .unwrap_or_else(|| Value::Text { text: text.to_owned(), plain: true }),
        };
        self.set(&segments, value, &flag);
    }

    /// Merges one value from the dedicated flag `flag` over the parameters.
    pub fn merge_flag(&mut self, path: &str, flag: &str, text: &str) {
        let value = Value::Text { text: text.to_owned(), plain: true };
        self.set(&path_segments(path), value, &Location::Flag(flag.to_owned()));
    }

    /// Merges the list from a repeated flag over the parameters.
    pub fn merge_flag_list(&mut self, path: &str, flag: &str, texts: &[String]) {
        let location = Location::Flag(flag.to_owned());
        let item = |text: &String| Spanned {
            value: Value::Text { text: text.clone(), plain: true },
            location: location.clone(),
        };
        self.set(&path_segments(path), Value::List(texts.iter().map(item).collect()), &location);
    }

    /// Sets the content of the file that `registry.auth` names.
    #[doc(hidden)]
    pub fn set_registry_auth(&mut self, auth: RegistryAuth) {
        self.registry_auth = Some(auth);
    }

    /// The credentials of registries: those in the parameters, or those of the file that they name.
    pub(crate) fn registry_auth(&self) -> Option<RegistryAuth> {
        match self.get("registry.auth")?.value {
            Value::Map(_) => self.registry_auth.clone(),
            _ => self.parsed("registry.auth"),
        }
    }

    fn set(&mut self, path: &[&str], value: Value, location: &Location) {
        let mut spanned =
            Spanned { value: with_location_everywhere(value, location), location: location.clone() };
        for name in path.iter().rev() {
            let entry = MapEntry { key: (*name).to_owned(), key_location: location.clone(), value: spanned };
            spanned = Spanned { value: Value::Map(vec![entry]), location: location.clone() };
        }
        self.tree.merge(spanned);
    }

    /// All parameters, one `path=value` per line, sorted: equal for equal parameters, whatever their
    /// location. The password is left out, because it could be guessed from a checksum of this text.
    #[cfg(test)]
    pub(crate) fn canonical(&self) -> String {
        let mut lines = Vec::new();
        canonical("", &self.tree, &mut lines);
        lines.sort();
        lines.concat()
    }

    /// Checks the parameters under these top-level keys against the schema.
    pub(crate) fn check_keys(&self, keys: &[&str], diagnostics: &mut Diagnostics) {
        validate::check(self, |key| keys.contains(&key), diagnostics);
    }

    /// Checks all parameters against the schema.
    #[doc(hidden)]
    pub fn check(&self, diagnostics: &mut Diagnostics) {
        validate::check(self, |_| true, diagnostics);
    }

    /// Whether a fleet file was passed as a parameters file. Such a file has no domain of its own.
    pub(crate) fn is_fleet_file(&self) -> bool {
        matches!(&self.tree.value, Value::Map(entries) if entries.iter().any(validate::is_host_list))
    }

    /// The parameters without these top-level keys.
    #[must_use]
    pub(crate) fn without(&self, keys: &[&str]) -> Self {
        let tree = Spanned { value: Value::Map(self.excluding(keys)), location: self.tree.location.clone() };
        Self { tree, sources: self.sources.clone(), registry_auth: self.registry_auth.clone() }
    }

    /// The entries without these top-level keys.
    #[doc(hidden)]
    pub fn excluding(&self, keys: &[&str]) -> Vec<MapEntry> {
        self.entries_excluding(keys).cloned().collect()
    }

    /// Whether the entries without these keys equal `known`, ignoring locations.
    pub(crate) fn equals_excluding(&self, keys: &[&str], known: &[MapEntry]) -> bool {
        let mut known = known.iter();
        self.entries_excluding(keys)
            .all(|entry| known.next().is_some_and(|known| entry.eq_ignoring_location(known)))
            && known.next().is_none()
    }

    /// Iterates over the entries without these top-level keys.
    fn entries_excluding(&self, keys: &[&str]) -> impl Iterator<Item = &MapEntry> {
        let entries = if let Value::Map(entries) = &self.tree.value { entries.as_slice() } else { &[] };
        entries.iter().filter(move |entry| !keys.contains(&entry.key.as_str()))
    }

    /// The value at a dotted path. An empty value counts as not set.
    #[doc(hidden)]
    pub fn get(&self, path: &str) -> Option<&Spanned> {
        debug_assert!(schema::at(path).is_some(), "the schema declares no parameter `{path}`");
        self.tree.get(path).filter(|spanned| spanned.value != Value::Null)
    }

    /// The location of the value at a dotted path, or that of the default.
    #[doc(hidden)]
    pub fn location(&self, path: &str) -> Location {
        self.get(path)
            .map_or_else(|| Location::Default("built-in".to_owned()), |spanned| spanned.location.clone())
    }

    /// The typed value at a dotted path, or `None` if it is not set or invalid (which `check` reports).
    pub(crate) fn parsed<W: FromText>(&self, path: &str) -> Option<W> {
        debug_assert!(schema::takes::<W>(path), "the schema declares another type of `{path}`");
        parse_value(self.get(path)?)
    }

    /// The typed value at a dotted path. The default of the schema replaces a value that is not set or invalid.
    pub(crate) fn parsed_or_default<W: FromText>(&self, path: &str) -> W {
        let default = || parse_value(defaults::at(path)).expect("a declared default is a value of its type");
        self.parsed(path).unwrap_or_else(default)
    }

    /// The typed values of a list, or those of the default of the schema if the list has none.
    pub(crate) fn list_or_default<W: FromText>(&self, path: &str) -> Vec<W> {
        let set = self.parsed_list(path);
        if set.is_empty() {
            return items(defaults::at(path)).iter().filter_map(parse_value).collect();
        }
        set.into_iter().map(|(word, _)| word).collect()
    }

    /// The typed values of a list, each with its location.
    pub(crate) fn parsed_list<W: FromText>(&self, path: &str) -> Vec<(W, Location)> {
        debug_assert!(schema::takes::<W>(path), "the schema declares another type of `{path}`");
        self.items(path)
            .filter_map(|spanned| Some((parse_value(spanned)?, spanned.location.clone())))
            .collect()
    }

    /// The items of a list. A single value counts as a list of one.
    #[doc(hidden)]
    pub fn items(&self, path: &str) -> impl Iterator<Item = &Spanned> {
        self.get(path).map(items).unwrap_or_default().iter()
    }

    /// The text at a dotted path.
    #[doc(hidden)]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(Spanned::text)
    }

    /// The text at a dotted path, or the default of the schema.
    pub(crate) fn text_or_default(&self, path: &str) -> &str {
        self.text(path).or_else(|| defaults::at(path).text()).expect("a declared default is text")
    }

    /// The boolean at a dotted path, or the default of the schema.
    pub(crate) fn is_on(&self, path: &str) -> bool {
        self.text_or_default(path) == "true"
    }

    /// The text of the file that contains the location.
    #[doc(hidden)]
    pub fn snippet(&self, location: &Location) -> Option<Snippet<'_>> {
        let Location::File { path, line, .. } = location else { return None };
        let mut sources = self.sources.iter().rev();
        sources.find(|source| source.path == *path && source.first_line <= *line).map(SourceText::snippet)
    }

    /// Every text with its dotted path, except secrets.
    pub(crate) fn texts(&self) -> Vec<(String, &Spanned)> {
        let mut texts = Vec::new();
        leaves(String::new(), &self.tree, &mut texts);
        texts
    }

    /// Reports a diagnostic about a value, with the source line.
    pub(crate) fn report(&self, diagnostics: &mut Diagnostics, diagnostic: Diagnostic) {
        if diagnostics.is_full() && diagnostics.has_errors() {
            diagnostics.count_unlisted();
            return;
        }
        let source = diagnostic.locations.first().and_then(|location| self.snippet(location));
        diagnostics.push(match source {
            Some(text) => yaml::with_snippet(diagnostic, text),
            None => diagnostic,
        });
    }
}

/// The error for a document that is a text or a list.
fn not_a_map(document: &Spanned) -> Option<Diagnostic> {
    if matches!(document.value, Value::Map(_) | Value::Null) {
        return None;
    }
    let message = format!("a parameters file must be a map of keys, found {}", document.value.type_name());
    let diagnostic = Diagnostic::new(Code::ValueType, message).with_location(document.location.clone());
    Some(diagnostic.with_hint("begin with `domain: example.org`; `panelgen init` writes a commented example"))
}

/// The texts of the declared default of the parameter at `path`.
pub fn default_texts(path: &str) -> impl Iterator<Item = &'static str> {
    items(defaults::at(path)).iter().filter_map(Spanned::text)
}

impl SourceText {
    /// The text, for a diagnostic about it.
    pub fn snippet(&self) -> Snippet<'_> {
        Snippet { first: self.first_line, text: &self.text }
    }
}

impl Spanned {
    /// The text, or `None` for another type.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The typed value at a dotted path below this value.
    pub fn parsed<W: FromText>(&self, path: &str) -> Option<W> {
        parse_value(self.get(path)?)
    }
}

fn leaves<'a>(path: String, spanned: &'a Spanned, texts: &mut Vec<(String, &'a Spanned)>) {
    match &spanned.value {
        Value::Null => {}
        Value::Text { .. } => texts.push((path, spanned)),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = if items.len() > 1 { format!("{path}[{index}]") } else { path.clone() };
                leaves(path, item, texts);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let path = validate::join(&path, &entry.key);
                if !schema::is_secret(&path) {
                    leaves(path, &entry.value, texts);
                }
            }
        }
    }
}

#[cfg(test)]
fn canonical(path: &str, spanned: &Spanned, lines: &mut Vec<String>) {
    match &spanned.value {
        Value::Null => {}
        // An override is any text and can contain a password.
        Value::Text { .. } if path.starts_with(".overrides.") => lines.push(format!("{path}\n")),
        Value::Text { text, .. } => lines.push(format!("{path}={text}\n")),
        // A single value means the same as a list with one value.
        Value::List(items) if items.len() == 1 => canonical(path, &items[0], lines),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                canonical(&format!("{path}[{index}]"), item, lines);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let path = format!("{path}.{}", entry.key);
                if !schema::is_secret(&path[1..]) {
                    canonical(&path, &entry.value, lines);
                }
            }
        }
    }
}

/// The items of a list; one value alone is a list of one.
fn items(spanned: &Spanned) -> &[Spanned] {
    if let Value::List(items) = &spanned.value { items } else { std::slice::from_ref(spanned) }
}

fn parse_value<W: FromText>(spanned: &Spanned) -> Option<W> {
    W::parse(spanned.text()?).ok()
}

/// The segments of a dotted path. A name with dots is in double quotes. The name of a unit needs none: section and
/// directive are split off from the end.
fn path_segments(path: &str) -> Vec<&str> {
    if path.contains('"') {
        return quoted_segments(path).unwrap_or_else(|| vec![path]);
    }
    let Some(unit) = path.strip_prefix("overrides.units.") else { return path.split('.').collect() };
    let rest: Vec<&str> = unit.rsplitn(3, '.').collect();
    ["overrides", "units"].into_iter().chain(rest.into_iter().rev()).collect()
}

/// The segments of a path with names in double quotes. `None` if a quote is inside a name or not closed.
fn quoted_segments(path: &str) -> Option<Vec<&str>> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if name.contains('"') {
            return None;
        }
        segments.push(name);
        if after.is_empty() {
            return Some(segments);
        }
        rest = after.strip_prefix('.')?;
    }
}

/// The map `{file: PATH}` or `{stdin: true}`. Any other text is a secret.
fn secret_source(text: &str) -> Option<Value> {
    if !text.starts_with('{') {
        return None;
    }
    let spanned = yaml::read(Utf8Path::new("--set"), text, &mut Diagnostics::default())?;
    let Value::Map(entries) = &spanned.value else { return None };
    let is_source = matches!(&entries[..], [entry] if matches!(entry.key.as_str(), "file" | "stdin"));
    is_source.then_some(spanned.value)
}

/// The text of a value in quotes, which are those of YAML. `None` for any other text.
fn unquoted(text: &str) -> Option<Value> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    if text.len() < 2 || !text.ends_with(quote) {
        return None;
    }
    let spanned = yaml::read(Utf8Path::new("--set"), text, &mut Diagnostics::default())?;
    Some(spanned.value).filter(|value| matches!(value, Value::Text { plain: false, .. }))
}

/// Sets the location of a value and everything below it.
fn with_location_everywhere(value: Value, location: &Location) -> Value {
    let place = |spanned: Spanned| Spanned {
        value: with_location_everywhere(spanned.value, location),
        location: location.clone(),
    };
    match value {
        Value::List(items) => Value::List(items.into_iter().map(place).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|entry| MapEntry {
                    key: entry.key,
                    key_location: location.clone(),
                    value: place(entry.value),
                })
                .collect(),
        ),
        value => value,
    }
}

fn unknown_set(path: &str) -> Diagnostic {
    let mut keys = schema::KEYS;
    let mut known = String::new();
    for name in path.split('.') {
        let Some(key) = keys.iter().find(|key| key.name == name) else {
            return validate::unknown_key(&format!("{known}{name}"), name, keys);
        };
        match &key.value_type {
            ValueType::Map(below) | ValueType::BoolOrMap(below) | ValueType::PerArch(_, below) => {
                keys = below;
            }
            _ => break,
        }
        known = format!("{known}{name}.");
    }
    Diagnostic::new(Code::KeyUnknown, "unknown parameter").with_parameter(sanitize(path).to_string())
}

/// The key with which a document names its JSON Schema.
pub(crate) const SCHEMA_KEY: &str = "$schema";

/// The sections that a drop-in may have.
pub const UNIT_SECTIONS: &[&str] =
    &["Unit", "Service", "Timer", "Socket", "Path", "Mount", "Slice", "Install"];

/// Whether a drop-in may have a section with this name.
fn unit_section(name: &str) -> bool {
    UNIT_SECTIONS.contains(&name)
}

/// Whether `name` has the form of a directive name.
fn directive_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}
