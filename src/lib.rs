//! `panelgen` turns a handful of parameters into everything a single-host function platform with a web
//! IDE needs on disk: the nginx edge, ACME renewal, containerd, CNI, faasd, code-server, the pai panel.
//!
//! It is pure: same input, same bytes. Read the modules in this order; a module uses only those above it.

pub mod cache;

pub mod values;

pub mod syntax;

pub mod diagnostics;

pub mod facts;

pub mod config;

pub mod host;

pub mod template;

pub mod components;

pub mod plan;

pub mod bundle;

pub mod delivery;

pub mod render;

pub mod fleet;

pub mod inspect;

pub mod fs;

pub mod validators;

pub mod cli;
