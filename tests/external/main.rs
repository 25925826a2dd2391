//! The tests that start external programs, the ones that read our files on a host: they take minutes.
//!
//! A program that is not here, or a user that is not root, is a loud skip; where `PANELGEN_REQUIRE_ALL=1`, it is a failure.
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

mod ansible;
mod bundle_directory;
mod check;
mod cli;
mod diff;
mod escaping;
mod examples;
mod facts;
mod fleet;
mod guide;
mod host_tools;
mod panel_sh;
