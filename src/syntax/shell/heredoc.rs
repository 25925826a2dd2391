//! Here-documents in a shell script.

use std::collections::VecDeque;

use crate::syntax::{ends_in_variable, is_bare};

/// The here-documents of a script: the one whose `<<WORD` is being read, those that begin on the next line,
/// and the one whose lines are being read.
#[derive(Debug, Default)]
pub(super) struct Heredoc {
    head: Head,
    waiting: VecDeque<Delimiter>,
    body: Option<Body>,
}

#[derive(Debug, Default)]
enum Head {
    #[default]
    None,
    /// After one `<`.
    One,
    /// After `<<`, before or in the delimiter.
    Delimiter(Delimiter),
}

#[derive(Debug, Default)]
struct Delimiter {
    text: String,
    /// Whether the delimiter is quoted, so that nothing in the body is expanded.
    quoted: bool,
    /// Whether it is `<<-`, which ignores tabs at the beginning of a line.
    strips_tabs: bool,
}

#[derive(Debug)]
struct Body {
    delimiter: Delimiter,
    line: String,
    /// Whether a substitution began in an earlier line, so that the text may be commands.
    substitutes: bool,
}

impl Heredoc {
    /// Reads a character of a command. Returns whether it belongs to `<<WORD`.
    pub(super) fn head(&mut self, c: char) -> Result<bool, &'static str> {
        match &mut self.head {
            Head::None => {
                if c == '<' {
                    self.head = Head::One;
                }
                Ok(false)
            }
            Head::One if c == '<' => {
                self.head = Head::Delimiter(Delimiter::default());
                Ok(true)
            }
            Head::One => {
                self.head = Head::None;
                Ok(false)
            }
            Head::Delimiter(delimiter) => match c {
                '<' if delimiter.text.is_empty() => Err("`<<<` is not POSIX shell"),
                '-' if delimiter.text.is_empty() && !delimiter.strips_tabs => {
                    delimiter.strips_tabs = true;
                    Ok(true)
                }
                ' ' | '\t' if delimiter.text.is_empty() => Ok(true),
                '\'' | '"' | '\\' => {
                    delimiter.quoted = true;
                    Ok(true)
                }
                c if c.is_ascii_alphanumeric() || c == '_' => {
                    delimiter.text.push(c);
                    Ok(true)
                }
                _ if delimiter.text.is_empty() => Err("a here-document needs a plain word as delimiter"),
                _ => {
                    self.waiting.push_back(std::mem::take(delimiter));
                    self.head = Head::None;
                    Ok(false)
                }
            },
        }
    }

    /// Whether a `<<WORD` is being read.
    pub(super) fn in_head(&self) -> bool {
        matches!(self.head, Head::Delimiter(_))
    }

    /// Whether it is active: after a `<`, in a `<<WORD` or in the lines of a here-document.
    pub(super) fn reads(&self) -> bool {
        self.in_body() || !matches!(self.head, Head::None)
    }

    /// Whether the lines of a here-document are being read.
    pub(super) fn in_body(&self) -> bool {
        self.body.is_some()
    }

    /// Handles the end of a command line: a pending here-document begins.
    pub(super) fn newline(&mut self) {
        self.body = self.waiting.pop_front().map(|delimiter| Body {
            delimiter,
            line: String::new(),
            substitutes: false,
        });
    }

    /// Reads a character of a line.
    pub(super) fn body(&mut self, c: char) {
        let Some(body) = &mut self.body else { return };
        if c != '\n' {
            body.line.push(c);
            body.substitutes |= c == '`' || body.line.ends_with("$(");
            return;
        }
        let line = std::mem::take(&mut body.line);
        let tabs: &[char] = if body.delimiter.strips_tabs { &['\t'] } else { &[] };
        if line.trim_start_matches(tabs) == body.delimiter.text {
            self.newline();
        }
    }

    /// Adds a value to the lines, or returns why that is impossible.
    pub(super) fn expr(&mut self, value: &str) -> Result<(), &'static str> {
        let Some(body) = &mut self.body else { return Ok(()) };
        if value.contains(char::is_control) {
            return Err("a here-document cannot contain a control character");
        }
        if body.delimiter.text.contains(value) {
            return Err("the value could end the here-document");
        }
        if !body.delimiter.quoted {
            if value.contains(['$', '`', '\\']) {
                return Err("the shell would expand `$`, a backtick or `\\` in the here-document");
            }
            if ends_in_variable(&body.line) || body.line.ends_with('\\') {
                return Err("the value would become part of the text before it");
            }
            if (body.substitutes || body.line.contains("${")) && !is_bare(value) {
                return Err("a substitution can only contain a bare word");
            }
        }
        body.line.push_str(value);
        Ok(())
    }
}
