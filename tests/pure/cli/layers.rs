//! Which layer wins: built-in < target < stack < `-f` left to right < `--set` < dedicated flag.

use camino::Utf8Path;
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::{Diagnostics, Location};
use panelgen::internals::host;

use crate::support::test_dir::TestDir;

/// The `listen` port of the gateway in prometheus' file is as good a witness as any: one line, one value.
fn gateway(stage: &TestDir, args: &[&str]) -> String {
    let mut all = vec!["render", "-d", "panel.example.org", "--only", "/etc/nginx/conf.d/default.conf"];
    all.extend(args);
    let ran = stage.run(&all);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let line = ran.text().lines().find(|line| line.contains("/function/$panel_rest;")).unwrap().trim();
    line.strip_prefix("proxy_pass http://127.0.0.1:")
        .unwrap()
        .strip_suffix("/function/$panel_rest;")
        .unwrap()
        .to_owned()
}

#[test]
fn a_later_file_wins_and_set_wins_over_files() {
    let stage = TestDir::with("one.yaml", "faasd: {gateway_port: 9001, user: one}\n");
    stage.put("two.yaml", "faasd: {gateway_port: 9002}\n");
    stage.put("nothing.yaml", "faasd: {gateway_port: }\n");
    let port = |args: &[&str]| gateway(&stage, args);
    assert_eq!(port(&[]), "8080");
    assert_eq!(port(&["-f", "one.yaml"]), "9001");
    assert_eq!(port(&["-f", "one.yaml", "-f", "two.yaml"]), "9002");
    assert_eq!(port(&["-f", "two.yaml", "-f", "one.yaml"]), "9001");
    assert_eq!(port(&["-f", "one.yaml", "-f", "nothing.yaml"]), "8080", "nothing takes back");
    assert_eq!(port(&["--set", "faasd.gateway_port=9003", "-f", "one.yaml"]), "9003");
    let twice = ["--set", "faasd.gateway_port=9003", "--set", "faasd.gateway_port=9004"];
    assert_eq!(port(&twice), "9004");
    let user = ["render", "-d", "a.example.org", "-f", "one.yaml", "-f", "two.yaml", "--only"];
    let user = stage.run(&[&user[..], &["/var/lib/faasd/secrets/basic-auth-user"]].concat());
    assert_eq!(user.text().trim_end(), "one", "maps merge key by key");
}

#[test]
fn a_dedicated_flag_wins_over_set_and_files() {
    let stage = TestDir::with("panel.yaml", "domain: file.example.org\nstack: classic\ntarget: debian-11\n");
    let title = |args: &[&str]| {
        let mut all = vec!["render", "-f", "panel.yaml", "--only", "README.md"];
        all.extend(args);
        stage.run(&all).text().lines().next().unwrap().to_owned()
    };
    assert_eq!(title(&[]), "# file.example.org");
    assert_eq!(title(&["--set", "domain=set.example.org"]), "# set.example.org");
    assert_eq!(title(&["-d", "flag.example.org", "--set", "domain=set.example.org"]), "# flag.example.org");
    let lock = |args: &[&str]| {
        let mut all = vec!["render", "-f", "panel.yaml", "--only", "assets.lock"];
        all.extend(args);
        stage.run(&all).text().to_owned()
    };
    assert!(lock(&[]).contains("\"1.4.0\""), "the stack of the file");
    assert!(!lock(&["--stack", "current"]).contains("\"1.4.0\""), "the stack of the flag");
    let pinned = lock(&["--set", "containerd.version=1.7.27"]);
    assert!(pinned.contains("\"1.7.27\"") && !pinned.contains("\"1.4.0\""), "a version wins over its stack");
}

#[test]
fn the_first_domain_names_the_certificate_and_the_rest_follow() {
    let stage = TestDir::new();
    let args =
        ["render", "-d", "b.example.org", "-d", "a.example.org", "--only", "/etc/nginx/conf.d/default.conf"];
    let ran = stage.run(&args);
    assert!(ran.text().contains("server_name b.example.org a.example.org;"));
    assert!(ran.text().contains("/etc/nginx/tls/b.example.org/fullchain.pem"));
}

