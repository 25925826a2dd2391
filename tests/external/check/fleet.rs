//! A fleet's hosts meet the real programs as each of them would alone; what they ask alike is asked once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::validators::{self, check};
use crate::support::test_dir::TestDir;

/// Hosts that are alike, but for the two that were given a fault of their own and one whose name is longer.
const HOSTS: &[(&str, &str)] = &[
    ("h1.example.org", ""),
    ("h2.example.org", ""),
    ("h3.example.org", "overrides: {nginx: {server: ['limit_req zone=nobody_made_it;']}}"),
    ("h4.example.org", ""),
    ("h5.example.org", "overrides: {units: {faasd.service: {Service: {SystemCallFilter: '~setuidx'}}}}"),
    ("h6-longer.example.org", ""),
];

fn stage() -> TestDir {
    let stage = TestDir::new();
    let hosts = HOSTS.iter().map(|(name, more)| format!("  - domain: {name}\n    {more}\n"));
    stage.put(
        "fleet.yaml",
        format!("defaults: {{target: debian-12}}\nhosts:\n{}", hosts.collect::<Vec<_>>().concat()),
    );
    for (name, more) in HOSTS {
        stage.put(&format!("{name}.yaml"), format!("domain: {name}\ntarget: debian-12\n{more}\n"));
    }
    stage
}

/// What a check of all of them says; asked once for all tests.
fn whole() -> &'static (Option<i32>, Value) {
    static WHOLE: OnceLock<(Option<i32>, Value)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let ran = check(&stage(), &["--fleet", "fleet.yaml", "--format", "json"], false);
        (ran.exit, serde_json::from_str(ran.text()).unwrap_or_else(|_| panic!("{}", ran.stderr)))
    })
}

/// The findings of a report without the parts that a fleet tells in its own way.
fn findings(report: &Value) -> Vec<Value> {
    report["findings"].as_array().unwrap().clone()
}

#[test]
fn each_host_of_a_fleet_has_the_findings_that_it_has_alone() {
    let stage = stage();
    let (exit, fleet) = whole();
    let mut of_host: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for group in fleet["groups"].as_array().unwrap() {
        for host in group["hosts"].as_array().unwrap() {
            let mut found = findings(&group["report"]);
            for one in &mut found {
                // Alone, a finding has no list of hosts.
                let hosts = one.as_object_mut().unwrap().remove("hosts").expect("a finding names its hosts");
                assert!(hosts.as_array().unwrap().contains(host), "{host}: {hosts}");
            }
            of_host.insert(host.as_str().unwrap(), found);
        }
    }
    let mut required = true;
    for (name, _) in HOSTS {
        let alone = check(&stage, &["-f", &format!("{name}.yaml"), "--format", "json"], false);
        let alone: Value = serde_json::from_str(alone.text()).unwrap();
        for (validator, outcome) in validators::verdicts(&alone) {
            required &= !(["nginx", "systemd"].contains(&validator.as_str()) && outcome == "absent");
        }
        assert_eq!(of_host.get(name).cloned().unwrap_or_default(), findings(&alone), "{name}");
    }
    if required {
        let codes = |host: &str| of_host[host].iter().map(|found| found["code"].clone()).collect::<Vec<_>>();
        assert_eq!(of_host.keys().copied().collect::<Vec<_>>(), ["h3.example.org", "h5.example.org"]);
        assert!(codes("h3.example.org").contains(&"nginx-rejects".into()), "{fleet:#}");
        assert!(codes("h5.example.org").contains(&"systemd-rejects".into()), "{fleet:#}");
        assert_eq!(*exit, Some(1));
    }
}

#[test]
fn what_hosts_ask_alike_is_asked_once_and_every_difference_is_another_question() {
    let stage = stage();
    let (_, fleet) = whole();
    let asked: BTreeMap<&str, u64> = fleet["validators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|validator| (validator["name"].as_str().unwrap(), validator["runs"].as_u64().unwrap()))
        .collect();
    // The four that differ in their names, the fault, the longer name.
    assert_eq!(asked["nginx"], 3, "{asked:?}");
    assert_eq!(asked["systemd"], 3, "{asked:?}");
    // These files name no host.
    assert_eq!((asked["nft"], asked["cni"]), (1, 1), "{asked:?}");
    let ran = check(&stage, &["--fleet", "fleet.yaml", "--format", "json", "--only-host", "h[24]*"], false);
    assert_eq!(ran.exit, Some(2), "a glob knows * and ?: {}", ran.stderr);
    let ran =
        check(&stage, &["--fleet", "fleet.yaml", "--format", "json", "--only-host", "h?.example.org"], false);
    let fleet: Value = serde_json::from_str(ran.text()).unwrap();
    let nginx = fleet["validators"].as_array().unwrap().iter().find(|one| one["name"] == "nginx").unwrap();
    assert_eq!(nginx["runs"], 2, "{nginx}");
}

#[test]
fn every_form_names_the_host_of_a_fault() {
    let stage = stage();
    // The hosts with a fault are enough.
    let run = |format: &str, hosts: &[&str]| {
        let hosts: Vec<_> = hosts.iter().flat_map(|host| ["--only-host", host]).collect();
        check(&stage, &[&["--fleet", "fleet.yaml", "--format", format], &hosts[..]].concat(), false)
    };
    let text = run("text", &["h3.*"]);
    if !text.text().contains("nginx-rejects") {
        // Said loudly by the test above.
        return;
    }
    assert!(text.text().contains("1 host: h3.example.org\n"), "{}", text.text());
    let sarif: Value = serde_json::from_str(run("sarif", &["h3.*", "h5.*"]).text()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let at = |code: &str| {
        let result = results.iter().find(|result| result["ruleId"] == code).unwrap();
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        place.as_str().unwrap().to_owned()
    };
    assert!(at("nginx-rejects").starts_with("h3.example.org/root/etc/nginx/"));
    assert!(at("systemd-rejects").starts_with("h5.example.org/root/etc/systemd/"));
    let github = run("github", &["h3.*"]);
    assert!(
        github.text().contains("file=h3.example.org/root/etc/nginx/conf.d/default.conf,"),
        "{}",
        github.text()
    );
}

#[test]
fn directory_of_a_fleet_is_checked_host_by_host() {
    let stage = stage();
    assert_eq!(
        stage.run(&["render", "--fleet", "fleet.yaml", "--only-host", "h1.*", "-o", "out"]).exit,
        Some(0)
    );
    let ran = stage.run(&["check", "--no-programs", "out"]);
    assert_eq!((ran.exit, ran.text()), (Some(0), "clean: 1 host\n"));
    assert_eq!(stage.run(&["check", "--no-programs", "out/h1.example.org"]).exit, Some(0));
}
