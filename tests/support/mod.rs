//! What several tests use: directories, the program, its cases, and the external programs with a record of those that
//! are not here.
#![allow(dead_code, reason = "each test executable uses a part of it")]

pub(crate) mod bundles;
pub(crate) mod cases;
pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod fleet;
pub(crate) mod hostile_shapes;
pub(crate) mod skip;
pub(crate) mod terminal;
pub(crate) mod test_dir;
pub(crate) mod tools;