#[test]
fn set_reads_each_value_as_its_key_does() {
    let said = |argument: &str| {
        let mut report = Diagnostics::default();
        let mut params = Config::default();
        params.merge_set("domain=panel.example.org", &mut report);
        params.merge_set("mirror=https://mirror.example.org", &mut report);
        params.merge_set(argument, &mut report);
        let panel = host::resolve(&params, None, &mut report);
        assert!(!report.has_errors(), "{argument}: {}", report.text(false));
        panel
    };
    assert_eq!(said("faasd.version=0.9.10").faasd.release.version.to_string(), "0.9.10", "no number");
    assert_eq!(said("faasd.user=123").faasd.user.to_string(), "123", "no number");
    assert_eq!(said("faasd.user=a=b").faasd.user.to_string(), "a=b", "cut at the first `=`");
    assert!(!said("nginx.ipv6=false").ipv6);
    assert!(said("tls.hsts=false").tls.hsts.is_none());
    assert_eq!(said("panel=1").kind, host::PanelKind::Pai);
    assert_eq!(said("domain=[b.example.org, a.example.org]").domains.len(), 2);
    assert_eq!(said("domain=a.example.org").domains.len(), 1, "one value is a list of one");
    assert_eq!(said("faasd.nameservers=[192.0.2.1]").faasd.nameservers.len(), 1);
    let routes = &said("routes=[{path: /x/, upstream: \"http://127.0.0.1:1\", websocket: true}]").routes;
    assert!(routes[0].websocket);
    let units = &said("overrides.units.faasd.service.Service.MemoryMax=1G").overrides.units;
    assert_eq!(units[0].unit.to_string(), "faasd.service", "a unit's name has a dot of its own");
    assert_eq!(units[0].sections, [("Service".to_owned(), vec![("MemoryMax".to_owned(), "1G".to_owned())])]);
}

#[test]
fn set_tells_its_own_mistakes() {
    let stage = TestDir::new();
    for (argument, code) in [
        ("faasd.gateway_port", "set-invalid"),
        ("faasd.gatewayport=1", "key-unknown"),
        ("nonsense=1", "key-unknown"),
        ("faasd.gateway_port=http", "port-invalid"),
        ("nginx.ipv6=yes", "value-type"),
        ("faasd=0.19.0", "value-type"),
        ("domain=[a.example.org", "yaml-syntax"),
        ("passinit.fille=x", "key-unknown"),
    ] {
        let ran = stage.run(&["render", "-d", "panel.example.org", "--set", argument]);
        assert_eq!((ran.exit, ran.codes()), (Some(2), vec![code]), "{argument}: {}", ran.stderr);
        assert!(ran.stderr.contains("--> --set"), "{}", ran.stderr);
    }
}

#[test]
fn every_value_remembers_where_it_was_said() {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    params.merge_yaml(Utf8Path::new("one.yaml"), "faasd:\n  user: one\n  timeout: 5m\n", &mut report);
    params.merge_yaml(Utf8Path::new("two.yaml"), "faasd: {user: two}\n", &mut report);
    params.merge_set("faasd.gateway_port=9000", &mut report);
    params.merge_flag("panel", "-t", "faasd");
    assert!(report.is_empty());
    let file = |path: &str, line, column| Location::File { path: path.into(), line, column };
    assert_eq!(params.location("faasd.timeout"), file("one.yaml", 3, 12));
    assert_eq!(params.location("faasd.user"), file("two.yaml", 1, 15));
    assert_eq!(params.location("faasd.gateway_port"), Location::Flag("--set faasd.gateway_port".into()));
    assert_eq!(params.location("panel"), Location::Flag("-t".into()));
    assert!(matches!(params.location("mail"), Location::Default(_)));
}

#[test]
fn equal_parameters_have_equal_digests_wherever_they_were_said() {
    let stage = TestDir::with("panel.yaml", "domain: panel.example.org\nfaasd: {user: one}\npanel: faasd\n");
    let digest = |args: &[&str]| {
        let mut all = vec!["render", "--only", "MANIFEST.json"];
        all.extend(args);
        let json: serde_json::Value = serde_json::from_slice(&stage.run(&all).stdout).unwrap();
        json["parameters"]["sha256"].as_str().unwrap().to_owned()
    };
    let file = digest(&["-f", "panel.yaml"]);
    let flags = digest(&["-d", "panel.example.org", "-t", "faasd", "--set", "faasd.user=one"]);
    assert_eq!(file, flags);
    assert_ne!(file, digest(&["-f", "panel.yaml", "--set", "faasd.user=two"]));
    assert_eq!(
        file,
        digest(&["-f", "panel.yaml", "-p", "fake"]),
        "the sum of a password could be guessed from"
    );
}
