//! Holds what was said against the list of keys: everything wrong at once.

use super::schema::{Choice, Grammar, KEYS, Key, Kind};
use super::value::{Pair, Said, Value};
use super::yaml::excerpted_to_key;
use super::{Params, UNIT_SECTIONS, directive_name, schema, unit_section};
use crate::diagnostics::{Code, Finding, Origin, Report};
use crate::values::{Secret, UnitName, Word, is_plain, shown};

/// Checks every value of `params` by its key, of the topmost keys those that are `meant`.
pub(super) fn check(params: &Params, meant: impl Fn(&str) -> bool, report: &mut Report) {
    let mut checker = Checker { params, report };
    if let Value::Map(pairs) = &params.tree.value {
        checker.pairs("", pairs.iter().filter(|pair| meant(&pair.key)), KEYS);
    }
}

struct Checker<'a> {
    params: &'a Params,
    report: &'a mut Report,
}

impl Checker<'_> {
    fn pairs<'p>(&mut self, prefix: &str, pairs: impl IntoIterator<Item = &'p Pair>, keys: &'static [Key]) {
        for pair in pairs {
            if self.report.is_full() && self.report.refused() {
                self.report.count_one_more();
                return;
            }
            let path = join(prefix, &pair.key);
            if let Some(key) = keys.iter().find(|key| key.name == pair.key) {
                self.value(&path, &pair.said, &key.kind);
            } else {
                let finding = unknown_key(&path, &pair.key, keys).at(pair.key_origin.clone());
                let source = self.params.source(&pair.key_origin);
                self.report.push(match source {
                    Some(text) => excerpted_to_key(finding, &pair.key, text),
                    None => finding,
                });
            }
        }
    }

    fn value(&mut self, path: &str, said: &Said, kind: &'static Kind) {
        if said.value == Value::Nothing {
            return;
        }
        match (kind, &said.value) {
            (Kind::Word(grammar), Value::Text { text, .. }) => self.word(path, said, text, grammar),
            (Kind::Switch | Kind::SwitchOrMap(_), Value::Text { text, plain }) => {
                self.switch(path, said, text, *plain);
            }
            (Kind::Integer(low, high), Value::Text { text, .. }) => {
                if !text.parse::<u32>().is_ok_and(|number| (*low..=*high).contains(&number)) {
                    self.type_of(path, said, &format!("a whole number from {low} to {high}"));
                }
            }
            (Kind::Choice(choices), Value::Text { text, .. }) => self.choice(path, said, text, &choices()),
            (Kind::List(item), Value::List(items)) => {
                for (index, said) in items.iter().enumerate() {
                    let path = if items.len() > 1 { format!("{path}[{index}]") } else { path.to_owned() };
                    if said.value == Value::Nothing {
                        self.type_of(&path, said, &what(item));
                    }
                    self.value(&path, said, item);
                }
            }
            (Kind::List(item), _) => self.value(path, said, item),
            (Kind::Map(keys) | Kind::SwitchOrMap(keys), Value::Map(pairs)) => self.pairs(path, pairs, keys),
            (Kind::Passinit, _) => self.passinit(path, said),
            (Kind::Units, Value::Map(units)) => self.units(path, units),
            (kind, _) => self.type_of(path, said, &what(kind)),
        }
    }

    fn word(&mut self, path: &str, said: &Said, text: &str, grammar: &Grammar) {
        if let Err(refusal) = (grammar.check)(text) {
            let code = if text.chars().all(is_plain) { grammar.code } else { Code::CharacterInvalid };
            let mut finding = Finding::new(code, refusal.why).about(path).at(said.origin.clone());
            finding.hint = refusal.hint.or_else(|| match code {
                Code::CharacterInvalid => Some("take it away, or type the value again by hand".to_owned()),
                Code::Sha256Invalid => Some("give all 64 digits, as `sha256sum` prints them".to_owned()),
                Code::ImageInvalid => Some("write it as `registry/name:tag`".to_owned()),
                _ => for_example(path),
            });
            self.push(finding, true);
        }
    }

    fn switch(&mut self, path: &str, said: &Said, text: &str, plain: bool) {
        if plain && matches!(text, "true" | "false") {
            return;
        }
        let meant = match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" | "1" | "y" => Some("true"),
            "no" | "off" | "false" | "0" | "n" => Some("false"),
            _ => None,
        };
        let message = if matches!(text, "true" | "false") {
            format!("`{text}` in quotes is text, not a switch")
        } else {
            format!("`{}` is not `true` or `false`", shown(text))
        };
        let mut finding = Finding::new(Code::ValueType, message).about(path).at(said.origin.clone());
        let written = meant.map(|meant| format!("write `{meant}`, without quotes"));
        finding.hint = written.or_else(|| for_example(path));
        self.push(finding, true);
    }

    fn choice(&mut self, path: &str, said: &Said, text: &str, choices: &[Choice]) {
        if choices.iter().any(|choice| choice.value == text) {
            return;
        }
        let listed: Vec<_> =
            choices.iter().filter(|choice| !choice.alias).map(|choice| choice.value).collect();
        let near = nearest(text, choices.iter().map(|choice| choice.value));
        let finding = Finding::new(
            Code::ValueUnknown,
            format!("`{}` is not one of {}", shown(text), listed.join(", ")),
        )
        .about(path)
        .at(said.origin.clone());
        let finding = match near {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => Finding { hint: for_example(path), ..finding },
        };
        self.push(finding, true);
    }

    fn passinit(&mut self, path: &str, said: &Said) {
        match &said.value {
            Value::Text { text, .. } => {
                if let Err(refusal) = Secret::parse(text) {
                    let mut finding =
                        Finding::new(Code::PassinitInvalid, refusal.why).about(path).at(said.origin.clone());
                    let mend = || "write it on one line, without white space at its ends".to_owned();
                    finding.hint = Some(refusal.hint.unwrap_or_else(mend));
                    self.push(finding, false);
                }
                let (code, why, hint) = match said.origin {
                    Origin::File { .. } => (
                        Code::PassinitInline,
                        "the password stands in a parameters file",
                        "move it to a file of its own (mode 0600) and write `passinit: {file: secret.txt}`",
                    ),
                    _ => (
                        Code::PassinitVisible,
                        "every user of this machine can see the password in `ps`",
                        "use `--passinit-file FILE`, or no password at all: then the host makes one",
                    ),
                };
                self.push(Finding::new(code, why).about(path).at(said.origin.clone()).hint(hint), false);
            }
            Value::Map(pairs) => {
                for pair in pairs {
                    match (pair.key.as_str(), &pair.said.value) {
                        ("file", Value::Text { text, .. }) if !text.is_empty() => {}
                        ("stdin", Value::Text { text, plain: true }) if text == "true" => {}
                        ("file", _) => self.type_of(&join(path, "file"), &pair.said, "the path of a file"),
                        ("stdin", _) => self.type_of(&join(path, "stdin"), &pair.said, "`true`"),
                        // It may be the password itself, in braces: it is not told.
                        _ => {
                            let finding = Finding::new(
                                Code::KeyUnknown,
                                "a map with another key than `file` and `stdin`",
                            )
                            .about(path)
                            .at(pair.key_origin.clone())
                            .hint("write `{file: secret.txt}` or `{stdin: true}`");
                            self.push(finding, false);
                        }
                    }
                }
                if pairs.len() != 1 {
                    let finding = Finding::new(Code::ValueType, "takes exactly one of `file` and `stdin`")
                        .about(path)
                        .at(said.origin.clone())
                        .hint("write `{file: secret.txt}` or `{stdin: true}`");
                    self.push(finding, false);
                }
            }
            _ => self.type_of(path, said, &what(&Kind::Passinit)),
        }
    }

    fn units(&mut self, path: &str, units: &[Pair]) {
        for unit in units {
            let here = join(path, &unit.key);
            if let Err(refusal) = UnitName::parse(&unit.key) {
                let mut finding =
                    Finding::new(Code::UnitInvalid, refusal.why).about(&here).at(unit.key_origin.clone());
                finding.hint = refusal.hint;
                self.push(finding, true);
            }
            let Value::Map(sections) = &unit.said.value else {
                self.type_of(&here, &unit.said, "a map of sections (`Service`, `Unit` …)");
                continue;
            };
            for section in sections {
                let here = join(&here, &section.key);
                if !unit_section(&section.key) {
                    let finding = Finding::new(
                        Code::OverrideInvalid,
                        format!("`{}` is not a section of a unit", shown(&section.key)),
                    )
                    .about(&here)
                    .at(section.key_origin.clone());
                    let finding = finding.hint(match nearest(&section.key, UNIT_SECTIONS.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("one of {}", UNIT_SECTIONS.join(", ")),
                    });
                    self.push(finding, true);
                }
                let Value::Map(directives) = &section.said.value else {
                    self.type_of(&here, &section.said, "a map of directives");
                    continue;
                };
                for directive in directives {
                    self.directive(&join(&here, &directive.key), directive);
                }
            }
        }
    }

    fn directive(&mut self, path: &str, directive: &Pair) {
        if !directive_name(&directive.key) {
            let finding = Finding::new(
                Code::OverrideInvalid,
                format!("`{}` is not the name of a directive", shown(&directive.key)),
            )
            .about(path)
            .at(directive.key_origin.clone())
            .hint("one word, as systemd's manual writes it, for example `MemoryMax`");
            self.push(finding, true);
        }
        let one = std::slice::from_ref(&directive.said);
        let values = if let Value::List(items) = &directive.said.value { items.as_slice() } else { one };
        for said in values {
            let writable = |text: &str| text.chars().all(is_plain) && !text.trim_end().ends_with('\\');
            match &said.value {
                Value::Text { text, .. } if !writable(text) => {
                    let why = "a directive is one line that does not end in a backslash";
                    let finding = Finding::new(Code::OverrideInvalid, why)
                        .about(path)
                        .at(said.origin.clone())
                        .hint("for several lines give a list: each item becomes a line of its own");
                    self.push(finding, true);
                }
                Value::Nothing | Value::Text { .. } => {}
                _ => self.type_of(path, said, "text or a list of texts"),
            }
        }
    }

    fn type_of(&mut self, path: &str, said: &Said, what: &str) {
        let mut finding = Finding::new(Code::ValueType, format!("takes {what}, not {}", said.value.shape()))
            .about(path)
            .at(said.origin.clone());
        if let Value::Text { text, .. } = &said.value
            && !path.starts_with("passinit")
        {
            finding.message = format!("takes {what}, not `{}`", shown(text));
        }
        finding.hint = for_example(path);
        self.push(finding, !path.starts_with("passinit"));
    }

    fn push(&mut self, finding: Finding, excerpt: bool) {
        if !excerpt {
            self.report.push(finding);
            return;
        }
        self.params.tell(self.report, finding);
    }
}
/// The refusal of a key that does not exist, with the nearest one that does.
pub(super) fn unknown_key(path: &str, name: &str, keys: &'static [Key]) -> Finding {
    let finding = Finding::new(Code::KeyUnknown, "no such parameter").about(path);
    let prefix = path.strip_suffix(name).unwrap_or("");
    let normal = name.to_lowercase().replace('-', "_");
    match nearest(&normal, keys.iter().map(|key| key.name)) {
        Some(near) => finding.hint(format!("did you mean `{prefix}{near}`?")),
        None if keys.len() <= 12 => {
            let names: Vec<_> = keys.iter().map(|key| key.name).collect();
            finding.hint(format!("known here: {}", names.join(", ")))
        }
        None => finding.hint("`panelgen init` lists every parameter"),
    }
}

