//! A fleet: many hosts in one document, `defaults:` and `hosts:`, or one host a line.
//!
//! A host of a fleet is just [`Params`]: what the flags say, the defaults under it, its own layer on top. It is rendered as
//! a single host is, and nothing below here knows that there are others. What many hosts need beyond that is here:
//! the document is read as a [stream](Reader), who is in it stands in the [roll](Roll), a few bytes a host, and from the
//! roll follow the [papers] that all hosts share. Work goes to a [crew] of threads and comes back in order.

mod glob;
mod host_index;
mod host_record;
mod inventory;
mod jsonl;
mod labels;
mod line_buffer;
mod manifest;
mod reader;
mod shared_files;
mod yaml;

pub use glob::Glob;
pub use host_index::HostIndex;
pub use host_record::HostDirectory;
pub use labels::Labels;
pub use manifest::PreviousManifest;
pub use reader::Reader;
pub use shared_files::{DIRECTORY, SharedFile, shared_files};

use crate::config::value::{Spanned, Value};
use crate::config::yaml::with_snippet;
use crate::config::{Config, SourceText};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};

/// What the document says of one host, or of all: a map of parameters, and the text it stands in.
#[derive(Debug, Clone)]
pub struct HostEntry {
    /// The map.
    pub spanned: Spanned,
    /// Its lines.
    pub source: SourceText,
}

impl HostEntry {
    /// Takes the labels out of what a host says: everything that is left are parameters. Told is where they stand, if there are
    /// any.
    pub fn labels(&mut self, diagnostics: &mut Diagnostics) -> (Labels, Option<Location>) {
        labels::take(self, diagnostics)
    }

    /// Lays what is said here over what was said before. What is no map of parameters is told of.
    pub fn apply_to(self, config: &mut Config, diagnostics: &mut Diagnostics) {
        if matches!(self.spanned.value, Value::Map(_)) {
            return config.merge(self.spanned, self.source);
        }
        let message = format!("a host is a map of parameters, not {}", self.spanned.value.type_name());
        let finding = Diagnostic::new(Code::ValueType, message).with_location(self.spanned.location);
        let finding = finding
            .with_hint("write `- domain: panel.example.org`, and below it what this host has of its own");
        diagnostics.push(with_snippet(finding, self.source.snippet()));
    }
}
