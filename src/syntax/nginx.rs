//! nginx's configuration language: words, quotes and blocks, as nginx's own tokenizer reads them.
//!
//! An expression may be a whole word, a part of a word, or inside quotes of the template. A word that needs
//! quotes is quoted as a whole, because nginx has no quotes inside a word. Quoting is not enough where a
//! directive interprets its content (`$`, `~`, `*`): such values are rejected.

use std::borrow::Cow;

use super::{EscapeError, Output, Segment, ends_in_variable};

/// nginx reads a file through a buffer of 4096 bytes, and a word must be shorter.
const MAX_WORD_LEN: usize = 4095;

/// Words with a special meaning at the beginning of a line of a `map`.
const MAP_KEYWORDS: [&str; 4] = ["default", "hostnames", "include", "volatile"];

pub(super) fn write(segments: &[Segment<'_>]) -> Result<Output, EscapeError> {
    let mut writer = Writer { written: Output::of(segments), ..Writer::default() };
    for segment in segments {
        writer.written.start_segment();
        match segment {
            Segment::Literal(text) => {
                let mut rest = *text;
                while let Some(c) = rest.chars().next() {
                    let plain = writer.skip_plain(rest);
                    if plain == 0 {
                        writer.literal(c)?;
                    }
                    rest = &rest[plain.max(c.len_utf8())..];
                }
            }
            Segment::Expr(value) => writer.expr(value)?,
        }
    }
    writer.end()
}

/// The state of the tokenizer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum LexState {
    #[default]
    Between,
    Bare,
    Quoted(char),
    /// After a closing quote, which a space must follow.
    Closed,
    Comment,
}

/// The current word.
#[derive(Debug, Default)]
struct Word {
    /// The segment that it begins in, and its position in the written text.
    start: (usize, usize),
    /// Its text, with the values of expressions.
    text: String,
    /// The first segment that is an expression, bare or quoted.
    expr: Option<usize>,
    /// Whether it begins with an expression.
    starts_with_expr: bool,
    /// Whether it contains an expression that needs quotes.
    needs_quotes: bool,
    /// Whether the template's part of it would be read differently inside quotes.
    forbids_quotes: bool,
}

impl Word {
    /// Resets it to an empty word that begins at `start`.
    fn reset(&mut self, start: (usize, usize)) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        *self = Self { start, text, ..Self::default() };
    }
}

/// What is known about the words of the current directive.
#[derive(Debug, Default)]
struct Directive {
    /// The first word.
    name: String,
    /// The number of words.
    words: usize,
    /// Whether a word announces a regular expression.
    matches: bool,
}

impl Directive {
    fn push(&mut self, word: &str) {
        if self.words == 0 {
            self.name.push_str(word);
        }
        self.matches |= word.starts_with(['~', '!']);
        self.words += 1;
    }

    fn clear(&mut self) {
        self.name.clear();
        (self.words, self.matches) = (0, false);
    }
}

#[derive(Debug, Default)]
struct Writer {
    written: Output,
    place: LexState,
    escaped: bool,
    /// Whether the last character was `$`. nginx then reads `{` as part of the word.
    dollar: bool,
    word: Word,
    directive: Directive,
    /// The directives of the open blocks.
    blocks: Vec<String>,
}

impl Writer {
    fn segment(&self) -> usize {
        self.written.current_segment()
    }

    /// The name that determines the meaning of the words: the directive, or the block if its lines are not
    /// directives.
    fn name(&self) -> &str {
        match self.blocks.last().map(String::as_str) {
            Some(block @ ("map" | "geo" | "split_clients" | "types")) => block,
            _ => &self.directive.name,
        }
    }

    fn push(&mut self, text: &str) {
        self.written.push(text);
    }

    fn start_word(&mut self) {
        self.word.reset((self.written.current_segment(), self.written.position()));
    }

