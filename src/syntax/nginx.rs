//! nginx's configuration language: words, quotes, blocks, as its own tokenizer reads them.
//!
//! A hole may be a whole word, a part of a word, or stand inside quotes of the template. A word that
//! needs quotes is quoted as a whole, because nginx knows no quotes inside a word. Quoting is not enough
//! where a directive gives a meaning to the content (`$`, `~`, `*`): there the value is refused.

use std::borrow::Cow;

use super::{Output, Piece, Refused, ends_in_variable};

/// nginx reads a file through a buffer of 4096 bytes, and no word may fill it.
const LONGEST_WORD: usize = 4095;

/// Words that are no keys at the beginning of a line of a `map`.
const MAP_WORDS: [&str; 4] = ["default", "hostnames", "include", "volatile"];

pub(super) fn write(pieces: &[Piece<'_>]) -> Result<Output, Refused> {
    let mut writer = Writer { written: Output::of(pieces), ..Writer::default() };
    for piece in pieces {
        writer.written.begin();
        match piece {
            Piece::Raw(text) => {
                let mut rest = *text;
                while let Some(c) = rest.chars().next() {
                    let plain = writer.plain(rest);
                    if plain == 0 {
                        writer.raw(c)?;
                    }
                    rest = &rest[plain.max(c.len_utf8())..];
                }
            }
            Piece::Hole(value) => writer.hole(value)?,
        }
    }
    writer.end()
}

/// Where the tokenizer stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Between,
    Bare,
    Quoted(char),
    /// After a closing quote, where a space must follow.
    Closed,
    Comment,
}

/// The word that is being read.
#[derive(Debug, Default)]
struct Word {
    /// The piece it begins in, and where in the written text.
    start: (usize, usize),
    /// What it says, holes filled in.
    text: String,
    /// The first piece that is a hole, bare or quoted.
    hole: Option<usize>,
    /// Whether a hole is its very beginning.
    opens_with_hole: bool,
    /// Whether a hole can stand only inside quotes.
    needs_quotes: bool,
    /// Whether the template's part of it would read differently inside quotes.
    bars_quotes: bool,
}

impl Word {
    /// Makes it an empty word that begins there.
    fn begin(&mut self, start: (usize, usize)) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        *self = Self { start, text, ..Self::default() };
    }
}

/// What is known of the words of a directive so far.
#[derive(Debug, Default)]
struct Directive {
    /// The first of them.
    name: String,
    /// How many they are.
    words: usize,
    /// Whether any of them says that a regular expression follows.
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
    place: Place,
    escaped: bool,
    /// Whether the last character was `$`: then nginx takes a `{` as part of the word.
    dollar: bool,
    word: Word,
    directive: Directive,
    /// The directives whose blocks are open.
    blocks: Vec<String>,
}

impl Writer {
    fn piece(&self) -> usize {
        self.written.piece()
    }

    /// What gives the words their meaning: the directive, or the block whose lines are no directives.
    fn name(&self) -> &str {
        match self.blocks.last().map(String::as_str) {
            Some(block @ ("map" | "geo" | "split_clients" | "types")) => block,
            _ => &self.directive.name,
        }
    }

    fn emit(&mut self, text: &str) {
        self.written.emit(text);
    }

    fn open(&mut self) {
        self.word.begin((self.written.piece(), self.written.here()));
    }

