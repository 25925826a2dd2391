//! Diagnostics as text for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Diagnostic, Diagnostics, Location, Severity, escape};
use crate::values::{escape_all, sanitize};

/// The longest line of a diagnostic, in characters.
const MAX_WIDTH: usize = 110;

/// The most hosts that the text of a diagnostic names.
const MAX_SHOWN_HOSTS: usize = 3;

/// ANSI colors. Color never carries information of its own.
struct Paint(bool);

impl Paint {
    fn severity(&self, severity: Severity, text: &str) -> String {
        let color = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.with(color, text)
    }

    fn with(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

impl Diagnostics {
    /// The diagnostics for people, with or without color, and a summary: at most 12 lines each.
    pub fn text(&self, color: bool) -> String {
        let mut out = self.listing(color);
        let count =
            |severity| self.entries().iter().filter(|diagnostic| diagnostic.severity == severity).count();
        let errors = count(Severity::Error);
        if errors > 1 {
            let done = if self.partial { "invalid parts were not written" } else { "nothing was written" };
            let _ = writeln!(out, "{errors} errors; {done}");
        }
        out
    }

    /// The diagnostics for people, without the summary.
    #[doc(hidden)]
    pub fn listing(&self, color: bool) -> String {
        let paint = Paint(color);
        let mut out = String::new();
        for diagnostic in self.entries() {
            diagnostic.print(&paint, &mut out);
        }
        if self.more > 0 {
            let _ = writeln!(out, "… and {} more", self.more);
        }
        out
    }

    /// The diagnostics for programs, each a JSON object.
    #[doc(hidden)]
    pub fn values(&self) -> Vec<serde_json::Value> {
        let value = |diagnostic| serde_json::to_value(Line::from(diagnostic));
        self.entries()
            .iter()
            .map(|diagnostic| value(diagnostic).expect("strings and numbers serialize"))
            .collect()
    }

    /// The diagnostics for programs: one JSON object per line.
    pub fn json(&self) -> String {
        let mut out = String::new();
        for diagnostic in self.entries() {
            let line =
                serde_json::to_string(&Line::from(diagnostic)).expect("strings and numbers always serialize");
            out.push_str(&escape::json(&line));
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
        let _ = writeln!(out, "{}", escape::line(&self.message));
        for location in self.locations.iter().take(4) {
            let _ = writeln!(out, "  {} {}", paint.with("34", "-->"), escape::line(&location.to_string()));
        }
        // An empty snippet is a line that may contain a secret.
        if let (Some(snippet), Some(Location::File { line, column, .. })) =
            (self.snippet.as_ref().filter(|line| !line.is_empty()), self.locations.first())
        {
            print_excerpt(snippet, *line, *column, paint, out);
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "{}: {}", paint.with("1;32", "hint"), escape::line(hint));
        }
        if let [first, rest @ ..] = &self.hosts[..] {
            let shown =
                rest.iter().take(MAX_SHOWN_HOSTS - 1).fold(first.clone(), |list, host| list + ", " + host);
            let more = (self.hosts.len() + self.more_hosts).saturating_sub(MAX_SHOWN_HOSTS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let name = if rest.is_empty() { "host" } else { "hosts" };
            let _ = writeln!(out, "{}: {}{more}", paint.with("1;34", name), escape::line(&shown));
        }
    }
}

/// Prints the source line with a caret below the column. A long line is cut around the caret.
fn print_excerpt(source: &str, line: usize, column: usize, paint: &Paint, out: &mut String) {
    let before: String = source.chars().take(column.saturating_sub(1)).collect();
    let after: String = source.chars().skip(column.saturating_sub(1)).collect();
    let prefix = escape_all(&before);
    let skip = prefix.chars().count().saturating_sub(MAX_WIDTH / 2);
    let prefix: String = prefix.chars().skip(skip).collect();
    let mark = if skip > 0 { "…" } else { "" };
    let rest = escape_all(&after);
    let room = MAX_WIDTH - prefix.chars().count().min(MAX_WIDTH - 1);
    let tail: String = rest.chars().take(room).collect();
    let more = if rest.chars().count() > room { "…" } else { "" };
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let bar = paint.with("34", "|");
    let _ = writeln!(out, "{gutter} {bar}");
    let _ = writeln!(out, "{} {bar} {mark}{prefix}{tail}{more}", paint.with("34", &number));
    let indent = " ".repeat(prefix.chars().count() + mark.chars().count());
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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    hosts: &'a [String],
    #[serde(skip_serializing_if = "is_zero")]
    more_hosts: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
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
    fn from(diagnostic: &'a Diagnostic) -> Self {
        Self {
            code: diagnostic.code.as_str(),
            severity: diagnostic.severity.as_str(),
            parameter: diagnostic.parameter.as_deref(),
            message: &diagnostic.message,
            location: diagnostic.locations.first().map(JsonLocation::from),
            also: diagnostic.locations.iter().skip(1).map(JsonLocation::from).collect(),
            hint: diagnostic.hint.as_deref(),
            hosts: &diagnostic.hosts,
            more_hosts: diagnostic.more_hosts,
        }
    }
}
