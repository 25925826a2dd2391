//! Fuzzes the manifests of bundles and fleets, and checks that no path leaves the bundle.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::manifests(bytes));
