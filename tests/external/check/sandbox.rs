//! The sandbox holds whatever a validator does, as root and as an ordinary user. Programs that misbehave stand in for the
//! validators, because a bundle must not be able to make a real one misbehave.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::support::skip::skip;
use crate::support::test_dir::PROGRAM;

/// The programs of the validators that are found by name, and the validator of each.
const PROGRAMS: &[(&str, &str)] = &[
    ("nginx", "nginx"),
    ("systemd-analyze", "systemd"),
    ("nft", "nft"),
    ("cloud-init", "cloud-init"),
    ("dash", "sh"),
    ("shellcheck", "shellcheck"),
    ("ansible-playbook", "ansible"),
    ("certbot", "certbot"),
    ("docker", "docker"),
    ("promtool", "promtool"),
];

/// Answers what is asked before a validator reads the bundle.
const PRELUDE: &str =
    "#!/bin/sh\ncase \"$*\" in *--version|-v|'compose version') echo 'v 255.0.0'; exit 0;; esac\n";

/// A directory that an ordinary user can enter, with a bundle, programs and a secret that nothing may read.
pub(super) struct Testbed {
    pub(super) path: Utf8PathBuf,
    pub(super) user: Option<&'static str>,
}

impl Testbed {
    /// For root or, if there is a user, for that one. None, with a reason, where this test cannot become that user.
    fn new(name: &str, user: Option<&'static str>) -> Option<Self> {
        if user.is_some() && !rustix::process::geteuid().is_root() {
            return None;
        }
        let path = Utf8PathBuf::from(format!("/tmp/panelgen-test-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let testbed = Self { path, user };
        fs::create_dir(testbed.path.join("bin")).unwrap();
        for (directory, mode) in [("open", 0o777), ("tmp", 0o1777)] {
            fs::create_dir(testbed.path.join(directory)).unwrap();
            fs::set_permissions(testbed.path.join(directory), fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::write(testbed.path.join("secret"), "planted-file-secret").unwrap();
        fs::copy(PROGRAM, testbed.path.join("panelgen")).unwrap();
        let render = ["render", "-d", "example.com", "--set", "target=debian-12", "-o", "b.tar"];
        let done = Command::new(PROGRAM).args(render).current_dir(&testbed.path).output().unwrap();
        assert!(done.status.success());
        Some(testbed)
    }

    /// Puts a program in the place of a validator's.
    fn replace(&self, name: &str, script: &str) {
        let path = self.path.join("bin").join(name);
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("{PRELUDE}{script}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        if let Some(user) = self.user {
            // A program of somebody else is not used.
            let done = Command::new("chown").args([user, path.as_str()]).status().unwrap();
            assert!(done.success());
        }
    }

    fn check(&self, format: &str, arguments: &[&str]) -> Output {
        self.check_with(self.path.join("bin").as_str(), format, arguments)
    }

    /// Checks the bundle with these directories at the front of `PATH`.
    pub(super) fn check_with(&self, path: &str, format: &str, arguments: &[&str]) -> Output {
        let bundle = fs::File::open(self.path.join("b.tar")).unwrap();
        let mut command = match self.user {
            None => Command::new(self.path.join("panelgen")),
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={user}"), format!("--regid={user}")]);
                command.args(["--clear-groups", "--"]).arg(self.path.join("panelgen"));
                command
            }
        };
        command
            .args(["check", "-", "--format", format])
            .args(arguments)
            .stdin(bundle)
            .current_dir(&self.path);
        command.env("PATH", format!("{path}:/usr/sbin:/usr/bin:/sbin:/bin"));
        command.env("TMPDIR", self.path.join("tmp")).env("PLANTED", "planted-variable-secret");
        command.output().unwrap()
    }

    /// What the validators of these programs report, by name.
    fn outcomes(&self, arguments: &[&str]) -> (Option<i32>, Vec<(String, String, String)>) {
        let done = self.check("json", arguments);
        let report: Value = serde_json::from_slice(&done.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr)));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = report["validators"].as_array().unwrap().iter();
        let all = all.map(|one| (text(&one["name"]), text(&one["outcome"]), text(&one["why"]))).collect();
        (done.status.code(), all)
    }
}

impl Drop for Testbed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether bubblewrap can make a sandbox for a user; loudly skipped or, where all is required, a failure if not.
fn has_sandbox(user: Option<&str>) -> bool {
    let test = ["--unshare-all", "--ro-bind", "/", "/", "true"];
    let mut command = match user {
        None => Command::new("bwrap"),
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={user}")]);
            command.args(["--clear-groups", "--", "bwrap"]);
            command
        }
    };
    let has = command.args(test).current_dir("/").output().is_ok_and(|done| done.status.success());
    if !has {
        skip(&format!("no sandbox for {user:?}"));
    }
    has
}

