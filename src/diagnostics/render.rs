//! Diagnostics as text for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Diagnostic, Diagnostics, Location, Severity, escape};
use crate::values::{escape_all, sanitize};

/// The longest line of a diagnostic, in characters.
const MAX_WIDTH: usize = 110;

/// The shortest part of a source line that is still useful.
const MIN_EXCERPT_WIDTH: usize = 20;

/// The most characters in a column: combining ones take none of their own.
const MAX_CHARS_PER_COLUMN: usize = 4;

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
        self.text_for(color, MAX_WIDTH)
    }

    /// The same for a terminal with this many columns.
    pub(crate) fn text_for(&self, color: bool, max_width: usize) -> String {
        let mut out = self.listing_for(color, max_width.min(MAX_WIDTH));
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
        self.listing_for(color, MAX_WIDTH)
    }

    fn listing_for(&self, color: bool, max_width: usize) -> String {
        let paint = Paint(color);
        let mut out = String::new();
        for diagnostic in self.entries() {
            diagnostic.print(&paint, max_width, &mut out);
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
    fn print(&self, paint: &Paint, max_width: usize, out: &mut String) {
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
            print_excerpt(snippet, (*line, *column), max_width, paint, out);
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
fn print_excerpt(
    source: &str,
    (line, column): (usize, usize),
    max_width: usize,
    paint: &Paint,
    out: &mut String,
) {
    let before: String = source.chars().take(column.saturating_sub(1)).collect();
    let after: String = source.chars().skip(column.saturating_sub(1)).collect();
    let prefix = escape_all(&before);
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    // The number, the bar and the marks of a cut line.
    let max_width = max_width.saturating_sub(number.len() + 5).max(MIN_EXCERPT_WIDTH);
    let rest = escape_all(&after);
    let is_whole = !beginning_of(&prefix, max_width).1 && prefix.width() + rest.width() <= max_width;
    let (prefix, is_cut) = end_of(&prefix, if is_whole { max_width } else { max_width / 2 });
    let mark = if is_cut { "…" } else { "" };
    let (tail, is_cut) = beginning_of(&rest, max_width.saturating_sub(prefix.width()));
    let more = if is_cut { "…" } else { "" };
    let bar = paint.with("34", "|");
    let _ = writeln!(out, "{gutter} {bar}");
    let _ = writeln!(out, "{} {bar} {mark}{prefix}{tail}{more}", paint.with("34", &number));
    let indent = " ".repeat(prefix.width() + mark.width());
    let _ = writeln!(out, "{gutter} {bar} {indent}{}", paint.with("1;31", "^"));
}

/// The end of a text that takes at most `room` columns, and whether something is cut off.
fn end_of(text: &str, room: usize) -> (&str, bool) {
    let before = text.char_indices().rev().map(|(at, c)| (at, at + c.len_utf8(), c));
    match first_beyond(before, room) {
        Some((_, end)) => (&text[end..], true),
        None => (text, false),
    }
}

/// The beginning of a text that takes at most `room` columns, and whether something is cut off.
fn beginning_of(text: &str, room: usize) -> (&str, bool) {
    match first_beyond(text.char_indices().map(|(at, c)| (at, at + c.len_utf8(), c)), room) {
        Some((start, _)) => (&text[..start], true),
        None => (text, false),
    }
}

/// Returns the range of the first character that does not fit. Characters without a width are bounded too.
fn first_beyond(
    characters: impl Iterator<Item = (usize, usize, char)>,
    room: usize,
) -> Option<(usize, usize)> {
    let mut width = 0;
    for (count, (start, end, c)) in characters.enumerate() {
        width += c.width().unwrap_or(0);
        if width > room || count > room * MAX_CHARS_PER_COLUMN {
            return Some((start, end));
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The excerpt of a line, without the rows of the gutter, and the columns before the caret.
    fn excerpt(source: &str, column: usize, max_width: usize) -> (String, usize) {
        let mut out = String::new();
        print_excerpt(source, (1, column), max_width, &Paint(false), &mut out);
        let mut rows = out.lines().skip(1).map(|row| row.split_once("| ").expect("each row has a bar").1);
        let (shown, caret) = (rows.next().expect("the source"), rows.next().expect("the caret"));
        assert_eq!(rows.next(), None);
        (shown.to_owned(), caret.strip_suffix('^').expect("a caret").len())
    }

    #[test]
    fn caret_is_below_its_character_whatever_is_before_it() {
        for (before, columns) in [
            ("key: ", 5),
            ("", 0),
            // Wide: two columns each.
            ("名前: ", 6),
            ("😀🎉 ", 5),
            ("ｆｕｌｌ ", 9),
            // Half as wide as its full form.
            ("ﾊﾟﾈﾙ ", 5),
            // Combining: no column of their own.
            ("e\u{301}a\u{308}\u{323}: ", 4),
            ("ขั้น ", 3),
            // Shown as escapes.
            ("\t", 2),
            ("a\t\tb ", 7),
            ("\u{200d}", 8),
            ("\u{202e}x", 9),
        ] {
            let source = format!("{before}§ after");
            let (shown, at) = excerpt(&source, before.chars().count() + 1, 80);
            assert_eq!(at, columns, "{source:?}");
            let place = shown.find('§').expect("the marked character is shown");
            assert_eq!(shown[..place].width(), at, "{shown}");
        }
    }

    #[test]
    fn excerpt_fits_the_terminal_and_shows_the_marked_character() {
        for part in ["a", "名", "😀", "e\u{301}", "\t", "\u{200d}", "\u{301}"] {
            for (before, after) in [(0, 500), (7, 7), (60, 60), (500, 0), (40_000, 40_000)] {
                for max_width in [0, 40, 80, 110] {
                    let source = format!("{}§{}", part.repeat(before), part.repeat(after));
                    let (shown, at) = excerpt(&source, part.chars().count() * before + 1, max_width);
                    assert!(shown.width() + 4 <= max_width.max(30), "{max_width}: {shown}");
                    let place = shown.find('§').expect("the marked character is shown");
                    assert_eq!(shown[..place].width(), at, "{shown}");
                    assert!(shown.chars().count() < 700, "{} characters", shown.chars().count());
                }
            }
        }
    }
}
