//! Fuzzes the lexer and the lints of systemd units.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/etc/systemd/system/faasd.service",
    bytes
));
