//! The output of a syntax, segment by segment.

use super::Segment;

/// The written text, and the position where each segment ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Output {
    /// The text of all segments.
    pub(crate) text: String,
    /// The position where each segment begins.
    starts: Vec<usize>,
}

impl Output {
    /// An empty output with room for these segments and some quotes.
    pub(super) fn of(segments: &[Segment<'_>]) -> Self {
        let length = segments.iter().map(|segment| match segment {
            Segment::Literal(text) | Segment::Expr(text) => text.len(),
        });
        Self {
            text: String::with_capacity(length.sum::<usize>() + 64),
            starts: Vec::with_capacity(segments.len()),
        }
    }

    /// Begins the next segment.
    pub(super) fn start_segment(&mut self) {
        self.starts.push(self.text.len());
    }

    /// The index of the current segment.
    pub(super) fn current_segment(&self) -> usize {
        self.starts.len() - 1
    }

    /// The position of the next character.
    pub(super) fn position(&self) -> usize {
        self.text.len()
    }

    /// Appends text to the current segment.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Inserts an opening quote into an earlier segment.
    pub(super) fn open_quote(&mut self, segment: usize, at: usize) {
        self.text.insert(at, '"');
        self.starts[segment + 1..].iter_mut().for_each(|start| *start += 1);
    }

    /// The position where each segment ends.
    pub(crate) fn ends(&self) -> impl Iterator<Item = usize> {
        self.starts.iter().skip(1).copied().chain([self.text.len()])
    }

    /// The text of each segment.
    #[cfg(test)]
    pub(super) fn segments(&self) -> Vec<&str> {
        self.starts.iter().zip(self.ends()).map(|(start, end)| &self.text[*start..end]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_quote_belongs_to_the_segment_of_its_word() {
        let mut output = Output::default();
        output.start_segment();
        output.push("key ");
        let (segment, at) = (output.current_segment(), output.position());
        output.start_segment();
        output.push("a b");
        output.open_quote(segment, at);
        output.push("\"");
        assert_eq!(output.segments(), ["key \"", "a b\""]);
        output.start_segment();
        let (segment, at) = (output.current_segment(), output.position());
        output.push("c d");
        output.open_quote(segment, at);
        assert_eq!(output.segments(), ["key \"", "a b\"", "\"c d"]);
    }
}
