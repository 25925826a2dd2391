//! `adopt`: the parameters of a host of panel.sh (2020), from a replay of what that script writes.

use std::process::Command;

use crate::support::bundles::repository;
use crate::support::test_dir::TestDir;

const PASSWORD: &str = "hunter2-of-2020";

/// A host of the script in `root/`.
fn old_host(stage: &TestDir, domain: &str, kind: &str) {
    let replay = repository("tests/old_host/replay");
    let root = stage.path.join("root");
    let done = Command::new("sh").args([replay.as_str(), root.as_str(), domain, kind, PASSWORD]).status();
    assert!(done.unwrap().success());
}

#[test]
fn adopt_proposes_the_parameters_of_a_faasd_host() {
    let stage = TestDir::new();
    old_host(&stage, "panel.example.org", "0");
    let ran = stage.run(&["adopt", "--root", "root"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    for line in [
        "domain: panel.example.org\n",
        "# No mail address is known",
        "panel: faasd\n",
        "target: ubuntu-18.04\n",
        "#passinit: {file: secret.txt}\n",
        "# replace  /etc/nginx/conf.d/default.conf ",
        "# replace  /etc/systemd/system/multi-user.target.wants/certbot-renew.service ",
        "# replace  /opt/cni/bin ",
        "# replace  /usr/local/bin/containerd ",
        "# replace  /usr/local/bin/faas ",
        "# keep     /data/h5 ",
        "# keep     /var/lib/faasd/secrets/basic-auth-password ",
        "# remove   /root/.local/bin ",
    ] {
        assert!(ran.text().contains(line), "{line}\n{}", ran.text());
    }
    assert!(!ran.text().contains(PASSWORD) && !ran.stderr.contains(PASSWORD));
    stage.put("panel.yaml", ran.text());
    let rendered = stage.run(&["render", "-f", "panel.yaml", "-o", "bundle/"]);
    assert_eq!(rendered.exit, Some(0), "{}", rendered.stderr);
}

/// certbot stores the address before its version 0.22.
#[test]
fn adopt_reads_the_mail_address_of_an_old_acme_account_except_the_default_of_the_script() {
    let stage = TestDir::new();
    old_host(&stage, "panel.example.org", "0");
    let account = "root/etc/letsencrypt/accounts/acme-v02.api.letsencrypt.org/directory/0123456789abcdef0123456789abcdef/regr.json";
    for (mail, line) in [("ops@example.org", "\nmail: ops@example.org\n"), ("some@some.com", "\n#mail: ")] {
        stage.put(account, format!(r#"{{"body": {{"contact": ["mailto:{mail}"]}}}}"#));
        let ran = stage.run(&["adopt", "--root", "root"]);
        assert!(ran.text().contains(line), "{}", ran.text());
    }
}

#[test]
fn adopt_writes_a_file_and_reports_what_becomes_of_the_paths() {
    let stage = TestDir::new();
    old_host(&stage, "panel.example.org", "1");
    let ran = stage.run(&["adopt", "--root", "root", "-o", "panel.yaml"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert!(ran.text().starts_with("ACTION   PATH"), "{}", ran.text());
    assert!(
        ran.text().contains("remove   /etc/systemd/system/tencentcloud-pai-baker.timer"),
        "{}",
        ran.text()
    );
    let parameters = std::fs::read_to_string(stage.path.join("panel.yaml")).unwrap();
    assert!(
        parameters.contains("\npanel: pai\n") && parameters.contains("\nmirror: http://default-"),
        "{parameters}"
    );
    stage.put("panel.yaml", "domain: other.example.org\n");
    let again = stage.run(&["adopt", "--root", "root", "-o", "panel.yaml"]);
    assert_eq!(again.exit, Some(2), "an existing file is kept");
}

#[test]
fn adopt_rejects_a_root_without_traces_of_the_script_and_hostile_names() {
    let stage = TestDir::with("root/etc/os-release", "ID=debian\n");
    let ran = stage.run(&["adopt", "--root", "root"]);
    assert_eq!(ran.exit, Some(2));
    assert!(
        ran.stderr
            .contains("`root` is not a host of panel.sh (2020): /etc/nginx/conf.d/default.conf is missing"),
        "{}",
        ran.stderr
    );
    stage.put("root/etc/systemd/system/faasd.service", "");
    stage.put("root/etc/nginx/conf.d/default.conf", "server_name a\u{1b}[31m.example.org;\n");
    let ran = stage.run(&["adopt", "--root", "root"]);
    assert_eq!(ran.exit, Some(2));
    assert!(!ran.stderr.contains('\u{1b}') && ran.stdout.is_empty(), "{}", ran.stderr);
}
