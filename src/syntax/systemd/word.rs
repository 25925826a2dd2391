//! One word of a unit's value, and how a value of ours stands in it.

use std::borrow::Cow;

use super::key::KeyType;

/// A word of a value that is made of words, while it is read.
#[derive(Debug, Default)]
pub(super) struct WordState {
    /// The piece it begins in, and where in the written text.
    pub(super) start: (usize, usize),
    /// What stands in it so far: the template's text, with the holes filled in.
    pub(super) text: String,
    /// How many words stand before it.
    pub(super) index: usize,
    /// The last hole outside quotes, if any hole is.
    pub(super) hole: Option<usize>,
    /// Whether a hole outside quotes can stand only inside quotes.
    pub(super) needs_quotes: bool,
    /// Whether the template's part would read differently inside quotes.
    pub(super) bars_quotes: bool,
}

impl WordState {
    /// Makes it an empty word that begins there.
    pub(super) fn begin(&mut self, start: (usize, usize), index: usize) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        *self = Self { start, text, index, ..Self::default() };
    }

    /// Takes one character of the template, outside quotes.
    pub(super) fn raw(&mut self, c: char) {
        self.bars_quotes |= c == '\\';
        self.text.push(c);
    }

    /// Whether the template wrote `;` as a word of its own: the next command begins.
    pub(super) fn is_separator(&self) -> bool {
        self.text == ";" && self.hole.is_none() && !self.bars_quotes
    }

    /// Whether a value can stand in this word without quotes.
    pub(super) fn allows_bare(&self, value: &str) -> bool {
        let clean =
            !value.contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '\'' | '\\'));
        // A lone `;` ends the command; at the beginning of a continued line `#` and `;` begin a comment.
        clean && !(self.text.is_empty() && value.starts_with(['#', ';']))
    }

    /// What keeps `value` from being the next part of this self.
    pub(super) fn check_part(&self, kind: KeyType, value: &str) -> Result<(), &'static str> {
        let control = value.contains(char::is_control);
        match kind {
            KeyType::Exec if self.index == 0 => {
                let prefixes = ['-', '@', ':', '+', '!'];
                if self.text.trim_start_matches(prefixes).is_empty() && !value.starts_with('/') {
                    Err("the program of a command is an absolute path")
                } else if control || value.contains(['"', '\'', '\\', '$']) {
                    Err("the path of a program cannot hold quotes, `\\`, `$` or a control character")
                } else {
                    Ok(())
                }
            }
            KeyType::Environment if self.text.find('=').is_none_or(|at| at == 0) => {
                Err("only the value of a variable can come from a parameter: write `NAME=` before it")
            }
            KeyType::Environment if value.contains(|c: char| c.is_control() && c != '\n' && c != '\t') => {
                Err("older systemd drops a variable that holds a control character")
            }
            KeyType::Paths if control => Err("a unit cannot hold a control character in a list of paths"),
            KeyType::Paths if self.text.is_empty() && !value.starts_with('/') => {
                Err("a path here is absolute")
            }
            KeyType::Paths if value.split('/').any(|part| part == "..") => Err("a path here has no `..`"),
            _ => Ok(()),
        }
    }
}

/// `value` as it stands between two `quote`s; a value that can stand bare has only `%` and `$` doubled.
pub(super) fn escaped(value: &str, quote: char, kind: KeyType) -> Cow<'_, str> {
    let active = |c: char| {
        matches!(c, '%' | '\\') || c == '$' && kind == KeyType::Exec || c == quote || c.is_ascii_control()
    };
    if !value.contains(active) {
        return value.into();
    }
    let mut text = String::with_capacity(2 * value.len());
    for c in value.chars() {
        match c {
            '%' => text.push_str("%%"),
            '$' if kind == KeyType::Exec => text.push_str("$$"),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            _ if c == quote => text.extend(['\\', c]),
            '\0'..='\x1f' | '\x7f' => text.extend(format!("\\x{:02x}", u32::from(c)).chars()),
            _ => text.push(c),
        }
    }
    text.into()
}
