//! Fuzzes nginx's lexer, the lints of servers and the allow-list of directives.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/etc/nginx/conf.d/default.conf",
    bytes
));
