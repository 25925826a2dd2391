//! Checks parameters against the table of keys and reports everything wrong at once.

use super::changes::removal;
use super::schema::{EnumValue, KEYS, Key, TextParser, ValueType};
use super::value::{MapEntry, Spanned, Value};
use super::yaml::with_key_snippet;
use super::{Config, UNIT_SECTIONS, directive_name, migrate, schema, unit_section};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, did_you_mean, hint_for_prefix, nearest};
use crate::values::{FromText, UnitName, is_visible, sanitize};

/// Checks every value against its key, for the top-level keys that `selects` accepts.
pub(super) fn check(config: &Config, selects: impl Fn(&str) -> bool, diagnostics: &mut Diagnostics) {
    let mut checker = Checker { config, diagnostics };
    let Value::Map(entries) = &config.tree.value else { return };
    let fleet = entries.iter().find(|entry| selects(&entry.key) && is_host_list(entry));
    if let Some(hosts) = fleet {
        checker.fleet_file(hosts);
    }
    let of_fleet = |key: &str| fleet.is_some() && FLEET_KEYS.contains(&key);
    checker.entries("", entries.iter().filter(|entry| selects(&entry.key) && !of_fleet(&entry.key)), KEYS);
}

/// The top-level keys of a fleet file.
const FLEET_KEYS: [&str; 2] = ["defaults", "hosts"];

/// Whether the entry is the `hosts:` list of a fleet file.
pub(super) fn is_host_list(entry: &MapEntry) -> bool {
    entry.key == "hosts" && matches!(entry.value.value, Value::List(_))
}

struct Checker<'a> {
    config: &'a Config,
    diagnostics: &'a mut Diagnostics,
}

