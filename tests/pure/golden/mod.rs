//! Every file of every case as `snapshots/` has it, byte for byte, and every rejection as it is reported.
//!
//! `cargo update-snapshots` writes what is rendered now; `git diff snapshots` then shows what would change on an operator's
//! host. A case of each panel type is in full; every other one is what differs from it (`delta.rs`), and what repeats in all
//! of them is written once (`redaction.rs`).

mod case;
mod coverage;
mod delta;
mod file_tree;
mod redaction;
mod rejected;
mod secret;
mod trees;
