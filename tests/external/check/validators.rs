//! The real programs: they have nothing against a good bundle, and find what each of them knows best. A program that
//! is not here is a loud skip on a laptop and a failure where `PANELGEN_REQUIRE_ALL=1`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use camino::Utf8Path;
use panelgen::internals::bundle::file_tree::TreeNode;
use panelgen::internals::facts::target::TARGETS;
use serde_json::{Value, json};

use crate::support::cases::{REGISTRY_AUTH, bundle, cases, snapshots};
use crate::support::skip::{is_everything_required, skip};
use crate::support::test_dir::{Run, TestDir};
use crate::support::tools::{self, cache};

/// The validators that `.ci/install` brings: all of them.
const HERE: &[&str] = &[
    "nginx",
    "systemd",
    "cni",
    "nft",
    "cloud-init",
    "sh",
    "shellcheck",
    "ansible",
    "certbot",
    "docker",
    "promtool",
];

/// Runs `check` with everything on its path; with the newer nginx where the site is in its spelling.
pub(crate) fn check(stage: &TestDir, arguments: &[&str], new_nginx: bool) -> Run {
    let mut path = std::env::var("PATH").unwrap();
    path.push_str(&format!(":{0}/venv/bin:{0}/promtool:/usr/sbin", cache()));
    let directory = stage.path.join("bin");
    tools::link_programs(&directory, new_nginx);
    path = format!("{directory}:{path}");
    stage.run_with(&[&["check"], arguments].concat(), &[("PATH", &path)])
}

/// The one case whose target has a newer program than `.ci/install` can bring: it asks for an ACME profile, which certbot
/// knows from 4.0 on, and Debian 12 has 2.1. Host, validator, the end of its reason. All its other cases pass.
const EXCUSED: (&str, &str, &str) =
    ("every-option.example.org", "certbot", "here is older than the target's");

/// What each validator said of a case; one that was not here is told loudly, and is a failure where all are required.
pub(crate) fn verdicts(report: &Value) -> Vec<(String, String)> {
    let all = report["validators"].as_array().unwrap().iter();
    let all = all.map(|verdict| (verdict["name"].as_str().unwrap(), verdict));
    all.map(|(name, verdict)| {
        let outcome = verdict["outcome"].as_str().unwrap();
        if outcome == "absent" && HERE.contains(&name) {
            let why = verdict["why"].as_str().unwrap();
            skip(&format!("{name}: {why}"));
        }
        (name.to_owned(), outcome.to_owned())
    })
    .collect()
}

/// Every case as a host of a fleet with a name of its own, and every target with the panel that no case has it with.
/// True marks those whose site is in the spelling of the newer nginx.
fn hosts() -> Vec<(bool, String)> {
    let mut hosts = Vec::new();
    for case in cases() {
        let yaml = fs::read_to_string(snapshots().join(&case).join("panel.yaml")).unwrap();
        let yaml = yaml.replace("panel.example.org", &format!("{}.example.org", case.replace('.', "-")));
        let host: Value = serde_yaml::from_str(&yaml).unwrap();
        let bundle = bundle(&case);
        let site = &bundle.get(Utf8Path::new("root/etc/nginx/conf.d/default.conf")).unwrap().kind;
        let TreeNode::File(site) = site else { panic!("{case}: default.conf is no file") };
        hosts.push((str::from_utf8(site).unwrap().contains("http2 on;"), host.to_string()));
    }
    for target in TARGETS.iter() {
        let domain = format!("pai-{}.example.org", target.name.replace('.', "-"));
        let mirror = "https://mirror.corp.example/panel";
        let host = json!({"domain": domain, "target": target.name, "panel": "pai", "mirror": mirror});
        hosts.push((target.http2_directive(), host.to_string()));
    }
    hosts
}

