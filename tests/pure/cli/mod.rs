//! The contract of the command line: exit codes, streams, layers, secrets, texts.

mod contract;
mod help;
mod hostile;
mod layers;
mod secret;
