//! A fleet: many hosts in one document, as `defaults:` and `hosts:` or as one host per line.
//!
//! A host of a fleet is just a [`Config`]: the flags, the defaults, and the host's own entry on top. It is
//! rendered like a single host, and the modules below know of no others. This module adds what many hosts
//! need: the document is read as a [stream](Reader), the [`HostIndex`] keeps a few bytes per host, and the
//! [shared files](shared_files()) are written from the index. A [pool](ordered_map()) of threads does the
//! work and returns the results in order.

mod glob;
mod host_index;
mod host_record;
mod inventory;
mod jsonl;
mod labels;
mod line_buffer;
mod manifest;
mod reader;
mod shard;
mod shared_files;
mod yaml;

pub use glob::Glob;
pub use host_index::HostIndex;
pub use host_record::HostDirectory;
pub use labels::Labels;
pub use manifest::PreviousManifest;
pub use reader::Reader;
pub use shard::Shard;
pub use shared_files::{DIRECTORY, SharedFile, documents, shared_files};

use crate::config::value::{Spanned, Value};
use crate::config::yaml::with_snippet;
use crate::config::{Config, SourceText};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};

/// The entry of one host, or the defaults: a map of parameters, and its text in the document.
#[derive(Debug, Clone)]
pub struct HostEntry {
    /// The map.
    pub spanned: Spanned,
    /// Its lines.
    pub source: SourceText,
}

impl HostEntry {
    /// Removes `labels` from the entry so that only parameters remain. Returns the labels and their location,
    /// if present.
    pub fn labels(&mut self, diagnostics: &mut Diagnostics) -> (Labels, Option<Location>) {
        labels::take(self, diagnostics)
    }

    /// Merges the entry over the parameters. Reports an entry that is not a map.
    pub fn apply_to(self, config: &mut Config, diagnostics: &mut Diagnostics) {
        if matches!(self.spanned.value, Value::Map(_)) {
            return config.merge(self.spanned, self.source);
        }
        let message = format!("a host must be a map of parameters, found {}", self.spanned.value.type_name());
        let diagnostic = Diagnostic::new(Code::ValueType, message).with_location(self.spanned.location);
        let diagnostic = diagnostic
            .with_hint("write `- domain: panel.example.org`, and the host's own parameters below it");
        diagnostics.push(with_snippet(diagnostic, self.source.snippet()));
    }
}
