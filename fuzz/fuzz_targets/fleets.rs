//! Fuzzes fleet files, as YAML and as JSON lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::fleets(bytes));