impl Checker<'_> {
    /// Reports one error for a fleet file that was passed as a parameters file.
    fn fleet_file(&mut self, hosts: &MapEntry) {
        let diagnostic =
            Diagnostic::new(Code::KeyUnknown, "a parameters file describes one host, not a fleet")
                .with_parameter("hosts")
                .with_location(hosts.key_location.clone())
                .with_hint(match &hosts.key_location {
                    Location::File { path, .. } => {
                        let path = sanitize(path.as_str());
                        format!("use `--fleet {path}` instead of `-f {path}`")
                    }
                    _ => "write a fleet file and use `--fleet FILE`".to_owned(),
                });
        self.diagnostics.push(match self.config.snippet(&hosts.key_location) {
            Some(text) => with_key_snippet(diagnostic, &hosts.key, text),
            None => diagnostic,
        });
    }

    fn entries<'p>(
        &mut self,
        prefix: &str,
        entries: impl IntoIterator<Item = &'p MapEntry>,
        keys: &'static [Key],
    ) {
        for entry in entries {
            if self.diagnostics.is_full() && self.diagnostics.has_errors() {
                self.diagnostics.count_unlisted();
                return;
            }
            let path = join(prefix, &entry.key);
            if let Some(key) = keys.iter().find(|key| key.name == entry.key) {
                self.value(&path, &entry.value, &key.value_type);
            } else {
                let mut diagnostic =
                    unknown_key(&path, &entry.key, keys).with_location(entry.key_location.clone());
                if let Some(hint) = switch_hint(prefix, entry) {
                    diagnostic.hint = Some(hint);
                }
                if let (Location::File { .. }, Some(change)) = (&entry.key_location, removal(&path)) {
                    diagnostic.hint = Some(migrate::migrate_hint(change));
                }
                let source = self.config.snippet(&entry.key_location);
                self.diagnostics.push(match source {
                    Some(text) => with_key_snippet(diagnostic, &entry.key, text),
                    None => diagnostic,
                });
            }
        }
    }

    fn value(&mut self, path: &str, spanned: &Spanned, kind: &'static ValueType) {
        if spanned.value == Value::Null {
            return;
        }
        match (kind, &spanned.value) {
            (ValueType::Text(grammar), Value::Text { text, .. }) => self.text(path, spanned, text, grammar),
            (ValueType::Bool | ValueType::BoolOrMap(_), Value::Text { text, plain }) => {
                self.boolean(path, spanned, text, *plain);
            }
            (ValueType::Enum(choices), Value::Text { text, .. }) => {
                self.enum_value(path, spanned, text, &choices());
            }
            (ValueType::List(item), Value::List(items)) => {
                for (index, spanned) in items.iter().enumerate() {
                    let path = if items.len() > 1 { format!("{path}[{index}]") } else { path.to_owned() };
                    if spanned.value == Value::Null {
                        self.type_error(&path, spanned, &describe_type(item));
                    }
                    self.value(&path, spanned, item);
                }
            }
            (ValueType::List(item), _) => self.value(path, spanned, item),
            (ValueType::PerArch(grammar, _), Value::Text { text, .. }) => {
                self.text(path, spanned, text, grammar);
            }
            (
                ValueType::Map(keys) | ValueType::BoolOrMap(keys) | ValueType::PerArch(_, keys),
                Value::Map(entries),
            ) => self.entries(path, entries, keys),
            (ValueType::Secret(grammar), _) => self.secret(path, spanned, grammar),
            (ValueType::Units, Value::Map(units)) => self.units(path, units),
            (kind, _) => self.type_error(path, spanned, &describe_type(kind)),
        }
    }

    fn text(&mut self, path: &str, spanned: &Spanned, text: &str, grammar: &TextParser) {
        if let Err(error) = (grammar.check)(text) {
            let code = if text.chars().all(is_visible) { grammar.code } else { Code::CharacterInvalid };
            let mut diagnostic = Diagnostic::new(code, error.message)
                .with_parameter(path)
                .with_location(spanned.location.clone());
            diagnostic.hint = error.help.or_else(|| match code {
                Code::CharacterInvalid => Some("remove it, or type the value again by hand".to_owned()),
                Code::Sha256Invalid => Some("write all 64 digits, as `sha256sum` prints them".to_owned()),
                Code::ImageInvalid => Some("write it as `registry/name:tag`".to_owned()),
                _ => for_example(path),
            });
            self.push(diagnostic, true);
        }
    }

    fn boolean(&mut self, path: &str, spanned: &Spanned, text: &str, plain: bool) {
        if plain && matches!(text, "true" | "false") {
            return;
        }
        let suggestion = match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" | "1" | "y" => Some("true"),
            "no" | "off" | "false" | "0" | "n" => Some("false"),
            _ => None,
        };
        let message = if matches!(text, "true" | "false") {
            format!("expected a boolean, found the quoted text `{text}`")
        } else {
            format!("invalid value `{}`: expected `true` or `false`", sanitize(text))
        };
        let mut diagnostic = Diagnostic::new(Code::ValueType, message)
            .with_parameter(path)
            .with_location(spanned.location.clone());
        let written = suggestion.map(|suggestion| format!("write `{suggestion}`, without quotes"));
        diagnostic.hint = written.or_else(|| for_example(path));
        self.push(diagnostic, true);
    }

    fn enum_value(&mut self, path: &str, spanned: &Spanned, text: &str, choices: &[EnumValue]) {
        if choices.iter().any(|choice| choice.value == text) {
            return;
        }
        let listed: Vec<_> =
            choices.iter().filter(|choice| choice.alias_of.is_none()).map(|choice| choice.value).collect();
        let suggestion = nearest(text, choices.iter().map(|choice| choice.value));
        let several = hint_for_prefix(text, listed.iter().copied());
        let diagnostic = Diagnostic::new(
            Code::ValueUnknown,
            format!("invalid value `{}`: expected one of {}", sanitize(text), listed.join(", ")),
        )
        .with_parameter(path)
        .with_location(spanned.location.clone());
        let diagnostic = match suggestion {
            _ if several.is_some() => Diagnostic { hint: several, ..diagnostic },
            Some(suggestion) => diagnostic.with_hint(did_you_mean(suggestion)),
            None => match other_parameter(path, text, &spanned.location) {
                Some(hint) => diagnostic.with_hint(hint),
                None => Diagnostic { hint: for_example(path), ..diagnostic },
            },
        };
        self.push(diagnostic, true);
    }

    fn secret(&mut self, path: &str, spanned: &Spanned, grammar: &TextParser) {
        let name = path.rsplit('.').next().unwrap_or(path);
        let example = schema::at(path).and_then(|key| key.sample.text()).unwrap_or_default();
        let is_password = path == "passinit";
        match &spanned.value {
            Value::Text { text, .. } => {
                if let Err(error) = (grammar.check)(text) {
                    let mut diagnostic = Diagnostic::new(grammar.code, error.message)
                        .with_parameter(path)
                        .with_location(spanned.location.clone());
                    let default = || "write it on one line, without white space at its ends".to_owned();
                    diagnostic.hint = Some(error.help.unwrap_or_else(default));
                    self.push(diagnostic, false);
                }
                let what =
                    if is_password { "the password is" } else { "the credentials of the registry are" };
                let (code, why, hint) = match spanned.location {
                    Location::File { .. } => (
                        Code::PassinitInline,
                        format!("{what} in a parameters file"),
                        format!("move it to a separate file (mode 0600) and write `{name}: {example}`"),
                    ),
                    _ if is_password => (
                        Code::PassinitVisible,
                        "every user of this machine can see the password in `ps`".to_owned(),
                        "use `--passinit-file FILE`, or no password at all: then the host generates one"
                            .to_owned(),
                    ),
                    _ => (
                        Code::PassinitVisible,
                        format!("{what} visible to every user of this machine in `ps`"),
                        format!("use `--set {path}.file=FILE`"),
                    ),
                };
                self.push(
                    Diagnostic::new(code, why)
                        .with_parameter(path)
                        .with_location(spanned.location.clone())
                        .with_hint(hint),
                    false,
                );
            }
            Value::Map(entries) => {
                for entry in entries {
                    match (entry.key.as_str(), &entry.value.value) {
                        ("file", Value::Text { text, .. }) if !text.is_empty() => {}
                        ("stdin", Value::Text { text, plain: true }) if text == "true" => {}
                        ("file", _) => {
                            self.type_error(&join(path, "file"), &entry.value, "the path of a file");
                        }
                        ("stdin", _) => self.type_error(&join(path, "stdin"), &entry.value, "`true`"),
                        // The key may be the password itself, written in braces, so it is not shown.
                        _ => {
                            let diagnostic = Diagnostic::new(
                                Code::KeyUnknown,
                                "a map may only have the key `file` or `stdin`",
                            )
                            .with_parameter(path)
                            .with_location(entry.key_location.clone())
                            .with_hint(format!("write `{example}` or `{{stdin: true}}`"));
                            self.push(diagnostic, false);
                        }
                    }
                }
                if entries.len() != 1 {
                    let diagnostic =
                        Diagnostic::new(Code::ValueType, "expected exactly one of `file` and `stdin`")
                            .with_parameter(path)
                            .with_location(spanned.location.clone())
                            .with_hint(format!("write `{example}` or `{{stdin: true}}`"));
                    self.push(diagnostic, false);
                }
            }
            _ => self.type_error(path, spanned, DESCRIBED_SECRET),
        }
    }

    fn units(&mut self, path: &str, units: &[MapEntry]) {
        for unit in units {
            let here = join(path, &unit.key);
            if let Err(error) = UnitName::parse(&unit.key) {
                let mut diagnostic = Diagnostic::new(Code::UnitInvalid, error.message)
                    .with_parameter(&here)
                    .with_location(unit.key_location.clone());
                diagnostic.hint = error.help;
                self.push(diagnostic, true);
            }
            let Value::Map(sections) = &unit.value.value else {
                self.type_error(&here, &unit.value, "a map of sections (`Service`, `Unit` …)");
                continue;
            };
            for section in sections {
                let here = join(&here, &section.key);
                if !unit_section(&section.key) {
                    let diagnostic = Diagnostic::new(
                        Code::OverrideInvalid,
                        format!("invalid unit section `{}`", sanitize(&section.key)),
                    )
                    .with_parameter(&here)
                    .with_location(section.key_location.clone());
                    let diagnostic =
                        diagnostic.with_hint(match nearest(&section.key, UNIT_SECTIONS.iter().copied()) {
                            Some(suggestion) => did_you_mean(suggestion),
                            None => format!("use one of {}", UNIT_SECTIONS.join(", ")),
                        });
                    self.push(diagnostic, true);
                }
                let Value::Map(directives) = &section.value.value else {
                    self.type_error(&here, &section.value, "a map of directives");
                    continue;
                };
                for directive in directives {
                    self.directive(&join(&here, &directive.key), directive);
                }
            }
        }
    }

    fn directive(&mut self, path: &str, directive: &MapEntry) {
        if !directive_name(&directive.key) {
            let diagnostic = Diagnostic::new(
                Code::OverrideInvalid,
                format!("invalid directive name `{}`", sanitize(&directive.key)),
            )
            .with_parameter(path)
            .with_location(directive.key_location.clone())
            .with_hint("write one word, as in systemd's manual, for example `MemoryMax`");
            self.push(diagnostic, true);
        }
        let one = std::slice::from_ref(&directive.value);
        let values = if let Value::List(items) = &directive.value.value { items.as_slice() } else { one };
        for spanned in values {
            let writable = |text: &str| text.chars().all(is_visible) && !text.trim_end().ends_with('\\');
            match &spanned.value {
                Value::Text { text, .. } if !writable(text) => {
                    let why = "a directive must be one line that does not end with a backslash";
                    let diagnostic = Diagnostic::new(Code::OverrideInvalid, why)
                        .with_parameter(path)
                        .with_location(spanned.location.clone())
                        .with_hint("write a list for several lines: each item becomes a separate line");
                    self.push(diagnostic, true);
                }
                Value::Null | Value::Text { .. } => {}
                _ => self.type_error(path, spanned, "text or a list of texts"),
            }
        }
    }

    fn type_error(&mut self, path: &str, spanned: &Spanned, what: &str) {
        let mut diagnostic =
            Diagnostic::new(Code::ValueType, format!("expected {what}, found {}", spanned.value.type_name()))
                .with_parameter(path)
                .with_location(spanned.location.clone());
        if let Value::Text { text, .. } = &spanned.value
            && !schema::is_secret(path)
        {
            diagnostic.message = format!("expected {what}, found `{}`", sanitize(text));
        }
        diagnostic.hint = enabled_hint(path, spanned).or_else(|| for_example(path));
        self.push(diagnostic, !schema::is_secret(path));
    }

    fn push(&mut self, diagnostic: Diagnostic, snippet: bool) {
        if !snippet {
            self.diagnostics.push(diagnostic);
            return;
        }
        self.config.report(self.diagnostics, diagnostic);
    }
}
/// The error for an unknown key, with the most similar known key as a hint.
pub(super) fn unknown_key(path: &str, name: &str, keys: &'static [Key]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::KeyUnknown, "unknown parameter").with_parameter(path);
    if let Some(change) = removal(path) {
        let message = format!("unknown parameter: {}", change.what());
        return Diagnostic { message, ..diagnostic }.with_hint(change.instead());
    }
    let prefix = path.strip_suffix(name).unwrap_or("");
    let normal = name.to_lowercase().replace('-', "_");
    match nearest(&normal, keys.iter().map(|key| key.name)) {
        Some(suggestion) => diagnostic.with_hint(did_you_mean(format_args!("{prefix}{suggestion}"))),
        None if keys.len() <= 12 => {
            let names: Vec<_> = keys.iter().map(|key| key.name).collect();
            diagnostic.with_hint(format!("use one of {}", names.join(", ")))
        }
        None => diagnostic.with_hint("run `panelgen init` to list all parameters"),
    }
}

