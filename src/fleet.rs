//! A fleet: many hosts in one document, `defaults:` and `hosts:`, or one host a line.
//!
//! A host of a fleet is just [`Params`]: what the flags say, the defaults under it, its own layer on top. It is rendered as
//! a single host is, and nothing below here knows that there are others. What many hosts need beyond that is here:
//! the document is read as a [stream](Reader), who is in it stands in the [roll](Roll), a few bytes a host, and from the
//! roll follow the [papers](paper) that all hosts share. Work goes to a [crew] of threads and comes back in order.

pub mod crew;
mod glob;
mod inventory;
mod labels;
mod lines;
mod manifest;
pub mod paper;
mod reader;
mod roll;
mod stream;
mod tape;

pub use glob::Glob;
pub use inventory::groups;
pub use labels::Labels;
pub use manifest::{Former, Listed, PATH as MANIFEST};
pub use reader::Reader;
pub use roll::{Member, Roll};

use crate::params::tree::Said;
use crate::params::{Params, Source};

/// What the document says of one host, or of all: a map of parameters, and the text it stands in.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The map.
    pub said: Said,
    /// Its lines.
    pub source: Source,
}

impl Layer {
    /// Lays what is said here over what was said before.
    pub fn over(self, params: &mut Params) {
        params.lay(self.said, self.source);
    }
}
