//! A private root: this machine's own root, seen through an overlay in memory, with a rendered host laid over
//! it. It has a network, a process tree and mounts of its own, and whatever happens there is gone afterwards.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use crate::case::Case;
use crate::program::{self, Said};

/// A directory of a test's own.
pub(crate) struct Scratch(pub(crate) Utf8PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("judges-{}-{number}", std::process::id());
        let path = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

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
pub(crate) struct Room {
    scratch: Scratch,
}

impl Room {
    /// A room with the files of `case`; none, loudly, where it cannot be had.
    pub(crate) fn with(case: &Case) -> Option<Self> {
        if !program::root() || !program::all(&["unshare", "mount", "ip", "chroot"]) {
            return None;
        }
        let room = Self { scratch: Scratch::new() };
        let layer = room.layer();
        fs::create_dir_all(&layer).unwrap();
        case.lay(&layer);
        Some(room)
    }

    fn layer(&self) -> Utf8PathBuf {
        self.scratch.0.join("layer")
    }

    /// Lays one more file.
    pub(crate) fn lay(&self, path: &str, content: &str) {
        let path = self.layer().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs a script in the room.
    pub(crate) fn run(&self, script: &str) -> Said {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]);
        command.args(["--propagation", "private", "sh", "-c", ENTER, "sh", self.scratch.0.as_str(), script]);
        let said =
            program::run(command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8"));
        let _ = fs::remove_dir(self.scratch.0.join("tmpfs"));
        said
    }
}
