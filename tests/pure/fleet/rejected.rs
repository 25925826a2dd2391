//! Everything that is wrong, at once, and hostile documents quickly.

use std::time::{Duration, Instant};

use crate::support::test_dir::TestDir;

#[test]
fn mistakes_of_all_hosts_are_told_at_once_each_with_its_line() {
    let fleet = "\
defaults: {mail: ops@corp.org}
hosts:
  - domain: a.example.org
    panell: none
  - mail: b@corp.org
  - domain: c.example.org
    faasd: {gateway_port: 99999}
  - domain: [d.example.org, a.example.org]
  - just text
  - {domain: e.example.org, domain: f.example.org}
  - domain: good.example.org
";
    let stage = TestDir::with("fleet.yaml", fleet);
    let ran = stage.run(&["render", "--fleet", "fleet.yaml"]);
    let places: Vec<_> =
        ran.stderr.lines().filter_map(|line| line.strip_prefix("  --> fleet.yaml:")).collect();
    assert_eq!(
        ran.codes(),
        ["key-unknown", "domain-missing", "port-invalid", "host-duplicate", "value-type", "key-duplicate"]
    );
    assert_eq!(places, ["4:5", "5:5", "7:27", "8:29", "3:13", "9:5", "10:29", "10:6"], "{}", ran.stderr);
}

#[test]
fn a_mistake_in_the_defaults_is_told_once() {
    let hosts: String = (0..50).map(|number| format!("  - domain: h{number}.example.org\n")).collect();
    let stage = TestDir::with("fleet.yaml", format!("defaults: {{mail: nobody}}\nhosts:\n{hosts}"));
    assert_eq!(stage.run(&["render", "--fleet", "fleet.yaml"]).codes(), ["mail-invalid"]);
}

#[test]
fn a_password_on_a_line_is_never_shown() {
    let fleet = "hosts:\n  - domain: a.example.org\n    passinit: fake-hunter2\n    mial: x\n  - {domain: b_, passinit: fake-hunter2}\n";
    let lines = "{\"domain\": \"a_\", \"passinit\": \"fake-hunter2\"}\n";
    for (name, text) in [("fleet.yaml", fleet), ("fleet.jsonl", lines)] {
        let stage = TestDir::with(name, text);
        let ran = stage.run(&["render", "--fleet", name]);
        assert_eq!(ran.exit, Some(2));
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

#[test]
fn layers_lie_upon_each_other_in_their_order() {
    let stage = TestDir::with(
        "fleet.yaml",
        "defaults: {target: debian-12, panel: none}\nhosts:\n  - {domain: a.example.org, panel: faasd, faasd: {gateway_port: 9001}}\n  - domain: b.example.org\n",
    );
    stage.put("base.yaml", "target: rhel-9\npanel: pai\nfaasd: {gateway_port: 9000, user: base}\n");
    let seen = |args: &[&str]| {
        let ran =
            stage.run(&[&["render", "-f", "base.yaml", "--fleet", "fleet.yaml", "-o", "out"], args].concat());
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        let port = stage.read("out/a.example.org/root/etc/systemd/system/faasd-provider.service");
        (stage.read("out/MANIFEST.json"), port, stage.read("out/a.example.org/panel.sh"))
    };
    let (manifest, _, script) = seen(&[]);
    assert!(
        manifest.contains(r#""domain":"a.example.org","target":"debian-12","panel":"faasd""#),
        "{manifest}"
    );
    assert!(
        manifest.contains(r#""domain":"b.example.org","target":"debian-12","panel":"none""#),
        "{manifest}"
    );
    assert!(script.contains("9001") && script.contains("base"));
    let (manifest, _, script) = seen(&["--set", "faasd.gateway_port=9002", "--target", "ubuntu-24.04"]);
    assert!(
        manifest.matches(r#""target":"ubuntu-24.04""#).count() == 2 && script.contains("9002"),
        "{manifest}"
    );
}

#[test]
fn one_password_from_stdin_serves_every_host_that_asks_at_one_place() {
    let stage = TestDir::with(
        "fleet.yaml",
        "defaults: {passinit: {stdin: true}, panel: none}\nhosts:\n  - domain: a.example.org\n  - domain: b.example.org\n",
    );
    let ran = stage.feed(&["render", "--fleet", "fleet.yaml", "-o", "out"], b"correct-horse-battery\n");
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    for host in ["a", "b"] {
        let secret = stage.read(&format!("out/{host}.example.org/root/etc/panel/secrets/password"));
        assert_eq!(secret.trim_end(), "correct-horse-battery");
    }
    let ran = stage
        .feed(&["render", "--fleet", "-"], b"hosts:\n  - {domain: a.example.org, passinit: {stdin: true}}\n");
    assert_eq!(ran.codes(), ["stdin-twice"]);
}

#[test]
fn hostile_documents_are_refused_quickly() {
    let bomb = "defaults:\n  a: &a [x, x, x, x, x, x, x, x, x]\n  b: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n  c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n  d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n  e: &e [*d, *d, *d, *d, *d, *d, *d, *d]\n  f: [*e, *e, *e, *e, *e, *e, *e, *e]\nhosts: []\n";
    let texts = "a, ".repeat(600);
    let anchors: String =
        (0..300).map(|number| format!("  - &a{number} {{domain: h{number}, x: [{texts}]}}\n")).collect();
    for (what, text) in [
        ("brackets", format!("hosts:\n  - {}", "[".repeat(1 << 20))),
        ("a bomb", bomb.to_owned()),
        ("names for ever", format!("hosts:\n{anchors}")),
        (
            "one line",
            format!("hosts: [{}]", format!("{{domain: h, mail: \"{}\"}}, ", "x".repeat(5000)).repeat(300)),
        ),
        ("an endless text", format!("hosts:\n  - domain: \"{}", "x".repeat(2 << 20))),
        ("comments", format!("hosts:\n{}", "# x\n".repeat(400_000))),
        (
            "keys",
            format!("hosts:\n  - {{{}}}", (0..200_000).map(|n| format!("k{n}: v, ")).collect::<String>()),
        ),
        ("no text", "hosts:\n  - domain: \u{0}\n".to_owned()),
    ] {
        let stage = TestDir::with("fleet.yaml", text);
        let begin = Instant::now();
        let ran = stage.run(&["render", "--fleet", "fleet.yaml"]);
        assert_eq!((ran.exit, ran.stdout.len()), (Some(2), 0), "{what}: {}", ran.stderr);
        assert!(!ran.codes().is_empty() && ran.stderr.len() < 100_000, "{what}: {}", ran.stderr.len());
        // Told from a hang, on however busy a machine.
        assert!(begin.elapsed() < Duration::from_secs(180), "{what}: {:?}", begin.elapsed());
    }
}
