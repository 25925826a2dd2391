//! The bytes of a file in chunks. Chunks that many bundles have in common are stored once.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

/// Texts shorter than this are copied, which is cheaper than a chunk of their own.
pub const INLINE_LIMIT: usize = 4 << 10;

/// The bytes of a file.
#[derive(Clone)]
pub enum ChunkedBytes {
    /// One chunk.
    Single(Chunk),
    /// Several chunks.
    Multiple(Arc<Chunks>),
}

/// A contiguous part of the content.
#[derive(Clone)]
pub enum Chunk {
    /// Bytes compiled into the program.
    Constant(&'static [u8]),
    /// Text that may be shared.
    Text(Arc<String>),
    /// Other bytes that may be shared.
    Bytes(Arc<Vec<u8>>),
}

/// Several chunks.
pub struct Chunks {
    parts: Vec<Chunk>,
    length: usize,
    /// All chunks in one slice, created on first use.
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
    /// The chunks.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let chunks = match self {
            Self::Single(chunk) => std::slice::from_ref(chunk),
            Self::Multiple(many) => &many.parts,
        };
        chunks.iter().map(Deref::deref)
    }

    /// The number of bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Single(chunk) => chunk.len(),
            Self::Multiple(many) => many.length,
        }
    }
}

/// All bytes in one slice. Several chunks are joined on first use.
impl Deref for ChunkedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Single(chunk) => chunk,
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

/// Prints only the size, since the bytes may be a secret.
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

/// Builds a [`ChunkedBytes`]. Text that is written as to a [`String`] is copied; long constant and shared
/// texts are only referenced.
#[derive(Default)]
pub struct ChunkedBuilder {
    parts: Vec<Chunk>,
    /// The text written since the last chunk.
    tail: String,
}

impl ChunkedBuilder {
    /// Appends a text compiled into the program.
    pub fn push_const(&mut self, text: &'static str) {
        if text.len() < INLINE_LIMIT {
            self.push_str(text);
        } else {
            self.push_chunk(Chunk::Constant(text.as_bytes()));
        }
    }

    /// Appends a text that may be shared.
    pub fn push_shared(&mut self, text: &Arc<String>) {
        if text.len() < INLINE_LIMIT {
            self.push_str(text);
        } else {
            self.push_chunk(Chunk::Text(Arc::clone(text)));
        }
    }

    fn push_chunk(&mut self, chunk: Chunk) {
        self.flush();
        self.parts.push(chunk);
    }

    /// Turns the text written so far into a chunk.
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
        let length = text.parts.iter().map(|chunk| chunk.len()).sum();
        Self::Multiple(Arc::new(Chunks { parts: text.parts, length, flattened: OnceLock::new() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_join_to_the_whole_content() {
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
