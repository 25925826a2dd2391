//! The real programs at work with what we render: every snapshot case and every target with every panel, the files
//! unmodified, each in a private root that is gone afterwards. Whether nginx, systemd, the shell and the others take
//! the files at all is what `panelgen check` asks, and `tests/check` has it ask for all of these; here is what only a
//! test does: requests, packets and networks, other readers, other versions, hostile values.
//!
//! A warning is a failure: on a host nobody reads the second line of `nginx -t`. A missing program, or a
//! user that is not root, is a loud skip on a laptop and a failure where `PANELGEN_REQUIRE_ALL=1`.

mod case;
mod cni;
mod edge;
mod firewall;
mod gixy;
mod injection;
mod nginx;
mod private_root;
mod reader;
mod shell;
mod structure;
mod user_data;
