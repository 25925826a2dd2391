//! What a change of parameters asks of an operator, line by line.

use crate::support::test_dir::TestDir;

/// The steps of changing from one set of parameters to another.
fn steps(old: &[&str], new: &[&str]) -> Vec<String> {
    let lab = TestDir::new();
    lab.bundle("old/", old);
    let arguments = [&["diff", "-d", "example.com", "old", "--format", "json"], new].concat();
    let ran = lab.run(&arguments);
    let json: serde_json::Value = serde_json::from_str(ran.text()).expect(&ran.stderr);
    // The same from bundle to bundle, where only the manifests can say what a change means.
    lab.bundle("new/", new);
    let again = lab.run(&["diff", "old", "new", "--format", "json"]);
    let again: serde_json::Value = serde_json::from_str(again.text()).expect(&again.stderr);
    assert_eq!(json["impact"], again["impact"]);
    let steps = json["impact"]["steps"].as_array().unwrap();
    steps.iter().map(|step| step["step"].as_str().unwrap().to_owned()).collect()
}

const CLOUD: &str = "new instances use the new cloud-config.yaml; running ones do not read it";

#[test]
fn each_change_asks_for_what_it_needs_in_order_and_once() {
    let table: &[(&[&str], &[&str], &[&str])] = &[
        (&[], &[], &[]),
        (&[], &["--set", "nginx.client_max_body_size=99m"], &["reload nginx", CLOUD]),
        (
            &[],
            &["-d", "www.example.com"],
            &[
                "daemon-reload",
                "reload nginx",
                "start certbot-issue: re-issue the certificate for example.com, www.example.com (was example.com)",
                CLOUD,
            ],
        ),
        (
            &[],
            &["--set", "faasd.gateway_port=9000"],
            &["restart faasd", "reload panel-firewall", "reload nginx", CLOUD],
        ),
        (
            &[],
            &["--set", "faasd.memory_max=600M"],
            &["daemon-reload", "restart faasd-provider", "restart faasd", CLOUD],
        ),
        (
            &[],
            &["--set", "certbot.calendar=*-*-* 03:04:00"],
            &["daemon-reload", "restart certbot-renew.timer", CLOUD],
        ),
        (
            &[],
            &["--set", "code_server.enabled=false"],
            &[
                "stop and disable code-server",
                "daemon-reload",
                "reload panel-firewall",
                "reload nginx",
                CLOUD,
            ],
        ),
        (
            &["--set", "code_server.enabled=false"],
            &[],
            &[
                "daemon-reload",
                "run panel.sh install to download code-server 4.133.0",
                "enable and start code-server",
                "reload panel-firewall",
                "reload nginx",
                CLOUD,
            ],
        ),
    ];
    for (old, new, wanted) in table {
        assert_eq!(steps(old, new), *wanted, "{old:?} to {new:?}");
    }
}

#[test]
fn another_version_of_a_program_restarts_what_runs_it() {
    let steps = steps(
        &["--set", "containerd.version=2.2.0", "--set", &format!("containerd.sha256={}", "a".repeat(64))],
        &["--set", "containerd.version=2.2.1", "--set", &format!("containerd.sha256={}", "b".repeat(64))],
    );
    assert_eq!(
        steps,
        [
            "run panel.sh install to download containerd 2.2.1 (was 2.2.0)",
            "restart containerd",
            // They require it, so systemd restarts them with it; the boot test saw it.
            "restart faasd-provider",
            "restart faasd",
            CLOUD
        ]
    );
}

#[test]
fn restarts_that_break_connections_say_so() {
    let lab = TestDir::new();
    lab.bundle("old/", &[]);
    let ran = lab.run(&["diff", "-d", "example.com", "old", "--set", "faasd.gateway_port=9000"]);
    assert!(
        ran.text().contains("restart faasd          (the gateway is down for some seconds"),
        "{}",
        ran.text()
    );
    let ran = lab.run(&[
        "diff",
        "-d",
        "example.com",
        "old",
        "--set",
        "faasd.gateway_port=9000",
        "--format",
        "json",
    ]);
    let json: serde_json::Value = serde_json::from_str(ran.text()).unwrap();
    assert_eq!(json["impact"]["breaks"], serde_json::json!(["restart faasd"]));
}
