//! What a dialect writes, piece behind piece.

use super::Segment;

/// The written text, and where each piece ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Output {
    /// All pieces.
    pub(crate) text: String,
    /// Where each piece begins.
    starts: Vec<usize>,
}

impl Output {
    /// Room for these pieces, with some quotes.
    pub(super) fn of(pieces: &[Segment<'_>]) -> Self {
        let length = pieces.iter().map(|piece| match piece {
            Segment::Literal(text) | Segment::Expr(text) => text.len(),
        });
        Self {
            text: String::with_capacity(length.sum::<usize>() + 64),
            starts: Vec::with_capacity(pieces.len()),
        }
    }

    /// Begins the next piece.
    pub(super) fn begin(&mut self) {
        self.starts.push(self.text.len());
    }

    /// The index of the piece that is being written.
    pub(super) fn start_segment(&self) -> usize {
        self.starts.len() - 1
    }

    /// Where the next character will stand.
    pub(super) fn position(&self) -> usize {
        self.text.len()
    }

    /// Writes to the piece that was begun last.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Puts a quote into the text, as a part of an earlier piece.
    pub(super) fn open_quote(&mut self, piece: usize, at: usize) {
        self.text.insert(at, '"');
        self.starts[piece + 1..].iter_mut().for_each(|start| *start += 1);
    }

    /// Where each piece ends.
    pub(crate) fn ends(&self) -> impl Iterator<Item = usize> {
        self.starts.iter().skip(1).copied().chain([self.text.len()])
    }

    /// The pieces.
    #[cfg(test)]
    pub(super) fn pieces(&self) -> Vec<&str> {
        self.starts.iter().zip(self.ends()).map(|(start, end)| &self.text[*start..end]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_belongs_to_the_piece_whose_word_it_opens() {
        let mut output = Output::default();
        output.begin();
        output.push("key ");
        let (piece, at) = (output.start_segment(), output.position());
        output.begin();
        output.push("a b");
        output.open_quote(piece, at);
        output.push("\"");
        assert_eq!(output.pieces(), ["key \"", "a b\""]);
        output.begin();
        let (piece, at) = (output.start_segment(), output.position());
        output.push("c d");
        output.open_quote(piece, at);
        assert_eq!(output.pieces(), ["key \"", "a b\"", "\"c d"]);
    }
}
