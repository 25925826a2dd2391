//! A text of which every host of a model has the same but for some words: written once, with gaps, and filled in for
//! each host.

use std::sync::Arc;

use crate::bundle::chunked::{ChunkedBuilder, ChunkedBytes, INLINE_LIMIT};
use crate::bundle::{Entry, hex};
use crate::host::Host;

/// What one host has of its own.
#[derive(Debug, Clone, Copy)]
pub struct HostContext<'a> {
    /// What names it.
    pub host: &'a Host,
    /// Those of its files that are not the same on every host of its model, in the order of their paths.
    pub files: &'a [Entry],
    /// The installer's block of data.
    pub data: &'a str,
    /// The sum of its parameters, as everybody writes it.
    pub parameters: &'a str,
}

impl HostContext<'_> {
    /// The sum of the content of a file of its own, as everybody writes it.
    pub fn checksum(&self, number: usize) -> String {
        self.files[number].sha256().as_ref().map(hex).unwrap_or_default()
    }

    /// The address of a path of its site.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host.domain())
    }
}

/// Writes what stands in a gap.
pub type Renderer = Box<dyn Fn(&mut ChunkedBuilder, &HostContext<'_>)>;

enum TemplateSegment {
    Constant(&'static str),
    Static(Arc<String>),
    PerHost(Renderer),
}

impl TemplateSegment {
    /// How many bytes it may add to those that are copied; none where it is only named.
    fn size_hint(&self) -> Option<usize> {
        let length = match self {
            Self::Constant(text) => text.len(),
            Self::Static(text) => text.len(),
            Self::PerHost(_) => 128,
        };
        (length < INLINE_LIMIT).then_some(length)
    }
}

/// The text, with its gaps.
#[derive(Default)]
pub struct TextTemplate {
    pieces: Vec<TemplateSegment>,
}

impl TextTemplate {
    /// Adds what is the same on every host.
    pub fn push_static(&mut self, write: impl FnOnce(&mut String)) {
        if let Some(TemplateSegment::Static(text)) = self.pieces.last_mut() {
            return write(Arc::make_mut(text));
        }
        let mut text = String::new();
        write(&mut text);
        self.pieces.push(TemplateSegment::Static(Arc::new(text)));
    }

    /// Adds a text that is a part of the program.
    pub fn push_const(&mut self, text: &'static str) {
        self.pieces.push(TemplateSegment::Constant(text));
    }

    /// Adds what each host has of its own.
    pub fn push_per_host(&mut self, write: impl Fn(&mut ChunkedBuilder, &HostContext<'_>) + 'static) {
        self.pieces.push(TemplateSegment::PerHost(Box::new(write)));
    }

    /// Adds the text with a gap in place of the first of each stand-in, which stands for what `write` writes.
    pub fn replace_placeholders(&mut self, text: &str, mut gaps: Vec<(String, Renderer)>) {
        gaps.sort_by_cached_key(|(stand_in, _)| text.find(stand_in));
        let mut rest = text;
        for (stand_in, write) in gaps {
            let (before, after) = rest.split_once(&stand_in).expect("each stand-in is in the text");
            self.push_static(|text| text.push_str(before));
            self.pieces.push(TemplateSegment::PerHost(write));
            rest = after;
        }
        self.push_static(|text| text.push_str(rest));
    }

    /// The text of one host.
    pub fn render(&self, host: &HostContext<'_>) -> ChunkedBytes {
        let mut text = ChunkedBuilder::default();
        for (at, piece) in self.pieces.iter().enumerate() {
            if text.is_empty() {
                text.reserve(self.pieces[at..].iter().map_while(TemplateSegment::size_hint).sum());
            }
            match piece {
                TemplateSegment::Constant(constant) => text.push_const(constant),
                TemplateSegment::Static(same) => text.push_shared(same),
                TemplateSegment::PerHost(write) => write(&mut text, host),
            }
        }
        text.into()
    }
}
