//! YAML from types: every string comes back exactly, whoever reads it.

use serde::Serialize;

pub mod compose;

/// `value` as a YAML document of plain lines: no text is folded or split over lines, because people
/// compare these files line by line. A string is quoted only where one of the readers in use (YAML 1.1
/// or 1.2) would take it for something else.
pub fn to_string(value: &impl Serialize) -> Result<String, serde_yaml::ser::Error> {
    let options = serde_yaml::ser_options! { prefer_block_scalars: false };
    serde_yaml::to_string_with_options(value, options)
}
