//! A private root: this machine's programs, and nothing else of it; a network and mounts of its own. Whatever happens
//! there is gone afterwards.

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::fs::{Program, Said, Scratch};

/// Enters the room: $1 is its root, $2 what runs there, all others directories that it sees.
const ENTER: &str = r#"
set -eu
cd "$1"
script=$2
shift 2
for name in usr bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"
    elif [ -d "/$name" ]; then mkdir -p "$name"; mount --rbind "/$name" "$name"
    fi
done
for directory do
    mkdir -p "./$directory"
    mount --rbind "$directory" "./$directory"
done
mkdir -p dev tmp run etc
mount --rbind /dev dev
ip link set lo up 2>/dev/null || :
echo ENTERED >&2
exec chroot . /bin/sh -euc "$script"
"#;

/// What tells that the room was entered.
const ENTERED: &str = "ENTERED\n";

/// A private root that is being prepared.
pub(super) struct Room {
    scratch: Scratch,
    shown: Vec<Utf8PathBuf>,
}

impl Room {
    /// An empty room.
    pub(super) fn new() -> Result<Self> {
        let room = Self { scratch: Scratch::new()?, shown: Vec::new() };
        room.lay("/etc/passwd", b"root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")?;
        room.lay("/etc/group", b"root:x:0:\nnogroup:x:65534:\n")?;
        room.lay("/etc/nsswitch.conf", b"hosts: files\n")?;
        Ok(room)
    }

    /// Lays a file.
    pub(super) fn lay(&self, path: &str, content: &[u8]) -> Result<()> {
        self.scratch.lay(path, content, 0o644).map(|_| ())
    }

    /// Makes a directory.
    pub(super) fn directory(&self, path: &str) -> Result<()> {
        self.scratch.directory(path)
    }

    /// Lets a program be seen that does not lie where programs lie.
    pub(super) fn show(&mut self, program: &Program) {
        let path = program.real_path();
        let is_usual = ["/usr", "/bin", "/sbin"].iter().any(|top| path.starts_with(top));
        if let Some(home) = path.parent().filter(|_| !is_usual) {
            self.shown.push(home.to_owned());
        }
    }

    /// Runs a script in the room; none, with the reason, where no room can be had.
    pub(super) fn run(&self, script: &str) -> Result<std::result::Result<Said, String>> {
        let Some(unshare) = Program::find("unshare") else {
            return Ok(Err("`unshare` is not on this machine, so there is no private root".to_owned()));
        };
        let mut words = vec!["--mount", "--net", "--propagation", "private"];
        if !rustix::process::geteuid().is_root() {
            words.extend(["--user", "--map-root-user"]);
        }
        let said = unshare
            .with(words)
            .with(["sh", "-c", ENTER, "sh", self.scratch.path().as_str(), script])
            .with(self.shown.iter().map(|home| home.as_str()))
            .run()?;
        if let Some((_, err)) = said.err.split_once(ENTERED) {
            return Ok(Ok(Said { err: err.to_owned(), ..said }));
        }
        let why = said.err.lines().next().unwrap_or("the kernel forbids it").trim();
        Ok(Err(format!("there is no private root here: {why}")))
    }
}
