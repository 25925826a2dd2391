//! systemd's units: read as systemd reads them, then judged key by key, as a whole, and against each other.

mod dependencies;
mod hardening;
mod keys;
mod required_keys;
mod values;

use camino::{Utf8Path, Utf8PathBuf};

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::host::UNIT_DIRECTORY;
use crate::values::sanitize;

/// A unit or a drop-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFile {
    /// The path in the bundle.
    pub path: Utf8PathBuf,
    /// The unit it is, or is a part of: `faasd.service`.
    pub name: String,
    /// Whether it adds to a unit that stands elsewhere.
    pub is_drop_in: bool,
    /// Whether the operator asked for it by `overrides`: what it says is the operator's.
    pub is_override: bool,
    /// What it says, in order.
    pub assignments: Vec<Assignment>,
    /// What could not be read.
    unread: Vec<Diagnostic>,
}

/// `Key=value` in a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// `Service`.
    pub section: String,
    /// `ExecStart`.
    pub key: String,
    /// The value, continued lines joined by a space.
    pub value: String,
    /// Its lines: number, the column where the line's part of the value begins, that part.
    pieces: Vec<(usize, usize, String)>,
    /// Where the key stands.
    pub place: Location,
}

impl Assignment {
    /// Where a part of the value stands.
    pub fn place_of(&self, path: &Utf8Path, part: &str) -> Location {
        let found = self.pieces.iter().find_map(|(line, column, text)| {
            text.find(part).map(|start| at(path, *line, column + text[..start].chars().count()))
        });
        found.unwrap_or_else(|| self.place.clone())
    }

    /// The words of the value, as systemd splits it: quotes taken away.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let (mut word, mut inside, mut quote, mut escaped) = (String::new(), false, None, false);
        for letter in self.value.chars() {
            if escaped {
                word.push(letter);
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
                inside = true;
            } else if quote == Some(letter) {
                quote = None;
            } else if quote.is_none() && matches!(letter, '"' | '\'') {
                quote = Some(letter);
                inside = true;
            } else if quote.is_none() && letter.is_whitespace() {
                if std::mem::take(&mut inside) {
                    words.push(std::mem::take(&mut word));
                }
            } else {
                word.push(letter);
                inside = true;
            }
        }
        if inside {
            words.push(word);
        }
        words
    }
}

