//! Fuzzes parameter files: YAML, the schema, the resolution and rendering.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::parameters(bytes));
