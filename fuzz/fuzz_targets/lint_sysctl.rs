//! Fuzzes the lints of files with one setting a line.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/etc/sysctl.d/90-panel-forwarding.conf",
    bytes
));
