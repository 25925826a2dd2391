//! Hostile bundles and the real validators, in the oldest and the newest version that the package registries have: nothing
//! of a bundle runs, no file or variable of the caller is read, nothing is written outside, and every check ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::sandbox::{Testbed, testbeds};
use crate::support::skip::skip;
use crate::support::test_dir::PROGRAM;
use crate::support::tools::cache;

/// The programs of one version each: a name for messages, the program, and how it is copied from the cache of `.ci/install`.
/// A version without a source is the system's.
struct Version {
    name: &'static str,
    program: &'static str,
    source: Option<&'static str>,
}

const fn version(name: &'static str, program: &'static str, source: Option<&'static str>) -> Version {
    Version { name, program, source }
}

const NEWEST_ANSIBLE: &str = "ansible/2.21";

/// The sets of versions that are tried together, each with the target whose versions they are.
const SETS: &[(&str, &str, &[Version])] = &[
    (
        "oldest",
        "debian-11",
        &[
            version("ansible-core 2.14", "ansible-playbook", Some("ansible/2.14")),
            version("cloud-init of bullseye", "cloud-init", Some("cloud-init/bullseye")),
            version("nginx 1.22", "nginx", None),
            version("certbot 2.1", "certbot", None),
        ],
    ),
    (
        "of bookworm",
        "debian-12",
        &[
            version("ansible-core 2.21", "ansible-playbook", Some(NEWEST_ANSIBLE)),
            version("cloud-init of bookworm", "cloud-init", None),
        ],
    ),
    (
        "newest",
        "debian-13",
        &[
            version("ansible-core 2.19", "ansible-playbook", Some("venv")),
            version("cloud-init of trixie", "cloud-init", Some("cloud-init/trixie")),
            version("nginx of trixie", "nginx", Some("nginx-trixie")),
            version("the newest certbot", "certbot", Some("certbot")),
        ],
    ),
];

/// A change of a good bundle: the validator that reads the file, the file, and its new content from the old one. `PATH` is
/// the directory of the test.
struct Attack {
    validator: &'static str,
    file: &'static str,
    change: fn(&str) -> String,
}

const fn attack(validator: &'static str, file: &'static str, change: fn(&str) -> String) -> Attack {
    Attack { validator, file, change }
}

const PLAYBOOK: &str = "ansible/site.yml";
const ISSUE: &str = "root/etc/systemd/system/certbot-issue.service";
const UNIT: &str = "root/etc/systemd/system/faasd.service";
const SITE: &str = "root/etc/nginx/conf.d/default.conf";
const COMPOSE: &str = "root/var/lib/faasd/docker-compose.yaml";
const PROMETHEUS: &str = "root/var/lib/faasd/prometheus.yml";
const RULES: &str = "root/etc/nftables.d/panel.nft";
const HOOK: &str = "root/etc/letsencrypt/renewal-hooks/deploy/panel-nginx";
const USER_DATA: &str = "cloud-config.yaml";

fn certbot(old: &str, argument: &str) -> String {
    old.replacen("--non-interactive", &format!("--non-interactive {argument}"), 1)
}

