//! Units of systemd: parsed as systemd does, then checked by key, as a whole, and against each other.

mod dependencies;
mod hardening;
mod keys;
mod required_keys;
mod values;

use camino::{Utf8Path, Utf8PathBuf};

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::host::UNIT_DIRECTORY;
use crate::syntax::systemd::{self, Item};
use crate::values::{sanitize, work_budget};

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
    unread: Diagnostics,
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
        let mut affordable = self.pieces.iter().take_while(|(.., text)| work_budget::take(text.len()));
        let found = affordable.find_map(|(line, column, text)| {
            text.find(part).map(|start| at(path, *line, column + text[..start].chars().count()))
        });
        found.unwrap_or_else(|| self.place.clone())
    }

    /// Splits the value into words as systemd does, without quotes.
    pub fn words(&self) -> Vec<String> {
        systemd::words(&self.value).0
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
            unread: Diagnostics::default(),
        };
        parse(text, &mut file);
        Some(file)
    });
    files.collect()
}

fn parse(text: &str, file: &mut UnitFile) {
    let place = |(line, column)| at(&file.path, line, column);
    for item in systemd::read(text) {
        let (start, why) = match item {
            Item::Assignment(assignment) => {
                if assignment.is_cut {
                    let why = format!("`{}=` ends with `\\`, but no line follows", assignment.key);
                    let finding =
                        Diagnostic::new(Code::UnitSyntax, why).with_location(place(assignment.start));
                    file.unread.push(finding.with_hint("remove the last `\\`"));
                }
                let own = |(line, column, text): (usize, usize, &str)| (line, column, text.to_owned());
                file.assignments.push(Assignment {
                    section: assignment.section.to_owned(),
                    key: assignment.key.to_owned(),
                    place: place(assignment.start),
                    value: assignment.value,
                    pieces: assignment.pieces.into_iter().map(own).collect(),
                });
                continue;
            }
            Item::OpenSection(text, start) => {
                (start, format!("the section `{}` is not closed", sanitize(text)))
            }
            Item::NoSection(key, start) => {
                (start, format!("`{}` is before the first section", sanitize(key)))
            }
            Item::Unknown(text, start) => {
                (start, format!("`{}` is not an assignment: systemd ignores the line", sanitize(text)))
            }
        };
        file.unread.push(
            Diagnostic::new(Code::UnitSyntax, why)
                .with_location(place(start))
                .with_hint("write `[Section]`, `Key=value` or a comment; continue a long value with `\\`"),
        );
    }
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for file in &subject.units {
        found.merge(file.unread.clone());
        keys::lint(file, subject.target, found);
        // Values of `overrides` are the operator's choice if systemd accepts them.
        if !file.is_override {
            required_keys::lint(file, subject, found);
            hardening::lint(file, subject.target, found);
        }
    }
    dependencies::lint(subject, found);
}
