//! panel.sh, the program that is the same on every host: what it does in a sandbox, and what shellcheck says.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test runs the program it speaks of")]

use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn panel_sh_keeps_its_claims_under_dash_and_bash() {
    let out = Command::new("sh").arg(format!("{ROOT}/tests/panel_sh/run")).output().unwrap();
    eprint!("{}", String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
}

#[test]
fn shellcheck_has_nothing_to_say() {
    // All the optional checks but those on taste (braces, default branches) and on `set -e`, whose limits are known.
    let options = ["--enable=all", "--exclude=SC2249,SC2250,SC2292,SC2310,SC2311,SC2312"];
    let stubs = std::fs::read_dir(format!("{ROOT}/tests/panel_sh/stub")).unwrap();
    let stubs = stubs.map(|entry| entry.unwrap().path().into_os_string());
    let program = vec![format!("{ROOT}/templates/panel.sh").into()];
    let harness = std::iter::once(format!("{ROOT}/tests/panel_sh/run").into()).chain(stubs).collect();
    for (files, options) in [(program, options.as_slice()), (harness, &[])] {
        let files: Vec<std::ffi::OsString> = files;
        let Ok(out) = Command::new("shellcheck").args(options).args(files).output() else {
            assert!(std::env::var_os("PANELGEN_REQUIRE_ALL").is_none(), "shellcheck is required and absent");
            eprintln!("SKIPPED: shellcheck is absent");
            return;
        };
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    }
}
