//! The shapes in which a bundle travels. A writer returns bytes and opens nothing.

pub mod json;
pub mod sh;
pub mod tar;
pub mod targz;
pub mod text;
