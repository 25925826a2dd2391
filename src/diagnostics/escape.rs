//! What stands between a text that somebody else wrote and the form in which it is printed: one function for each form.
//! Whoever prints passes every text of a message through the function of its form, and through no other.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::values::is_visible;

/// On a line for people: no line ends in it, and what cannot be seen is shown by its number.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        return Cow::Borrowed(text);
    }
    let mut seen = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_visible(c) { seen.push(c) } else { seen.extend(c.escape_debug()) }
    }
    Cow::Owned(seen)
}

/// A text of lines of our own, in which everything but their ends is escaped.
pub fn lines(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || is_visible(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

/// A document of JSON that is already one: a character that cannot be seen is written by its number. It still means
/// exactly what it meant, because outside of its strings a document has none but line ends.
pub fn json(document: &str) -> Cow<'_, str> {
    if document.chars().all(|c| c == '\n' || is_visible(c)) {
        return Cow::Borrowed(document);
    }
    let mut seen = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if c == '\n' || is_visible(c) {
            seen.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(seen, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(seen)
}

/// The text of a SARIF message, where square brackets make a link and a backslash takes that from them.
pub fn sarif(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// The message of a command of GitHub's runner: the runner reads one line and writes `%25` as `%`.
pub fn github_message(text: &str) -> String {
    line(text).replace('%', "%25")
}

/// The value of a property of such a command, in which commas and colons mean something too.
pub fn github_property(text: &str) -> String {
    github_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// A code span of markdown that holds exactly this: nothing in it is a link, an image, a name or HTML.
pub fn markdown_code(text: &str) -> String {
    let text = line(text);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space beside each fence is taken away again, so one that belongs to the text needs another.
    let is_padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if is_padded && text.chars().any(|c| c != ' ') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The longest run of backticks: a longer one cannot be closed from within.
pub fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// HTML in which this is text.
pub fn html(text: &str) -> String {
    let text = line(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