/// The attacks, by what they try. One bundle has one attack on each validator.
const ATTACKS: &[(&str, &[Attack])] = &[
    (
        "run a program",
        &[
            attack("ansible", PLAYBOOK, |_| {
                "- hosts: all\n  roles:\n    - role: \"{{ lookup('pipe', 'touch PATH/open/mark') }}\"\n"
                    .into()
            }),
            attack("certbot", ISSUE, |old| certbot(old, "--pre-hook 'touch PATH/open/mark'")),
            attack("systemd", UNIT, |old| {
                old.replacen("[Service]\n", "[Service]\nExecStartPre=/usr/bin/touch PATH/open/mark\n", 1)
            }),
            attack("nginx", SITE, |old| format!("load_module PATH/evil.so;\n{old}")),
            attack("docker", COMPOSE, |old| {
                old.replacen("services:\n", "services:\n  evil:\n    build: {context: PATH}\n", 1)
            }),
            attack("nft", RULES, |old| format!("{old}\ninclude \"PATH/evil.nft\"\n")),
            attack("sh", HOOK, |old| format!("{old}\n: $(touch PATH/open/mark)\n")),
            attack("cloud-init", USER_DATA, |_| {
                "## template: jinja\n#cloud-config\nruncmd: [\"{{ cycler.__init__.__globals__.os.system('touch PATH/open/mark') }}\"]\n"
                    .into()
            }),
        ],
    ),
    (
        "read a file",
        &[
            attack("ansible", PLAYBOOK, |old| {
                old.replacen("hosts:", "vars_files: [PATH/secret]\n  hosts:", 1)
            }),
            attack("certbot", ISSUE, |old| certbot(old, "--config PATH/secret")),
            attack("systemd", UNIT, |old| {
                old.replacen("[Service]\n", "[Service]\nEnvironmentFile=PATH/secret\n", 1)
            }),
            attack("nginx", SITE, |old| format!("include PATH/secret;\n{old}")),
            attack("docker", COMPOSE, |old| {
                old.replacen("services:\n", "services:\n  evil: {image: \"a:1\", env_file: PATH/secret}\n", 1)
            }),
            attack("promtool", PROMETHEUS, |old| format!("rule_files: [PATH/secret]\n{old}")),
            attack("nft", RULES, |old| format!("include \"PATH/secret\"\n{old}")),
            attack("shellcheck", HOOK, |old| {
                format!("{old}\n# shellcheck source=PATH/secret\n. PATH/secret\n")
            }),
            attack("cloud-init", USER_DATA, |_| "#include\nfile://PATH/secret\n".into()),
        ],
    ),
    (
        "read a variable",
        &[
            attack("ansible", PLAYBOOK, |_| {
                "- hosts: all\n  roles:\n    - role: \"{{ lookup('env', 'PLANTED') }}\"\n".into()
            }),
            attack("certbot", ISSUE, |old| certbot(old, "--${PLANTED}")),
            attack("nginx", SITE, |old| format!("env PLANTED;\n{old}")),
            attack("docker", COMPOSE, |old| {
                old.replacen("services:\n", "services:\n  evil: {image: \"${PLANTED}\"}\n", 1)
            }),
            attack("systemd", UNIT, |old| {
                old.replacen("[Service]\n", "[Service]\nEnvironment=A=%E-${PLANTED} \"\n", 1)
            }),
            attack("sh", HOOK, |old| format!("{old}\nexport ${{PLANTED?}}\n")),
        ],
    ),
    (
        "write outside",
        &[
            attack("ansible", PLAYBOOK, |old| {
                old.replacen("hosts:", "vars: {ansible_remote_tmp: PATH/open/mark}\n  hosts:", 1)
            }),
            attack("certbot", ISSUE, |old| certbot(old, "--logs-dir=PATH/open/mark")),
            attack("nginx", SITE, |old| format!("error_log PATH/open/mark;\npid PATH/open/mark;\n{old}")),
            attack("docker", COMPOSE, |old| format!("include: [PATH/open/mark]\n{old}")),
            attack("promtool", PROMETHEUS, |old| {
                format!("{old}\nstorage: {{tsdb: {{path: PATH/open/mark}}}}\n")
            }),
            attack("sh", HOOK, |old| format!("{old}\necho x >PATH/open/mark\n")),
        ],
    ),
    (
        "fork and allocate without end",
        &[
            attack("ansible", PLAYBOOK, |_| {
                "- hosts: all\n  vars: {a: \"{{ 'x' * 9999999999 }}\"}\n  roles:\n    - role: \"{{ range(9999999999) | list | length }}\"\n"
                    .into()
            }),
            attack("nginx", SITE, |old| {
                format!(
                    "proxy_cache_path /tmp/c keys_zone=z:900g;\nlimit_req_zone $uri zone=y:900g rate=1r/s;\n{old}"
                )
            }),
            attack("docker", COMPOSE, |_| laughs("services")),
            attack("promtool", PROMETHEUS, |_| laughs("scrape_configs")),
            attack("cloud-init", USER_DATA, |_| format!("#cloud-config\n{}", laughs("runcmd"))),
            attack("nft", RULES, |_| {
                format!(
                    "table inet panel {{\nset s {{ type ipv4_addr; elements = {{ {} }} }}\n}}\n",
                    (0..60_000).map(|n| format!("10.{}.{}.1, ", n >> 8, n & 255)).collect::<String>()
                )
            }),
            attack("shellcheck", HOOK, |_| format!("#!/bin/sh\n{}", "if x; then\n".repeat(3000))),
            attack("systemd", UNIT, |old| {
                old.replacen(
                    "[Service]\n",
                    &format!("[Service]\nExecStart=/bin/sh {}\n", "a ".repeat(200_000)),
                    1,
                )
            }),
        ],
    ),
];

/// YAML whose aliases expand to 10^9 values.
fn laughs(key: &str) -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    text + &format!("{key}: *a8\n")
}

/// Copies a version below the test's directory, where an ordinary user can read it too. Returns the directory for `PATH`, or
/// `None` with a reason if it is not installed.
fn copy(version: &Version, to: &Utf8Path, user: Option<&str>) -> Option<Utf8PathBuf> {
    let Some(source) = version.source else { return Some("/usr/bin".into()) };
    // It needs a newer Python than Debian 12 has: one in the home directory of root, which others cannot reach.
    if source == NEWEST_ANSIBLE && user.is_some() {
        return None;
    }
    let from = cache().join(source);
    let interpreter = from.join("bin/python3").canonicalize_utf8();
    if user.is_some() && interpreter.is_ok_and(|path| !path.starts_with("/usr")) {
        skip(&format!("an ordinary user cannot reach the interpreter of {}", version.name));
        return None;
    }
    let prefix = to.join(version.program);
    if prefix.exists() {
        return Some(prefix.join("bin"));
    }
    if !from.is_dir() {
        skip(&format!("{} is not in {from}", version.name));
        return None;
    }
    fs::create_dir_all(prefix.join("bin")).unwrap();
    let run =
        |program: &str, args: &[&str]| assert!(Command::new(program).args(args).status().unwrap().success());
    let program = prefix.join("bin").join(version.program);
    if source.starts_with("cloud-init/") {
        fs::create_dir(prefix.join("lib")).unwrap();
        run("cp", &["-a", from.join("root").as_str(), prefix.join("lib/root").as_str()]);
        let command = if source.ends_with("bullseye") { "devel schema" } else { "schema" };
        let script = format!(
            "#!/bin/sh\nexport PYTHONPATH={prefix}/lib/root/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1\n\
             case $1 in schema) shift; exec /usr/bin/python3 -W ignore -m cloudinit.cmd.main {command} \"$@\";; esac\n\
             exec /usr/bin/python3 -W ignore -m cloudinit.cmd.main \"$@\"\n"
        );
        fs::write(&program, script).unwrap();
    } else {
        run("cp", &["-a", from.join(".").as_str(), prefix.as_str()]);
        let text = fs::read_to_string(&program).unwrap();
        fs::write(&program, text.replace(from.as_str(), prefix.as_str())).unwrap();
    }
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Some(prefix.join("bin"))
}

