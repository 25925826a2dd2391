//! Copies of a bundle: git checkouts, archives and artifacts are the same bundle to every command.

use std::fs;
use std::process::Command;

use crate::support::test_dir::{PROGRAM, TestDir};
use crate::support::tools::all;

/// Runs a script of a shell in the directory, with the program as `$P`.
fn shell(at: &TestDir, script: &str) -> String {
    let mut command = Command::new("bash");
    command.args(["-euc", script]).current_dir(&at.path).env("P", PROGRAM).env("HOME", &at.path);
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "t"),
        ("GIT_AUTHOR_EMAIL", "t@t.invalid"),
        ("GIT_COMMITTER_NAME", "t"),
        ("GIT_COMMITTER_EMAIL", "t@t.invalid"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ] {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{text}");
    text
}

/// A repository with a bundle and a fleet of one host, each committed.
fn repository() -> TestDir {
    let lab = TestDir::new();
    lab.put("repo/panel.yaml", "domain: example.com\n");
    lab.put("repo/fleet.yaml", "hosts:\n- domain: example.com\n");
    shell(
        &lab,
        "cd repo; git init -qb main; $P render -f panel.yaml -o bundle; $P render --fleet fleet.yaml -o fleet
         git add -A; git commit -qm one",
    );
    lab
}

/// Every command that compares or checks, in a directory that has the bundle, the fleet and their parameters.
fn assert_is_same(lab: &TestDir, name: &str) {
    for (args, stdout) in [
        (&["render", "-f", "panel.yaml", "-o", "bundle", "--check"][..], Some("")),
        (&["diff", "-f", "panel.yaml", "bundle"], Some("")),
        (&["check", "bundle", "--no-programs"], None),
        (&["render", "--fleet", "fleet.yaml", "-o", "fleet", "--check"], Some("")),
        (&["diff", "--fleet", "fleet.yaml", "fleet"], None),
    ] {
        let mut command = lab.command(args);
        command.current_dir(lab.join(name));
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{name}: {args:?}\n{text}{errors}");
        if let Some(stdout) = stdout {
            assert_eq!(text, stdout, "{name}: {args:?}");
        }
    }
}

#[test]
fn checkout_is_the_same_bundle_under_every_umask() {
    if !all(&["git", "bash"]) {
        return;
    }
    let lab = repository();
    for mask in ["002", "022", "007", "027", "077"] {
        shell(&lab, &format!("umask {mask}; git clone -q repo clone{mask}"));
        assert_is_same(&lab, &format!("clone{mask}"));
        // A change is shown, and not hidden as a secret, though every file is closed to others.
        let clone = lab.join(format!("clone{mask}"));
        let mut diff = lab.command(["diff", "-f", "panel.yaml", "--set", "faasd.timeout=5m", "bundle"]);
        let output = diff.current_dir(&clone).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().any(|line| line.starts_with('+') && line.contains("310s")), "{mask}: {text}");
        assert!(!text.contains("Secret files"), "{mask}: {text}");
        // git keeps the executable bit, so its loss is a difference for all of them.
        shell(&lab, &format!("chmod a-x clone{mask}/bundle/root/usr/local/libexec/panel/*"));
        for args in [
            &["render", "-f", "panel.yaml", "-o", "bundle", "--check"][..],
            &["check", "bundle", "--no-programs"],
        ] {
            assert_eq!(
                lab.command(args).current_dir(&clone).output().unwrap().status.code(),
                Some(1),
                "{args:?}"
            );
        }
    }
}

#[test]
fn checkout_is_the_same_bundle_after_branch_switches_with_another_umask() {
    if !all(&["git", "bash"]) {
        return;
    }
    let lab = repository();
    shell(
        &lab,
        "umask 027; git clone -q repo clone; cd clone; git checkout -qb other
         $P render -f panel.yaml --set faasd.timeout=5m --set mail=a@corp.example -o bundle; git commit -qam two
         umask 002; git checkout -q main; umask 077; git checkout -q other; umask 022; git checkout -q main",
    );
    assert_is_same(&lab, "clone");
    // Rendering restores what git does not keep, and says so.
    shell(&lab, "umask 077; git clone -q repo fresh; rm -rf clone; mv fresh clone");
    let mut render = lab.command(["render", "-f", "panel.yaml", "-o", "bundle"]);
    let output = render.current_dir(lab.join("clone")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("note: restored in `bundle`: ") && text.contains("empty director"), "{text}");
    assert!(lab.join("clone/bundle/root/var/lib/faasd-provider").is_dir());
    assert_is_same(&lab, "clone");
    assert_eq!(shell(&lab, "cd clone; git status --short"), "");
}