/// The hint for a value of one top-level choice that was passed to another: `-t debian-12` means the target.
fn other_parameter(path: &str, text: &str, location: &Location) -> Option<String> {
    let key = KEYS.iter().filter(|key| key.name != path).find(|key| match &key.value_type {
        ValueType::Enum(choices) => choices().iter().any(|choice| choice.value == text),
        _ => false,
    })?;
    Some(match location {
        Location::File { .. } => did_you_mean(format_args!("{}: {text}", key.name)),
        Location::Flag(flag) if flag.starts_with("--set") => {
            did_you_mean(format_args!("--set {}={text}", key.name))
        }
        _ => did_you_mean(format_args!("--{} {text}", key.name)),
    })
}

/// How to write a value for the parameter at `path` where it is passed: in a file or by `--set`.
fn written(path: &str, in_file: &str, value: &str, location: &Location) -> String {
    match location {
        Location::File { .. } => format!("write `{in_file}`"),
        _ => format!("use `--set {path}={value}`"),
    }
}

/// The hint for `true` or `false` where a map with the switch `enabled` is expected.
fn enabled_hint(path: &str, spanned: &Spanned) -> Option<String> {
    let Value::Text { text, .. } = &spanned.value else { return None };
    let ValueType::Map(keys) = &schema::at(path)?.value_type else { return None };
    if !matches!(text.as_str(), "true" | "false") || !keys.iter().any(|key| key.name == "enabled") {
        return None;
    }
    let name = path.rsplit('.').next().unwrap_or(path);
    let in_file = format!("{name}: {{enabled: {text}}}");
    Some(written(&format!("{path}.enabled"), &in_file, text, &spanned.location))
}

