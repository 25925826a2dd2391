//! systemd's units. The key of a line determines how its value is read.

mod key;
mod lexer;
mod word;

use self::key::KeyType;
pub(crate) use self::lexer::{Assignment, Item, read, words};
use self::lexer::{WordLexer, WordPlace, starts_comment};
use self::word::{WordState, escaped};
use super::{EscapeError, Output, Segment, ends_in_variable};

/// systemd rejects a unit with a longer line.
const MAX_LINE_LEN: usize = 1 << 20;

pub(super) fn write(segments: &[Segment<'_>]) -> Result<Output, EscapeError> {
    let mut writer = Writer { written: Output::of(segments), ..Writer::default() };
    for segment in segments {
        writer.written.start_segment();
        match segment {
            Segment::Literal(text) => {
                for line in text.split_inclusive('\n') {
                    if writer.is_plain_line(line) {
                        writer.written.push(line);
                        continue;
                    }
                    let mut rest = line;
                    while let Some(c) = rest.chars().next() {
                        let plain = writer.skip_plain(rest);
                        if plain == 0 {
                            writer.literal(c)?;
                        }
                        rest = &rest[plain.max(c.len_utf8())..];
                    }
                }
            }
            Segment::Expr(value) => writer.expr(value)?,
        }
    }
    writer.end_line()?;
    Ok(writer.written)
}

/// The state of the lexer within a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum LexState {
    #[default]
    Start,
    Comment,
    Section,
    Key,
    Value,
}

#[derive(Debug, Default)]
struct Writer {
    written: Output,
    place: LexState,
    key: String,
    /// The type of the line's value.
    kind: KeyType,
    escaped: bool,
    /// Whether the line continues the previous one.
    continued: bool,
    lexer: WordLexer,
    word: WordState,
    /// The number of complete words of this command or list.
    words: usize,
    /// The value so far, with the values of expressions.
    value: String,
    /// The last expression of the value.
    last_expr: Option<usize>,
    length: usize,
}

impl Writer {
    fn segment(&self) -> usize {
        self.written.current_segment()
    }

    fn push(&mut self, text: &str) {
        self.length += text.len();
        self.written.push(text);
    }

    /// Whether `line` is a whole line without an expression or a continuation, so that it needs no lexing.
    fn is_plain_line(&self, line: &str) -> bool {
        self.place == LexState::Start
            && !self.continued
            && line.ends_with('\n')
            && memchr::memchr3(b'\\', b'"', b'\'', line.as_bytes()).is_none()
    }

