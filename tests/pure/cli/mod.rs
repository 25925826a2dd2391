//! The contract of the command line: exit codes, streams, layers, secrets, texts.

mod adopt;
mod color;
mod contract;
mod exit_codes;
mod help;
mod hints;
mod hostile;
mod input;
mod layers;
mod migrate;
mod secret;
mod set;
mod terminal;