/// Two fleets, one for each nginx: what hosts have alike is validated once, and each host has the findings that it has
/// alone (`each_host_of_a_fleet_has_the_findings_that_it_has_alone`).
#[test]
fn validators_pass_every_case_and_every_target_with_the_other_panel() {
    let hosts = hosts();
    let mut passed = BTreeSet::new();
    for new_nginx in [false, true] {
        let stage = TestDir::with("secret.txt", "correct horse battery staple\n");
        stage.put("registry.json", REGISTRY_AUTH);
        let hosts: Vec<_> = hosts.iter().filter(|(new, _)| *new == new_nginx).map(|(_, host)| host).collect();
        assert!(hosts.len() >= 5, "{hosts:?}");
        let fleet: String = hosts.iter().map(|host| format!("  - {host}\n")).collect();
        stage.put("fleet.yaml", format!("hosts:\n{fleet}"));
        let ran = check(&stage, &["--fleet", "fleet.yaml", "--format", "json"], new_nginx);
        assert_eq!(ran.exit, Some(0), "{}{}", ran.text(), ran.stderr);
        let report: Value = serde_json::from_str(ran.text()).unwrap();
        assert_eq!((&report["clean"], &report["groups"]), (&json!(hosts.len()), &json!([])));
        for validator in report["validators"].as_array().unwrap() {
            let name = validator["name"].as_str().unwrap();
            for absent in validator["absent"].as_array().unwrap().iter().filter(|_| HERE.contains(&name)) {
                let why = absent["why"].as_str().unwrap();
                let is_excused =
                    absent["hosts"] == json!([EXCUSED.0]) && name == EXCUSED.1 && why.ends_with(EXCUSED.2);
                if !is_excused {
                    skip(&format!("{name}: {why}"));
                }
            }
            if validator["passed"].as_u64() > Some(0) {
                passed.insert(name.to_owned());
            }
        }
    }
    let never: Vec<_> = HERE.iter().filter(|name| !passed.contains(**name)).collect();
    assert!(
        never.is_empty() || !is_everything_required() && !passed.is_empty(),
        "{never:?} never passed a case"
    );
}

#[test]
fn every_service_has_a_budget_for_its_exposure() {
    let mut services = BTreeSet::new();
    for case in cases() {
        for (path, _) in bundle(&case).entries() {
            let unit = path.as_str().strip_prefix("root/etc/systemd/system/");
            services.extend(unit.filter(|unit| unit.ends_with(".service")).map(str::to_owned));
        }
    }
    let budgets: BTreeSet<String> = panelgen::internals::validators::budgets().map(str::to_owned).collect();
    assert_eq!(services, budgets);
}

/// A damage that only the program itself can see, or sees too: file, from, to, the code, the line's text.
const DAMAGE: &[(&str, &str, &str, &str, &str)] = &[
    (
        "root/etc/nginx/conf.d/default.conf",
        "proxy_buffering off;",
        "proxy_redirect ~* [ /;",
        "nginx-rejects",
        "proxy_redirect ~*",
    ),
    (
        "root/etc/systemd/system/faasd.service",
        "RestartSec=10s",
        "RestartSecs=10s",
        "systemd-rejects",
        "RestartSecs",
    ),
    (
        "root/etc/systemd/system/faasd.service",
        "SystemCallFilter=~@clock",
        "SystemCallFilter=~setuidx @clock",
        "systemd-rejects",
        "setuidx",
    ),
    (
        "root/etc/systemd/system/code-server.service",
        "CapabilityBoundingSet=\n",
        "PrivateNetwork=no\n",
        "systemd-exposure",
        "# Made by",
    ),
    (
        "root/etc/systemd/system/certbot-renew.timer",
        "OnCalendar=*-*-* 00,12:00:00",
        "OnCalendar=2020-02-30",
        "calendar-rejected",
        "OnCalendar",
    ),
    (
        "root/etc/cni/net.d/10-openfaas.conflist",
        "\"0.4.0\"",
        "\"9.4.0\"",
        "cni-rejects",
        "\"type\": \"bridge\"",
    ),
    ("root/etc/nftables.d/panel.nft", "tcp dport 8080 drop", "tcp dport 8080 dorp", "nft-rejects", "dorp"),
    (
        "cloud-config.yaml",
        "permissions: \"0700\"",
        "permissions: [1]",
        "cloud-init-rejects",
        "permissions: [1]",
    ),
    (
        "root/etc/letsencrypt/renewal-hooks/deploy/panel-nginx",
        "\"${RENEWED_LINEAGE##*/}\" =",
        "${RENEWED_LINEAGE##*/} =",
        "shell-rejects",
        "${RENEWED_LINEAGE##*/} =",
    ),
    (
        "panel.sh",
        "    \"$@\" nginx openssl\n",
        "    $@ nginx openssl\n",
        "shell-rejects",
        "    $@ nginx openssl",
    ),
    (
        "root/var/lib/faasd/prometheus.yml",
        "scrape_interval:",
        "scrape_intervall:",
        "promtool-rejects",
        "scrape_intervall:",
    ),
    ("root/var/lib/faasd/docker-compose.yaml", "    image: ", "    imagee: ", "compose-rejects", "imagee"),
    ("ansible/site.yml", "become: true", "becomes: true", "ansible-rejects", "becomes: true"),
    (
        "root/etc/systemd/system/certbot-issue.service",
        "--key-type=ecdsa",
        "--key-type=ecdsaa",
        "certbot-rejects",
        "--key-type=ecdsaa",
    ),
];

