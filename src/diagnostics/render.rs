//! A report as text for people and as JSON for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Finding, Origin, Report, Severity};
use crate::values::{shown, shown_whole};

/// The longest line of a finding, in characters.
const WIDTH: usize = 110;

/// ANSI colours; nothing is said by colour alone.
struct Paint(bool);

impl Paint {
    fn severity(&self, severity: Severity, text: &str) -> String {
        let colour = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.with(colour, text)
    }

    fn with(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

impl Report {
    /// The report for people, coloured or not: at most 12 lines a finding.
    pub fn text(&self, colour: bool) -> String {
        let mut out = self.listing(colour);
        let count = |severity| self.findings().iter().filter(|finding| finding.severity == severity).count();
        let errors = count(Severity::Error);
        if errors > 1 {
            let done = if self.going_on { "what is refused was not written" } else { "nothing was written" };
            let _ = writeln!(out, "{errors} errors; {done}");
        }
        out
    }

    /// The findings alone, for people.
    pub fn listing(&self, colour: bool) -> String {
        let paint = Paint(colour);
        let mut out = String::new();
        for finding in self.findings() {
            finding.print(&paint, &mut out);
        }
        if self.more > 0 {
            let _ = writeln!(out, "… and {} more", self.more);
        }
        out
    }

    /// The findings for machines, each an object.
    pub fn values(&self) -> Vec<serde_json::Value> {
        let value = |finding| serde_json::to_value(Line::from(finding));
        self.findings().iter().map(|finding| value(finding).expect("strings and numbers serialise")).collect()
    }

    /// The report for machines: one JSON object a line.
    pub fn json(&self) -> String {
        let mut out = String::new();
        for finding in self.findings() {
            let line =
                serde_json::to_string(&Line::from(finding)).expect("strings and numbers always serialise");
            out.push_str(&line);
            out.push('\n');
        }
        out
    }
}

impl Finding {
    fn print(&self, paint: &Paint, out: &mut String) {
        let head = format!("{}[{}]", self.severity.word(), self.code.as_str());
        let _ = write!(out, "{}: ", paint.severity(self.severity, &head));
        if let Some(parameter) = &self.parameter {
            let _ = write!(out, "`{}`: ", cut(&shown(parameter).to_string()));
        }
        let _ = writeln!(out, "{}", self.message);
        for origin in self.origins.iter().take(4) {
            let _ = writeln!(out, "  {} {origin}", paint.with("34", "-->"));
        }
        // An empty one is a line that may not be shown.
        if let (Some(excerpt), Some(Origin::File { line, column, .. })) =
            (self.excerpt.as_ref().filter(|line| !line.is_empty()), self.origins.first())
        {
            print_excerpt(excerpt, *line, *column, paint, out);
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "{}: {hint}", paint.with("1;32", "hint"));
        }
    }
}

/// The source line with a caret below the column; a long line is cut around it.
fn print_excerpt(source: &str, line: usize, column: usize, paint: &Paint, out: &mut String) {
    let before: String = source.chars().take(column.saturating_sub(1)).collect();
    let after: String = source.chars().skip(column.saturating_sub(1)).collect();
    let lead = shown_whole(&before);
    let skip = lead.chars().count().saturating_sub(WIDTH / 2);
    let lead: String = lead.chars().skip(skip).collect();
    let mark = if skip > 0 { "…" } else { "" };
    let rest = shown_whole(&after);
    let room = WIDTH - lead.chars().count().min(WIDTH - 1);
    let tail: String = rest.chars().take(room).collect();
    let more = if rest.chars().count() > room { "…" } else { "" };
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let bar = paint.with("34", "|");
    let _ = writeln!(out, "{gutter} {bar}");
    let _ = writeln!(out, "{} {bar} {mark}{lead}{tail}{more}", paint.with("34", &number));
    let indent = " ".repeat(lead.chars().count() + mark.chars().count());
    let _ = writeln!(out, "{gutter} {bar} {indent}{}", paint.with("1;31", "^"));
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDTH {
        text.to_owned()
    } else {
        text.chars().take(WIDTH).chain(['…']).collect()
    }
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    message: &'a str,
    origin: Option<Place<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Place<'a>>,
    hint: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Place<'a> {
    File { file: &'a str, line: usize, column: usize },
    Flag { flag: &'a str },
    Default { default: &'a str },
}

impl<'a> From<&'a Origin> for Place<'a> {
    fn from(origin: &'a Origin) -> Self {
        match origin {
            Origin::File { path, line, column } => {
                Self::File { file: path.as_str(), line: *line, column: *column }
            }
            Origin::Flag(flag) => Self::Flag { flag },
            Origin::Default(layer) => Self::Default { default: layer },
        }
    }
}

impl<'a> From<&'a Finding> for Line<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            code: finding.code.as_str(),
            severity: finding.severity.word(),
            parameter: finding.parameter.as_deref(),
            message: &finding.message,
            origin: finding.origins.first().map(Place::from),
            also: finding.origins.iter().skip(1).map(Place::from).collect(),
            hint: finding.hint.as_deref(),
        }
    }
}
