//! Fuzzes tar archives, plain and gzipped, and checks the limit of the unpacked size.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::archives(bytes));
