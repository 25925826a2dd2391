//! `panelgen` turns a handful of parameters into everything a single-host function platform with a web
//! IDE needs on disk: the nginx edge, ACME renewal, containerd, CNI, faasd, code-server, the pai panel.
//!
//! It is pure: same input, same bytes. Read the modules in this order; a module uses only those above it.

pub mod memo;

pub mod word;

pub mod report;

pub mod target;

pub mod release;

pub mod params;

pub mod panel;

pub mod artifact;

pub mod yaml;

pub mod component;

pub mod plan;

pub mod template;

pub mod content;

pub mod bundle;

pub mod draft;

pub mod manifest;

pub mod tree;

pub mod table;

pub mod installer;

pub mod ansible;

pub mod cloud_config;

pub mod render;

pub mod fleet;

pub mod explain;

pub mod prose;

pub mod init;

pub mod schema;

pub mod writer;

pub mod check;

pub mod diff;

pub mod archive;

pub mod disk;

pub mod judge;

pub mod cli;
