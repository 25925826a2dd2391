//! Questions about a bundle: lint finds its faults, diff compares it with what is there, explain names the
//! parameters behind each line.

pub mod adopt;
pub mod age;
pub mod diff;
pub mod explain;
pub mod html;
pub mod lint;
pub mod picture;
pub mod summary;