impl UnitFile {
    /// The assignments of a key in a section.
    pub fn all<'f>(&'f self, section: &'f str, key: &'f str) -> impl Iterator<Item = &'f Assignment> {
        self.assignments.iter().filter(move |said| said.section == section && said.key == key)
    }

    /// The last assignment of a key, which counts.
    pub fn last(&self, section: &str, key: &str) -> Option<&Assignment> {
        self.assignments.iter().rev().find(|said| said.section == section && said.key == key)
    }

    /// The type of the unit: `service`.
    pub fn kind(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// The program and the arguments of every command, prefixes taken away, with the assignment.
    pub fn commands(&self) -> impl Iterator<Item = (&Assignment, Vec<String>)> {
        self.assignments.iter().filter(|said| said.key.starts_with("Exec")).filter_map(|said| {
            let mut words = said.words();
            let program = words.first_mut()?;
            *program = program.trim_start_matches(PREFIXES).to_owned();
            Some((said, words))
        })
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<(&Assignment, String)> {
        let mut found = self
            .all("Service", "Environment")
            .flat_map(|said| said.words().into_iter().map(move |word| (said, word)));
        found.find_map(|(said, word)| Some((said, word.strip_prefix(name)?.strip_prefix('=')?.to_owned())))
    }
}

/// The first systemd that knows a key in any section, where a target is older than that.
pub fn since(key: &str) -> Option<u16> {
    keys::since(key)
}

/// What may stand before the program of a command.
const PREFIXES: [char; 5] = ['-', '@', '+', '!', ':'];

/// Every unit and drop-in of the bundle.
pub fn read(subject: &BundleView<'_>) -> Vec<UnitFile> {
    let files = subject.hosts().filter_map(|(path, host, text)| {
        let below = host.strip_prefix(UNIT_DIRECTORY)?;
        let (name, drop_in) = match below.split_once(".d/") {
            Some((name, file)) => (name, Some(file)),
            None => (below, None),
        };
        let mut file = UnitFile {
            path: path.to_owned(),
            name: name.to_owned(),
            is_drop_in: drop_in.is_some(),
            is_override: drop_in == Some("50-overrides.conf"),
            assignments: Vec::new(),
            unread: Vec::new(),
        };
        parse(text, &mut file);
        Some(file)
    });
    files.collect()
}

fn parse(text: &str, file: &mut UnitFile) {
    let path = file.path.clone();
    let mut section: Option<String> = None;
    let mut open: Option<Assignment> = None;
    for (number, raw) in text.lines().enumerate() {
        let number = number + 1;
        let line = raw.trim_end_matches('\r');
        let trimmed = line.trim();
        // A comment inside a continued value is passed over and does not end it.
        if trimmed.starts_with(['#', ';']) || (trimmed.is_empty() && open.is_none()) {
            continue;
        }
        let column = line.chars().count() - line.trim_start().chars().count() + 1;
        if let Some(mut said) = open.take() {
            let continues = take(&mut said, number, column, trimmed);
            if continues {
                open = Some(said);
            } else {
                file.assignments.push(said);
            }
            continue;
        }
        let mut refuse = |column: usize, why: String| {
            file.unread.push(
                Diagnostic::new(Code::UnitSyntax, why).with_location(at(&path, number, column)).with_hint(
                    "a line is `[Section]`, `Key=value` or a comment; a long value goes on after `\\`",
                ),
            );
        };
        if let Some(name) = trimmed.strip_prefix('[') {
            match name.strip_suffix(']') {
                Some(name) => section = Some(name.to_owned()),
                None => refuse(column, format!("the section `{}` is not closed", sanitize(trimmed))),
            }
            continue;
        }
        let Some((key, value)) = trimmed.split_once('=') else {
            refuse(column, format!("`{}` is no assignment: systemd ignores the line", sanitize(trimmed)));
            continue;
        };
        let Some(section) = &section else {
            refuse(column, format!("`{}` stands before any section", sanitize(key)));
            continue;
        };
        let mut said = Assignment {
            section: section.clone(),
            key: key.trim_end().to_owned(),
            value: String::new(),
            pieces: Vec::new(),
            place: at(&path, number, column),
        };
        let start = column + key.chars().count() + 1;
        let start = start + value.chars().count() - value.trim_start().chars().count();
        if take(&mut said, number, start, value.trim()) {
            open = Some(said);
        } else {
            file.assignments.push(said);
        }
    }
    if let Some(said) = open {
        file.unread.push(
            Diagnostic::new(
                Code::UnitSyntax,
                format!("`{}=` goes on after `\\`, and nothing follows", said.key),
            )
            .with_location(said.place.clone())
            .with_hint("remove the last `\\`"),
        );
        file.assignments.push(said);
    }
}

/// Adds a line to a value; whether the value goes on.
fn take(said: &mut Assignment, number: usize, column: usize, text: &str) -> bool {
    let (text, continues) = match text.strip_suffix('\\') {
        Some(text) => (text.trim_end(), true),
        None => (text, false),
    };
    if !said.value.is_empty() && !text.is_empty() {
        said.value.push(' ');
    }
    said.value.push_str(text);
    said.pieces.push((number, column, text.to_owned()));
    continues
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for file in &subject.units {
        found.extend(file.unread.iter().cloned());
        keys::lint(file, subject.target, found);
        // What the operator overrides is the operator's, as long as systemd understands it.
        if !file.is_override {
            required_keys::lint(file, subject, found);
            hardening::lint(file, subject.target, found);
        }
    }
    dependencies::lint(subject, found);
}
