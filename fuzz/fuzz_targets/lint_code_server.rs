//! Fuzzes the lints of code-server's configuration.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/etc/code-server/config.yaml",
    bytes
));
