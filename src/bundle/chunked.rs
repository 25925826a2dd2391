//! The bytes of a file, in pieces: what many bundles have in common lies in memory once.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// Texts that are shorter than this are copied: a piece of its own would cost more.
pub const SHORT: usize = 4 << 10;

/// The bytes of a file.
#[derive(Clone)]
pub enum Content {
    /// All of them in one place.
    One(Piece),
    /// In several.
    Many(Arc<Many>),
}

/// Bytes that lie in one place.
#[derive(Clone)]
pub enum Piece {
    /// A part of the program.
    Constant(&'static [u8]),
    /// Text that others may have too.
    Text(Arc<String>),
    /// Other bytes that others may have too.
    Bytes(Arc<Vec<u8>>),
}

/// Bytes that lie in several places.
pub struct Many {
    pieces: Vec<Piece>,
    length: usize,
    /// All of them in one place, for who asks for that.
    whole: OnceLock<Vec<u8>>,
}

impl Deref for Piece {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Constant(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Content {
    /// The bytes where they lie.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let pieces = match self {
            Self::One(piece) => std::slice::from_ref(piece),
            Self::Many(many) => &many.pieces,
        };
        pieces.iter().map(Deref::deref)
    }

    /// How many they are.
    pub fn size(&self) -> usize {
        match self {
            Self::One(piece) => piece.len(),
            Self::Many(many) => many.length,
        }
    }
}

/// The bytes in one place; they are laid there when they are first asked for.
impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::One(piece) => piece,
            Self::Many(many) => many.whole.get_or_init(|| self.pieces().collect::<Vec<_>>().concat()),
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && **self == **other
    }
}

impl Eq for Content {}

/// Never the bytes: they may be a secret.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.size())
    }
}

impl From<&'static [u8]> for Content {
    fn from(bytes: &'static [u8]) -> Self {
        Self::One(Piece::Constant(bytes))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::One(Piece::Bytes(Arc::new(bytes)))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::One(Piece::Text(Arc::new(text)))
    }
}

/// A text in the making. What is written to it as to a [`String`] is its own; long texts that others have too are only
/// named.
#[derive(Default)]
pub struct Text {
    pieces: Vec<Piece>,
    /// What was written last.
    tail: String,
}

impl Text {
    /// Adds a text that is a part of the program.
    pub fn constant(&mut self, text: &'static str) {
        if text.len() < SHORT { self.push_str(text) } else { self.piece(Piece::Constant(text.as_bytes())) }
    }

    /// Adds a text that others may have too.
    pub fn shared(&mut self, text: &Arc<String>) {
        if text.len() < SHORT { self.push_str(text) } else { self.piece(Piece::Text(Arc::clone(text))) }
    }

    fn piece(&mut self, piece: Piece) {
        self.lay();
        self.pieces.push(piece);
    }

    /// Makes what was written last a piece.
    fn lay(&mut self) {
        if !self.tail.is_empty() {
            self.pieces.push(Piece::Text(Arc::new(std::mem::take(&mut self.tail))));
        }
    }
}

impl Deref for Text {
    type Target = String;

    fn deref(&self) -> &String {
        &self.tail
    }
}

impl DerefMut for Text {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.tail
    }
}

impl From<Text> for Content {
    fn from(mut text: Text) -> Self {
        if text.pieces.is_empty() {
            return text.tail.into();
        }
        text.lay();
        let length = text.pieces.iter().map(|piece| piece.len()).sum();
        Self::Many(Arc::new(Many { pieces: text.pieces, length, whole: OnceLock::new() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_whoever_wrote_them() {
        static LONG: [u8; SHORT] = [b'x'; SHORT];
        let long = std::str::from_utf8(&LONG).unwrap();
        let mut text = Text::default();
        text.push_str("one ");
        text.constant("two ");
        text.constant(long);
        text.shared(&Arc::new(long.replace('x', "y")));
        text.shared(&Arc::new(" three".to_owned()));
        let content = Content::from(text);
        let whole = format!("one two {long}{} three", long.replace('x', "y"));
        let lengths: Vec<_> = content.pieces().map(<[u8]>::len).collect();
        assert_eq!(lengths, [8, SHORT, SHORT, 6]);
        assert_eq!((content.size(), &*content), (whole.len(), whole.as_bytes()));
        assert_eq!(content, Content::from(whole));
        assert_eq!(Content::from(Text::default()).size(), 0);
    }
}
