//! Facts about programs and systems: data with its source and the date on which it was read.

use serde::de::DeserializeOwned;

pub mod clouds;
pub mod releases;
pub mod source;
pub mod target;
pub mod upstream;

/// Reads a file of facts. It is YAML in the style of JSON, so that `serde_json` reads it without its lines of comments:
/// that takes a sixteenth of the instructions of a YAML parser, in every process.
fn read<T: DeserializeOwned>(text: &str) -> T {
    let data: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    serde_json::from_str(&data).expect("the files of facts are valid, as a test proves")
}
