//! Fuzzes the lints of the lock file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file("assets.lock", bytes));
