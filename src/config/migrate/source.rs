//! The positions of keys and values in the text of a document.

use std::ops::Range;

use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput, StructureStyle};

/// A value in the text.
#[derive(Debug)]
pub(super) struct Node {
    /// Its bytes, without a tag or an anchor. Those of an empty value are none.
    pub(super) range: Range<usize>,
    pub(super) kind: NodeKind,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    /// A text on its lines.
    Scalar { text: String, plain: bool },
    /// A text in a block of its own: the range does not have its header.
    BlockScalar { text: String },
    /// A reference to a value elsewhere.
    Alias,
    /// A list.
    List { items: Vec<Node> },
    /// A map: in braces, or in lines.
    Map { in_braces: bool, entries: Vec<KeyNode> },
}

/// An entry of a map.
#[derive(Debug)]
pub(super) struct KeyNode {
    pub(super) name: String,
    pub(super) key: Range<usize>,
    /// The end of its value, or that of its colon.
    pub(super) end: usize,
    pub(super) value: Node,
}

/// Reads a document that was read without errors before.
pub(super) fn read(text: &str) -> Option<Node> {
    let mut options = Options::default();
    options.emit_comments = false;
    let mut source = Source { text, parser: Parser::with_options(StrInput::new(text), options) };
    loop {
        match source.next()? {
            (Event::StreamStart | Event::DocumentStart(..), _) => {}
            (event, range) => return source.node(event, range),
        }
    }
}

struct Source<'a> {
    text: &'a str,
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> Source<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Range<usize>)> {
        loop {
            let (event, span): (_, Span) = self.parser.next_event()?.ok()?;
            if !matches!(event, Event::Comment(..)) {
                return Some((event, span.byte_range()?));
            }
        }
    }

    fn node(&mut self, event: Event<'a>, range: Range<usize>) -> Option<Node> {
        let (kind, range) = match event {
            Event::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                let end = range.start + self.text.get(range.clone())?.trim_end_matches(['\n', '\r']).len();
                (NodeKind::BlockScalar { text: text.into_owned() }, range.start..end)
            }
            Event::Scalar(text, style, ..) => {
                (NodeKind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }, range)
            }
            Event::Alias(_) => (NodeKind::Alias, range),
            Event::SequenceStart(style, ..) => {
                let (mut items, mut end) = (Vec::new(), range.end);
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, at) => {
                            end = if style == StructureStyle::Flow { at.end } else { end };
                            break (NodeKind::List { items }, range.start..end);
                        }
                        (event, range) => {
                            let item = self.node(event, range)?;
                            end = item.range.end.max(end);
                            items.push(item);
                        }
                    }
                }
            }
            Event::MappingStart(style, ..) => self.map(style == StructureStyle::Flow, range)?,
            _ => return None,
        };
        Some(Node { range, kind })
    }

    fn map(&mut self, in_braces: bool, range: Range<usize>) -> Option<(NodeKind, Range<usize>)> {
        let (mut entries, mut end) = (Vec::new(), range.end);
        loop {
            let (name, key) = match self.next()? {
                (Event::MappingEnd, at) => {
                    end = if in_braces { at.end } else { end };
                    return Some((NodeKind::Map { in_braces, entries }, range.start..end));
                }
                (Event::Scalar(text, ..), key) => (text.into_owned(), key),
                _ => return None,
            };
            let (event, at) = self.next()?;
            let value = self.node(event, at)?;
            end = value.range.end;
            if value.range.is_empty() && !matches!(value.kind, NodeKind::Map { .. } | NodeKind::List { .. }) {
                let rest = &self.text[key.end..];
                let colon = rest.trim_start_matches([' ', '\t']);
                end = key.end + (rest.len() - colon.len()) + usize::from(colon.starts_with(':'));
            }
            entries.push(KeyNode { name, key, end, value });
        }
    }
}
