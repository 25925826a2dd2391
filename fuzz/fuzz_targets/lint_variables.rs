//! Fuzzes the comparison of Ansible's variables with the installer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| panelgen_fuzz::lint_file(
    "ansible/roles/panel/vars/main.yml",
    bytes
));