    /// Skips the beginning of `text` that does not change the state, and returns its length.
    fn skip_plain(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let until = |ends: fn(u8) -> bool| bytes.iter().position(|&byte| ends(byte)).unwrap_or(bytes.len());
        let length = match self.place {
            _ if self.escaped => 0,
            LexState::Comment => memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()),
            LexState::Between => until(|byte| !matches!(byte, b' ' | b'\n')),
            LexState::Bare => {
                until(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b'$' | b'\\' | b'"'))
            }
            LexState::Quoted('"') => until(|byte| matches!(byte, b'"' | b'\\')),
            LexState::Quoted(_) => until(|byte| matches!(byte, b'\'' | b'\\')),
            LexState::Closed => 0,
        };
        if length > 0 {
            self.dollar = false;
            if matches!(self.place, LexState::Bare | LexState::Quoted(_)) {
                self.word.text.push_str(&text[..length]);
            }
            self.push(&text[..length]);
        }
        length
    }

    fn literal(&mut self, c: char) -> Result<(), EscapeError> {
        let dollar = std::mem::replace(&mut self.dollar, false);
        match self.place {
            _ if self.escaped => {
                self.escaped = false;
                self.word.text.push(c);
            }
            LexState::Comment => {
                if c == '\n' {
                    self.place = LexState::Between;
                }
            }
            LexState::Between | LexState::Closed => match c {
                ' ' | '\t' | '\r' | '\n' => self.place = LexState::Between,
                ';' => self.close_directive(),
                '{' => self.open_block(),
                ')' if self.place == LexState::Closed => self.place = LexState::Between,
                _ if self.place == LexState::Closed => {
                    return Err(self.reject("the template closes a quote in the middle of a word"));
                }
                '}' => {
                    self.blocks.pop();
                    self.directive.clear();
                }
                '#' => self.place = LexState::Comment,
                '"' | '\'' => {
                    self.start_word();
                    self.place = LexState::Quoted(c);
                }
                _ => {
                    self.start_word();
                    self.place = LexState::Bare;
                    self.bare(c);
                }
            },
            LexState::Bare => match c {
                ' ' | '\t' | '\r' | '\n' | ';' => {
                    self.close_word()?;
                    if c == ';' {
                        self.close_directive();
                    }
                }
                '{' if !dollar => {
                    self.close_word()?;
                    self.open_block();
                }
                _ => self.bare(c),
            },
            LexState::Quoted(quote) => match c {
                _ if c == quote => {
                    self.close_word()?;
                    self.place = LexState::Closed;
                }
                '\\' => self.escaped = true,
                _ => self.word.text.push(c),
            },
        }
        self.push(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn bare(&mut self, c: char) {
        self.dollar = c == '$';
        self.escaped = c == '\\';
        self.word.forbids_quotes |= matches!(c, '\\' | '"');
        if c != '\\' {
            self.word.text.push(c);
        }
    }

    fn expr(&mut self, value: &str) -> Result<(), EscapeError> {
        if value.contains('\0') {
            return Err(self.reject("nginx cuts a word at a NUL"));
        }
        if self.place == LexState::Comment {
            if value.contains(char::is_control) {
                return Err(self.reject("a comment cannot contain a control character"));
            }
            self.push(value);
            return Ok(());
        }
        if self.place == LexState::Closed {
            return Err(self.reject("the value touches a closing quote of the template"));
        }
        if self.escaped {
            return Err(self.reject("the template ends in a backslash before the value"));
        }
        if self.place == LexState::Between {
            self.start_word();
            self.place = LexState::Bare;
        }
        if ends_in_variable(&self.word.text) {
            return Err(self.reject("nginx would read the value as part of the variable before it"));
        }
        self.dollar = false;
        let segment = self.segment();
        self.word.expr.get_or_insert(segment);
        self.word.starts_with_expr |= self.word.text.is_empty();
        self.check_value(value)?;
        self.word.text.push_str(value);
        if let LexState::Quoted(quote) = self.place {
            self.push(&escaped(value, quote));
        } else {
            self.word.needs_quotes |= !is_bare_word(value);
            // A bare value has nothing to escape.
            self.push(&escaped(value, '"'));
        }
        Ok(())
    }

    /// Rejects what nginx would interpret even in quotes, by looking only at the value.
    fn check_value(&self, value: &str) -> Result<(), EscapeError> {
        let name = self.name();
        if self.directive.words == 0 && name != "map" {
            return Err(self.reject("a value cannot be the name of a directive"));
        }
        let regex = self.word.text.starts_with('~')
            || (matches!(name, "location" | "if") && self.directive.matches)
            || (name == "rewrite" && self.directive.words == 1);
        let literal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-');
        if regex && !value.chars().all(literal) {
            return Err(self.reject("nginx would read the value as part of a regular expression"));
        }
        if name == "if" && !value.chars().all(|c| literal(c) || c == '.') {
            return Err(self.reject("a condition can only contain a bare word"));
        }
        if value.contains('$') && name != "location" {
            return Err(self.reject(&format!("nginx would read `$` as a variable in `{name}`")));
        }
        if name == "include" && value.contains(['*', '?', '[']) {
            return Err(self.reject("`include` would read the value as a pattern"));
        }
        Ok(())
    }

    /// Rejects what nginx would interpret even in quotes, by looking at the whole word.
    fn check_word(&self) -> Option<&'static str> {
        let text = &self.word.text;
        match self.name() {
            "map"
                if self.directive.words == 0
                    && (text.starts_with(['~', '*', '.', '\\']) || MAP_KEYWORDS.contains(&text.as_str())) =>
            {
                Some("`map` would read the key as a keyword")
            }
            "location" if self.word.starts_with_expr && !text.starts_with('/') => {
                Some("a location must begin with `/`")
            }
            "server_name" if text.contains('*') || text.starts_with(['.', '~']) => {
                Some("`server_name` would read the value as a pattern")
            }
            _ => None,
        }
    }

    fn close_word(&mut self) -> Result<(), EscapeError> {
        if let Some(segment) = self.word.expr {
            let error = |why: &str| EscapeError { segment, why: why.into() };
            if let Some(why) = self.check_word() {
                return Err(error(why));
            }
            if self.word.needs_quotes {
                if self.word.forbids_quotes {
                    return Err(error("the value needs quotes: write them in the template"));
                }
                let (segment, at) = self.word.start;
                self.written.open_quote(segment, at);
                self.push("\"");
            }
            // An upper bound: every character may have been escaped.
            if self.word.text.len() > MAX_WORD_LEN / 2 && escaped(&self.word.text, '"').len() > MAX_WORD_LEN {
                return Err(error("nginx cannot read a word of more than 4095 bytes"));
            }
        }
        self.directive.push(&self.word.text);
        self.place = LexState::Between;
        Ok(())
    }

    fn close_directive(&mut self) {
        self.directive.clear();
        self.place = LexState::Between;
    }

    fn open_block(&mut self) {
        self.blocks.push(self.directive.name.clone());
        self.directive.clear();
        self.place = LexState::Between;
    }

    fn end(mut self) -> Result<Output, EscapeError> {
        if self.place == LexState::Bare {
            self.close_word()?;
        }
        if matches!(self.place, LexState::Quoted(_)) {
            return Err(self.reject("the template ends inside quotes"));
        }
        Ok(self.written)
    }

    fn reject(&self, why: &str) -> EscapeError {
        EscapeError { segment: self.segment(), why: why.into() }
    }
}

/// Whether a value can be a word, or part of one, without quotes. nginx itself allows a little more.
fn is_bare_word(value: &str) -> bool {
    !value.contains(|c: char| {
        c.is_control() || c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ';' | '{' | '}' | '#' | '$')
    })
}

/// `value` as written between two `quote`s.
fn escaped(value: &str, quote: char) -> Cow<'_, str> {
    if !value.contains(['\n', '\r', '\t', '\\', quote]) {
        return value.into();
    }
    let mut text = String::with_capacity(2 * value.len());
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\\' => text.push_str("\\\\"),
            _ if c == quote => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text.into()
}
