//! What differs between two sides, and what an operator must do about it. *Old* is what is there (a bundle, a
//! host's root), *new* is what would be rendered: a `+` line is what applying would bring.
//!
//! Two sides are compared path by path ([`compare`]), the changes are read for their [`impact`], and one of the
//! forms writes them down: [`text`] (a patch for `git apply` and `patch -p1`), [`stat`], [`json`], [`markdown`].
//!
//! `MANIFEST.json` follows from everything else, but it is a file like any other: two bundles that differ in it
//! alone differ, and a patch without it would make a bundle that disagrees with its own manifest. So it is in the
//! patch, as the last file, where it disturbs nobody's reading.
//!
//! A file that is a secret on either side is never shown, only that it differs; nor is any other file that holds
//! such a secret or its sum.

pub mod action;
pub mod comparison;
pub mod dependents;
pub mod drift;
pub mod fleet;
pub mod hunk;
pub mod impact;
pub mod json;
pub mod lock;
pub mod markdown;
pub mod patch;
pub mod path_quoting;
pub mod printer;
mod secret;
pub mod side;
pub mod stat;
pub mod text;

pub use comparison::{Comparison, FileChange, compare};
