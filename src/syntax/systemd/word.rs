//! One word of a unit's value, and how an expression's value is written in it.

use std::borrow::Cow;

use super::key::KeyType;

/// The current word of a value that is split into words.
#[derive(Debug, Default)]
pub(super) struct WordState {
    /// The segment that it begins in, and its position in the written text.
    pub(super) start: (usize, usize),
    /// Its text so far, with the values of expressions.
    pub(super) text: String,
    /// The number of words before it.
    pub(super) index: usize,
    /// The last expression outside quotes.
    pub(super) expr: Option<usize>,
    /// Whether an expression outside quotes needs quotes.
    pub(super) needs_quotes: bool,
    /// Whether the template's part would be read differently inside quotes.
    pub(super) forbids_quotes: bool,
}

impl WordState {
    /// Resets it to an empty word that begins at `start`.
    pub(super) fn reset(&mut self, start: (usize, usize), index: usize) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        *self = Self { start, text, index, ..Self::default() };
    }

    /// Whether it is a `;` of the template, which separates commands.
    pub(super) fn is_separator(&self) -> bool {
        self.text == ";" && self.expr.is_none() && !self.forbids_quotes
    }

    /// Whether a value can be in this word without quotes.
    pub(super) fn allows_bare(&self, value: &str) -> bool {
        let clean =
            !value.contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '\'' | '\\'));
        // A lone `;` ends the command. At the beginning of a continued line, `#` and `;` begin a comment.
        clean && !(self.text.is_empty() && value.starts_with(['#', ';']))
    }

    /// Why `value` cannot be the next part of this word.
    pub(super) fn check_part(&self, kind: KeyType, value: &str) -> Result<(), &'static str> {
        let control = value.contains(char::is_control);
        match kind {
            KeyType::Exec if self.index == 0 => {
                let prefixes = ['-', '@', ':', '+', '!'];
                if self.text.trim_start_matches(prefixes).is_empty() && !value.starts_with('/') {
                    Err("the program of a command must be an absolute path")
                } else if control || value.contains(['"', '\'', '\\', '$']) {
                    Err("the path of a program cannot contain quotes, `\\`, `$` or a control character")
                } else {
                    Ok(())
                }
            }
            KeyType::Environment if self.text.find('=').is_none_or(|at| at == 0) => {
                Err("only the value of a variable can come from a parameter: write `NAME=` before it")
            }
            KeyType::Environment if value.contains(|c: char| c.is_control() && c != '\n' && c != '\t') => {
                Err("older systemd drops a variable that contains a control character")
            }
            KeyType::Paths if control => Err("a unit cannot contain a control character in a list of paths"),
            KeyType::Paths if self.text.is_empty() && !value.starts_with('/') => {
                Err("the path must be absolute")
            }
            KeyType::Paths if value.split('/').any(|part| part == "..") => {
                Err("the path cannot contain `..`")
            }
            _ => Ok(()),
        }
    }
}

/// `value` as written between two `quote`s. In a bare value, only `%` and `$` are doubled.
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