/// The candidate that a typing error most likely meant, or the only one of which the text is the beginning.
pub(super) fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let text: String = text.chars().take(64).collect();
    let candidates: Vec<_> = candidates.collect();
    let mut longer = candidates.iter().filter(|candidate| text.len() >= 3 && candidate.starts_with(&text));
    if let (Some(only), None) = (longer.next(), longer.next()) {
        return Some(only);
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&text, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).min(3))
        .min_by_key(|(distance, candidate)| (!candidate.starts_with(&text), *distance))
        .map(|(_, candidate)| candidate)
}

/// How the parameter at `path` is written, where a value of it can be shown.
fn for_example(path: &str) -> Option<String> {
    let key = schema::at(path.split_once('[').map_or(path, |(list, _)| list))?;
    let pairs = |keys: &[Key]| {
        let shown = keys.iter().filter_map(|key| Some((key.name, key.sample.text()?))).take(2);
        let pairs: Vec<_> = shown.map(|(name, text)| format!("{name}: {text}")).collect();
        (!pairs.is_empty()).then(|| format!("{{{}}}", pairs.join(", ")))
    };
    let value = match &key.kind {
        _ if key.sample.text().is_some() => key.sample.text()?.to_owned(),
        Kind::Map(keys) | Kind::SwitchOrMap(keys) => pairs(keys)?,
        Kind::List(Kind::Map(keys)) => format!("[{}]", pairs(keys)?),
        _ => return None,
    };
    Some(format!("for example `{}: {value}`", key.name))
}

pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

fn what(kind: &Kind) -> String {
    let what = match kind {
        Kind::Word(grammar) => grammar.what,
        Kind::Switch => "`true` or `false`",
        Kind::Integer(..) => "a whole number",
        Kind::Choice(choices) => {
            let choices = choices();
            let listed: Vec<_> =
                choices.iter().filter(|choice| !choice.alias).map(|choice| choice.value).collect();
            return format!("one of {}", listed.join(", "));
        }
        Kind::List(item) => match item {
            Kind::Map(_) => "a list of maps",
            _ => "a list",
        },
        Kind::Map(_) | Kind::Units => "a map",
        Kind::SwitchOrMap(_) => "`true`, `false` or a map",
        Kind::Passinit => "text, `{file: PATH}` or `{stdin: true}`",
    };
    what.to_owned()
}
