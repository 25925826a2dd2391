//! A directory of a test's own, and the program run in it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_panelgen");

/// A new, empty directory that goes when the test has passed.
pub(crate) struct Stage {
    pub(crate) path: Utf8PathBuf,
}

/// What a run left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    /// stdout, where it is text.
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.stdout).unwrap()
    }

    /// The codes of the findings on stderr, in their order.
    pub(crate) fn codes(&self) -> Vec<&str> {
        let heads = self.stderr.lines().filter_map(|line| line.split_once(']')?.0.split_once('['));
        heads.filter(|(word, _)| ["error", "warning", "note"].contains(word)).map(|(_, code)| code).collect()
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cli-{}-{number}", std::process::id());
        let path = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// A stage with one file on it.
    pub(crate) fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let stage = Self::new();
        stage.put(name, content);
        stage
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap()
    }

    /// Every path on the stage, sorted.
    pub(crate) fn paths(&self) -> Vec<Utf8PathBuf> {
        let mut found = Vec::new();
        below(&self.path, &mut found);
        found.iter().map(|path| path.strip_prefix(&self.path).unwrap().to_owned()).collect()
    }

    pub(crate) fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .current_dir(&self.path)
            .args(args)
            .env_remove("NO_COLOR")
            .env_remove("SOURCE_DATE_EPOCH")
            .env_remove("COLUMNS");
        command
    }

    /// Runs the program without standard input.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        run(&mut self.command(args), b"")
    }

    /// Runs the program with `input` on standard input.
    pub(crate) fn feed(&self, args: &[&str], input: &[u8]) -> Ran {
        run(&mut self.command(args), input)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

pub(crate) fn run(command: &mut Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program that does not want it closes it early.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        exit: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Every path below a directory, sorted.
pub(crate) fn below(directory: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    let mut entries: Vec<_> = directory.read_dir_utf8().unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by(|a, b| a.path().cmp(b.path()));
    for entry in entries {
        found.push(entry.path().to_owned());
        if entry.file_type().unwrap().is_dir() {
            below(entry.path(), found);
        }
    }
}

/// Whether a program of the system is there. A missing one is told loudly, and is a failure where everything must
/// be tried.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    let found = path.split(':').any(|directory| Utf8Path::new(directory).join(program).is_file());
    if !found {
        assert!(std::env::var("PANELGEN_REQUIRE_ALL").as_deref() != Ok("1"), "{program} is required");
        eprintln!("SKIPPED: {program} is missing");
    }
    found
}
