//! `panelgen`: see the library for everything.

use std::process::ExitCode;

fn main() -> ExitCode {
    panelgen::cli::main()
}
