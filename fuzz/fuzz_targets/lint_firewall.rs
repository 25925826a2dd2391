//! Fuzzes the lints of nftables rules.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file("root/etc/nftables.d/panel.nft", bytes));
