//! panel.sh, the program that is the same on every host: its behavior in a sandbox, its parts, and shellcheck.

use std::path::PathBuf;
use std::process::Command;

use panelgen::internals::components::COMPONENTS;
use panelgen::internals::delivery::cloud_config;
use panelgen::internals::delivery::installer::{PROGRAM, install_only, parts, user_data};
use panelgen::internals::facts::target::PackageManager;

use crate::support::skip::skip;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A file with the complete program.
fn program() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("panel.sh");
    std::fs::write(&path, PROGRAM).unwrap();
    path
}

/// Runs claims with a program.
fn keeps(name: &str, program: &str, claims: &[&str]) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, program).unwrap();
    let out = Command::new("sh")
        .arg(format!("{ROOT}/tests/panel_sh/run"))
        .args(claims)
        .env("PANEL_SH", path)
        .output()
        .unwrap();
    eprint!("{}", String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
}

#[test]
fn panel_sh_keeps_its_claims_under_dash_and_bash() {
    keeps("claims.sh", PROGRAM, &[]);
}

#[test]
fn compact_program_installs_and_repairs() {
    let claims = [
        "install_puts_everything",
        "second_install",
        "nginx_is_reloaded_only",
        "hand_edited_file",
        "assets_replaces",
    ];
    keeps("compact.sh", &cloud_config::install_only("", PackageManager::Apt), &claims);
}

#[test]
fn program_in_user_data_installs_reports_and_uninstalls_and_names_the_delivery_that_has_fetch() {
    let [head, tail] = cloud_config::program(PackageManager::Apt);
    let data = parts().into_iter().find(|part| part.name == "host-data").unwrap().text;
    let program = [head, data, tail].concat();
    let claims = [
        "install_puts_everything",
        "second_install",
        "preflight",
        "status",
        "uninstall",
        "purge",
        "assets_replaces",
    ];
    keeps("user-data.sh", &program, &claims);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("user-data.sh");
    let out = Command::new("sh").arg(path).args(["fetch", "assets"]).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    let message = String::from_utf8_lossy(&out.stderr);
    assert!(
        message.contains("user-data, which does not include fetch; run `sh panel.sh fetch`"),
        "{message}"
    );
}

#[test]
fn fetch_gets_every_download_and_image_from_a_mirror_and_a_registry() {
    let out = Command::new("python3")
        .arg(format!("{ROOT}/tests/panel_sh/fetch"))
        .arg(program())
        .output()
        .expect("python3 is part of every target's base system");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.stdout, b"ok\n");
}

#[test]
fn single_parts_work_when_sourced_under_dash_and_bash() {
    for shell in ["dash", "bash"] {
        let Ok(out) = Command::new(shell).arg(format!("{ROOT}/tests/panel_sh/parts")).output() else {
            assert!(
                std::env::var_os("PANELGEN_REQUIRE_ALL").is_none(),
                "{shell} is required and not available"
            );
            eprintln!("SKIPPED: {shell} is not available");
            continue;
        };
        assert!(out.status.success(), "{shell}: {}", String::from_utf8_lossy(&out.stdout));
    }
}

/// The parts whose subject is a program that is also a component; everywhere else names come from the plan.
const SUBJECTS: &[(&str, &[&str])] = &[
    ("70-nginx.sh", &["nginx"]),
    // The annotation that containerd reads an image's name from.
    ("88-fetch.sh", &["containerd"]),
    ("91-undo-edge.sh", &["nginx", "certbot"]),
    ("93-undo-networks.sh", &["cni"]),
    // Sites of others, and policies that restrict the web server.
    ("78-preflight-tenants.sh", &["nginx"]),
    ("71-nginx-rollback.sh", &["nginx"]),
    ("73-lineage.sh", &["nginx"]),
];

#[test]
fn generic_parts_name_no_component() {
    for entry in std::fs::read_dir(format!("{ROOT}/templates/panel.sh.d")).unwrap() {
        let entry = entry.unwrap();
        let file = entry.file_name().into_string().unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let subjects = SUBJECTS.iter().find(|(part, _)| *part == file).map_or(&[][..], |(_, names)| names);
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            let mut words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            let named = words.find(|word| COMPONENTS.iter().any(|component| component.name == *word));
            assert!(named.is_none_or(|name| subjects.contains(&name)), "{file}: {line}");
        }
    }
}

#[test]
fn every_part_is_in_the_program_or_in_user_data() {
    let managers = [PackageManager::Apt, PackageManager::Dnf];
    let other =
        managers.map(|manager| [install_only(manager).concat(), user_data(manager).concat()].concat());
    for entry in std::fs::read_dir(format!("{ROOT}/templates/panel.sh.d")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(PROGRAM.contains(&text) || other.concat().contains(&text), "{} is not used", path.display());
    }
}

#[test]
fn shellcheck_has_nothing_to_say() {
    // All the optional checks but those on taste (braces, default branches) and on `set -e`, whose limits are known.
    let options = ["--enable=all", "--exclude=SC2249,SC2250,SC2292,SC2310,SC2311,SC2312"];
    let stubs = std::fs::read_dir(format!("{ROOT}/tests/panel_sh/stub")).unwrap();
    let stubs = stubs.map(|entry| entry.unwrap().path().into_os_string());
    let program = vec![program().into()];
    let harness = ["run", "parts"].map(|name| format!("{ROOT}/tests/panel_sh/{name}").into());
    let harness = harness.into_iter().chain(stubs).collect();
    for (files, options) in [(program, options.as_slice()), (harness, &[])] {
        let files: Vec<std::ffi::OsString> = files;
        let Ok(out) = Command::new("shellcheck").args(options).args(files).output() else {
            skip("shellcheck is not installed");
            return;
        };
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    }
}
