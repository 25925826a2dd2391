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
use crate::syntax::systemd::{self, Item};
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
        systemd::words(&self.value).0
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
    let place = |(line, column)| at(&file.path, line, column);
    for item in systemd::read(text) {
        let (start, why) = match item {
            Item::Assignment(said) => {
                if said.is_cut {
                    let why = format!("`{}=` goes on after `\\`, and nothing follows", said.key);
                    let finding = Diagnostic::new(Code::UnitSyntax, why).with_location(place(said.start));
                    file.unread.push(finding.with_hint("remove the last `\\`"));
                }
                let own = |(line, column, text): (usize, usize, &str)| (line, column, text.to_owned());
                file.assignments.push(Assignment {
                    section: said.section.to_owned(),
                    key: said.key.to_owned(),
                    place: place(said.start),
                    value: said.value,
                    pieces: said.pieces.into_iter().map(own).collect(),
                });
                continue;
            }
            Item::OpenSection(text, start) => {
                (start, format!("the section `{}` is not closed", sanitize(text)))
            }
            Item::NoSection(key, start) => (start, format!("`{}` stands before any section", sanitize(key))),
            Item::Unknown(text, start) => {
                (start, format!("`{}` is no assignment: systemd ignores the line", sanitize(text)))
            }
        };
        file.unread.push(
            Diagnostic::new(Code::UnitSyntax, why).with_location(place(start)).with_hint(
                "a line is `[Section]`, `Key=value` or a comment; a long value goes on after `\\`",
            ),
        );
    }
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
