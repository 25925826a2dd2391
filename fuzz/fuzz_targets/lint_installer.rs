//! Fuzzes the lints of the installer and its tables.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file("panel.sh", bytes));
