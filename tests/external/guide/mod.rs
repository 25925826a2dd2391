//! The schema, completions and manual pages in the programs that they are for.

mod editor;
mod schema;
mod shell;