/// The hint for `enabled` in a map that takes `true` or `false` in its own place.
fn switch_hint(prefix: &str, entry: &MapEntry) -> Option<String> {
    let Value::Text { text, .. } = &entry.value.value else { return None };
    if !matches!(entry.key.as_str(), "enabled" | "enable") || !matches!(text.as_str(), "true" | "false") {
        return None;
    }
    switch_off_hint(prefix, text, &entry.key_location)
}

/// The same for a path and a value of `--set`.
pub(super) fn switch_off_hint(path: &str, text: &str, location: &Location) -> Option<String> {
    let ValueType::BoolOrMap(_) = schema::at(path)?.value_type else { return None };
    let name = path.rsplit('.').next().unwrap_or(path);
    let (text, effect) = if text == "true" { ("true", "on") } else { ("false", "off") };
    Some(format!("{} to switch it {effect}", written(path, &format!("{name}: {text}"), text, location)))
}

/// A hint with an example of the parameter at `path`, if it has one.
fn for_example(path: &str) -> Option<String> {
    let key = schema::at(path.split_once('[').map_or(path, |(list, _)| list))?;
    let entries = |keys: &[Key]| {
        let shown = keys.iter().filter_map(|key| Some((key.name, key.sample.text()?))).take(2);
        let entries: Vec<_> = shown.map(|(name, text)| format!("{name}: {text}")).collect();
        (!entries.is_empty()).then(|| format!("{{{}}}", entries.join(", ")))
    };
    let value = match &key.value_type {
        _ if key.sample.text().is_some() => key.sample.text()?.to_owned(),
        ValueType::Map(keys) | ValueType::BoolOrMap(keys) => entries(keys)?,
        ValueType::List(ValueType::Map(keys)) => format!("[{}]", entries(keys)?),
        _ => return None,
    };
    Some(format!("write for example `{}: {value}`", key.name))
}

pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// What a secret takes, for messages.
const DESCRIBED_SECRET: &str = "text, `{file: PATH}` or `{stdin: true}`";

/// Describes what a parameter takes, for messages.
pub(crate) fn describe_type(kind: &ValueType) -> String {
    let what = match kind {
        ValueType::Text(grammar) => grammar.type_name,
        ValueType::Bool => "`true` or `false`",
        ValueType::Enum(choices) => {
            let choices = choices();
            let listed: Vec<_> = choices
                .iter()
                .filter(|choice| choice.alias_of.is_none())
                .map(|choice| choice.value)
                .collect();
            return format!("one of {}", listed.join(", "));
        }
        ValueType::List(item) => match item {
            ValueType::Map(_) => "a list of maps",
            _ => "a list",
        },
        ValueType::Map(_) | ValueType::Units => "a map",
        ValueType::BoolOrMap(_) => "`true`, `false` or a map",
        ValueType::PerArch(grammar, _) => return format!("{} or a map by arch", grammar.type_name),
        ValueType::Secret(_) => DESCRIBED_SECRET,
    };
    what.to_owned()
}
