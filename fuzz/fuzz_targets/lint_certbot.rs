//! Fuzzes the lints of a unit that runs certbot, and the allow-list of its options.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/etc/systemd/system/certbot-issue.service",
    bytes
));
