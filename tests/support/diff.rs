//! Trees for `panelgen diff`.

use std::fs;
use std::os::unix::fs::symlink;

use super::test_dir::{TestDir, chmod};

/// Two small trees with one change of every kind.
pub(crate) fn pair() -> TestDir {
    let lab = TestDir::new();
    for side in ["a", "b"] {
        lab.put_mode(&format!("{side}/root/etc/kept"), "same\n", 0o644);
        lab.put_mode(&format!("{side}/root/etc/bits"), "same\n", 0o644);
        lab.put_mode(&format!("{side}/root/var/closed/inside"), format!("hidden from all, {side}\n"), 0o644);
        chmod(&lab.join(format!("{side}/root/var/closed")), 0o700);
        fs::create_dir_all(lab.join(format!("{side}/root/var/bits"))).unwrap();
    }
    lab.put_mode("a/root/etc/changed", "one\ntwo\nthree\nfour\nfive\n", 0o644);
    lab.put_mode("b/root/etc/changed", "one\ntwo\n3\nfour\nfive", 0o644);
    lab.put_mode("a/root/etc/crlf", "x\r\ny\r\n", 0o644);
    lab.put_mode("b/root/etc/crlf", "x\r\ny\n", 0o644);
    lab.put_mode("a/root/etc/gone", "gone\n", 0o644);
    lab.put_mode("b/root/etc/come \"quoted\"", "```\n````\n</details>\n", 0o755);
    lab.put_mode("a/root/etc/old name", "moved as it is\n", 0o644);
    lab.put_mode("b/root/etc/new name", "moved as it is\n", 0o755);
    lab.put_mode("a/root/etc/binary", b"\0\x01", 0o644);
    lab.put_mode("b/root/etc/binary", b"\0\x02", 0o644);
    lab.put_mode("a/root/etc/hostile", "plain\n", 0o644);
    lab.put_mode("b/root/etc/hostile", "\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\n", 0o644);
    lab.put_mode("a/root/etc/link", "a file\n", 0o644);
    symlink("kept", lab.join("b/root/etc/link")).unwrap();
    chmod(&lab.join("b/root/etc/bits"), 0o755);
    chmod(&lab.join("b/root/var/bits"), 0o750);
    fs::create_dir_all(lab.join("b/root/var/empty")).unwrap();
    lab
}
