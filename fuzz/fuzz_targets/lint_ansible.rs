//! Fuzzes the lints of Ansible tasks and the allow-list of filters and lookups.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "ansible/roles/panel/tasks/main.yml",
    bytes
));
