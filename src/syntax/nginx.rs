//! nginx's configuration language: words, quotes and blocks, as nginx's own tokenizer reads them.
//!
//! An expression may be a whole word, a part of a word, or inside quotes of the template. A word that needs
//! quotes is quoted as a whole, because nginx has no quotes inside a word. Quoting is not enough where a
//! directive interprets its content (`$`, `~`, `*`): such values are rejected.

mod lexer;

use std::borrow::Cow;

pub(crate) use lexer::{LexState, Lexer, Mark};

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

/// The current word.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    /// The segment that it begins in, and its position in the written text.
    start: (usize, usize),
    /// The first segment that is an expression, bare or quoted.
    expr: Option<usize>,
    /// Whether it begins with an expression.
    starts_with_expr: bool,
    /// Whether it contains an expression that needs quotes.
    needs_quotes: bool,
    /// Whether the template's part of it would be read differently inside quotes.
    forbids_quotes: bool,
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
    lexer: Lexer,
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
        let start = (self.written.current_segment(), self.written.position());
        self.word = Word { start, ..Word::default() };
    }

    /// Writes the beginning of `text` that does not change the state; returns its length.
    fn skip_plain(&mut self, text: &str) -> usize {
        let length = self.lexer.skip_plain(text);
        self.push(&text[..length]);
        length
    }

    fn literal(&mut self, c: char) -> Result<(), EscapeError> {
        let step = self.lexer.step(c);
        if step.touches_quote {
            return Err(self.reject("the template closes a quote in the middle of a word"));
        }
        if step.starts_word {
            self.start_word();
        }
        self.word.forbids_quotes |= self.lexer.state() == LexState::Bare && matches!(c, '\\' | '"');
        if step.ends_word {
            self.close_word()?;
        }
        match step.mark {
            Some(Mark::End) => self.directive.clear(),
            Some(Mark::Open) => {
                self.blocks.push(self.directive.name.clone());
                self.directive.clear();
            }
            Some(Mark::Close) => {
                self.blocks.pop();
                self.directive.clear();
            }
            Some(Mark::Comment) | None => {}
        }
        self.push(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn expr(&mut self, value: &str) -> Result<(), EscapeError> {
        if value.contains('\0') {
            return Err(self.reject("nginx cuts a word at a NUL"));
        }
        if self.lexer.state() == LexState::Comment {
            if value.contains(char::is_control) {
                return Err(self.reject("a comment cannot contain a control character"));
            }
            self.push(value);
            return Ok(());
        }
        if self.lexer.state() == LexState::Closed {
            return Err(self.reject("the value touches a closing quote of the template"));
        }
        if self.lexer.is_escaped() {
            return Err(self.reject("the template ends in a backslash before the value"));
        }
        if self.lexer.state() == LexState::Between {
            self.start_word();
            self.lexer.insert("");
        }
        if ends_in_variable(self.lexer.word()) {
            return Err(self.reject("nginx would read the value as part of the variable before it"));
        }
        let segment = self.segment();
        self.word.expr.get_or_insert(segment);
        self.word.starts_with_expr |= self.lexer.word().is_empty();
        self.check_value(value)?;
        self.lexer.insert(value);
        if let LexState::Quoted(quote) = self.lexer.state() {
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
        let regex = self.lexer.word().starts_with('~')
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
        let text = self.lexer.word();
        match self.name() {
            "map"
                if self.directive.words == 0
                    && (text.starts_with(['~', '*', '.', '\\']) || MAP_KEYWORDS.contains(&text)) =>
            {
                Some("`map` would read the key as a keyword")
            }
            "location" if self.word.starts_with_expr && !text.starts_with('/') => {
                Some("a location must begin with `/`")
            }
            // `*.` stands for the names below, as it does in a certificate.
            "server_name" if is_pattern(text.strip_prefix("*.").unwrap_or(text)) => {
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
            if self.lexer.word().len() > MAX_WORD_LEN / 2
                && escaped(self.lexer.word(), '"').len() > MAX_WORD_LEN
            {
                return Err(error("nginx cannot read a word of more than 4095 bytes"));
            }
        }
        self.directive.push(self.lexer.word());
        Ok(())
    }

    fn end(mut self) -> Result<Output, EscapeError> {
        if self.lexer.state() == LexState::Bare {
            self.close_word()?;
        }
        if matches!(self.lexer.state(), LexState::Quoted(_)) {
            return Err(self.reject("the template ends inside quotes"));
        }
        Ok(self.written)
    }

    fn reject(&self, why: &str) -> EscapeError {
        EscapeError { segment: self.segment(), why: why.into() }
    }
}

/// Whether a name of a server, without `*.` before it, stands for others.
fn is_pattern(name: &str) -> bool {
    name.contains('*') || name.starts_with(['.', '~'])
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
