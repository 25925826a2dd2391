//! Escapes the text of messages, with one function per output format. Every text passes through the function of its
//! format at the place that prints it, and through no other escape.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::values::is_visible;

/// Escapes a text for one line of plain text: line breaks and invisible characters become escapes.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_visible(c) { escaped.push(c) } else { escaped.extend(c.escape_debug()) }
    }
    Cow::Owned(escaped)
}

/// Escapes each line of a text. The line breaks stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || is_visible(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

/// Replaces the invisible characters of a JSON document by `\\u` escapes. They occur in strings only, so the values stay
/// the same.
pub fn json(document: &str) -> Cow<'_, str> {
    if document.chars().all(|c| c == '\n' || is_visible(c)) {
        return Cow::Borrowed(document);
    }
    let mut escaped = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if c == '\n' || is_visible(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(escaped)
}

/// Escapes the text of a SARIF message, in which square brackets are a link unless a backslash precedes them.
pub fn sarif(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// Escapes the message of a workflow command. GitHub's runner reads one line and decodes `%25` to `%`.
pub fn github_message(text: &str) -> String {
    line(text).replace('%', "%25")
}

/// Escapes the value of a property of a workflow command, in which commas and colons are syntax too.
pub fn github_property(text: &str) -> String {
    github_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// Returns a markdown code span with this text. Nothing in a code span is a link, an image, a mention or HTML.
pub fn markdown_code(text: &str) -> String {
    let text = line(text);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A reader removes one space at each end, so a text that begins or ends with a space gets another.
    let is_padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if is_padded && text.chars().any(|c| c != ' ') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Returns the length of the longest run of backticks. A longer fence cannot be closed by the text.
pub fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Escapes a text for HTML content and attribute values.
pub fn html(text: &str) -> String {
    let text = line(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
