//! Hints for common first mistakes: each names the exact flag, key or value to use.

use serde_json::Value;

use crate::support::test_dir::{Run, TestDir};

/// Runs `panelgen render -d panel.example.org` with more arguments, which are rejected.
fn rejected(stage: &TestDir, args: &[&str]) -> Run {
    let ran = stage.run(&[&["render", "-d", "panel.example.org"], args].concat());
    assert_eq!(ran.exit, Some(2), "{args:?}: {}", ran.stderr);
    ran
}

#[track_caller]
fn assert_hint(ran: &Run, hint: &str) {
    let expected = format!("hint: {hint}\n");
    assert!(ran.stderr.contains(&expected), "{expected} is missing in\n{}", ran.stderr);
}

#[test]
fn target_passed_as_panel_type_suggests_target() {
    let stage = TestDir::with("panel.yaml", "panel: debian-12\n");
    assert_hint(&rejected(&stage, &["-t", "debian-12"]), "did you mean `--target debian-12`?");
    assert_hint(&rejected(&stage, &["--set", "panel=rhel-9"]), "did you mean `--set target=rhel-9`?");
    assert_hint(&rejected(&stage, &["-f", "panel.yaml"]), "did you mean `target: debian-12`?");
}

#[test]
fn beginning_of_target_suggests_every_match() {
    let stage = TestDir::new();
    let hint = "did you mean `debian-11`, `debian-12` or `debian-13`?";
    assert_hint(&rejected(&stage, &["--target", "debian"]), hint);
    let written = stage.run(&["render", "-d", "panel.example.org", "-t", "none", "-o", "bundle/"]);
    assert_eq!(written.exit, Some(0), "{}", written.stderr);
    let check = stage.run(&["check", "--no-programs", "--target", "debian", "bundle/"]);
    assert_eq!(check.exit, Some(2));
    assert_hint(&check, hint);
}

#[test]
fn misspelt_unit_type_suggests_the_type() {
    let stage =
        TestDir::with("panel.yaml", "overrides: {units: {faasd.servce: {Service: {MemoryMax: 1G}}}}\n");
    assert_hint(&rejected(&stage, &["-f", "panel.yaml"]), "write `faasd.service`");
}

#[test]
fn route_conflict_names_both_parameters() {
    let stage =
        TestDir::with("panel.yaml", "routes: [{path: /codeserver/, upstream: \"http://127.0.0.1:3001\"}]\n");
    let ran = rejected(&stage, &["-f", "panel.yaml"]);
    let message = "path `/codeserver/` is claimed by both `code-server` (`code_server.path`) and `routes`";
    assert!(ran.stderr.contains(message), "{}", ran.stderr);
    assert!(!ran.stderr.contains("`nginx`"), "{}", ran.stderr);
}

#[test]
fn switching_off_a_map_suggests_the_right_key() {
    let stage = TestDir::with("ide.yaml", "code_server: false\n");
    stage.put("hsts.yaml", "tls: {hsts: {enabled: false}}\n");
    assert_hint(&rejected(&stage, &["-f", "ide.yaml"]), "write `code_server: {enabled: false}`");
    assert_hint(&rejected(&stage, &["--set", "code_server=false"]), "use `--set code_server.enabled=false`");
    assert_hint(&rejected(&stage, &["-f", "hsts.yaml"]), "write `hsts: false` to switch it off");
    assert_hint(
        &rejected(&stage, &["--set", "tls.hsts.enabled=false"]),
        "use `--set tls.hsts=false` to switch it off",
    );
}

#[test]
fn fleet_file_passed_as_parameters_file_is_one_error() {
    let stage = TestDir::with("fleet.yaml", "defaults: {panel: none}\nhosts:\n  - domain: a.example.org\n");
    let ran = stage.run(&["render", "-f", "fleet.yaml", "-o", "bundle/"]);
    assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["key-unknown"]), "{}", ran.stderr);
    assert_hint(&ran, "use `--fleet fleet.yaml` instead of `-f fleet.yaml`");
}

#[test]
fn explain_describes_a_parameter_and_the_files_that_it_changes() {
    let stage = TestDir::new();
    let ran = stage.run(&["explain", "faasd.gateway_port"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    for part in [
        "faasd.gateway_port\n",
        "type     a port",
        "default  8080\n",
        "example  faasd: {gateway_port: 8080}\n",
        "Files that it changes:\n",
        "  /etc/nginx/conf.d/default.conf\n",
    ] {
        assert!(ran.text().contains(part), "{part} is missing in\n{}", ran.text());
    }
    let unrelated = "/etc/systemd/system/certbot-renew.timer";
    assert!(!ran.text().contains(unrelated), "{}", ran.text());

    let json = stage.run(&["explain", "routes[0].path", "--format", "json"]);
    assert_eq!(json.exit, Some(0), "{}", json.stderr);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["parameter"], "routes.path");
    assert_eq!(json["example"], "routes: [{path: /grafana/}]");
    let files = json["files"].as_array().unwrap();
    assert!(files.contains(&"/etc/nginx/conf.d/default.conf".into()), "{files:?}");

    let map = stage.run(&["explain", "tls.hsts"]);
    assert!(map.text().contains("\nKeys:\n  max_age "), "{}", map.text());
}

#[test]
fn explain_suggests_a_parameter_when_it_is_misspelt() {
    let ran = TestDir::new().run(&["explain", "faasd.gatway_port"]);
    assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["key-unknown"]), "{}", ran.stderr);
    assert_hint(&ran, "did you mean `faasd.gateway_port`?");
}

#[test]
fn explain_of_a_line_separates_content_and_presence() {
    let stage = TestDir::new();
    let path = "/etc/nginx/conf.d/default.conf";
    let site = stage.run(&["render", "-d", "panel.example.org", "--only", path]);
    let line = 1 + site.text().lines().position(|line| line.contains("max-age=")).unwrap();
    let ran = stage.run(&["explain", "-d", "panel.example.org", &format!("{path}:{line}")]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    for title in ["\nContent determined by:\n", "\nPresence determined by:\n"] {
        assert!(ran.text().contains(title), "{title} is missing in\n{}", ran.text());
    }
}

#[test]
fn directory_that_others_can_write_to_is_rejected() {
    let stage = TestDir::new();
    for key in ["dirs.install", "dirs.data"] {
        for directory in ["/home/coder/panel", "/tmp", "/var/tmp/panel", "/dev/shm/panel", "/run/user/1000"] {
            let ran = rejected(&stage, &["--set", &format!("{key}={directory}")]);
            let message =
                format!("error[path-invalid]: `{key}`: invalid directory `{directory}`: others can");
            assert!(ran.stderr.contains(&message), "{}", ran.stderr);
        }
        let set = format!("{key}=/homes/panel");
        let accepted =
            stage.run(&["list", "-d", "panel.example.org", "--target", "debian-12", "--set", &set]);
        assert_eq!(accepted.exit, Some(0), "{}", accepted.stderr);
    }
}
