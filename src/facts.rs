//! Facts about programs and systems: data with its source and the date on which it was read.

pub mod clouds;
pub mod releases;
pub mod source;
pub mod target;
pub mod upstream;
