//! Checks panel.sh: its host data, parsed as a shell would, and that the rest of the program is unchanged.

use camino::Utf8Path;

use super::{BundleView, Findings, at};
use crate::delivery::installer::PROGRAM;
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::syntax::shell::Lexer;
use crate::values::sanitize;

/// The marks around the data.
const BEGIN: &str = "#--- host data: begin";
const END: &str = "#--- host data: end";

/// A word and its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word after shell quoting.
    pub text: String,
    /// The location.
    pub place: Location,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The words, the component first.
    pub words: Vec<Word>,
    /// The location.
    pub place: Location,
}

impl Row {
    /// Returns the word in a column. Empty if there is none.
    pub fn word(&self, column: usize) -> &str {
        self.words.get(column).map_or("", |word| &word.text)
    }

    /// Returns the location of the word in a column.
    pub fn place_of(&self, column: usize) -> Location {
        self.words.get(column).map_or_else(|| self.place.clone(), |word| word.place.clone())
    }
}

/// The host data of panel.sh.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installer {
    values: Vec<(String, Word)>,
    tables: Vec<(String, Vec<Row>)>,
    unread: Vec<(usize, String)>,
    has_marks: bool,
    /// The program without its data.
    program: String,
}

impl Installer {
    /// Parses panel.sh.
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        let mut inside = false;
        let mut table: Option<(String, Vec<Row>)> = None;
        for (number, line) in text.lines().enumerate() {
            let number = number + 1;
            if line.starts_with(END) {
                inside = false;
            }
            if !inside {
                read.program.push_str(line);
                read.program.push('\n');
                if line.starts_with(BEGIN) {
                    inside = true;
                    read.has_marks = true;
                }
                continue;
            }
            let place = |column: usize| at("panel.sh", number, column);
            if let Some((_, rows)) = &mut table {
                if line == "}" {
                    read.tables.extend(table.take());
                } else {
                    match line.trim_start().strip_prefix("\"$@\" ").map(words) {
                        Some(Ok(words)) => {
                            let offset = line.len() - line.trim_start().len() + "\"$@\" ".len();
                            let words = words
                                .into_iter()
                                .map(|(text, column)| Word { text, place: place(offset + column) });
                            rows.push(Row { words: words.collect(), place: place(1) });
                        }
                        Some(Err(why)) => read.unread.push((number, why)),
                        None => read.unread.push((number, "is not a row of its table".to_owned())),
                    }
                }
                continue;
            }
            if let Some(name) = line.strip_suffix("() {").and_then(|name| name.strip_prefix("plan_")) {
                table = Some((name.to_owned(), Vec::new()));
            } else if let Some(name) =
                line.strip_suffix("() { :; }").and_then(|name| name.strip_prefix("plan_"))
            {
                read.tables.push((name.to_owned(), Vec::new()));
            } else if let Some((name, value)) = line.split_once('=')
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            {
                match words(value).map(|words| words.into_iter().next()) {
                    Ok(word) => {
                        let text = word.map(|(text, _)| text).unwrap_or_default();
                        read.values.push((name.to_owned(), Word { text, place: place(name.len() + 2) }));
                    }
                    Err(why) => read.unread.push((number, why)),
                }
            } else {
                read.unread.push((number, "is neither an assignment nor a table".to_owned()));
            }
        }
        if let Some((name, rows)) = table {
            read.unread.push((text.lines().count(), format!("ends inside the table `{name}`")));
            read.tables.push((name, rows));
        }
        read
    }

    /// Returns a value by its name.
    pub fn value(&self, name: &str) -> Option<&Word> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, word)| word)
    }

    /// Returns the rows of a table.
    pub fn rows<'i>(&'i self, name: &'i str) -> impl Iterator<Item = &'i Row> {
        self.tables.iter().filter(move |(known, _)| known == name).flat_map(|(_, rows)| rows)
    }

    /// Whether the table exists.
    pub fn has_table(&self, name: &str) -> bool {
        self.tables.iter().any(|(known, _)| known == name)
    }

    /// Returns the names of the tables.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|(name, _)| name.as_str())
    }
}

/// Splits panel.sh into what comes before its host data, the data, and what comes after it. The marks are not data.
pub fn split(text: &str) -> Option<[&str; 3]> {
    let begin = text.find(BEGIN)?;
    let begin = begin + text[begin..].find('\n')? + 1;
    let end = begin + text[begin..].find(END)?;
    Some([&text[..begin], &text[begin..end], &text[end..]])
}

/// Splits a line into words as a shell does, with their columns. Anything that a shell would expand is an
/// error, because the block contains only data.
fn words(line: &str) -> Result<Vec<(String, usize)>, String> {
    let mut lexer = Lexer::default();
    let mut words = Vec::new();
    let (mut word, mut start) = (String::new(), 0);
    for (column, letter) in line.chars().enumerate() {
        let (quoted, escaped) = (lexer.quotes().count() > 0, lexer.is_escaped());
        if !quoted && !escaped {
            if "$`\";&|<>()".contains(letter) {
                return Err(format!("contains `{letter}` outside of single quotes: a shell would run it"));
            }
            if !lexer.in_word() {
                start = column + 1;
            }
        }
        lexer.literal(letter)?;
        if !lexer.ended().is_empty() {
            words.push((std::mem::take(&mut word), start));
        } else if escaped
            || (quoted || lexer.in_word()) && !matches!((quoted, letter), (_, '\'') | (false, '\\'))
        {
            word.push(letter);
        }
    }
    if lexer.quotes().count() > 0 {
        return Err("has an unclosed quote".to_owned());
    }
    if lexer.in_word() {
        words.push((word, start));
    }
    Ok(words)
}

