//! Units of systemd: parsed as systemd does, then checked by key, as a whole, and against each other.

mod dependencies;
mod hardening;
mod keys;
mod required_keys;
mod values;

use camino::{Utf8Path, Utf8PathBuf};

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::sanitize;

/// The directory of units on the host.
const DIRECTORY: &str = "/etc/systemd/system/";

/// A unit or a drop-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFile {
    /// The path in the bundle.
    pub path: Utf8PathBuf,
    /// The unit that it is or extends: `faasd.service`.
    pub name: String,
    /// Whether it is a drop-in.
    pub is_drop_in: bool,
    /// Whether it comes from the operator's `overrides`.
    pub is_override: bool,
    /// The assignments in order.
    pub assignments: Vec<Assignment>,
    /// The syntax errors.
    unread: Vec<Diagnostic>,
}

/// `Key=value` in a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The section, for example `Service`.
    pub section: String,
    /// The key, for example `ExecStart`.
    pub key: String,
    /// The value, with continued lines joined by a space.
    pub value: String,
    /// The lines of the value: number, column of the part, and the part.
    pieces: Vec<(usize, usize, String)>,
    /// The location of the key.
    pub place: Location,
}

impl Assignment {
    /// Returns the location of a part of the value.
    pub fn place_of(&self, path: &Utf8Path, part: &str) -> Location {
        let found = self.pieces.iter().find_map(|(line, column, text)| {
            text.find(part).map(|start| at(path, *line, column + text[..start].chars().count()))
        });
        found.unwrap_or_else(|| self.place.clone())
    }

    /// Splits the value into words as systemd does, without quotes.
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
    /// Returns the assignments of a key in a section.
    pub fn all<'f>(&'f self, section: &'f str, key: &'f str) -> impl Iterator<Item = &'f Assignment> {
        self.assignments
            .iter()
            .filter(move |assignment| assignment.section == section && assignment.key == key)
    }

    /// Returns the last assignment of a key, which is the effective one.
    pub fn last(&self, section: &str, key: &str) -> Option<&Assignment> {
        self.assignments
            .iter()
            .rev()
            .find(|assignment| assignment.section == section && assignment.key == key)
    }

    /// Returns the type of the unit: `service`.
    pub fn kind(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// Returns the program and arguments of every command, without prefixes, with the assignment.
    pub fn commands(&self) -> impl Iterator<Item = (&Assignment, Vec<String>)> {
        self.assignments.iter().filter(|assignment| assignment.key.starts_with("Exec")).filter_map(
            |assignment| {
                let mut words = assignment.words();
                let program = words.first_mut()?;
                *program = program.trim_start_matches(PREFIXES).to_owned();
                Some((assignment, words))
            },
        )
    }

    /// Returns the value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<(&Assignment, String)> {
        let mut found = self
            .all("Service", "Environment")
            .flat_map(|assignment| assignment.words().into_iter().map(move |word| (assignment, word)));
        found.find_map(|(assignment, word)| {
            Some((assignment, word.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
        })
    }
}

/// Returns the first systemd that knows a key in any section, if the target is older.
pub fn since(key: &str) -> Option<u16> {
    keys::since(key)
}

/// The prefixes of a command.
const PREFIXES: [char; 5] = ['-', '@', '+', '!', ':'];

/// Parses every unit and drop-in of the bundle.
pub fn read(subject: &BundleView<'_>) -> Vec<UnitFile> {
    let files = subject.hosts().filter_map(|(path, host, text)| {
        let below = host.strip_prefix(DIRECTORY)?;
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
        // A comment inside a continued value is ignored and does not end it.
        if trimmed.starts_with(['#', ';']) || (trimmed.is_empty() && open.is_none()) {
            continue;
        }
        let column = line.chars().count() - line.trim_start().chars().count() + 1;
        if let Some(mut assignment) = open.take() {
            let continues = take(&mut assignment, number, column, trimmed);
            if continues {
                open = Some(assignment);
            } else {
                file.assignments.push(assignment);
            }
            continue;
        }
        let mut report = |column: usize, why: String| {
            file.unread.push(
                Diagnostic::new(Code::UnitSyntax, why).with_location(at(&path, number, column)).with_hint(
                    "write `[Section]`, `Key=value` or a comment; continue a long value with `\\`",
                ),
            );
        };
        if let Some(name) = trimmed.strip_prefix('[') {
            match name.strip_suffix(']') {
                Some(name) => section = Some(name.to_owned()),
                None => report(column, format!("the section `{}` is not closed", sanitize(trimmed))),
            }
            continue;
        }
        let Some((key, value)) = trimmed.split_once('=') else {
            report(column, format!("`{}` is not an assignment: systemd ignores the line", sanitize(trimmed)));
            continue;
        };
        let Some(section) = &section else {
            report(column, format!("`{}` is before the first section", sanitize(key)));
            continue;
        };
        let mut assignment = Assignment {
            section: section.clone(),
            key: key.trim_end().to_owned(),
            value: String::new(),
            pieces: Vec::new(),
            place: at(&path, number, column),
        };
        let start = column + key.chars().count() + 1;
        let start = start + value.chars().count() - value.trim_start().chars().count();
        if take(&mut assignment, number, start, value.trim()) {
            open = Some(assignment);
        } else {
            file.assignments.push(assignment);
        }
    }
    if let Some(assignment) = open {
        file.unread.push(
            Diagnostic::new(
                Code::UnitSyntax,
                format!("`{}=` ends with `\\`, but no line follows", assignment.key),
            )
            .with_location(assignment.place.clone())
            .with_hint("remove the last `\\`"),
        );
        file.assignments.push(assignment);
    }
}

/// Adds a line to a value. Returns whether the value continues.
fn take(assignment: &mut Assignment, number: usize, column: usize, text: &str) -> bool {
    let (text, continues) = match text.strip_suffix('\\') {
        Some(text) => (text.trim_end(), true),
        None => (text, false),
    };
    if !assignment.value.is_empty() && !text.is_empty() {
        assignment.value.push(' ');
    }
    assignment.value.push_str(text);
    assignment.pieces.push((number, column, text.to_owned()));
    continues
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for file in &subject.units {
        found.extend(file.unread.iter().cloned());
        keys::lint(file, subject.target, found);
        // Values of `overrides` are the operator's choice if systemd accepts them.
        if !file.is_override {
            required_keys::lint(file, subject, found);
            hardening::lint(file, subject.target, found);
        }
    }
    dependencies::lint(subject, found);
}
