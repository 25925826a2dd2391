//! Fuzzes all lints with a tar archive, so that files that contradict each other occur too.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_archive(bytes));
