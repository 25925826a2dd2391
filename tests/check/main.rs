//! `panelgen check`: faults made by hand are found, each by its code at its line; good bundles are clean.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::format_push_string,
    reason = "a test damages bundles, starts the program and the readers of what it prints"
)]

mod bundle;
mod corpus;
mod examples;
mod fleet;
mod forms;
mod programs;
mod sandbox;
mod stage;
