//! Fuzzes the lints of texts: host names, encoding and secrets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file("README.md", bytes));
