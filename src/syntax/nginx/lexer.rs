//! nginx's tokenizer, one character at a time: words, quotes, escapes, comments and blocks.

/// Where the tokenizer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum LexState {
    #[default]
    Between,
    Bare,
    Quoted(char),
    /// After a closing quote, where a space must follow.
    Closed,
    Comment,
}

/// A character outside of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `;`
    End,
    /// `{`
    Open,
    /// `}`
    Close,
    /// `#`, before a comment.
    Comment,
}

/// What one character does.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Step {
    /// A word begins with it.
    pub(crate) starts_word: bool,
    /// It completes a word: it follows a bare one, or closes a quoted one.
    pub(crate) ends_word: bool,
    pub(crate) mark: Option<Mark>,
    /// It follows a closing quote, where nginx rejects it.
    pub(crate) touches_quote: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Lexer {
    state: LexState,
    escaped: bool,
    /// Whether the last character was `$`: then a `{` is a part of the word.
    dollar: bool,
    word: String,
}

impl Lexer {
    pub(crate) fn state(&self) -> LexState {
        self.state
    }

    /// Whether the last character was a backslash that escapes the next one.
    pub(crate) fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The current or last word, without its quotes and escapes.
    pub(crate) fn word(&self) -> &str {
        &self.word
    }

    /// Reads a part of a bare or quoted word that the template does not contain. Between words, it starts a bare one.
    pub(crate) fn insert(&mut self, text: &str) {
        if self.state == LexState::Between {
            self.start(LexState::Bare);
        }
        self.dollar = false;
        self.word.push_str(text);
    }

    /// Reads the beginning of `text` that does not change the state; returns its length.
    pub(crate) fn skip_plain(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let until = |ends: fn(u8) -> bool| bytes.iter().position(|&byte| ends(byte)).unwrap_or(bytes.len());
        let length = match self.state {
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
        if length > 0 && matches!(self.state, LexState::Bare | LexState::Quoted(_)) {
            self.insert(&text[..length]);
        }
        length
    }

    /// Reads one character.
    pub(crate) fn step(&mut self, c: char) -> Step {
        let dollar = std::mem::take(&mut self.dollar);
        let mut step = Step::default();
        match self.state {
            _ if std::mem::take(&mut self.escaped) => self.unescape(c),
            LexState::Comment if c == '\n' => self.state = LexState::Between,
            LexState::Comment => {}
            LexState::Bare if matches!(c, ' ' | '\t' | '\r' | '\n' | ';') || c == '{' && !dollar => {
                step.ends_word = true;
                self.between(c, &mut step);
            }
            LexState::Bare => self.bare(c),
            LexState::Quoted(quote) if c == quote => {
                step.ends_word = true;
                self.state = LexState::Closed;
            }
            LexState::Quoted(_) if c == '\\' => self.escaped = true,
            LexState::Quoted(_) => self.word.push(c),
            LexState::Between => self.between(c, &mut step),
            LexState::Closed => {
                step.touches_quote = !matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '{' | ')');
                self.between(c, &mut step);
            }
        }
        step
    }

    /// Ends the text. The state before: `Bare` and `Quoted` have a last word.
    pub(crate) fn finish(&mut self) -> LexState {
        std::mem::take(&mut self.state)
    }

    fn between(&mut self, c: char, step: &mut Step) {
        self.state = LexState::Between;
        step.mark = match c {
            ' ' | '\t' | '\r' | '\n' => None,
            ';' => Some(Mark::End),
            '{' => Some(Mark::Open),
            '}' => Some(Mark::Close),
            '#' => {
                self.state = LexState::Comment;
                Some(Mark::Comment)
            }
            _ => {
                step.starts_word = true;
                if matches!(c, '"' | '\'') {
                    self.start(LexState::Quoted(c));
                } else {
                    self.start(LexState::Bare);
                    self.bare(c);
                }
                None
            }
        };
    }

    fn start(&mut self, state: LexState) {
        self.state = state;
        self.word.clear();
    }

    fn bare(&mut self, c: char) {
        self.dollar = c == '$';
        self.escaped = c == '\\';
        if !self.escaped {
            self.word.push(c);
        }
    }

    fn unescape(&mut self, c: char) {
        match c {
            '"' | '\'' | '\\' => self.word.push(c),
            't' => self.word.push('\t'),
            'r' => self.word.push('\r'),
            'n' => self.word.push('\n'),
            _ => self.word.extend(['\\', c]),
        }
    }
}
