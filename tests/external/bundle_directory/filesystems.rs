//! Filesystems and mounts where a directory cannot be exchanged: the bundle is written file by file, and the run says so.

use std::fs;
use std::process::Command;

use crate::support::skip::skip;
use crate::support::test_dir::{PROGRAM, Run, TestDir, run};
use crate::support::tools::{all, is_root};

const CHANGED: [&str; 5] = ["render", "-d", "example.com", "--set", "faasd.timeout=5m"];

/// A bundle with a file of the operator in it.
fn bundle() -> TestDir {
    let lab = TestDir::new();
    lab.bundle("bundle", &[]);
    lab.put("bundle/mine/note", "mine\n");
    lab
}

/// Renders a change while strace makes a system call fail.
fn injected(lab: &TestDir, call: &str, error: &str, more: &[&str]) -> Run {
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:{error}"), PROGRAM]);
    run(command.args(CHANGED).args(more).args(["-o", "bundle"]).current_dir(&lab.path), b"")
}

/// The directory holds the changed bundle and the operator's file, and nothing else is left.
fn assert_is_changed(lab: &TestDir, at: &str) {
    let ran = lab.run(&[&CHANGED[..], &["-o", at, "--check"]].concat());
    assert_eq!((ran.code(), ran.text()), (0, ""), "{at}");
    let hidden = |name: &String| name.starts_with('.') && name.ends_with(".panelgen");
    assert!(!lab.names().iter().any(hidden), "{:?}", lab.names());
    assert!(!lab.paths().iter().any(|path| path.as_str().ends_with(".panelgen")), "litter");
}

fn has_strace() -> bool {
    let strace = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let works = strace.is_ok_and(|output| output.status.success());
    if !works {
        skip("strace is needed to make a system call fail");
    }
    works
}

#[test]
fn bundle_is_written_file_by_file_when_directories_cannot_be_exchanged() {
    if !has_strace() {
        return;
    }
    for error in ["EINVAL", "ENOSYS", "EXDEV", "EOPNOTSUPP"] {
        let lab = bundle();
        let ran = injected(&lab, "renameat2", &format!("error={error}"), &[]);
        assert_eq!(ran.code(), 0, "{error}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("file by file, because its filesystem cannot exchange"),
            "{}",
            ran.stderr
        );
        assert_eq!(lab.read("bundle/mine/note"), "mine\n");
        assert_is_changed(&lab, "bundle");
    }
}

#[test]
fn bundle_is_written_file_by_file_when_a_foreign_file_cannot_be_linked() {
    if !has_strace() {
        return;
    }
    for error in ["EPERM", "EOPNOTSUPP", "EXDEV", "EMLINK"] {
        let lab = bundle();
        let ran = injected(&lab, "linkat", &format!("error={error}"), &[]);
        assert_eq!(ran.code(), 0, "{error}: {}", ran.stderr);
        assert!(ran.stderr.contains("because a file of others in it cannot be linked"), "{}", ran.stderr);
        assert_eq!(lab.read("bundle/mine/note"), "mine\n");
        assert_is_changed(&lab, "bundle");
    }
}

#[test]
fn missing_locks_are_reported_and_leave_nothing() {
    if !has_strace() {
        return;
    }
    for error in ["ENOLCK", "ENOSYS", "EOPNOTSUPP"] {
        let lab = bundle();
        let ran = injected(&lab, "flock", &format!("error={error}"), &[]);
        assert_eq!(ran.code(), 0, "{error}: {}", ran.stderr);
        assert!(ran.stderr.contains("has no locks"), "{}", ran.stderr);
        assert_is_changed(&lab, "bundle");
    }
    // Any other error stops the run, without a leftover.
    let lab = bundle();
    assert_eq!(injected(&lab, "flock", "error=EIO", &[]).code(), 2);
    assert_eq!(lab.names(), ["bundle"]);
}

#[test]
fn interrupted_run_file_by_file_is_completed_by_the_next_one() {
    if !has_strace() {
        return;
    }
    // Killed at the n-th replaced file; then rendered again with the same and with other parameters.
    for n in [1, 3, 6] {
        for again in [&CHANGED[..], &["render", "-d", "example.com", "-t", "none"]] {
            let lab = bundle();
            let mut command = Command::new("strace");
            command.args(["-f", "-o", "/dev/null", "-e", "inject=renameat2:error=EINVAL"]);
            command.args(["-e", &format!("inject=renameat:signal=KILL:when={n}"), PROGRAM]);
            command
                .args(["render", "-d", "example.com", "-t", "none", "-o", "bundle"])
                .current_dir(&lab.path);
            assert!(!command.output().unwrap().status.success());
            let args = [again, &["-o", "bundle"]].concat();
            let ran = lab.run(&args);
            assert_eq!(ran.code(), 0, "{n} {again:?}: {}", ran.stderr);
            let ran = lab.run(&[&args[..], &["--check"]].concat());
            assert_eq!((ran.code(), ran.text()), (0, ""), "{n} {again:?}");
            assert_eq!(lab.read("bundle/mine/note"), "mine\n");
        }
    }
}

/// Runs a script with the right to mount; the program is `$P`.
fn mounted(lab: &TestDir, script: &str) -> String {
    let mut command = Command::new("unshare");
    command.args(["-m", "bash", "-euc", script]).current_dir(&lab.path).env("P", PROGRAM);
    let output = command.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{text}");
    text
}

const RENDER: &str = "$P render -d example.com --set faasd.timeout=5m -o";

