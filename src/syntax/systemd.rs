//! systemd's units: what a value means depends on the key of its line.

mod key;
mod word;

use self::key::Kind;
use self::word::{Word, escaped};
use super::{Output, Piece, Refused, ends_in_variable};

/// systemd refuses a unit with a longer line.
const LONGEST_LINE: usize = 1 << 20;

pub(super) fn write(pieces: &[Piece<'_>]) -> Result<Output, Refused> {
    let mut writer = Writer { written: Output::of(pieces), ..Writer::default() };
    for piece in pieces {
        writer.written.begin();
        match piece {
            Piece::Raw(text) => {
                for line in text.split_inclusive('\n') {
                    if writer.takes_whole(line) {
                        writer.written.emit(line);
                        continue;
                    }
                    let mut rest = line;
                    while let Some(c) = rest.chars().next() {
                        let plain = writer.plain(rest);
                        if plain == 0 {
                            writer.raw(c)?;
                        }
                        rest = &rest[plain.max(c.len_utf8())..];
                    }
                }
            }
            Piece::Hole(value) => writer.hole(value)?,
        }
    }
    writer.end_line()?;
    Ok(writer.written)
}

/// Where the reader stands on a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    Comment,
    Section,
    Key,
    /// In the value, between words (or anywhere, where there are no words).
    Value,
    /// In a bare word of the value.
    Bare,
    /// In quotes of the template.
    Quoted(char),
}

#[derive(Debug, Default)]
struct Writer {
    written: Output,
    place: Place,
    key: String,
    /// What the line's value is made of.
    kind: Kind,
    escaped: bool,
    /// Whether the line goes on from the one above.
    continued: bool,
    word: Word,
    /// How many words of this command or list are complete.
    words: usize,
    /// What the value says so far, holes filled in.
    value: String,
    /// The last hole of the value.
    last_hole: Option<usize>,
    length: usize,
}

impl Writer {
    fn piece(&self) -> usize {
        self.written.piece()
    }

    fn emit(&mut self, text: &str) {
        self.length += text.len();
        self.written.emit(text);
    }

    /// Whether `line` is a whole one that no value and no other line has a part in: nothing in it needs reading.
    fn takes_whole(&self, line: &str) -> bool {
        self.place == Place::Start
            && !self.continued
            && line.ends_with('\n')
            && memchr::memchr3(b'\\', b'"', b'\'', line.as_bytes()).is_none()
    }

