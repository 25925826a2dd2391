//! Fuzzes the lexer and the lints of shell scripts.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/usr/local/libexec/panel/hook",
    bytes
));
