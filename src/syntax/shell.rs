//! POSIX shell. A value is written bare or in single quotes. Inside quotes, a here-document, an expansion or
//! a substitution of the template, only a value without special characters is accepted.

mod heredoc;

use std::borrow::Cow;

use self::heredoc::Heredoc;
use super::{EscapeError, Output, Segment, ends_in_variable, is_bare};

/// Words that the shell may read as keywords at the beginning of a command.
const RESERVED: [&str; 17] = [
    "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select",
    "then", "time", "until", "while",
];

pub(super) fn write(segments: &[Segment<'_>]) -> Result<Output, EscapeError> {
    let mut reader = Lexer::default();
    let mut output = Output::of(segments);
    for (at, segment) in segments.iter().enumerate() {
        let error = |why: &str| EscapeError { segment: at, why: why.into() };
        output.start_segment();
        match segment {
            Segment::Literal(text) => {
                let mut rest = *text;
                while let Some(c) = rest.chars().next() {
                    let plain = reader.skip_plain(rest);
                    if plain == 0 {
                        reader.literal(c).map_err(error)?;
                    }
                    rest = &rest[plain.max(c.len_utf8())..];
                }
                output.push(text);
            }
            Segment::Expr(value) => output.push(&reader.expr(value).map_err(error)?),
        }
    }
    if reader.is_done() {
        return Ok(output);
    }
    let why = "the template ends inside quotes, a here-document or a substitution";
    Err(EscapeError { segment: segments.len().saturating_sub(1), why: why.into() })
}

/// The contexts that can enclose a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LexContext {
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `${…}`
    Expansion,
    /// `$(…)`, with the number of other open parentheses inside it.
    Substitution(u32),
    /// `` `…` ``
    Backticks,
    /// `$((…))`, with the number of open parentheses.
    Arithmetic(u32),
    /// `# …`
    Comment,
}

/// A lexer that knows the shell's context at each character: quotes, escapes, comments, substitutions, here-documents
/// and the ends of words.
#[derive(Debug, Default)]
pub(crate) struct Lexer {
    /// The contexts that enclose the position, the innermost last.
    inside: Vec<LexContext>,
    escaped: bool,
    /// Whether the last character was the `(` of a `$(`.
    opened: bool,
    /// The current word so far, with the values of expressions.
    word: String,
    /// The word that the last character ended.
    ended: String,
    /// Whether the current word consists only of expressions so far.
    only_exprs: bool,
    heredoc: Heredoc,
}

impl Lexer {
    /// The word that the last character ended; empty if it ended none. A quoted part is `'`.
    pub(crate) fn ended(&self) -> &str {
        &self.ended
    }

    /// Whether the position is inside a word.
    pub(crate) fn in_word(&self) -> bool {
        !self.word.is_empty()
    }

    /// Whether a backslash escapes the next character.
    pub(crate) fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The quotes around the position, the outermost first; other contexts are `None`.
    pub(crate) fn quotes(&self) -> impl Iterator<Item = Option<char>> {
        self.inside.iter().map(|context| match context {
            LexContext::Single => Some('\''),
            LexContext::Double => Some('"'),
            _ => None,
        })
    }