#[test]
fn bundle_is_written_to_overlays_and_mount_points() {
    if !is_root() || !all(&["unshare", "bash", "mount"]) {
        return;
    }
    for (name, script, says) in [
        (
            "a lower layer of an overlay",
            "mkdir over t; mount -t tmpfs none t; mkdir t/up t/work
             mount -t overlay none -o lowerdir=.,upperdir=t/up,workdir=t/work over; RENDER over/bundle; CHECK over/bundle",
            "its filesystem cannot exchange",
        ),
        ("a tmpfs", "mkdir m; mount -t tmpfs none m; RENDER m; CHECK m; RENDER m", "it is a mount point"),
        ("a bind mount", "mkdir m; mount --bind bundle m; RENDER m; CHECK m", "it is a mount point"),
        (
            "a bind mount inside",
            "mkdir m; echo x > m/x; mount --bind m bundle/root/etc/nginx; RENDER bundle; umount bundle/root/etc/nginx; cat m/x",
            "`root/etc/nginx` in it is a mount point",
        ),
        (
            "a single mounted file",
            "echo x > f; mount --bind f bundle/panel.sh; RENDER bundle; grep -c COMPONENTS f; umount bundle/panel.sh",
            "`panel.sh` in it is a mount point",
        ),
        (
            "a mounted output file",
            "touch f.tar o.tar; mount --bind f.tar o.tar; RENDER o.tar; tar -tf f.tar > /dev/null; umount o.tar",
            "bytes",
        ),
    ] {
        let lab = bundle();
        let check = "$P render -d example.com --set faasd.timeout=5m --check -o";
        let told = mounted(&lab, &script.replace("RENDER", RENDER).replace("CHECK", check));
        assert!(told.contains(says), "{name}: {told}");
        assert!(!lab.names().iter().any(|name| name.ends_with(".panelgen")), "{name}: {:?}", lab.names());
    }
}

#[test]
fn open_files_are_written_to() {
    if !all(&["bash", "tar"]) {
        return;
    }
    let lab = TestDir::new();
    for script in [
        "$P render -d example.com -o /dev/stdout | tar -t",
        "$P render -d example.com -o /dev/fd/1 | tar -t",
        "exec 7> seven; $P render -d example.com -o /dev/fd/7; tar -tf seven",
        "$P render -d example.com -o >(tar -t > listed); sleep 1; cat listed",
    ] {
        let mut command = Command::new("bash");
        let output =
            command.args(["-euc", script]).current_dir(&lab.path).env("P", PROGRAM).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.lines().any(|line| line == "panel.sh"), "{script}: {text}");
    }
}

#[test]
fn output_never_replaces_an_input_or_a_foreign_file() {
    let lab = TestDir::new();
    lab.put("panel.yaml", "domain: example.com\npassinit: {file: secret.sh}\n");
    lab.put("secret.sh", "correct-horse-battery\n");
    fs::hard_link(lab.join("panel.yaml"), lab.join("other.yaml")).unwrap();
    for output in ["panel.yaml", "./panel.yaml", "other.yaml", "secret.sh"] {
        let before = lab.read(output);
        let ran = lab.run(&["render", "-f", "panel.yaml", "-o", output, "--force"]);
        assert_eq!((ran.code(), ran.codes().last()), (2, Some(&"output-input")), "{output}: {}", ran.stderr);
        assert_eq!(lab.read(output), before);
    }
    lab.put("mine.json", "{\"name\": \"package\"}\n");
    lab.put("mine.sh", "#!/bin/sh\necho panelgen\n");
    lab.put("mine.yaml", "# panelgen render -f mine.yaml -o bundle/\ndomain: a.example.org\n");
    lab.put("mine.tar", [0; 1024]);
    for output in ["mine.json", "mine.sh", "mine.yaml", "mine.tar"] {
        let before = fs::read(lab.join(output)).unwrap();
        let ran = lab.run(&["render", "-d", "example.com", "-o", output]);
        assert_eq!((ran.code(), ran.codes().last()), (2, Some(&"file-foreign")), "{output}: {}", ran.stderr);
        assert_eq!(fs::read(lab.join(output)).unwrap(), before);
        assert_eq!(lab.run(&["render", "-d", "example.com", "-o", output, "--force"]).code(), 0);
    }
    // Each format recognizes its own file.
    for output in ["o.tar", "o.tar.gz", "o.tgz", "o.json", "o.sh", "o.yaml", "o.yaml.gz", "o.mime"] {
        for domain in ["example.com", "example.org"] {
            let ran = lab.run(&["render", "-d", domain, "-o", output]);
            assert_eq!(ran.code(), 0, "{output}: {}", ran.stderr);
        }
    }
}

#[test]
fn unknown_suffix_is_rejected_with_the_known_ones() {
    let lab = TestDir::new();
    for output in ["b.zip", "b.tar.xz", "b.tar.zst", "b.TAR", "b.tar.GZ", "b.7z", "b.YAML", "b.v1.2.tar.bz2"]
    {
        let ran = lab.run(&["render", "-d", "example.com", "-o", output]);
        assert_eq!(ran.code(), 2, "{output}");
        assert!(
            ran.stderr.contains("unknown archive suffix") && ran.stderr.contains("`.tar.gz`"),
            "{}",
            ran.stderr
        );
        assert!(lab.names().is_empty(), "{:?}", lab.names());
    }
    for output in ["bundle", "example.com", "v1.2", "b.zip/"] {
        assert_eq!(lab.run(&["render", "-d", "example.com", "-o", output]).code(), 0, "{output}");
    }
}
