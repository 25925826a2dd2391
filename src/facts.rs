//! Facts with a source: what each target system ships, and what upstream publishes.

pub mod clouds;
pub mod releases;
pub mod target;
