//! Every file of every case as it is promised under `snapshots/`, byte for byte, and every refusal as it is told.
//!
//! `cargo bless` writes what is rendered now over what was promised; `git diff` then shows what an operator's
//! host would see change.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the folder it compares with, and writes what it rendered"
)]

mod case;
mod complete;
mod folder;
mod promised;
mod refused;
mod secret;
