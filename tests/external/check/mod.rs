//! `panelgen check` with the external validators, and readers of what it prints.

mod examples;
mod fleet;
mod readers;
mod real_validators;
mod sandbox;
mod validators;
