//! What panelgen tells about itself: explanations, the commented panel.yaml, the schema, completions, manual pages.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test reads files and starts programs"
)]

mod explain;
mod init;
mod program;
mod schema;
mod shell;
