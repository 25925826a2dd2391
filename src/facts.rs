//! Facts with a source: what each target system ships, and what upstream published.

pub mod releases;
pub mod target;
