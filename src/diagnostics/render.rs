//! A report as text for people and as JSON for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Diagnostic, Diagnostics, Location, Severity};
use crate::values::{escape_all, sanitize};

/// The longest line of a finding, in characters.
const MAX_WIDTH: usize = 110;

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

impl Diagnostics {
    /// The report for people, coloured or not: at most 12 lines a finding.
    pub fn text(&self, colour: bool) -> String {
        let mut out = self.listing(colour);
        let count = |severity| self.entries().iter().filter(|finding| finding.severity == severity).count();
        let errors = count(Severity::Error);
        if errors > 1 {
            let done = if self.partial { "what is refused was not written" } else { "nothing was written" };
            let _ = writeln!(out, "{errors} errors; {done}");
        }
        out
    }

    /// The findings alone, for people.
    pub fn listing(&self, colour: bool) -> String {
        let paint = Paint(colour);
        let mut out = String::new();
        for finding in self.entries() {
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
        self.entries().iter().map(|finding| value(finding).expect("strings and numbers serialise")).collect()
    }

    /// The report for machines: one JSON object a line.
    pub fn json(&self) -> String {
        let mut out = String::new();
        for finding in self.entries() {
            let line =
                serde_json::to_string(&Line::from(finding)).expect("strings and numbers always serialise");
            out.push_str(&line);
            out.push('\n');
        }
        out
    }
}

impl Diagnostic {
    fn print(&self, paint: &Paint, out: &mut String) {
        let head = format!("{}[{}]", self.severity.as_str(), self.code.as_str());
        let _ = write!(out, "{}: ", paint.severity(self.severity, &head));
        if let Some(parameter) = &self.parameter {
            let _ = write!(out, "`{}`: ", cut(&sanitize(parameter).to_string()));
        }
        let _ = writeln!(out, "{}", self.message);
        for location in self.locations.iter().take(4) {
            let _ = writeln!(out, "  {} {location}", paint.with("34", "-->"));
        }
        // An empty one is a line that may not be shown.
        if let (Some(snippet), Some(Location::File { line, column, .. })) =
            (self.snippet.as_ref().filter(|line| !line.is_empty()), self.locations.first())
        {
            print_excerpt(snippet, *line, *column, paint, out);
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
    let lead = escape_all(&before);
    let skip = lead.chars().count().saturating_sub(MAX_WIDTH / 2);
    let lead: String = lead.chars().skip(skip).collect();
    let mark = if skip > 0 { "…" } else { "" };
    let rest = escape_all(&after);
    let room = MAX_WIDTH - lead.chars().count().min(MAX_WIDTH - 1);
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
    if text.chars().count() <= MAX_WIDTH {
        text.to_owned()
    } else {
        text.chars().take(MAX_WIDTH).chain(['…']).collect()
    }
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    message: &'a str,
    location: Option<JsonLocation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<JsonLocation<'a>>,
    hint: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonLocation<'a> {
    File { file: &'a str, line: usize, column: usize },
    Flag { flag: &'a str },
    Default { default: &'a str },
}

impl<'a> From<&'a Location> for JsonLocation<'a> {
    fn from(location: &'a Location) -> Self {
        match location {
            Location::File { path, line, column } => {
                Self::File { file: path.as_str(), line: *line, column: *column }
            }
            Location::Flag(flag) => Self::Flag { flag },
            Location::Default(layer) => Self::Default { default: layer },
        }
    }
}

impl<'a> From<&'a Diagnostic> for Line<'a> {
    fn from(finding: &'a Diagnostic) -> Self {
        Self {
            code: finding.code.as_str(),
            severity: finding.severity.as_str(),
            parameter: finding.parameter.as_deref(),
            message: &finding.message,
            location: finding.locations.first().map(JsonLocation::from),
            also: finding.locations.iter().skip(1).map(JsonLocation::from).collect(),
            hint: finding.hint.as_deref(),
        }
    }
}
