//! Differences between two sides, and the actions that an operator has to take. *Old* is what exists (a
//! bundle or the root of a host), *new* is what would be rendered: a `+` line is what applying adds.
//!
//! Two sides are compared path by path ([`compare`]), the [`impact`] of the changes is derived, and the
//! result is written as [`text`] (a patch for `git apply` and `patch -p1`), [`stat`], [`json`] or
//! [`markdown`].
//!
//! `MANIFEST.json` follows from the other files, but is compared like them: two bundles that differ only
//! there differ, and a patch without it would create a bundle that contradicts its manifest. It is the last
//! file of the patch.
//!
//! A file that is a secret on either side is never shown, only that it differs. The same holds for files that
//! contain such a secret or its checksum.

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