#[test]
fn archive_of_a_checkout_and_artifact_of_a_job_are_the_same_bundle_outside_git() {
    if !all(&["git", "bash", "python3"]) {
        return;
    }
    let lab = repository();
    // Like GitHub's zip download, unpacked by a program that follows the umask; a tar archive of the same; and the
    // artifact of a job, which keeps neither modes nor empty directories.
    shell(
        &lab,
        "cd repo; git archive --format=tar HEAD > ../a.tar; git archive --format=zip HEAD > ../a.zip; cd ..
         mkdir zip027 zip022 tar artifact; tar -xf a.tar -C tar
         for m in 027 022; do (umask $m; cd zip$m; python3 -c '
import os, zipfile
with zipfile.ZipFile(\"../a.zip\") as z:
    for i in z.infolist():
        p = z.extract(i)
        if not i.is_dir(): os.chmod(p, (i.external_attr >> 16 & 0o777 or 0o666) & ~int(\"'$m'\", 8))'); done
         (cd artifact; python3 -m zipfile -e ../a.zip .)",
    );
    for name in ["zip022", "zip027", "tar", "artifact"] {
        assert_is_same(&lab, name);
    }
    // Outside git, exact modes count in any other directory.
    shell(&lab, "cp -a repo/bundle bits; chmod 640 bits/README.md");
    assert_eq!(lab.run(&["render", "-d", "example.com", "-o", "bits", "--check"]).code(), 1);
    assert_eq!(lab.run(&["diff", "-d", "example.com", "bits"]).code(), 1);
}

#[test]
fn crlf_of_a_checkout_is_one_line_for_every_command() {
    if !all(&["git", "bash"]) {
        return;
    }
    let lab = repository();
    // With the bundle's .gitattributes, git leaves the lines alone; without it, it does not.
    shell(&lab, "git -c core.autocrlf=true clone -q -c core.autocrlf=true repo good");
    for args in [&["diff", "-f", "panel.yaml", "bundle"][..], &["check", "bundle", "--no-programs"]] {
        let output = lab.command(args).current_dir(lab.join("good")).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
    shell(
        &lab,
        "cd repo; git rm -q --cached $(git ls-files | grep gitattributes); git commit -qm gone; cd ..
         git clone -q -c core.autocrlf=true repo bad; cp repo/bundle/.gitattributes bad/bundle",
    );
    for args in [
        &["render", "-f", "panel.yaml", "-o", "bundle", "--check"][..],
        &["diff", "-f", "panel.yaml", "bundle"],
        &["check", "bundle", "--no-programs"],
        &["diff", "--fleet", "fleet.yaml", "fleet"],
    ] {
        let output = lab.command(args).current_dir(lab.join("bad")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?} {text}");
        let lines: Vec<_> = text.lines().filter(|line| line.contains("core.autocrlf")).collect();
        assert_eq!(lines.len(), 1, "{args:?} {text}");
        assert!(text.lines().count() < 24, "{args:?} {text}");
    }
    let output =
        lab.command(["render", "-f", "panel.yaml", "-o", "bundle"]).current_dir(lab.join("bad")).output();
    let text = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(text.contains("files with CRLF"), "{text}");
    assert!(!fs::read_to_string(lab.join("bad/bundle/panel.sh")).unwrap().contains('\r'));
}

#[test]
fn stray_file_is_judged_alike_by_every_command() {
    let lab = TestDir::new();
    lab.bundle("bundle", &[]);
    for (stray, counts) in [
        ("root/etc/nginx/conf.d/mine.conf", true),
        ("root/opt/notes.txt", true),
        ("root/etc/systemd/system/mine.service", true),
        ("notes.txt", false),
        (".git/config", false),
        ("docs/picture.png", false),
    ] {
        lab.put(&format!("bundle/{stray}"), "# mine\n");
        let code = i32::from(counts);
        let ran = lab.run(&["render", "-d", "example.com", "-o", "bundle", "--check"]);
        assert_eq!((ran.code(), ran.text().contains(stray)), (code, counts), "{stray}");
        let ran = lab.run(&["diff", "-d", "example.com", "bundle"]);
        assert_eq!((ran.code(), ran.text().contains(stray)), (code, counts), "{stray}: {}", ran.text());
        let ran = lab.run(&["check", "bundle", "--no-programs"]);
        assert_eq!((ran.code(), ran.text().contains(stray)), (code, counts), "{stray}: {}", ran.text());
        let ran = lab.run(&["render", "-d", "example.com", "-o", "bundle"]);
        assert_eq!((ran.code(), ran.stderr.contains(stray)), (0, counts), "{stray}: {}", ran.stderr);
        assert_eq!(lab.read(&format!("bundle/{stray}")), "# mine\n");
        fs::remove_file(lab.join(format!("bundle/{stray}"))).unwrap();
    }
}

#[test]
fn edit_by_hand_is_named_when_rendering_reverts_it() {
    let lab = TestDir::new();
    lab.bundle("bundle", &[]);
    for path in ["root/etc/nginx/conf.d/default.conf", "panel.sh", "README.md"] {
        let name = format!("bundle/{path}");
        lab.put(&name, lab.read(&name) + "# by hand\n");
        let ran = lab.run(&["render", "-d", "example.com", "-o", "bundle"]);
        assert!(ran.stderr.contains(&format!("note: `bundle/{path}` was changed by hand")), "{}", ran.stderr);
        assert!(!lab.read(&name).contains("by hand"));
    }
    // What new parameters change is no edit.
    let ran = lab.run(&["render", "-d", "example.com", "--set", "faasd.timeout=5m", "-o", "bundle"]);
    assert!(!ran.stderr.contains("by hand"), "{}", ran.stderr);
}