    /// Skips the beginning of `text` without special characters in this context, and returns its length.
    fn skip_plain(&mut self, text: &str) -> usize {
        if self.escaped || self.heredoc.reads() {
            return 0;
        }
        let bytes = text.as_bytes();
        let length = match self.inside.last() {
            Some(LexContext::Comment) => return memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()),
            Some(LexContext::Single) => memchr::memchr(b'\'', bytes).unwrap_or(bytes.len()),
            _ => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:,%+@".contains(&byte);
                bytes.iter().position(|byte| !plain(*byte)).unwrap_or(bytes.len())
            }
        };
        if length > 0 {
            self.opened = false;
            self.only_exprs = false;
            self.word.push_str(&text[..length]);
        }
        length
    }

    /// Reads one character of the text.
    pub(crate) fn literal(&mut self, c: char) -> Result<(), &'static str> {
        self.ended.clear();
        if self.heredoc.in_body() {
            self.heredoc.body(c);
            return Ok(());
        }
        if std::mem::take(&mut self.escaped) {
            self.extend(c);
            return Ok(());
        }
        let opened = std::mem::take(&mut self.opened);
        match self.inside.last().copied() {
            Some(LexContext::Single) if c == '\'' => self.leave(),
            Some(LexContext::Single) => self.extend(c),
            Some(LexContext::Double) if c == '"' => self.leave(),
            Some(LexContext::Comment) if c != '\n' => {}
            Some(LexContext::Comment) => {
                self.inside.pop();
                self.newline();
            }
            Some(LexContext::Expansion) => match c {
                '}' => self.leave(),
                '\'' if !self.inside.contains(&LexContext::Double) => self.enter(LexContext::Single),
                '"' => self.enter(LexContext::Double),
                _ => self.active(c),
            },
            Some(LexContext::Arithmetic(open)) => match c {
                '(' => self.replace(LexContext::Arithmetic(open + 1)),
                ')' if open == 1 => self.leave(),
                ')' => self.replace(LexContext::Arithmetic(open - 1)),
                _ => self.active(c),
            },
            Some(LexContext::Substitution(0)) if opened && c == '(' => {
                self.replace(LexContext::Arithmetic(2));
            }
            Some(LexContext::Double) => self.active(c),
            Some(LexContext::Substitution(_) | LexContext::Backticks) | None => self.code(c)?,
        }
        Ok(())
    }

    /// A character of commands, outside quotes.
    fn code(&mut self, c: char) -> Result<(), &'static str> {
        if self.heredoc.head(c)? {
            return Ok(());
        }
        match c {
            '\n' => {
                self.separate()?;
                self.newline();
            }
            ' ' | '\t' | ';' | '&' | '|' => self.separate()?,
            '<' | '>' => {
                if self.only_exprs && self.word.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err("the shell would read a number before `<` or `>` as a file descriptor");
                }
                self.separate()?;
            }
            '#' if self.word.is_empty() => self.inside.push(LexContext::Comment),
            '\'' if self.word.ends_with('$') => return Err("`$'…'` is not POSIX shell"),
            '\'' => self.enter(LexContext::Single),
            '"' => self.enter(LexContext::Double),
            '(' if !self.word.ends_with('$') => self.parenthesis(c)?,
            ')' => self.parenthesis(c)?,
            '=' if self.only_exprs => return Err("a value cannot be the name of a variable"),
            _ => self.active(c),
        }
        Ok(())
    }

    fn parenthesis(&mut self, c: char) -> Result<(), &'static str> {
        self.separate()?;
        match (c, self.inside.last().copied()) {
            ('(', Some(LexContext::Substitution(open))) => self.replace(LexContext::Substitution(open + 1)),
            (')', Some(LexContext::Substitution(0))) => self.leave(),
            (')', Some(LexContext::Substitution(open))) => self.replace(LexContext::Substitution(open - 1)),
            _ => {}
        }
        Ok(())
    }

    /// A character in a context where only `\`, `$` and backticks are special.
    fn active(&mut self, c: char) {
        match c {
            '\\' => self.escaped = true,
            '`' if self.inside.last() == Some(&LexContext::Backticks) => self.leave(),
            '`' => self.enter(LexContext::Backticks),
            '{' if self.word.ends_with('$') => self.enter(LexContext::Expansion),
            '(' if self.word.ends_with('$') => {
                self.enter(LexContext::Substitution(0));
                self.opened = true;
            }
            _ => self.extend(c),
        }
    }

    fn extend(&mut self, c: char) {
        self.word.push(c);
        self.only_exprs = false;
    }

    fn enter(&mut self, inside: LexContext) {
        self.inside.push(inside);
        self.word.clear();
        self.word.push_str(if inside == LexContext::Expansion { "${" } else { "" });
        self.only_exprs = false;
    }

    /// The word continues after the closed context, so it is not empty.
    fn leave(&mut self) {
        self.inside.pop();
        self.word.clear();
        self.word.push('\'');
        self.only_exprs = false;
    }

    fn replace(&mut self, inside: LexContext) {
        self.inside.pop();
        self.inside.push(inside);
    }

    fn separate(&mut self) -> Result<(), &'static str> {
        if self.word == "case"
            && self.inside.iter().any(|inside| matches!(inside, LexContext::Substitution(_)))
        {
            return Err("the template has a `case` inside `$(…)`, move it into a function");
        }
        std::mem::swap(&mut self.word, &mut self.ended);
        self.word.clear();
        self.only_exprs = false;
        Ok(())
    }

    fn newline(&mut self) {
        self.word.clear();
        self.heredoc.newline();
    }

    /// Escapes a value at the current position, or returns why that is impossible.
    fn expr(&mut self, value: &str) -> Result<String, &'static str> {
        if value.contains('\0') {
            return Err("a shell script cannot contain a NUL");
        }
        if self.heredoc.in_body() {
            return self.heredoc.expr(value).map(|()| value.to_owned());
        }
        if self.heredoc.in_head() {
            return Err("a value cannot be the delimiter of a here-document");
        }
        if self.escaped {
            return Err("the template ends in a backslash before the value");
        }
        let inside = self.inside.last().copied();
        if !matches!(inside, Some(LexContext::Single | LexContext::Comment)) && ends_in_variable(&self.word) {
            return Err("the shell would read the value as part of the variable before it");
        }
        let text = match inside {
            None => self.word_with(value)?,
            Some(inside) => {
                check_in_context(inside, value)?;
                value.to_owned()
            }
        };
        self.only_exprs |= self.word.is_empty();
        self.word.push_str(value);
        Ok(text)
    }

    /// A value as a word of a command, or part of one.
    fn word_with(&self, value: &str) -> Result<String, &'static str> {
        if self.word.ends_with('~') {
            return Err("the shell would read the value as a user name");
        }
        let bare = is_bare(&value.replace(['%', ',', '='], "_"))
            // Keywords, assignments and brace expansions have no meaning in quotes.
            && !(self.word.is_empty() && (RESERVED.contains(&value) || value.contains('=')))
            && !(self.word.contains('{') && value.contains(','));
        Ok(if bare { value.to_owned() } else { quoted(value) })
    }

    fn is_done(&self) -> bool {
        let done = matches!(self.inside.as_slice(), [] | [LexContext::Comment]);
        done && !self.heredoc.in_body() && !self.heredoc.in_head()
    }
}

/// Why `value` would not be read literally inside a context of the template.
fn check_in_context(inside: LexContext, value: &str) -> Result<(), &'static str> {
    match inside {
        LexContext::Single if value.contains('\'') => Err("the value would end the template's single quotes"),
        LexContext::Double if value.contains(['"', '$', '`', '\\']) => {
            Err("the shell would interpret a character of the value inside the template's double quotes")
        }
        LexContext::Comment if value.contains(char::is_control) => Err("a comment can only contain one line"),
        LexContext::Expansion | LexContext::Substitution(_) | LexContext::Backticks if !is_bare(value) => {
            Err("an expansion or a substitution can only contain a bare word")
        }
        LexContext::Arithmetic(_) if !value.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err("`$((…))` can only contain a number")
        }
        _ => Ok(()),
    }
}

/// `value` as one shell word: bare if that is safe, otherwise in single quotes.
pub fn word(value: &str) -> Cow<'_, str> {
    if super::is_bare(value) { value.into() } else { quoted(value).into() }
}

/// `value` in single quotes.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}
