//! The contract with whoever runs the program: exit codes, streams, layers, secrets, purity, words.
//!
//! Prose (help, reports, tables) is kept by insta; `cargo bless` takes what is said now.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test runs the program in a directory of its own and looks at what it left there, and says aloud what it skips"
)]

mod contract;
mod hints;
mod hostile;
mod layers;
mod prose;
mod purity;
mod secret;
mod stage;
mod streams;
