//! A directory for one test, and panelgen in it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

/// A new, empty directory outside every git work tree, removed when the test has passed.
pub(crate) struct Lab(pub(crate) Utf8PathBuf);

impl Lab {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let base = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap();
        let path = base.join(format!("panelgen-diff-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> Utf8PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) {
        let path = self.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        chmod(&path, mode);
    }

    /// Runs panelgen here.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.feed(arguments, b"")
    }

    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_panelgen"));
        command.args(arguments).current_dir(&self.0).env_remove("NO_COLOR");
        Ran::of(&feed(&mut command, input))
    }

    /// A bundle of example.com at `name`.
    pub(crate) fn bundle(&self, name: &str, more: &[&str]) {
        let arguments = [&["render", "-d", "example.com", "-o", name], more].concat();
        let ran = self.run(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// What a program left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub(crate) fn chmod(path: &Utf8Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs `command` with `input`.
pub(crate) fn feed(command: &mut Command, input: &[u8]) -> Output {
    let pipe = || Stdio::piped();
    let mut child = command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A reader that stops early shows in its own output.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Whether a program is there; where everything must be tried a missing one is a failure.
pub(crate) fn has(program: &str, probe: &[&str]) -> bool {
    let there = Command::new(program).args(probe).output().is_ok_and(|output| output.status.success());
    if !there {
        assert!(
            std::env::var("PANELGEN_REQUIRE_ALL").as_deref() != Ok("1"),
            "{program} {} is required and missing",
            probe.join(" ")
        );
        eprintln!("SKIPPED: {program} {} is missing, so nothing was read back by it", probe.join(" "));
    }
    there
}

/// The Python that has the readers: that of the checks' own environment where it is there, else the system's.
pub(crate) fn python3() -> String {
    let cache = std::env::var("XDG_CACHE_HOME").ok().filter(|cache| !cache.is_empty());
    let cache = cache.unwrap_or_else(|| format!("{}/.cache", std::env::var("HOME").unwrap_or_default()));
    let own = format!("{cache}/panelgen/venv/bin/python3");
    if camino::Utf8Path::new(&own).exists() { own } else { "python3".to_owned() }
}
