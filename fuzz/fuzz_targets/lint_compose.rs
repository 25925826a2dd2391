//! Fuzzes the lints of the compose file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/var/lib/faasd/docker-compose.yaml",
    bytes
));
