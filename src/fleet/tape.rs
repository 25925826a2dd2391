//! Characters from a stream of bytes, and the lines of the host that is being read, for findings about it.

use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

use crate::params::yaml::BYTES;

/// Why the characters end before the stream does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It could not be read.
    Unreadable(String),
    /// One host is larger than a document may be.
    Long,
}

/// A stream of bytes as characters, with the last lines of it.
pub(super) struct Tape<R> {
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
    pub trouble: Option<Trouble>,
}

/// How much is read at once.
const CHUNK: usize = 32 << 10;

impl<R: Read> Tape<R> {
    pub(super) fn new(stream: R) -> Self {
        let lines = String::new();
        Self { stream, bytes: vec![0; CHUNK], at: 0, end: 0, lines, first: 1, trouble: None }
    }

    /// Lets go of the lines before the one of that number.
    pub(super) fn cut(&mut self, line: usize) {
        let ends = self.lines.match_indices('\n').map(|(at, _)| at + 1);
        let Some(gone) = line.checked_sub(self.first).filter(|gone| *gone > 0) else { return };
        if let Some(end) = ends.take(gone).last() {
            self.lines.drain(..end);
            self.first = line;
        }
    }

    fn next(&mut self) -> Option<char> {
        if self.at == self.end && !self.more() {
            return None;
        }
        let byte = self.bytes[self.at];
        let c = if byte.is_ascii() {
            self.at += 1;
            char::from(byte)
        } else {
            self.wide()?
        };
        self.lines.push(c);
        if self.lines.len() > BYTES {
            self.trouble = Some(Trouble::Long);
            return None;
        }
        Some(c)
    }

    /// A character of several bytes.
    fn wide(&mut self) -> Option<char> {
        let length = match self.bytes[self.at] {
            0xc0..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        while self.end - self.at < length && self.more() {}
        let end = self.end.min(self.at + length);
        let text = str::from_utf8(&self.bytes[self.at..end]).ok();
        let Some(c) = text.and_then(|text| text.chars().next()) else {
            self.trouble =
                self.trouble.take().or(Some(Trouble::Unreadable("it is not UTF-8 text".to_owned())));
            return None;
        };
        self.at = end;
        Some(c)
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
            self.trouble = Some(Trouble::Unreadable(error.to_string()));
            0
        });
        self.end += read;
        read > 0
    }
}

/// The characters of a tape that somebody else looks at too.
pub(super) struct Characters<R>(pub Rc<RefCell<Tape<R>>>);

impl<R: Read> Iterator for Characters<R> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.0.borrow_mut().next()
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

    fn read(bytes: &[u8]) -> (String, Option<Trouble>) {
        let tape = Rc::new(RefCell::new(Tape::new(Trickle(bytes))));
        let text = Characters(Rc::clone(&tape)).collect();
        let trouble = tape.borrow().trouble.clone();
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
            assert!(matches!(trouble, Some(Trouble::Unreadable(_))), "{trouble:?}");
        }
    }

    #[test]
    fn lines_that_were_let_go_are_gone_and_the_others_keep_their_numbers() {
        let mut tape = Tape::new(&b"one\ntwo\nthree\n"[..]);
        while tape.next().is_some() {}
        tape.cut(1);
        assert_eq!((tape.first, tape.lines.as_str()), (1, "one\ntwo\nthree\n"));
        tape.cut(3);
        assert_eq!((tape.first, tape.lines.as_str()), (3, "three\n"));
        tape.cut(2);
        assert_eq!(tape.first, 3);
    }

    #[test]
    fn one_endless_host_is_refused() {
        let (text, trouble) = read(&b"x".repeat(BYTES + 10));
        assert_eq!((text.len(), trouble), (BYTES, Some(Trouble::Long)));
    }
}
