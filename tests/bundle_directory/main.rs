//! A bundle in its directory: always whole, never touching what is not ours.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test looks at the disk from outside, with the standard library's own eyes"
)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops where it cannot go on")]

mod full;
mod kept;
mod killed;
mod random;
mod refused;
mod scratch;
mod together;
mod victim;
mod written;
