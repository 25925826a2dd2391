//! Characters from a stream of bytes. The lines of the current host are kept for diagnostics.

use std::io::Read;
use std::sync::{Arc, Mutex};

use crate::config::yaml::{MAX_BYTES, Snippet};

/// Why the characters ended before the stream did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReadError {
    /// The stream could not be read.
    Unreadable(String),
    /// A host is larger than the limit for a document.
    TooLong,
}

/// Decodes a stream of bytes and keeps the last lines.
pub(super) struct LineBuffer<R> {
    stream: R,
    /// Bytes that are read but not decoded yet, from `at` to `end`.
    bytes: Vec<u8>,
    at: usize,
    end: usize,
    /// The last lines, from number [`first`](Self::first) on.
    pub lines: String,
    /// The number of the first of these lines.
    pub first: usize,
    /// Why the characters ended, if there was an error.
    pub error: Option<ReadError>,
}

/// How many bytes are read at once.
const CHUNK: usize = 32 << 10;

impl<R: Read> LineBuffer<R> {
    pub(super) fn new(stream: R) -> Self {
        let lines = String::new();
        Self { stream, bytes: vec![0; CHUNK], at: 0, end: 0, lines, first: 1, error: None }
    }

    /// The last lines, for a diagnostic.
    pub(super) fn snippet(&self) -> Snippet<'_> {
        Snippet { first: self.first, text: &self.lines }
    }

    /// The line and column of the next character.
    pub(super) fn position(&self) -> (usize, usize) {
        let last = self.lines.rsplit('\n').next().unwrap_or_default();
        (self.first + self.lines.matches('\n').count(), last.chars().count() + 1)
    }

    /// Discards the lines before the line with that number.
    pub(super) fn discard_before(&mut self, line: usize) {
        let ends = self.lines.match_indices('\n').map(|(at, _)| at + 1);
        let Some(gone) = line.checked_sub(self.first).filter(|gone| *gone > 0) else { return };
        if let Some(end) = ends.take(gone).last() {
            self.lines.drain(..end);
            self.first = line;
        }
    }

    /// The next characters, at most to the end of a line, or `None` at the end and after an error.
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
            // Bytes that are invalid so far may be the beginning of a character.
            if wrong || (!self.more() && self.at < self.end) {
                let why = "it is not UTF-8 text".to_owned();
                self.error = self.error.take().or(Some(ReadError::Unreadable(why)));
            }
            if self.error.is_some() || self.at == self.end {
                return None;
            }
        };
        let text = str::from_utf8(&self.bytes[self.at..self.at + length]).expect("it is valid UTF-8");
        let room = MAX_BYTES - self.lines.len();
        let end = if text.len() > room {
            (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default()
        } else {
            text.len()
        };
        let text = &text[..end];
        if text.is_empty() {
            self.error = Some(ReadError::TooLong);
            return None;
        }
        self.at += text.len();
        self.lines.push_str(text);
        Some(text)
    }

    /// Reads more bytes. Returns false at the end and after an error.
    fn more(&mut self) -> bool {
        if self.error.is_some() {
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
            self.error = Some(ReadError::Unreadable(error.to_string()));
            0
        });
        self.end += read;
        read > 0
    }
}

/// Reads the characters of a shared [`LineBuffer`].
pub(super) struct CharReader<R> {
    buffer: Arc<Mutex<LineBuffer<R>>>,
    /// The characters taken from it.
    text: String,
    /// How many bytes of `text` have been read.
    at: usize,
}

impl<R> CharReader<R> {
    pub(super) fn new(buffer: Arc<Mutex<LineBuffer<R>>>) -> Self {
        Self { buffer, text: String::new(), at: 0 }
    }
}

impl<R: Read> Iterator for CharReader<R> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.at == self.text.len() {
            self.text.clear();
            self.text.push_str(self.buffer.lock().expect("no thread panicked").next()?);
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

    /// A stream that returns three bytes at a time.
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
        let buffer = Arc::new(Mutex::new(LineBuffer::new(Trickle(bytes))));
        let text = CharReader::new(Arc::clone(&buffer)).collect();
        let error = buffer.lock().unwrap().error.clone();
        (text, error)
    }

    #[test]
    fn characters_split_between_reads_are_decoded() {
        let text = "aé€😀\n".repeat(5);
        assert_eq!(read(text.as_bytes()), (text, None));
    }

    #[test]
    fn invalid_utf8_ends_the_stream_with_an_error() {
        for bad in [&b"ab\xff"[..], b"ab\xe2\x82", b"ab\xc3("] {
            let (text, error) = read(bad);
            assert_eq!(text, "ab");
            assert!(matches!(error, Some(ReadError::Unreadable(_))), "{error:?}");
        }
    }

    #[test]
    fn discarded_lines_are_gone_and_the_others_keep_their_numbers() {
        let mut buffer = LineBuffer::new(&b"one\ntwo\nthree\n"[..]);
        while buffer.next().is_some() {}
        buffer.discard_before(1);
        assert_eq!((buffer.first, buffer.lines.as_str()), (1, "one\ntwo\nthree\n"));
        buffer.discard_before(3);
        assert_eq!((buffer.first, buffer.lines.as_str()), (3, "three\n"));
        buffer.discard_before(2);
        assert_eq!(buffer.first, 3);
    }

    #[test]
    fn host_above_the_size_limit_is_an_error() {
        let (text, error) = read(&b"x".repeat(MAX_BYTES + 10));
        assert_eq!((text.len(), error), (MAX_BYTES, Some(ReadError::TooLong)));
    }
}
