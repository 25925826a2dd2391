//! A rendered file, and the template lines and expressions that each of its lines comes from.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

/// A rendered file.
#[derive(Debug, Clone)]
pub struct RenderedTemplate {
    /// The file's text.
    pub text: String,
    pub(super) name: String,
    pub(super) source: Cow<'static, str>,
    pub(super) traces: Vec<SourceSpan>,
}

/// A span of the text: it ends at `end` and comes from `source` in the template.
#[derive(Debug, Clone)]
pub(super) struct SourceSpan {
    pub(super) end: usize,
    pub(super) source: Range<usize>,
    pub(super) is_expr: bool,
}

/// Where a line of a rendered file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// The template's path under `templates/`.
    pub template: &'a str,
    /// The template's lines, from 1.
    pub lines: RangeInclusive<usize>,
    /// The expressions with values on the line, as the template writes them: `route.path`.
    pub expressions: Vec<&'a str>,
}

impl RenderedTemplate {
    /// Where each line of the text comes from, in order.
    pub fn lines(&self) -> Vec<Provenance<'_>> {
        let (text, source) = (line_ends(&self.text), line_ends(&self.source));
        let mut lines = Vec::new();
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            lines.push(self.line(start..start + line.len(), &text, &source));
            start += line.len();
        }
        lines
    }

    fn line(&self, range: Range<usize>, text_ends: &[usize], source_ends: &[usize]) -> Provenance<'_> {
        let source_line = |offset| 1 + newlines_before(source_ends, offset);
        let first = self.traces.partition_point(|trace| trace.end <= range.start);
        let mut span: Option<(usize, usize)> = None;
        let mut expressions = Vec::new();
        for (at, trace) in self.traces.iter().enumerate().skip(first) {
            let begin = at.checked_sub(1).map_or(0, |before| self.traces[before].end);
            if begin >= range.end {
                break;
            }
            let here = if trace.is_expr {
                expressions.push(&self.source[trace.source.clone()]);
                source_line(trace.source.start)..=source_line(trace.source.end)
            } else {
                // A span of template text may only have gained quotes, which are on its own lines.
                let start = range.start.max(begin);
                let before = newlines_before(text_ends, start) - newlines_before(text_ends, begin);
                let line = source_line(trace.source.start) + before;
                line..=line
            };
            span = Some(match span {
                None => here.into_inner(),
                Some((low, high)) => (low.min(*here.start()), high.max(*here.end())),
            });
        }
        let (low, high) = span.unwrap_or((1, 1));
        Provenance { template: &self.name, lines: low..=high, expressions }
    }
}

/// The offset behind each newline of a text.
fn line_ends(text: &str) -> Vec<usize> {
    text.match_indices('\n').map(|(at, _)| at + 1).collect()
}

/// The number of newlines before an offset.
fn newlines_before(line_ends: &[usize], offset: usize) -> usize {
    line_ends.partition_point(|end| *end <= offset)
}
