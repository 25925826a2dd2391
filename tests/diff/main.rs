//! What `panelgen diff` says is true: its patches make the new tree from the old in the hands of the real git and
//! patch, its exit codes and words are what pipelines hold on to, and no secret is in any form of it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests start the real programs on files of their own"
)]

mod applied;
mod codes;
mod drift;
mod forms;
mod impact;
mod lab;
mod secret;
