//! What would change in a fleet, and who is in it.

use crate::support::fleet::fleet;
use crate::support::test_dir::TestDir;

fn rendered(count: usize) -> TestDir {
    let stage = TestDir::with("fleet.yaml", fleet(count));
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    stage
}

#[test]
fn an_equal_fleet_says_nothing() {
    let stage = rendered(3);
    let ran = stage.run(&["diff", "--fleet", "fleet.yaml", "out"]);
    assert_eq!((ran.exit, ran.text(), ran.stderr.as_str()), (Some(0), "", ""));
    let ran = stage.run(&["diff", "--fleet", "fleet.yaml", "out", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((&json["same"], &json["unchanged"]), (&true.into(), &3.into()));
}

#[test]
fn fleet_diff_joins_hosts_with_the_same_change_and_matches_its_snapshot() {
    let stage = rendered(8);
    // The four hosts without functions get a route, host 0 another port, host 7 goes, and one is new.
    let route = "panel: none\n    routes: [{path: /x/, upstream: \"http://127.0.0.1:3001\"}]\n";
    let text = fleet(7).replace("panel: none\n", route) + "  - domain: new.example.org\n";
    let text =
        text.replace("domain: h0.example.org\n", "domain: h0.example.org\n    faasd: {gateway_port: 9000}\n");
    stage.put("fleet.yaml", text);
    let ran = stage.run(&["diff", "--fleet", "fleet.yaml", "out"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.stderr);
    insta::assert_snapshot!("diff", ran.text());
    let stat = stage.run(&["diff", "--fleet", "fleet.yaml", "out", "--stat", "--only-host", "h1.*"]);
    assert!(
        stat.text().contains("\n# ==> h1.example.org <==\n") && !stat.text().contains("==> h3"),
        "{}",
        stat.text()
    );
    let details = stage.run(&["diff", "--fleet", "fleet.yaml", "out", "--details", "--detailed-exitcode"]);
    assert_eq!(details.exit, Some(2));
    assert!(details.text().contains("\n+    location /x/ {\n"), "{}", details.text());
    let head = "\n+++ b/h1.example.org/root/etc/nginx/conf.d/default.conf\n";
    assert!(details.text().contains(head), "{}", details.text());
    let json = stage.run(&["diff", "--fleet", "fleet.yaml", "out", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let group = &json["groups"][0];
    assert_eq!(group["hosts"].as_array().unwrap().len(), 3, "{json}");
    assert_eq!(group["changes"][0]["path"], "/etc/nginx/conf.d/default.conf");
    assert_eq!((&json["new"][0], &json["gone"][0]), (&"new.example.org".into(), &"h7.example.org".into()));
    // What was told is what a run then does, and nothing else is left.
    assert_eq!(stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]).exit, Some(0));
    assert_eq!(stage.run(&["diff", "--fleet", "fleet.yaml", "out"]).exit, Some(0));
}

#[test]
fn trouble_is_no_change() {
    let stage = rendered(1);
    assert_eq!(stage.run(&["diff", "--fleet", "fleet.yaml", "nowhere"]).exit, Some(2));
    stage.put("fleet.yaml", "hosts:\n  - domain: bad_\n");
    assert_eq!(stage.run(&["diff", "--fleet", "fleet.yaml", "out"]).exit, Some(2));
    assert_eq!(stage.run(&["diff", "--fleet", "fleet.yaml", "out", "--detailed-exitcode"]).exit, Some(1));
    assert_eq!(stage.run(&["list", "--fleet", "fleet.yaml"]).exit, Some(2));
}

#[test]
fn fleet_list_matches_its_snapshot() {
    let stage = TestDir::with("fleet.yaml", fleet(4));
    insta::assert_snapshot!("list", stage.run(&["list", "--fleet", "fleet.yaml"]).text());
    let ran = stage.run(&["list", "--fleet", "fleet.yaml", "--format", "json", "--only-host", "h2*"]);
    let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(
        json,
        serde_json::json!([
            { "domain": "h2.example.org", "panel": "faasd", "target": "rhel-9", "labels": { "region": "r2" } }
        ])
    );
}

#[test]
fn every_host_is_checked_and_the_same_findings_are_told_once() {
    let stage = TestDir::with("fleet.yaml", fleet(3));
    let ran = stage.run(&["check", "--fleet", "fleet.yaml", "--no-programs"]);
    assert_eq!((ran.exit, ran.text()), (Some(0), "clean: 3 hosts\n"), "{}", ran.stderr);
    let ran = stage.run(&["check", "--fleet", "fleet.yaml", "--no-programs", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "hosts": 3, "clean": 3, "faulty": 0, "groups": [], "validators": [] })
    );
    stage.put("fleet.yaml", "hosts:\n  - domain: bad_\n");
    assert_eq!(stage.run(&["check", "--fleet", "fleet.yaml"]).exit, Some(2));
}
