//! `panelgen check` finds each fault at its line; good bundles are clean.

mod machines;
mod mutations;
mod report;
