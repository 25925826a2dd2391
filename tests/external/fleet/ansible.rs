//! Ansible reads what a fleet has for it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use crate::support::fleet::fleet;
use crate::support::test_dir::TestDir;
use crate::support::tools;

fn ansible(stage: &TestDir, mut command: Command, args: &[&str]) -> Output {
    command.args(args).current_dir(stage.path.join("out/ansible"));
    // A home of its own: nothing of whoever runs the test.
    command
        .env("HOME", &stage.path)
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_LOCAL_TEMP", stage.path.join("tmp"));
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}/bin:{path}", stage.path));
    command.output().unwrap()
}

#[test]
fn ansible_knows_every_host_and_every_group() {
    let Some(inventory) = tools::ansible("ansible-inventory") else { return };
    let stage = TestDir::with("fleet.yaml", fleet(12));
    assert_eq!(stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]).exit, Some(0));
    let listed = ansible(&stage, inventory, &["--list"]);
    let told = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success() && !told.contains("WARNING"), "{told}");
    let groups: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let hosts = |group: &str| -> BTreeSet<String> {
        let hosts = groups[group]["hosts"].as_array().unwrap_or_else(|| panic!("no group {group}: {groups}"));
        hosts.iter().map(|host| host.as_str().unwrap().to_owned()).collect()
    };
    let named = |numbers: &[usize]| numbers.iter().map(|number| format!("h{number}.example.org")).collect();
    assert_eq!(hosts("panel").len(), 12);
    assert_eq!(hosts("panel_none"), named(&[1, 3, 5, 7, 9, 11]));
    assert_eq!(hosts("target_debian_12"), named(&[0, 3, 6, 9]));
    assert_eq!(hosts("region_r3"), named(&[3, 7, 11]));
}

#[test]
fn the_play_reaches_each_host_with_its_own_variables() {
    let (Some(syntax), Some(playbook)) =
        (tools::ansible("ansible-playbook"), tools::ansible("ansible-playbook"))
    else {
        return;
    };
    let stage = TestDir::with("fleet.yaml", fleet(2).replace("panel: faasd", "panel: none"));
    assert_eq!(stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]).exit, Some(0));
    let syntax = ansible(&stage, syntax, &["--syntax-check", "site.yml"]);
    let told = String::from_utf8_lossy(&syntax.stderr);
    assert!(syntax.status.success() && !told.contains("WARNING"), "{told}");
    // Every host is this machine, as far as it may be looked at without being root and without systemd: a stand-in
    // for systemctl knows no unit.
    stage.put("bin/systemctl", "#!/bin/sh\nexit 0\n");
    fs::set_permissions(stage.path.join("bin/systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
    let python = "ansible_python_interpreter={{ ansible_playbook_python }}";
    // This machine is not one that preflight accepts.
    let ignored = r#"{"panel_preflight_ignore": ["system", "arch", "root", "systemd", "disk", "packages", "ports", "sites", "ipv6", "clock"], "panel_preflight_offline": true}"#;
    let args = [
        "site.yml",
        "--check",
        "-v",
        "--connection=local",
        "-e",
        python,
        "-e",
        "ansible_become=false",
        "-e",
        ignored,
    ];
    let checked = ansible(&stage, playbook, &args);
    let text = String::from_utf8_lossy(&checked.stdout);
    for number in 0..2 {
        let vars = format!("/h{number}.example.org/ansible/roles/panel/vars/main.yml");
        assert!(text.contains(&vars), "h{number} has not read its variables:\n{text}");
        let recap = text
            .lines()
            .find(|line| line.starts_with(&format!("h{number}.example.org ")) && line.contains("ok="));
        assert!(recap.is_some_and(|line| line.contains("failed=0")), "{text}");
    }
}
