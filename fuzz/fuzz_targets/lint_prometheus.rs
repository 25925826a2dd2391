//! Fuzzes the lints of Prometheus' configuration.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/var/lib/faasd/prometheus.yml",
    bytes
));
