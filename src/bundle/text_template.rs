//! A text that is the same for all hosts of a plan except for some parts. It is built once with placeholders
//! and rendered for each host.

use std::sync::Arc;

use crate::bundle::chunked::{ChunkedBuilder, ChunkedBytes, INLINE_LIMIT};
use crate::bundle::{Entry, hex};
use crate::host::Host;

/// The values of one host.
#[derive(Debug, Clone, Copy)]
pub struct HostContext<'a> {
    /// The resolved host.
    pub host: &'a Host,
    /// The files that differ between hosts, in path order.
    pub files: &'a [Entry],
    /// The installer's data block.
    pub data: &'a str,
    /// The checksum of the parameters, in hexadecimal.
    pub parameters: &'a str,
}

impl HostContext<'_> {
    /// The checksum of the content of one of `files`, in hexadecimal.
    pub fn checksum(&self, number: usize) -> String {
        self.files[number].sha256().as_ref().map(hex).unwrap_or_default()
    }

    /// The URL of a path of the host's site.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host.domain())
    }
}

/// Writes the text of a placeholder for one host.
pub type Renderer = Box<dyn Fn(&mut ChunkedBuilder, &HostContext<'_>)>;

enum TemplateSegment {
    Constant(&'static str),
    Static(Arc<String>),
    PerHost(Renderer),
}

impl TemplateSegment {
    /// How many bytes it adds to the copied text, if known. A shared text adds none.
    fn size_hint(&self) -> Option<usize> {
        let length = match self {
            Self::Constant(text) => text.len(),
            Self::Static(text) => text.len(),
            Self::PerHost(_) => 128,
        };
        (length < INLINE_LIMIT).then_some(length)
    }
}

/// A text with placeholders.
#[derive(Default)]
pub struct TextTemplate {
    pieces: Vec<TemplateSegment>,
}

impl TextTemplate {
    /// Appends text that is the same on every host.
    pub fn push_static(&mut self, write: impl FnOnce(&mut String)) {
        if let Some(TemplateSegment::Static(text)) = self.pieces.last_mut() {
            return write(Arc::make_mut(text));
        }
        let mut text = String::new();
        write(&mut text);
        self.pieces.push(TemplateSegment::Static(Arc::new(text)));
    }

    /// Appends a text compiled into the program.
    pub fn push_const(&mut self, text: &'static str) {
        self.pieces.push(TemplateSegment::Constant(text));
    }

    /// Appends text that differs between hosts.
    pub fn push_per_host(&mut self, write: impl Fn(&mut ChunkedBuilder, &HostContext<'_>) + 'static) {
        self.pieces.push(TemplateSegment::PerHost(Box::new(write)));
    }

    /// Appends `text`, with the first occurrence of each placeholder replaced by what its renderer writes.
    pub fn replace_placeholders(&mut self, text: &str, mut placeholders: Vec<(String, Renderer)>) {
        placeholders.sort_by_cached_key(|(placeholder, _)| text.find(placeholder));
        let mut rest = text;
        for (placeholder, write) in placeholders {
            let (before, after) = rest.split_once(&placeholder).expect("each placeholder is in the text");
            self.push_static(|text| text.push_str(before));
            self.pieces.push(TemplateSegment::PerHost(write));
            rest = after;
        }
        self.push_static(|text| text.push_str(rest));
    }

    /// Renders the text for one host.
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
