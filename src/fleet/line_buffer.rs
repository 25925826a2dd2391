//! Characters from a stream of bytes, and the lines of the host that is being read, for findings about it.

use std::io::Read;
use std::sync::{Arc, Mutex};

use crate::config::yaml::{MAX_BYTES, Snippet};

/// Why the characters end before the stream does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReadError {
    /// It could not be read.
    Unreadable(String),
    /// One host is larger than a document may be.
    Long,
}

/// A stream of bytes as characters, with the last lines of it.
pub(super) struct LineBuffer<R> {
    stream: R,
    /// What was read and not yet told apart into characters: from `at` to `end`.
    bytes: Vec<u8>,
    at: usize,
    end: usize,
    /// The last lines, from [`first`](Self::first) on.
    pub lines: String,
    /// The number of the first of them.
    pub first: usize,
    /// Why the characters ended.
    pub trouble: Option<ReadError>,
}

/// How much is read at once.
const CHUNK: usize = 32 << 10;

impl<R: Read> LineBuffer<R> {
    pub(super) fn new(stream: R) -> Self {
        let lines = String::new();
        Self { stream, bytes: vec![0; CHUNK], at: 0, end: 0, lines, first: 1, trouble: None }
    }

    /// The last lines, for a finding.
    pub(super) fn excerpt(&self) -> Snippet<'_> {
        Snippet { first: self.first, text: &self.lines }
    }

    /// The line and the column of the next character.
    pub(super) fn position(&self) -> (usize, usize) {
        let last = self.lines.rsplit('\n').next().unwrap_or_default();
        (self.first + self.lines.matches('\n').count(), last.chars().count() + 1)
    }

    /// Lets go of the lines before the one of that number.
    pub(super) fn discard_before(&mut self, line: usize) {
        let ends = self.lines.match_indices('\n').map(|(at, _)| at + 1);
        let Some(gone) = line.checked_sub(self.first).filter(|gone| *gone > 0) else { return };
        if let Some(end) = ends.take(gone).last() {
            self.lines.drain(..end);
            self.first = line;
        }
    }

    /// The next characters, none behind the end of a line; none at all at the end, and in trouble.
    fn next(&mut self) -> Option<&str> {
        let length = loop {
            let bytes = &self.bytes[self.at..self.end];
            let line = memchr::memchr(b'\n', bytes).map_or(bytes, |end| &bytes[..=end]);
            let (length, wrong) = match str::from_utf8(line) {
                Ok(text) => (text.len(), false),
                Err(error) => (error.valid_up_to(), error.error_len().is_some()),
            };
            if length > 0 {
                break length;
            }
            // What is wrong so far may be the beginning of a character.
            if wrong || (!self.more() && self.at < self.end) {
                let why = "it is not UTF-8 text".to_owned();
                self.trouble = self.trouble.take().or(Some(ReadError::Unreadable(why)));
            }
            if self.trouble.is_some() || self.at == self.end {
                return None;
            }
        };
        let text = str::from_utf8(&self.bytes[self.at..self.at + length]).expect("it was looked at");
        let room = MAX_BYTES - self.lines.len();
        let end = if text.len() > room {
            (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default()
        } else {
            text.len()
        };
        let text = &text[..end];
        if text.is_empty() {
            self.trouble = Some(ReadError::Long);
            return None;
        }
        self.at += text.len();
        self.lines.push_str(text);
        Some(text)
    }

    /// Reads more behind what there is; false at the end, and in trouble.
    fn more(&mut self) -> bool {
        if self.trouble.is_some() {
            return false;
        }
        self.bytes.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        let read = loop {
            match self.stream.read(&mut self.bytes[self.end..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let read = read.unwrap_or_else(|error| {
            self.trouble = Some(ReadError::Unreadable(error.to_string()));
            0
        });
        self.end += read;
        read > 0
    }
}

/// The characters of a tape that somebody else looks at too.
pub(super) struct CharReader<R> {
    tape: Arc<Mutex<LineBuffer<R>>>,
    /// Those that were taken from it.
    text: String,
    /// How far they were read.
    at: usize,
}

impl<R> CharReader<R> {
    pub(super) fn new(tape: Arc<Mutex<LineBuffer<R>>>) -> Self {
        Self { tape, text: String::new(), at: 0 }
    }
}

impl<R: Read> Iterator for CharReader<R> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.at == self.text.len() {
            self.text.clear();
            self.text.push_str(self.tape.lock().expect("a panic ends it all").next()?);
            self.at = 0;
        }
        let c = self.text[self.at..].chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that gives three bytes at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let take = self.0.len().min(3);
            buffer[..take].copy_from_slice(&self.0[..take]);
            self.0 = &self.0[take..];
            Ok(take)
        }
    }

    fn read(bytes: &[u8]) -> (String, Option<ReadError>) {
        let tape = Arc::new(Mutex::new(LineBuffer::new(Trickle(bytes))));
        let text = CharReader::new(Arc::clone(&tape)).collect();
        let trouble = tape.lock().unwrap().trouble.clone();
        (text, trouble)
    }

    #[test]
    fn characters_that_come_in_pieces_are_whole() {
        let text = "aé€😀\n".repeat(5);
        assert_eq!(read(text.as_bytes()), (text, None));
    }

    #[test]
    fn what_is_no_text_ends_the_stream_with_a_word() {
        for bad in [&b"ab\xff"[..], b"ab\xe2\x82", b"ab\xc3("] {
            let (text, trouble) = read(bad);
            assert_eq!(text, "ab");
            assert!(matches!(trouble, Some(ReadError::Unreadable(_))), "{trouble:?}");
        }
    }

    #[test]
    fn lines_that_were_let_go_are_gone_and_the_others_keep_their_numbers() {
        let mut tape = LineBuffer::new(&b"one\ntwo\nthree\n"[..]);
        while tape.next().is_some() {}
        tape.discard_before(1);
        assert_eq!((tape.first, tape.lines.as_str()), (1, "one\ntwo\nthree\n"));
        tape.discard_before(3);
        assert_eq!((tape.first, tape.lines.as_str()), (3, "three\n"));
        tape.discard_before(2);
        assert_eq!(tape.first, 3);
    }

    #[test]
    fn one_endless_host_is_refused() {
        let (text, trouble) = read(&b"x".repeat(MAX_BYTES + 10));
        assert_eq!((text.len(), trouble), (MAX_BYTES, Some(ReadError::Long)));
    }
}
