//! A text of which every host of a model has the same but for some words: written once, with gaps, and filled in for
//! each host.

use std::sync::Arc;

use crate::bundle::chunked::{Content, SHORT, Text};
use crate::bundle::{Entry, hex};
use crate::host::Panel;

/// What one host has of its own.
#[derive(Debug, Clone, Copy)]
pub struct Particulars<'a> {
    /// What names it.
    pub panel: &'a Panel,
    /// Those of its files that are not the same on every host of its model, in the order of their paths.
    pub files: &'a [Entry],
    /// The installer's block of data.
    pub data: &'a str,
    /// The sum of its parameters, as everybody writes it.
    pub parameters: &'a str,
}

impl Particulars<'_> {
    /// The sum of the content of a file of its own, as everybody writes it.
    pub fn sum(&self, number: usize) -> String {
        self.files[number].sha256().as_ref().map(hex).unwrap_or_default()
    }

    /// The address of a path of its site.
    pub fn address(&self, path: &str) -> String {
        format!("https://{}{path}", self.panel.domain())
    }
}

/// Writes what stands in a gap.
pub type Write = Box<dyn Fn(&mut Text, &Particulars<'_>)>;

enum Piece {
    Constant(&'static str),
    Same(Arc<String>),
    Own(Write),
}

impl Piece {
    /// How many bytes it may add to those that are copied; none where it is only named.
    fn room(&self) -> Option<usize> {
        let length = match self {
            Self::Constant(text) => text.len(),
            Self::Same(text) => text.len(),
            Self::Own(_) => 128,
        };
        (length < SHORT).then_some(length)
    }
}

/// The text, with its gaps.
#[derive(Default)]
pub struct Draft {
    pieces: Vec<Piece>,
}

impl Draft {
    /// Adds what is the same on every host.
    pub fn same(&mut self, write: impl FnOnce(&mut String)) {
        if let Some(Piece::Same(text)) = self.pieces.last_mut() {
            return write(Arc::make_mut(text));
        }
        let mut text = String::new();
        write(&mut text);
        self.pieces.push(Piece::Same(Arc::new(text)));
    }

    /// Adds a text that is a part of the program.
    pub fn constant(&mut self, text: &'static str) {
        self.pieces.push(Piece::Constant(text));
    }

    /// Adds what each host has of its own.
    pub fn own(&mut self, write: impl Fn(&mut Text, &Particulars<'_>) + 'static) {
        self.pieces.push(Piece::Own(Box::new(write)));
    }

    /// Adds the text with a gap in place of the first of each stand-in, which stands for what `write` writes.
    pub fn with_gaps(&mut self, text: &str, mut gaps: Vec<(String, Write)>) {
        gaps.sort_by_cached_key(|(stand_in, _)| text.find(stand_in));
        let mut rest = text;
        for (stand_in, write) in gaps {
            let (before, after) = rest.split_once(&stand_in).expect("each stand-in is in the text");
            self.same(|text| text.push_str(before));
            self.pieces.push(Piece::Own(write));
            rest = after;
        }
        self.same(|text| text.push_str(rest));
    }

    /// The text of one host.
    pub fn fill(&self, host: &Particulars<'_>) -> Content {
        let mut text = Text::default();
        for (at, piece) in self.pieces.iter().enumerate() {
            if text.is_empty() {
                text.reserve(self.pieces[at..].iter().map_while(Piece::room).sum());
            }
            match piece {
                Piece::Constant(constant) => text.constant(constant),
                Piece::Same(same) => text.shared(same),
                Piece::Own(write) => write(&mut text, host),
            }
        }
        text.into()
    }
}
