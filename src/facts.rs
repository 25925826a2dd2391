//! Facts with a source: what each target system ships, and what upstream publishes.

pub mod releases;
pub mod target;
