//! Fuzzes the lints of user-data.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file("cloud-config.yaml", bytes));
