//! The command line as strace, tar and a terminal see it.

mod purity;
mod streams;
mod terminal;
