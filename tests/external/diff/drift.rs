//! A host's root that has drifted.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::process::Command;

use crate::support::test_dir::{TestDir, chmod, feed};
use crate::support::tools::{has, is_root};

const D: [&str; 4] = ["diff", "-d", "example.com", "--root"];

fn host() -> TestDir {
    let lab = TestDir::new();
    lab.bundle("b/", &[]);
    fs::rename(lab.join("b/root"), lab.join("host")).unwrap();
    lab.put_mode(
        "host/etc/passwd",
        "root:x:0:0::/root:/bin/sh\ncoder:x:998:997::/home/coder:/bin/sh\n",
        0o644,
    );
    lab.put_mode("host/etc/group", "root:x:0:\nstaff:x:997:\n", 0o644);
    lab
}

#[test]
fn a_host_as_rendered_is_the_same_whatever_else_is_on_it() {
    if !is_root() {
        return;
    }
    let lab = host();
    lab.put_mode("host/etc/nginx/conf.d/foreign.conf", "x", 0o600);
    let ran = lab.run(&[&D[..], &["host"]].concat());
    assert_eq!((ran.code(), ran.text(), ran.stderr.as_str()), (0, "", ""));
}

#[test]
fn every_kind_of_drift_is_told_with_names_of_that_tree() {
    if !is_root() {
        return;
    }
    let lab = host();
    let host = lab.join("host");
    fs::write(host.join("etc/systemd/system/faasd.service"), "[Service]\n").unwrap();
    fs::remove_file(host.join("etc/nftables.d/panel.nft")).unwrap();
    chmod(&host.join("usr/local/libexec/panel/code-server"), 0o644);
    chown(host.join("etc/code-server/config.yaml"), Some(998), Some(997)).unwrap();
    chown(host.join("var/lib/faasd/resolv.conf"), Some(4711), None).unwrap();
    let site = host.join("etc/nginx/conf.d/default.conf");
    fs::rename(&site, host.join("etc/nginx/kept")).unwrap();
    symlink("../kept", &site).unwrap();
    let ran = lab.run(&[&D[..], &["host"]].concat());
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    for told in [
        "reload panel-firewall",
        "reload nginx",
        "daemon-reload",
        "restart faasd ",
        "restart code-server",
        "etc/code-server/config.yaml: owner changes from coder:staff to root:root",
        "var/lib/faasd/resolv.conf: owner changes from 4711:root to root:root",
        "--- a/etc/systemd/system/faasd.service\n+++ b/etc/systemd/system/faasd.service\n",
        "--- /dev/null\n+++ b/etc/nftables.d/panel.nft\n",
        "old mode 100644\nnew mode 100755\n",
        "deleted file mode 120000\n--- a/etc/nginx/conf.d/default.conf\n+++ /dev/null\n@@ -1 +0,0 @@\n-../kept\n",
        "new file mode 100644\n--- /dev/null\n+++ b/etc/nginx/conf.d/default.conf\n",
    ] {
        assert!(ran.text().contains(told), "{told:?} is missing in\n{}", ran.text());
    }
    // A patch mends the contents and the x bit; owners are left.
    if has("git") {
        let mut git = Command::new("git");
        git.args(["apply", "--whitespace=nowarn", "-"])
            .current_dir(&host)
            .env("GIT_CEILING_DIRECTORIES", "/");
        let output = feed(&mut git, ran.text());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let left = lab.run(&[&D[..], &["host", "--name-only"]].concat());
        assert_eq!(left.text(), "etc/code-server/config.yaml\nvar/lib/faasd/resolv.conf\n");
    }
}

#[test]
fn links_never_lead_out_of_the_root_and_are_followed_inside_it() {
    let lab = host();
    lab.put_mode("outside/conf.d/default.conf", "outside\n", 0o644);
    let nginx = lab.join("host/etc/nginx");
    fs::rename(&nginx, lab.join("host/moved")).unwrap();
    // On that host `/moved` is its own, not ours.
    symlink("/moved", &nginx).unwrap();
    let inside = lab.run(&[&D[..], &["host", "--name-only"]].concat());
    assert!(!inside.text().contains("nginx"), "{}", inside.text());
    fs::remove_file(&nginx).unwrap();
    symlink(format!("../../../../../../../..{}", lab.join("outside")), &nginx).unwrap();
    let outside = lab.run(&[&D[..], &["host"]].concat());
    assert!(!outside.text().contains("-outside"), "{}", outside.text());
    assert!(
        outside.text().contains("--- /dev/null\n+++ b/etc/nginx/conf.d/default.conf"),
        "{}",
        outside.text()
    );
}

#[test]
fn what_the_installer_put_there_and_is_not_rendered_any_more_is_told() {
    let lab = host();
    lab.put_mode("host/etc/systemd/system/old.service", "[Unit]\n", 0o644);
    let book = "old\tfile\tdaemon-reload, restart old\t/etc/systemd/system/old.service\n\
                nginx\tfile\treload nginx\t/etc/gone\nnginx\tlink\t-\t/usr/bin/x\n";
    lab.put_mode("host/var/lib/panel/installed", book, 0o600);
    let ran = lab.run(&[&D[..], &["host"]].concat());
    assert_eq!(ran.code(), 1);
    assert!(ran.text().contains("stop and disable old\n"), "{}", ran.text());
    assert!(
        ran.text().contains("deleted file mode 100644\n--- a/etc/systemd/system/old.service"),
        "{}",
        ran.text()
    );
    assert!(!ran.text().contains("/etc/gone"));
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_compared() {
    if !is_root() || !has("setpriv") {
        return;
    }
    let lab = host();
    chmod(&lab.path, 0o755);
    chmod(&lab.join("host/etc/nginx/conf.d/default.conf"), 0o600);
    fs::write(lab.join("host/etc/nftables.d/panel.nft"), "drifted\n").unwrap();
    // The program itself may lie where only root can reach it.
    let program = lab.join("panelgen");
    fs::copy(env!("CARGO_BIN_EXE_panelgen"), &program).unwrap();
    chmod(&program, 0o755);
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups", program.as_str()]);
    nobody.args(D).arg("host").current_dir(&lab.path);
    let output = nobody.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("etc/nginx/conf.d/default.conf: not readable"), "{out}");
    assert!(out.contains("etc/nginx/conf.d/default.conf: mode changes from 0600 to 0644"), "{out}");
    assert!(out.contains("var/lib/faasd/secrets/basic-auth-user: not readable"), "{out}");
    assert!(out.contains("-drifted\n"), "{out}");
}
