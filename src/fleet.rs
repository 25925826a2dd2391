//! A fleet: many hosts in one document, `defaults:` and `hosts:`, or one host a line.
//!
//! A host of a fleet is just [`Params`]: what the flags say, the defaults under it, its own layer on top. It is rendered as
//! a single host is, and nothing below here knows that there are others. What many hosts need beyond that is here:
//! the document is read as a [stream](Reader), who is in it stands in the [roll](Roll), a few bytes a host, and from the
//! roll follow the [papers] that all hosts share. Work goes to a [crew] of threads and comes back in order.

mod glob;
mod host_index;
mod inventory;
mod jsonl;
mod labels;
mod line_buffer;
mod manifest;
mod reader;
mod shared_files;
pub mod worker_pool;
mod yaml;

pub use glob::Glob;
pub use host_index::{Member, Roll};
pub use inventory::groups;
pub use labels::Labels;
pub use manifest::{Former, Listed, PATH as MANIFEST};
pub use reader::Reader;
pub use shared_files::{DIRECTORY, Paper, papers};

use crate::config::value::{Said, Value};
use crate::config::yaml::excerpted;
use crate::config::{Params, Source};
use crate::diagnostics::{Code, Finding, Origin, Report};

/// What the document says of one host, or of all: a map of parameters, and the text it stands in.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The map.
    pub said: Said,
    /// Its lines.
    pub source: Source,
}

impl Layer {
    /// Takes the labels out of what a host says: everything that is left are parameters. Told is where they stand, if there are
    /// any.
    pub fn labels(&mut self, report: &mut Report) -> (Labels, Option<Origin>) {
        labels::take(self, report)
    }

    /// Lays what is said here over what was said before. What is no map of parameters is told of.
    pub fn over(self, params: &mut Params, report: &mut Report) {
        if matches!(self.said.value, Value::Map(_)) {
            return params.lay(self.said, self.source);
        }
        let message = format!("a host is a map of parameters, not {}", self.said.value.shape());
        let finding = Finding::new(Code::ValueType, message).at(self.said.origin);
        let finding =
            finding.hint("write `- domain: panel.example.org`, and below it what this host has of its own");
        report.push(excerpted(finding, self.source.excerpt()));
    }
}