/// Writes a bundle with these attacks next to the good one.
fn write_bundle(testbed: &Testbed, target: &str, attacks: &[Attack]) {
    let bundle = testbed.path.join("bundle");
    let _ = fs::remove_dir_all(&bundle);
    let render = ["render", "-d", "example.com", "--target", target, "-o", bundle.as_str()];
    assert!(Command::new(PROGRAM).args(render).output().unwrap().status.success());
    for attack in attacks {
        let path = bundle.join(attack.file);
        let old = fs::read_to_string(&path).unwrap();
        let new = (attack.change)(&old).replace("PATH", testbed.path.as_str());
        assert_ne!(old, new, "{}", attack.validator);
        fs::write(&path, new).unwrap();
    }
    let tar = testbed.path.join("b.tar");
    let done = Command::new("tar").args(["-C", bundle.as_str(), "-cf", tar.as_str(), "."]).status().unwrap();
    assert!(done.success());
}

#[test]
fn validator_that_would_run_too_often_is_an_error() {
    let Some(testbed) = testbeds("often").into_iter().next() else { return };
    let timer = "root/etc/systemd/system/certbot-renew.timer";
    let change = |old: &str| {
        let more = (0..150).map(|n| format!("OnCalendar=*-*-* 01:{:02}:{:02}\n", n / 60, n % 60));
        old.replacen("[Timer]\n", &format!("[Timer]\n{}", more.collect::<String>()), 1)
    };
    write_bundle(&testbed, "debian-12", &[attack("systemd", timer, change)]);
    let done = testbed.check_with("/usr/bin", "json", &["--require", "systemd"]);
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let one = report["validators"].as_array().unwrap().iter().find(|one| one["name"] == "systemd").unwrap();
    assert_eq!((&one["outcome"], done.status.code()), (&Value::from("error"), Some(3)), "{one}");
    assert!(one["why"].as_str().unwrap().contains("would run more than 100 times"), "{one}");
}

#[test]
#[ignore = "eight minutes: `.ci/run --full` runs it"]
fn hostile_bundle_reaches_nothing_through_a_real_validator() {
    for testbed in testbeds("real") {
        fs::write(testbed.path.join("evil.nft"), "include \"/dev/zero\"\n").unwrap();
        for (set, target, versions) in SETS {
            let to = testbed.path.join("real").join(set.replace(' ', "-"));
            let tried: Vec<(&Version, Utf8PathBuf)> = versions
                .iter()
                .filter_map(|version| Some((version, copy(version, &to, testbed.user)?)))
                .collect();
            let path = tried.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>().join(":");
            write_bundle(&testbed, target, &[]);
            let good = testbed.check_with(&path, "json", &[]);
            let report: Value = serde_json::from_slice(&good.stdout).unwrap();
            for (version, _) in &tried {
                let name = if version.program == "ansible-playbook" { "ansible" } else { version.program };
                let validators = report["validators"].as_array().unwrap();
                let one = validators.iter().find(|one| one["name"] == name).unwrap();
                assert_eq!(one["outcome"], "passed", "{} as {:?}: {one}", version.name, testbed.user);
            }
            for (what, attacks) in ATTACKS {
                write_bundle(&testbed, target, attacks);
                let begin = Instant::now();
                let done = testbed.check_with(&path, "sarif", &[]);
                let context = format!("{what}, {set}, as {:?}", testbed.user);
                assert!(begin.elapsed() < Duration::from_secs(240), "{context}: {:?}", begin.elapsed());
                assert_eq!(
                    done.status.code(),
                    Some(1),
                    "{context}: {}",
                    String::from_utf8_lossy(&done.stderr)
                );
                let printed = [done.stdout, done.stderr].concat();
                let printed = String::from_utf8(printed).unwrap();
                for secret in ["planted-file-secret", "planted-variable-secret"] {
                    assert!(!printed.contains(secret), "{context}: {printed}");
                }
                assert!(fs::read_dir(testbed.path.join("open")).unwrap().next().is_none(), "{context}");
            }
        }
    }
}
