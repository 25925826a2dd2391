//! `panelgen diff`: exit codes, formats, impact, and no secret in any of them.

mod codes;
mod impact;
mod output;
mod secret;
mod upgrade;