/// Root and an ordinary user, which is no account of the system.
const USERS: [Option<&str>; 2] = [None, Some("64123")];

pub(super) fn testbeds(name: &str) -> Vec<Testbed> {
    let users = USERS.into_iter().filter(|user| has_sandbox(*user));
    users.filter_map(|user| Testbed::new(&format!("{name}-{}", user.unwrap_or("root")), user)).collect()
}

/// Tries everything that a sandbox forbids, and prints what it could do.
fn attack(testbed: &Utf8Path) -> String {
    format!(
        r#"
exec 2>/dev/null
found=
add() {{ found="$found $1"; }}
for p in /proc/[0-9]*; do
    tr '\0' '\n' <$p/environ 2>/dev/null | grep -q planted-variable-secret && add environment
done
[ "$(env | cut -d= -f1 | grep -vE '^(PATH|LC_ALL|PWD|_|OLDPWD|SHLVL)$')" = "" ] || add variables
cat {testbed}/secret /etc/shadow /root/.bashrc 2>/dev/null | grep -q . && add file
for d in / /usr /usr/bin /etc /input /dev /var /home {testbed}/bin; do
    (: >$d/written) 2>/dev/null && add write:$d
done
# What is written here is gone with the sandbox's own /tmp and /run; the test looks.
mkdir {testbed}/open; (: >{testbed}/written); (: >{testbed}/open/written); (: >/run/panelgen-written)
for d in /home /root /var/lib/dpkg /run/systemd /sys/kernel; do [ -e $d ] && ls $d 2>/dev/null | grep -q . && add see:$d; done
[ "$(ls /proc/self/fd | wc -l)" -le 4 ] || add descriptors
grep -q '^NoNewPrivs:.1' /proc/self/status || add privileges
case $(sed -n 's/^CapEff:.//p' /proc/self/status) in
    0000000000000000|0000000000000400|0000000000001000) ;;
    *) add capabilities;;
esac
[ "$(ls /sys/class/net 2>/dev/null; sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' ')" = lo ] || add network
kill -0 1 2>/dev/null && [ $$ -gt 50 ] && add processes
(exec 3<>/dev/mem) 2>/dev/null && add memory
mount -t tmpfs none /tmp 2>/dev/null && add mount
unshare --mount true 2>/dev/null && [ "$(id -u)" = 0 ] && add unshare
echo "attack:$found."
exit 9
"#
    )
}