/// The tables that panel.sh calls, with the number of words in a row.
const TABLES: &[(&str, usize)] = &[
    ("packages", 2),
    ("accounts", 4),
    ("files", 7),
    ("secrets", 5),
    ("downloads", 9),
    ("links", 3),
    ("images", 3),
    ("units", 5),
    ("displaced", 3),
    ("containers", 4),
    ("networks", 4),
    ("tables", 3),
    ("data_dirs", 2),
    ("ports", 3),
    ("needs", 3),
    ("login_urls", 5),
    ("support", 4),
];

/// The values that panel.sh reads.
const VALUES: &[&str] = &[
    "COMPONENTS",
    "DOMAIN",
    "NAMES",
    "EDGE",
    "ACME",
    "ACME_COMPONENT",
    "ISSUE_UNIT",
    "DEPLOY_HOOK",
    "CERTIFICATE",
    "CERTIFICATE_KEY",
    "TARGET",
    "ARCH",
    "DUAL_STACK",
    "DEFAULT_SERVER",
    "MANAGER",
    "INSTALL",
    "DATA",
];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(installer) = &subject.installer else { return };
    let path = Utf8Path::new("panel.sh");
    let mut report = |line: usize, code: Code, why: String, hint: &str| {
        found.push(Diagnostic::new(code, why).with_location(at(path, line, 1)).with_hint(hint));
    };
    let again = "render the bundle again";
    if !installer.has_marks {
        report(1, Code::InstallerInvalid, "panel.sh has no host data".to_owned(), again);
        return;
    }
    for (line, why) in &installer.unread {
        report(*line, Code::InstallerInvalid, format!("this line {why}"), again);
    }
    for (name, columns) in TABLES {
        if !installer.has_table(name) {
            report(
                1,
                Code::InstallerInvalid,
                format!("panel.sh calls `plan_{name}`, which is not defined"),
                again,
            );
        }
        for row in installer.rows(name).filter(|row| row.words.len() != *columns) {
            let Location::File { line, .. } = row.place else { continue };
            let why =
                format!("a row of `plan_{name}` has {columns} words, but this one has {}", row.words.len());
            report(line, Code::InstallerInvalid, why, again);
        }
    }
    for name in installer.tables().filter(|name| !TABLES.iter().any(|(known, _)| known == name)) {
        report(1, Code::InstallerInvalid, format!("`plan_{}` is not called", sanitize(name)), again);
    }
    for name in VALUES.iter().filter(|name| installer.value(name).is_none()) {
        report(1, Code::InstallerInvalid, format!("panel.sh reads `{name}`, which is not set"), again);
    }
    if subject.is_of_this_version()
        && let Some(line) = differs(
            &installer.program,
            &Installer::read(PROGRAM).program,
            subject.meta_file("panel.sh").unwrap_or_default(),
        )
    {
        report(
            line,
            Code::ProgramChanged,
            "panel.sh differs from the program that panelgen writes: its code was changed".to_owned(),
            "render the bundle again; the program is the same on every host",
        );
    }
}

/// Returns the line of `whole` at which `program` differs from `wanted`.
fn differs(program: &str, wanted: &str, whole: &str) -> Option<usize> {
    let (mut ours, mut theirs) = (program.lines(), wanted.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => {}
            _ => break,
        }
    }
    // Lines after the data are further down in the file.
    let begin = wanted.lines().position(|line| line.starts_with(BEGIN)).map_or(0, |at| at + 1);
    let shift =
        if number > begin { whole.lines().count().saturating_sub(program.lines().count()) } else { 0 };
    Some(number + shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_parsed_like_a_shell() {
        let read = Installer::read(
            "#--- host data: begin\nA='it'\\''s'\nB=\nplan_files() {\n    \"$@\" a 'b c' d\n}\nplan_x() { :; }\n#--- host data: end\nmore\n",
        );
        assert_eq!(read.value("A").unwrap().text, "it's");
        assert_eq!(read.value("B").unwrap().text, "");
        let row = read.rows("files").next().unwrap();
        assert_eq!((row.word(0), row.word(1), row.word(2)), ("a", "b c", "d"));
        assert_eq!(row.place_of(1), at("panel.sh", 5, 12));
        assert!(read.has_table("x") && read.unread.is_empty());
    }

    #[test]
    fn data_with_shell_expansions_is_rejected() {
        for value in ["$(id)", "`id`", "a;b", "\"$X\"", "'open"] {
            let read = Installer::read(&format!("#--- host data: begin\nA={value}\n#--- host data: end\n"));
            assert_eq!(read.unread.len(), 1, "{value}");
        }
    }
}
