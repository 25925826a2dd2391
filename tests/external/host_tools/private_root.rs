//! A private root: this machine's own root, seen through an overlay in memory, with a rendered host laid over
//! it. It has a network, a process tree and mounts of its own, and whatever happens there is gone afterwards.

use std::fs;
use std::process::Command;

use camino::Utf8PathBuf;

use super::case::Case;
use crate::support::test_dir::{Run, TestDir, run};
use crate::support::tools;

/// Enters the room: $1 holds `layer` (what is laid over the root) and becomes everything else, $2 is what
/// runs there.
const ENTER: &str = r#"
set -eu
room=$1
mkdir "$room/tmpfs"
mount -t tmpfs -o mode=0755 room "$room/tmpfs"
cd "$room/tmpfs"
mkdir upper work root
cp -a "$room/layer/." upper/
mount -t overlay room -o "lowerdir=/,upperdir=upper,workdir=work" root
cd root
mount --rbind /dev dev
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs run run
mount -t tmpfs tmp tmp
ip link set lo up
exec chroot . /bin/sh -euc "$2"
"#;

/// A private root that is being prepared.
pub(crate) struct PrivateRoot {
    scratch: TestDir,
}

impl PrivateRoot {
    /// A room with the files of `case`; none, loudly, where it cannot be had.
    pub(crate) fn with(case: &Case) -> Option<Self> {
        if !tools::is_root() || !tools::all(&["unshare", "mount", "ip", "chroot"]) {
            return None;
        }
        let room = Self { scratch: TestDir::new() };
        let layer = room.layer();
        fs::create_dir_all(&layer).unwrap();
        case.lay(&layer);
        Some(room)
    }

    fn layer(&self) -> Utf8PathBuf {
        self.scratch.path.join("layer")
    }

    /// Lays one more file.
    pub(crate) fn lay(&self, path: &str, content: &str) {
        let path = self.layer().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs a script in the room.
    pub(crate) fn run(&self, script: &str) -> Run {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]);
        command.args([
            "--propagation",
            "private",
            "sh",
            "-c",
            ENTER,
            "sh",
            self.scratch.path.as_str(),
            script,
        ]);
        let said = run(command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8"), b"");
        let _ = fs::remove_dir(self.scratch.path.join("tmpfs"));
        said
    }
}