#[test]
fn validator_can_reach_nothing_outside_its_sandbox() {
    for testbed in testbeds("attack") {
        for (program, _) in PROGRAMS {
            testbed.replace(program, &attack(&testbed.path));
        }
        let done = testbed.check("json", &[]);
        assert_eq!(done.status.code(), Some(1), "{:?}", testbed.user);
        let report: Value = serde_json::from_slice(&done.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        for (_, validator) in PROGRAMS {
            let told = |finding: &&Value| finding["message"].as_str().unwrap().starts_with(validator);
            let message = findings.iter().find(told).unwrap_or_else(|| panic!("{validator}: {report:#}"));
            let message = message["message"].as_str().unwrap();
            assert!(message.contains("attack:."), "{:?}: {validator}: {message}", testbed.user);
        }
        assert!(fs::read_dir(testbed.path.join("open")).unwrap().next().is_none());
        assert!(!testbed.path.join("written").exists());
        assert!(!Utf8Path::new("/run/panelgen-written").exists());
    }
}

#[test]
fn validator_is_ended_when_it_forks_or_allocates_without_end() {
    for testbed in testbeds("bomb") {
        // Processes that outlive their parent, and one that takes memory; both as fast as they can.
        let sleep = format!("sleep 1000.{}", std::process::id());
        testbed.replace("dash", &format!("exec 2>/dev/null\nwhile :; do ({sleep} &) || exit 9; done\n"));
        testbed.replace("shellcheck", "exec perl -e 'my @a; push @a, \"x\" x 50_000_000 while 1'\n");
        testbed.replace("promtool", "exec yes\n");
        testbed.replace("nft", "exec dd if=/dev/zero of=/tmp/full bs=1M 2>/dev/null\n");
        let (code, outcomes) = testbed.outcomes(&["--require", "sh,shellcheck,promtool,nft"]);
        assert_eq!(code, Some(3));
        let why = |validator: &str| {
            let (_, outcome, why) = outcomes.iter().find(|(name, ..)| name == validator).unwrap();
            assert_eq!(outcome, "error", "{validator}: {why}");
            why.clone()
        };
        assert!(why("sh").contains("did not answer"), "{}", why("sh"));
        assert!(why("shellcheck").contains("memory"), "{}", why("shellcheck"));
        assert!(why("promtool").contains("printed more"), "{}", why("promtool"));
        assert!(why("nft").contains("nft"), "{}", why("nft"));
        // Nothing of it is left.
        let left = Command::new("pgrep").args(["-f", &format!("^{sleep}$")]).output().unwrap();
        assert!(left.stdout.is_empty(), "{}", String::from_utf8_lossy(&left.stdout));
        let left: Vec<_> = fs::read_dir(testbed.path.join("tmp")).unwrap().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn killed_or_silent_validator_is_an_error_in_every_format() {
    let Some(testbed) = testbeds("killed").into_iter().next() else { return };
    for (program, _) in PROGRAMS {
        testbed.replace(program, "kill -KILL $$\n");
    }
    let (code, outcomes) = testbed.outcomes(&[]);
    assert_eq!(code, Some(1), "a failed question is not a pass");
    for (_, validator) in PROGRAMS {
        let (_, outcome, why) = outcomes.iter().find(|(name, ..)| name == validator).unwrap();
        assert_eq!(outcome, "error", "{validator}");
        assert!(why.contains("was ended by signal 9"), "{validator}: {why}");
        assert_eq!(testbed.outcomes(&["--require", validator]).0, Some(3), "{validator}");
    }
    for format in ["text", "sarif", "github"] {
        let done = testbed.check(format, &[]);
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(text.contains("validator-failed"), "{format}: {text}");
        assert!(text.contains("was ended by signal 9"), "{format}: {text}");
    }
    // These print something when all is well.
    let talkative = ["nginx", "cloud-init", "ansible-playbook", "certbot", "docker", "promtool"];
    for program in talkative {
        testbed.replace(program, "exit 0\n");
    }
    let (_, outcomes) = testbed.outcomes(&[]);
    for (program, validator) in PROGRAMS.iter().filter(|(program, _)| talkative.contains(program)) {
        let (_, outcome, why) = outcomes.iter().find(|(name, ..)| name == validator).unwrap();
        assert_eq!(outcome, "error", "{program}");
        assert!(why.contains("did not answer"), "{program}: {why}");
    }
}

#[test]
fn validator_without_a_sandbox_is_not_started() {
    let Some(testbed) = testbeds("none").into_iter().next() else { return };
    // A process that may make no namespaces: what a container's default rules do.
    let bundle = fs::File::open(testbed.path.join("b.tar")).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", "--"]);
    command.arg(testbed.path.join("panelgen")).args(["check", "-", "--format", "json", "--require", "sh"]);
    let done = command.stdin(bundle).env("TMPDIR", "/tmp").current_dir("/").output().unwrap();
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    for validator in report["validators"].as_array().unwrap() {
        if validator["outcome"] == "idle" {
            continue;
        }
        assert_eq!(validator["outcome"], "absent", "{validator}");
        let why = validator["why"].as_str().unwrap();
        assert!(why.contains("no sandbox") || why.contains("not installed"), "{why}");
    }
    assert_eq!(done.status.code(), Some(3));
}

#[test]
fn program_is_not_taken_from_a_directory_that_others_can_write_to() {
    let Some(testbed) = testbeds("path").into_iter().next() else { return };
    let script = format!("{PRELUDE}touch {}/open/ran; echo TAKEN; exit 9\n", testbed.path);
    for directory in ["open", "bin"] {
        let program = testbed.path.join(directory).join("promtool");
        fs::write(&program, &script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let taken = |path: &str| {
        let bundle = fs::File::open(testbed.path.join("b.tar")).unwrap();
        let mut command = Command::new(testbed.path.join("panelgen"));
        command.args(["check", "-", "--format", "json"]).stdin(bundle).current_dir(testbed.path.join("bin"));
        let done = command.env("PATH", path).env("TMPDIR", "/tmp").output().unwrap();
        String::from_utf8(done.stdout).unwrap().contains("TAKEN")
    };
    assert!(taken(&format!("{}/bin:/usr/bin", testbed.path)));
    for path in [&format!("{}/open", testbed.path), "", ":", ".", "../bin", "bin:"] {
        assert!(!taken(&format!("{path}:/usr/sbin:/usr/bin")), "{path}");
    }
}