#[test]
fn each_program_finds_what_it_knows_best_at_its_line() {
    let stage = TestDir::new();
    assert_eq!(
        stage.run(&["render", "-d", "example.com", "--target", "debian-12", "-o", "good/"]).exit,
        Some(0)
    );
    let all = Command::new("cp").args(["-r", "good", "bad"]).current_dir(&stage.path).status().unwrap();
    assert!(all.success());
    let mut texts = std::collections::BTreeMap::new();
    for (file, from, to, ..) in DAMAGE {
        let text = texts.entry(*file).or_insert_with(|| stage.read(&format!("good/{file}")));
        assert!(text.contains(from), "{file} has no {from}");
        *text = text.replacen(from, to, 1);
        // One damage to a file at a time: the first hides what is behind it from its program.
        stage.put(&format!("bad/{file}"), text.as_bytes());
    }
    let ran = check(&stage, &["bad", "--format", "json"], false);
    let report: Value = serde_json::from_str(ran.text()).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let verdicts = verdicts(&report);
    let absent = |name: &str| verdicts.iter().any(|(own, outcome)| own == name && outcome == "absent");
    let findings = report["findings"].as_array().unwrap();
    let mut wrong = Vec::new();
    for (file, _, _, code, mark) in DAMAGE {
        let judge = match *code {
            "systemd-exposure" | "calendar-rejected" => "systemd",
            "shell-rejects" => "shellcheck",
            "compose-rejects" => "docker",
            code => code.trim_end_matches("-refuses"),
        };
        let line = texts[file].lines().position(|line| line.contains(mark)).unwrap() + 1;
        let hit = findings.iter().any(|finding| {
            finding["code"] == *code
                && finding["location"]["file"] == *file
                && finding["location"]["line"] == line
        });
        if !hit && !absent(judge) {
            wrong.push(format!("{code} at {file}:{line}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}\n{}", ran.text());
    assert_eq!(ran.exit, Some(1));
}

#[test]
fn an_ordinary_user_may_ask_where_the_kernel_lets_him() {
    let stage = TestDir::new();
    assert_eq!(
        stage.run(&["render", "-d", "example.com", "--target", "debian-12", "-o", "b.tar"]).exit,
        Some(0)
    );
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let run = |script: &str| {
        let bundle = fs::File::open(stage.path.join("b.tar")).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script]).stdin(bundle);
        command
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("TMPDIR", "/tmp")
            .current_dir("/")
            .output()
            .unwrap()
    };
    // The program may lie where an ordinary user cannot look.
    let copy = Utf8Path::new("/tmp").join(format!("panelgen-{}", std::process::id()));
    fs::copy(crate::support::test_dir::PROGRAM, &copy).unwrap();
    let done = run(&format!("exec {copy} check - --format json"));
    let sandboxes = run("exec bwrap --unshare-all --ro-bind / / true").status.success();
    fs::remove_file(copy).unwrap();
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]), "{report:#}");
    for verdict in report["validators"].as_array().unwrap() {
        if verdict["name"] == "nginx" && sandboxes {
            assert_eq!(verdict["outcome"], "passed", "{verdict}");
        }
        if verdict["outcome"] == "absent" {
            assert!(verdict["why"].as_str().is_some_and(|why| why.len() > 10), "{verdict}");
        }
    }
}
