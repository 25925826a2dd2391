//! `panelgen check` finds each fault at its line; good bundles are clean.

mod mutations;
mod report;
