//! Patches of `panelgen diff` in git and patch, and its Markdown in another parser.

mod applied;
mod drift;
mod markdown;