    /// Skips the beginning of `text` that does not change the state, and returns its length.
    fn skip_plain(&mut self, text: &str) -> usize {
        if self.escaped {
            return 0;
        }
        let bytes = text.as_bytes();
        let until = |ends: fn(u8) -> bool| bytes.iter().position(|&byte| ends(byte)).unwrap_or(bytes.len());
        let length = match self.place {
            LexState::Comment | LexState::Section => until(|byte| matches!(byte, b'\n' | b'\\')),
            LexState::Key => until(|byte| matches!(byte, b'=' | b'\n' | b'\\')),
            LexState::Value if !self.kind.has_words() => until(|byte| matches!(byte, b'\n' | b'\\')),
            LexState::Value if self.lexer.place() == WordPlace::Bare => {
                until(|byte| byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'"' | b'\''))
            }
            LexState::Start | LexState::Value => 0,
        };
        let text = &text[..length];
        match self.place {
            LexState::Key => self.key.push_str(text),
            LexState::Value if self.kind.has_words() => self.word.text.push_str(text),
            LexState::Value => self.value.push_str(text),
            _ => {}
        }
        self.push(text);
        length
    }

    fn start_word(&mut self) {
        self.word.reset((self.written.current_segment(), self.written.position()), self.words);
    }

    /// Reads a character of the template in a value.
    fn literal_in_value(&mut self, c: char) -> Result<(), EscapeError> {
        if !self.kind.has_words() {
            self.value.push(c);
            return Ok(());
        }
        let step = self.lexer.step(c);
        if step.starts_word {
            self.start_word();
        }
        if step.ends_word {
            return self.close_word();
        }
        if step.is_text {
            self.word.text.push(c);
        }
        self.word.forbids_quotes |= c == '\\' || self.lexer.place() != WordPlace::Bare;
        Ok(())
    }

    fn literal(&mut self, c: char) -> Result<(), EscapeError> {
        if c == '\n' {
            if self.escaped && self.place != LexState::Comment {
                self.continue_line()?;
            } else {
                self.end_line()?;
            }
            self.push("\n");
            return Ok(());
        }
        self.escaped = c == '\\' && !self.escaped;
        match self.place {
            LexState::Start => self.start(c)?,
            LexState::Comment | LexState::Section => {}
            LexState::Key => {
                if c == '=' {
                    self.kind = KeyType::of(self.key.trim_end());
                    self.place = LexState::Value;
                } else {
                    self.key.push(c);
                }
            }
            LexState::Value => self.literal_in_value(c)?,
        }
        self.push(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn start(&mut self, c: char) -> Result<(), EscapeError> {
        match c {
            ' ' | '\t' => {}
            _ if starts_comment(c) => self.place = LexState::Comment,
            _ if self.continued => {
                self.place = LexState::Value;
                self.literal_in_value(c)?;
            }
            '[' => self.place = LexState::Section,
            _ => {
                self.place = LexState::Key;
                self.key.push(c);
            }
        }
        Ok(())
    }

    /// Handles a backslash at the end of a line: the next line continues it, but not the word.
    fn continue_line(&mut self) -> Result<(), EscapeError> {
        self.escaped = false;
        self.end_words("the template continues a line inside quotes")?;
        self.continued = true;
        self.place = LexState::Start;
        Ok(())
    }

    /// Ends the last word of a line. `in_quotes` is the error inside quotes.
    fn end_words(&mut self, in_quotes: &str) -> Result<(), EscapeError> {
        match self.lexer.finish() {
            WordPlace::Between => Ok(()),
            WordPlace::Bare => self.close_word(),
            WordPlace::Quoted(_) => Err(self.reject(in_quotes)),
        }
    }

    fn end_line(&mut self) -> Result<(), EscapeError> {
        self.escaped = false;
        if self.place == LexState::Comment && self.continued {
            // A comment does not end the continued line around it.
            self.place = LexState::Start;
            return Ok(());
        }
        self.end_words("the template ends a line inside quotes")?;
        if let Some(segment) = self.last_expr {
            self.kind.check_value(&self.value).map_err(|why| EscapeError { segment, why: why.into() })?;
            if self.length > MAX_LINE_LEN {
                return Err(EscapeError {
                    segment,
                    why: "systemd cannot read a line of more than 1 MiB".into(),
                });
            }
        }
        self.begin_line();
        Ok(())
    }

    /// Resets the state of a line. Buffers are kept.
    fn begin_line(&mut self) {
        let Self { written, mut key, mut value, word, .. } = std::mem::take(self);
        key.clear();
        value.clear();
        *self = Self { written, key, word, value, ..Self::default() };
    }

    fn expr(&mut self, value: &str) -> Result<(), EscapeError> {
        if value.contains('\0') {
            return Err(self.reject("a unit cannot contain a NUL"));
        }
        if value.contains(is_noncharacter) {
            return Err(self.reject("systemd ignores a line that contains a Unicode noncharacter"));
        }
        if std::mem::take(&mut self.escaped) {
            return Err(self.reject("the template ends in a backslash before the value"));
        }
        match self.place {
            LexState::Comment => {
                if value.contains(char::is_control) || value.ends_with('\\') {
                    return Err(self.reject("a comment can only contain one line"));
                }
                self.push(value);
                return Ok(());
            }
            LexState::Start if self.continued => self.place = LexState::Value,
            LexState::Start | LexState::Key | LexState::Section => {
                return Err(self.reject("a value cannot name a section or a key"));
            }
            LexState::Value => {}
        }
        self.last_expr = Some(self.segment());
        if self.kind.has_words() { self.expr_in_word(value) } else { self.expr_in_text(value) }
    }

    fn expr_in_text(&mut self, value: &str) -> Result<(), EscapeError> {
        if self.value.ends_with('%') && self.kind.has_specifiers() {
            return Err(self.reject("systemd would read `%` and the value as a specifier"));
        }
        self.kind.check_text(self.value.trim_start(), value).map_err(|why| self.reject(why))?;
        self.value.push_str(value);
        if self.kind.has_specifiers() && value.contains('%') {
            self.push(&value.replace('%', "%%"));
        } else {
            self.push(value);
        }
        Ok(())
    }

    fn expr_in_word(&mut self, value: &str) -> Result<(), EscapeError> {
        if self.lexer.place() == WordPlace::Between {
            self.start_word();
            self.lexer.start();
        }
        let before = &self.word.text;
        if before.ends_with('%') {
            return Err(self.reject("systemd would read `%` and the value as a specifier"));
        }
        if self.kind == KeyType::Exec && ends_in_variable(before) {
            return Err(self.reject("systemd would read the value as part of the variable before it"));
        }
        self.word.check_part(self.kind, value).map_err(|why| self.reject(why))?;
        let text = if let WordPlace::Quoted(quote) = self.lexer.place() {
            escaped(value, quote, self.kind)
        } else {
            self.word.expr = Some(self.segment());
            self.word.needs_quotes |= !self.word.allows_bare(value);
            escaped(value, '"', self.kind)
        };
        self.word.text.push_str(value);
        self.push(&text);
        Ok(())
    }

    fn close_word(&mut self) -> Result<(), EscapeError> {
        let word = &self.word;
        self.words = if self.kind == KeyType::Exec && word.is_separator() { 0 } else { self.words + 1 };
        let Some(expr) = word.expr.filter(|_| word.needs_quotes) else { return Ok(()) };
        if word.forbids_quotes {
            let why = "the value needs quotes: write them in the template, around the whole word";
            return Err(EscapeError { segment: expr, why: why.into() });
        }
        let (segment, at) = word.start;
        self.written.open_quote(segment, at);
        self.push("\"");
        Ok(())
    }

    fn reject(&self, why: &str) -> EscapeError {
        EscapeError { segment: self.segment(), why: why.into() }
    }
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}
