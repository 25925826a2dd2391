//! The real programs at work with what we render: every snapshot case and every target with every panel, the files
//! unmodified, each in a private root that is gone afterwards. Whether nginx, systemd, the shell and the others take
//! the files at all is what `panelgen check` asks, and `tests/check` has it ask for all of these; here is what only a
//! test does: requests, packets and networks, other readers, other versions, hostile values.
//!
//! A warning is a failure: on a host nobody reads the second line of `nginx -t`. A missing program, or a
//! user that is not root, is a loud skip on a laptop and a failure where `PANELGEN_REQUIRE_ALL=1`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests start the real programs on files of their own"
)]
#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a host's file names are case-sensitive"
)]

mod case;
mod cni;
mod edge;
mod firewall;
mod gixy;
mod nginx;
mod program;
mod reader;
mod room;
mod shell;
mod skeleton;
mod structure;
mod user_data;
