//! A text of which every host of a model has the same but for some words: written once, with gaps, and filled in for
//! each host.

use std::borrow::Cow;

use crate::bundle::{Entry, hex};
use crate::panel::Panel;

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
pub type Write = Box<dyn Fn(&mut String, &Particulars<'_>)>;

enum Piece {
    Same(Cow<'static, str>),
    Own(Write),
}

/// The text, with its gaps.
#[derive(Default)]
pub struct Draft {
    pieces: Vec<Piece>,
    /// The bytes of all that is the same.
    same: usize,
}

impl Draft {
    /// Adds what is the same on every host.
    pub fn same(&mut self, write: impl FnOnce(&mut String)) {
        if !matches!(self.pieces.last(), Some(Piece::Same(Cow::Owned(_)))) {
            self.pieces.push(Piece::Same(Cow::Owned(String::new())));
        }
        if let Some(Piece::Same(Cow::Owned(text))) = self.pieces.last_mut() {
            let before = text.len();
            write(text);
            self.same += text.len() - before;
        }
    }

    /// Adds a text that is the same in every bundle.
    pub fn constant(&mut self, text: &'static str) {
        self.same += text.len();
        self.pieces.push(Piece::Same(Cow::Borrowed(text)));
    }

    /// Adds what each host has of its own.
    pub fn own(&mut self, write: impl Fn(&mut String, &Particulars<'_>) + 'static) {
        self.pieces.push(Piece::Own(Box::new(write)));
    }

    /// Adds the text with a gap in place of the first of each stand-in, which stands for what `write` writes.
    pub fn with_gaps(&mut self, text: &str, mut gaps: Vec<(String, Write)>) {
        gaps.sort_by_key(|(stand_in, _)| text.find(stand_in));
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
    pub fn fill(&self, host: &Particulars<'_>) -> String {
        // Room for what stands in the gaps: the longest is a file or two of the host.
        let mut text = String::with_capacity(self.same + (8 << 10));
        for piece in &self.pieces {
            match piece {
                Piece::Same(same) => text.push_str(same),
                Piece::Own(write) => write(&mut text, host),
            }
        }
        text
    }
}