    /// Takes the beginning of `text` that changes nothing of where the tokenizer stands; returns its length.
    fn plain(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let until = |ends: fn(u8) -> bool| bytes.iter().position(|&byte| ends(byte)).unwrap_or(bytes.len());
        let length = match self.place {
            _ if self.escaped => 0,
            Place::Comment => memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()),
            Place::Between => until(|byte| !matches!(byte, b' ' | b'\n')),
            Place::Bare => {
                until(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b'$' | b'\\' | b'"'))
            }
            Place::Quoted('"') => until(|byte| matches!(byte, b'"' | b'\\')),
            Place::Quoted(_) => until(|byte| matches!(byte, b'\'' | b'\\')),
            Place::Closed => 0,
        };
        if length > 0 {
            self.dollar = false;
            if matches!(self.place, Place::Bare | Place::Quoted(_)) {
                self.word.text.push_str(&text[..length]);
            }
            self.emit(&text[..length]);
        }
        length
    }

    fn raw(&mut self, c: char) -> Result<(), Refused> {
        let dollar = std::mem::replace(&mut self.dollar, false);
        match self.place {
            _ if self.escaped => {
                self.escaped = false;
                self.word.text.push(c);
            }
            Place::Comment => {
                if c == '\n' {
                    self.place = Place::Between;
                }
            }
            Place::Between | Place::Closed => match c {
                ' ' | '\t' | '\r' | '\n' => self.place = Place::Between,
                ';' => self.close_directive(),
                '{' => self.open_block(),
                ')' if self.place == Place::Closed => self.place = Place::Between,
                _ if self.place == Place::Closed => {
                    return Err(self.refuse("the template closes a quote in the middle of a word"));
                }
                '}' => {
                    self.blocks.pop();
                    self.directive.clear();
                }
                '#' => self.place = Place::Comment,
                '"' | '\'' => {
                    self.open();
                    self.place = Place::Quoted(c);
                }
                _ => {
                    self.open();
                    self.place = Place::Bare;
                    self.bare(c);
                }
            },
            Place::Bare => match c {
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
            Place::Quoted(quote) => match c {
                _ if c == quote => {
                    self.close_word()?;
                    self.place = Place::Closed;
                }
                '\\' => self.escaped = true,
                _ => self.word.text.push(c),
            },
        }
        self.emit(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn bare(&mut self, c: char) {
        self.dollar = c == '$';
        self.escaped = c == '\\';
        self.word.bars_quotes |= matches!(c, '\\' | '"');
        if c != '\\' {
            self.word.text.push(c);
        }
    }

    fn hole(&mut self, value: &str) -> Result<(), Refused> {
        if value.contains('\0') {
            return Err(self.refuse("nginx cuts a word at a NUL"));
        }
        if self.place == Place::Comment {
            if value.contains(char::is_control) {
                return Err(self.refuse("a comment cannot hold a control character"));
            }
            self.emit(value);
            return Ok(());
        }
        if self.place == Place::Closed {
            return Err(self.refuse("the value touches a closing quote of the template"));
        }
        if self.escaped {
            return Err(self.refuse("the template ends in a backslash before the value"));
        }
        if self.place == Place::Between {
            self.open();
            self.place = Place::Bare;
        }
        if ends_in_variable(&self.word.text) {
            return Err(self.refuse("nginx would read the value as a part of the variable before it"));
        }
        self.dollar = false;
        let piece = self.piece();
        self.word.hole.get_or_insert(piece);
        self.word.opens_with_hole |= self.word.text.is_empty();
        self.check_parts(value)?;
        self.word.text.push_str(value);
        if let Place::Quoted(quote) = self.place {
            self.emit(&escaped(value, quote));
        } else {
            self.word.needs_quotes |= !stands_bare(value);
            // What stands bare has nothing to escape.
            self.emit(&escaped(value, '"'));
        }
        Ok(())
    }

    /// Refuses what quotes cannot keep from being read as more than text, looking at the value alone.
    fn check_parts(&self, value: &str) -> Result<(), Refused> {
        let name = self.name();
        if self.directive.words == 0 && name != "map" {
            return Err(self.refuse("a value cannot be the name of a directive"));
        }
        let regex = self.word.text.starts_with('~')
            || (matches!(name, "location" | "if") && self.directive.matches)
            || (name == "rewrite" && self.directive.words == 1);
        let literal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-');
        if regex && !value.chars().all(literal) {
            return Err(self.refuse("nginx would read the value as a part of a regular expression"));
        }
        if name == "if" && !value.chars().all(|c| literal(c) || c == '.') {
            return Err(self.refuse("a condition can hold only a bare word"));
        }
        if value.contains('$') && name != "location" {
            return Err(self.refuse(&format!("nginx would read `$` as a variable in `{name}`")));
        }
        if name == "include" && value.contains(['*', '?', '[']) {
            return Err(self.refuse("`include` would read the value as a pattern"));
        }
        Ok(())
    }

    /// Refuses what quotes cannot keep from being read as more than text, looking at the whole word.
    fn check_word(&self) -> Option<&'static str> {
        let text = &self.word.text;
        match self.name() {
            "map"
                if self.directive.words == 0
                    && (text.starts_with(['~', '*', '.', '\\']) || MAP_WORDS.contains(&text.as_str())) =>
            {
                Some("`map` would give the key a meaning of its own")
            }
            "location" if self.word.opens_with_hole && !text.starts_with('/') => {
                Some("a location begins with `/`")
            }
            "server_name" if text.contains('*') || text.starts_with(['.', '~']) => {
                Some("`server_name` would read the value as a pattern")
            }
            _ => None,
        }
    }

    fn close_word(&mut self) -> Result<(), Refused> {
        if let Some(piece) = self.word.hole {
            let refuse = |why: &str| Refused { piece, why: why.into() };
            if let Some(why) = self.check_word() {
                return Err(refuse(why));
            }
            if self.word.needs_quotes {
                if self.word.bars_quotes {
                    return Err(refuse("the value needs quotes: write them in the template"));
                }
                let (piece, at) = self.word.start;
                self.written.open_quote(piece, at);
                self.emit("\"");
            }
            // Counted generously: every character may have been escaped.
            if self.word.text.len() > LONGEST_WORD / 2 && escaped(&self.word.text, '"').len() > LONGEST_WORD {
                return Err(refuse("nginx reads no word longer than 4095 bytes"));
            }
        }
        self.directive.push(&self.word.text);
        self.place = Place::Between;
        Ok(())
    }

    fn close_directive(&mut self) {
        self.directive.clear();
        self.place = Place::Between;
    }

    fn open_block(&mut self) {
        self.blocks.push(self.directive.name.clone());
        self.directive.clear();
        self.place = Place::Between;
    }

    fn end(mut self) -> Result<Output, Refused> {
        if self.place == Place::Bare {
            self.close_word()?;
        }
        if matches!(self.place, Place::Quoted(_)) {
            return Err(self.refuse("the template ends inside quotes"));
        }
        Ok(self.written)
    }

    fn refuse(&self, why: &str) -> Refused {
        Refused { piece: self.piece(), why: why.into() }
    }
}

/// Whether a value can be (a part of) a word without quotes. nginx itself allows a little more.
fn stands_bare(value: &str) -> bool {
    !value.contains(|c: char| {
        c.is_control() || c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ';' | '{' | '}' | '#' | '$')
    })
}

/// `value` as it stands between two `quote`s.
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
