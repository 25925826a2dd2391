//! The schema, completions and manual pages in the programs that they are for.

mod schema;
mod shell;
