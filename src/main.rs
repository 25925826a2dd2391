//! `panelgen`: see the library for everything.

use std::process::ExitCode;

// musl's allocator maps and unmaps memory for every larger text.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    panelgen::cli::main()
}
