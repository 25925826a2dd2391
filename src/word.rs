//! The words an operator can say, as types: parse once at the door, never re-check.

use std::fmt;

/// Why a text is not the word it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, in lower case and without a final dot: `` `0` is not a port from 1 to 65535 ``.
    pub why: String,
    /// How to mend it, where that can be said: the mended value, ready to paste.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal that says only what is wrong.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hint: None }
    }

    /// The same refusal with a way to mend it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A text that was understood. `Display` writes the canonical form, the one that lands in files.
pub trait Word: Sized + Clone + fmt::Display {
    /// What the word is called in messages and in the schema, with its article: `a port`.
    const WHAT: &'static str;

    /// Reads the word from the text that was said.
    fn parse(text: &str) -> Result<Self, Refusal>;
}
