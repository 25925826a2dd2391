//! Same input, same bytes: on any machine, at any hour, for any user and locale; and nothing written elsewhere.

use std::process::Command;

use crate::support::test_dir::{PROGRAM, Run, TestDir, run};
use crate::support::tools::has;

const FORMATS: &[&str] =
    &["tar", "tar.gz", "text", "json", "sh", "cloud-config", "cloud-config.gz", "mime", "ansible"];

/// What the contract lets through is set by the tests themselves.
fn render(stage: &TestDir, format: &str, change: impl FnOnce(&mut Command)) -> Run {
    let yaml = format!("{}/snapshots/every-option/panel.yaml", env!("CARGO_MANIFEST_DIR"));
    let mut command = stage.command(["render", "-f", &yaml, "--format", format]);
    change(&mut command);
    let ran = run(&mut command, b"");
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    ran
}

#[test]
fn every_format_is_tried() {
    let stage = TestDir::new();
    let help = stage.run(&["render", "--help"]);
    let listed = help.text().split("--format <FORMAT>").nth(1).unwrap();
    let listed = listed.split("--only").next().unwrap();
    let named: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next())
        .filter(|name| *name != "dir")
        .collect();
    assert_eq!(named, FORMATS, "the directory form has a test of its own");
}

#[test]
fn time_zone_locale_home_user_and_directory_change_no_byte() {
    let (here, there) = (TestDir::new(), TestDir::new());
    for format in FORMATS {
        let plain = render(&here, format, |_| {});
        let again = render(&here, format, |_| {});
        assert!(plain == again, "{format}: twice in a row");
        let elsewhere = render(&there, format, |command| {
            command
                .env_clear()
                .env("TZ", "Pacific/Kiritimati")
                .env("LC_ALL", "tr_TR.UTF-8")
                .env("LANG", "ar_EG.UTF-8")
                .env("HOME", "/nonexistent")
                .env("USER", "somebody")
                .env("LOGNAME", "somebody")
                .env("HOSTNAME", "elsewhere")
                .env("COLUMNS", "40")
                .env("TMPDIR", "/nonexistent")
                .env("PANELGEN_DOMAIN", "other.example.org")
                .env("PANELGEN_BLESS", "1");
        });
        assert!(plain == elsewhere, "{format}: other surroundings");
    }
}

#[test]
fn source_date_epoch_sets_the_times_of_archives_and_nothing_else() {
    let stage = TestDir::new();
    for format in FORMATS {
        let epoch = |command: &mut Command| {
            command.env("SOURCE_DATE_EPOCH", "1600000000");
        };
        let (plain, dated) = (render(&stage, format, |_| {}), render(&stage, format, epoch));
        // The script and the Ansible project carry an archive.
        let is_archive = format.starts_with("tar") || ["sh", "ansible"].contains(format);
        assert!(is_archive || plain == dated, "{format}");
        assert!(!format.starts_with("tar") || plain != dated, "{format}");
    }
}

#[test]
fn the_directory_form_does_not_depend_on_umask_or_user() {
    let (here, there) = (TestDir::new(), TestDir::new());
    let write = |stage: &TestDir, umask: &str, before: &str| {
        let script =
            format!("umask {umask}; exec {before} \"$0\" render -d panel.example.org -p fake -o bundle/");
        let ran = run(Command::new("sh").args(["-c", &script, PROGRAM]).current_dir(&stage.path), b"");
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        // Names, kinds, modes and contents; owners and times are whoever's and whenever.
        let script =
            "cd bundle && find . -printf '%y %m %s %p\\n' | sort && find . -type f | sort | xargs sha256sum";
        run(Command::new("sh").args(["-c", script]).current_dir(&stage.path), b"").stdout
    };
    let plain = write(&here, "022", "");
    assert!(plain.len() > 1000);
    assert!(write(&there, "077", "env -i TZ=UTC-14") == plain);
    assert!(write(&there, "000", "") == plain);
}

#[test]
fn nothing_is_written_but_what_was_asked_for() {
    let stage = TestDir::with("work/panel.yaml", "domain: panel.example.org\npassinit: {file: secret.txt}\n");
    stage.put("work/secret.txt", "fake-password");
    for name in ["home", "tmp", "cache"] {
        std::fs::create_dir(stage.path.join(name)).unwrap();
    }
    let quiet = ["list", "targets"];
    for args in [
        &["render", "-f", "panel.yaml"][..],
        &["render", "-f", "panel.yaml", "-o", "-"],
        &["list", "-f", "panel.yaml"],
        &["targets"],
        &["render", "-f", "panel.yaml", "-o", "../out.tar"],
        &["render", "-f", "panel.yaml", "-o", "../bundle/"],
        &["render", "-f", "panel.yaml", "-o", "../bundle/", "--check"],
    ] {
        let before = stage.paths();
        let mut command = stage.command(args);
        command.current_dir(stage.path.join("work"));
        for (name, value) in [("HOME", "home"), ("TMPDIR", "tmp"), ("XDG_CACHE_HOME", "cache")] {
            command.env(name, stage.path.join(value));
        }
        let ran = run(&mut command, b"");
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        let new: Vec<_> = stage.paths().into_iter().filter(|path| !before.contains(path)).collect();
        let asked = |path: &camino::Utf8PathBuf| path.starts_with("bundle") || path == "out.tar";
        assert!(new.iter().all(asked), "{args:?}: {new:?}");
        assert!(new.is_empty() || !quiet.contains(&args[0]), "{args:?}: {new:?}");
    }
}

/// What the kernel was asked for, where strace is there to listen.
#[test]
fn no_program_is_started_no_socket_opened_and_no_path_made_elsewhere() {
    if !has("strace") {
        return;
    }
    let stage = TestDir::with("secret.txt", "fake-password");
    let mut command = Command::new("strace");
    command.current_dir(&stage.path).args([
        "-f",
        "-o",
        "trace",
        PROGRAM,
        "render",
        "-d",
        "panel.example.org",
    ]);
    let ran = run(command.args(["--passinit-file", "secret.txt", "-o", "bundle/"]), b"");
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let trace = stage.read("trace");
    assert!(trace.contains("openat("), "strace listened");
    assert_eq!(trace.matches("execve(").count(), 1, "the program itself");
    assert!(!trace.contains("socket("), "a generator needs no network");
    let here = stage.path.as_str();
    for line in trace.lines() {
        let makes = ["O_CREAT", "mkdir", "rename", "linkat(", "unlink", "symlink"]
            .iter()
            .any(|call| line.contains(call));
        let absolute =
            line.split('"').nth(1).is_some_and(|path| path.starts_with('/') && !path.starts_with(here));
        assert!(!makes || !absolute, "{line}");
    }
}
