//! Fuzzes the lints of CNI's network list.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "root/etc/cni/net.d/10-openfaas.conflist",
    bytes
));
