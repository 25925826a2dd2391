//! The bytes of a file, in pieces: what many bundles have in common lies in memory once.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// Texts that are shorter than this are copied: a piece of its own would cost more.
pub const INLINE_LIMIT: usize = 4 << 10;

/// The bytes of a file.
#[derive(Clone)]
pub enum ChunkedBytes {
    /// All of them in one place.
    Single(Chunk),
    /// In several.
    Multiple(Arc<Chunks>),
}

/// Bytes that lie in one place.
#[derive(Clone)]
pub enum Chunk {
    /// A part of the program.
    Constant(&'static [u8]),
    /// Text that others may have too.
    Text(Arc<String>),
    /// Other bytes that others may have too.
    Bytes(Arc<Vec<u8>>),
}

/// Bytes that lie in several places.
pub struct Chunks {
    parts: Vec<Chunk>,
    length: usize,
    /// All of them in one place, for who asks for that.
    flattened: OnceLock<Vec<u8>>,
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Constant(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl ChunkedBytes {
    /// The bytes where they lie.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let pieces = match self {
            Self::Single(piece) => std::slice::from_ref(piece),
            Self::Multiple(many) => &many.parts,
        };
        pieces.iter().map(Deref::deref)
    }

    /// How many they are.
    pub fn size(&self) -> usize {
        match self {
            Self::Single(piece) => piece.len(),
            Self::Multiple(many) => many.length,
        }
    }
}

/// The bytes in one place; they are laid there when they are first asked for.
impl Deref for ChunkedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Single(piece) => piece,
            Self::Multiple(many) => many.flattened.get_or_init(|| self.chunks().collect::<Vec<_>>().concat()),
        }
    }
}

impl PartialEq for ChunkedBytes {
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && **self == **other
    }
}

impl Eq for ChunkedBytes {}

/// Never the bytes: they may be a secret.
impl fmt::Debug for ChunkedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.size())
    }
}

impl From<&'static [u8]> for ChunkedBytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Single(Chunk::Constant(bytes))
    }
}

impl From<Vec<u8>> for ChunkedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Single(Chunk::Bytes(Arc::new(bytes)))
    }
}

impl From<String> for ChunkedBytes {
    fn from(text: String) -> Self {
        Self::Single(Chunk::Text(Arc::new(text)))
    }
}

/// A text in the making. What is written to it as to a [`String`] is its own; long texts that others have too are only
/// named.
#[derive(Default)]
pub struct ChunkedBuilder {
    parts: Vec<Chunk>,
    /// What was written last.
    tail: String,
}

impl ChunkedBuilder {
    /// Adds a text that is a part of the program.
    pub fn push_const(&mut self, text: &'static str) {
        if text.len() < INLINE_LIMIT {
            self.push_str(text);
        } else {
            self.push_chunk(Chunk::Constant(text.as_bytes()));
        }
    }

    /// Adds a text that others may have too.
    pub fn push_shared(&mut self, text: &Arc<String>) {
        if text.len() < INLINE_LIMIT {
            self.push_str(text);
        } else {
            self.push_chunk(Chunk::Text(Arc::clone(text)));
        }
    }

    fn push_chunk(&mut self, piece: Chunk) {
        self.flush();
        self.parts.push(piece);
    }

    /// Makes what was written last a piece.
    fn flush(&mut self) {
        if !self.tail.is_empty() {
            self.parts.push(Chunk::Text(Arc::new(std::mem::take(&mut self.tail))));
        }
    }
}

impl Deref for ChunkedBuilder {
    type Target = String;

    fn deref(&self) -> &String {
        &self.tail
    }
}

impl DerefMut for ChunkedBuilder {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.tail
    }
}

impl From<ChunkedBuilder> for ChunkedBytes {
    fn from(mut text: ChunkedBuilder) -> Self {
        if text.parts.is_empty() {
            return text.tail.into();
        }
        text.flush();
        let length = text.parts.iter().map(|piece| piece.len()).sum();
        Self::Multiple(Arc::new(Chunks { parts: text.parts, length, flattened: OnceLock::new() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_whoever_wrote_them() {
        static LONG: [u8; INLINE_LIMIT] = [b'x'; INLINE_LIMIT];
        let long = std::str::from_utf8(&LONG).unwrap();
        let mut text = ChunkedBuilder::default();
        text.push_str("one ");
        text.push_const("two ");
        text.push_const(long);
        text.push_shared(&Arc::new(long.replace('x', "y")));
        text.push_shared(&Arc::new(" three".to_owned()));
        let content = ChunkedBytes::from(text);
        let whole = format!("one two {long}{} three", long.replace('x', "y"));
        let lengths: Vec<_> = content.chunks().map(<[u8]>::len).collect();
        assert_eq!(lengths, [8, INLINE_LIMIT, INLINE_LIMIT, 6]);
        assert_eq!((content.size(), &*content), (whole.len(), whole.as_bytes()));
        assert_eq!(content, ChunkedBytes::from(whole));
        assert_eq!(ChunkedBytes::from(ChunkedBuilder::default()).size(), 0);
    }
}