    /// Takes the beginning of `text` that changes nothing of where the reader stands; returns its length.
    fn plain(&mut self, text: &str) -> usize {
        if self.escaped {
            return 0;
        }
        let bytes = text.as_bytes();
        let until = |ends: fn(u8) -> bool| bytes.iter().position(|&byte| ends(byte)).unwrap_or(bytes.len());
        let length = match self.place {
            Place::Comment | Place::Section => until(|byte| matches!(byte, b'\n' | b'\\')),
            Place::Key => until(|byte| matches!(byte, b'=' | b'\n' | b'\\')),
            Place::Value if !self.kind.has_words() => until(|byte| matches!(byte, b'\n' | b'\\')),
            Place::Bare => until(|byte| byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'"' | b'\'')),
            Place::Start | Place::Value | Place::Quoted(_) => 0,
        };
        let text = &text[..length];
        match self.place {
            Place::Key => self.key.push_str(text),
            Place::Value => self.value.push_str(text),
            Place::Bare => self.word.text.push_str(text),
            _ => {}
        }
        self.emit(text);
        length
    }

    fn open(&mut self) {
        self.word.begin((self.written.piece(), self.written.here()), self.words);
        self.place = Place::Bare;
    }

    fn open_raw(&mut self, c: char) {
        self.open();
        if matches!(c, '"' | '\'') { self.quote(c) } else { self.word.raw(c) }
    }

    fn quote(&mut self, quote: char) {
        self.word.bars_quotes = true;
        self.place = Place::Quoted(quote);
    }

    fn raw(&mut self, c: char) -> Result<(), Refused> {
        if c == '\n' {
            if self.escaped && self.place != Place::Comment {
                self.continue_line()?;
            } else {
                self.end_line()?;
            }
            self.emit("\n");
            return Ok(());
        }
        let escaped = self.escaped;
        self.escaped = c == '\\' && !escaped;
        match self.place {
            Place::Start => self.start(c),
            Place::Comment | Place::Section => {}
            Place::Key => {
                if c == '=' {
                    self.kind = Kind::of(self.key.trim_end());
                    self.place = Place::Value;
                } else {
                    self.key.push(c);
                }
            }
            _ if !self.kind.has_words() => self.value.push(c),
            Place::Value if c.is_ascii_whitespace() => {}
            Place::Value => self.open_raw(c),
            Place::Bare if c.is_ascii_whitespace() && !escaped => self.close_word()?,
            Place::Bare if matches!(c, '"' | '\'') && !escaped => self.quote(c),
            Place::Bare => self.word.raw(c),
            Place::Quoted(quote) if c == quote && !escaped => self.place = Place::Bare,
            Place::Quoted(_) => self.word.text.push(c),
        }
        self.emit(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn start(&mut self, c: char) {
        match c {
            ' ' | '\t' => {}
            '#' | ';' => self.place = Place::Comment,
            _ if self.continued => {
                self.place = Place::Value;
                if self.kind.has_words() { self.open_raw(c) } else { self.value.push(c) }
            }
            '[' => self.place = Place::Section,
            _ => {
                self.place = Place::Key;
                self.key.push(c);
            }
        }
    }

    /// A backslash at the end of a line: the next one goes on, and a word does not cross.
    fn continue_line(&mut self) -> Result<(), Refused> {
        self.escaped = false;
        if self.place == Place::Bare {
            // The backslash is the end of the line, not a part of the word.
            self.word.text.pop();
            self.close_word()?;
        }
        if matches!(self.place, Place::Quoted(_)) {
            return Err(self.refuse("the template continues a line inside quotes"));
        }
        self.continued = true;
        self.place = Place::Start;
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), Refused> {
        self.escaped = false;
        if self.place == Place::Comment && self.continued {
            // It does not end the line that goes on around it.
            self.place = Place::Start;
            return Ok(());
        }
        if self.place == Place::Bare {
            self.close_word()?;
        }
        if matches!(self.place, Place::Quoted(_)) {
            return Err(self.refuse("the template ends a line inside quotes"));
        }
        if let Some(piece) = self.last_hole {
            self.kind.check_value(&self.value).map_err(|why| Refused { piece, why: why.into() })?;
            if self.length > LONGEST_LINE {
                return Err(Refused { piece, why: "systemd reads no line longer than 1 MiB".into() });
            }
        }
        self.begin_line();
        Ok(())
    }

    /// Forgets the line before; what has room keeps it.
    fn begin_line(&mut self) {
        let Self { written, mut key, mut value, word, .. } = std::mem::take(self);
        key.clear();
        value.clear();
        *self = Self { written, key, word, value, ..Self::default() };
    }

    fn hole(&mut self, value: &str) -> Result<(), Refused> {
        if value.contains('\0') {
            return Err(self.refuse("a unit cannot hold a NUL"));
        }
        if value.contains(is_noncharacter) {
            return Err(self.refuse("systemd ignores a line that holds a Unicode noncharacter"));
        }
        if std::mem::take(&mut self.escaped) {
            return Err(self.refuse("the template ends in a backslash before the value"));
        }
        match self.place {
            Place::Comment => {
                if value.contains(char::is_control) || value.ends_with('\\') {
                    return Err(self.refuse("a comment can hold only one line of text"));
                }
                self.emit(value);
                return Ok(());
            }
            Place::Start if self.continued => self.place = Place::Value,
            Place::Start | Place::Key | Place::Section => {
                return Err(self.refuse("a value cannot name a section or a key"));
            }
            Place::Value | Place::Bare | Place::Quoted(_) => {}
        }
        self.last_hole = Some(self.piece());
        if self.kind.has_words() { self.hole_in_word(value) } else { self.hole_in_text(value) }
    }

    fn hole_in_text(&mut self, value: &str) -> Result<(), Refused> {
        if self.value.ends_with('%') && self.kind.has_specifiers() {
            return Err(self.refuse("systemd would read `%` and the value as a specifier"));
        }
        self.kind.check_text(self.value.trim_start(), value).map_err(|why| self.refuse(why))?;
        self.value.push_str(value);
        if self.kind.has_specifiers() && value.contains('%') {
            self.emit(&value.replace('%', "%%"));
        } else {
            self.emit(value);
        }
        Ok(())
    }

    fn hole_in_word(&mut self, value: &str) -> Result<(), Refused> {
        if self.place == Place::Value {
            self.open();
        }
        let before = &self.word.text;
        if before.ends_with('%') {
            return Err(self.refuse("systemd would read `%` and the value as a specifier"));
        }
        if self.kind == Kind::Exec && ends_in_variable(before) {
            return Err(self.refuse("systemd would read the value as a part of the variable before it"));
        }
        self.kind.check_part(&self.word, value).map_err(|why| self.refuse(why))?;
        let text = if let Place::Quoted(quote) = self.place {
            escaped(value, quote, self.kind)
        } else {
            self.word.hole = Some(self.piece());
            self.word.needs_quotes |= !self.word.takes_bare(value);
            escaped(value, '"', self.kind)
        };
        self.word.text.push_str(value);
        self.emit(&text);
        Ok(())
    }

    fn close_word(&mut self) -> Result<(), Refused> {
        let word = &self.word;
        self.place = Place::Value;
        self.words = if self.kind == Kind::Exec && word.is_separator() { 0 } else { self.words + 1 };
        let Some(hole) = word.hole.filter(|_| word.needs_quotes) else { return Ok(()) };
        if word.bars_quotes {
            let why = "the value needs quotes: write them in the template, around the whole word";
            return Err(Refused { piece: hole, why: why.into() });
        }
        let (piece, at) = word.start;
        self.written.open_quote(piece, at);
        self.emit("\"");
        Ok(())
    }

    fn refuse(&self, why: &str) -> Refused {
        Refused { piece: self.piece(), why: why.into() }
    }
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}
