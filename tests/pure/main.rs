//! The tests that need no external program: they take seconds.
#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test starts programs in directories of its own, looks at what they left, and says aloud what it skips"
)]

#[path = "../support/mod.rs"]
mod support;

mod age;
mod architecture;
mod archives;
mod bundle_formats;
mod check;
mod cli;
mod diff;
mod documents;
mod fleet;
mod golden;
mod graph;
mod guide;
mod hostile_bundles;
mod html;
mod messages;
mod mutated_inputs;
mod readme;
mod recorded_parameters;
mod released;
mod stdio;
mod template_language;
mod templates;
mod vocabulary;
