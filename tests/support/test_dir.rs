//! A directory of a test's own, and the program run in it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_panelgen");

/// A new, empty directory outside every git work tree. It goes when the test has passed.
pub(crate) struct TestDir {
    pub(crate) path: Utf8PathBuf,
    directory: TempDir,
}

/// What a run of a program left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// The exit code of a program that no signal ended.
    pub(crate) fn code(&self) -> i32 {
        self.exit.unwrap()
    }

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

impl TestDir {
    pub(crate) fn new() -> Self {
        let directory = TempDir::with_prefix("panelgen-").unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        // Closed to others by default; some tests have other users look at it.
        chmod(&path, 0o755);
        Self { path, directory }
    }

    /// A directory with one file in it.
    pub(crate) fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let directory = Self::new();
        directory.put(name, content);
        directory
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A file with this mode.
    pub(crate) fn put_mode(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) {
        self.put(name, content);
        chmod(&self.path.join(name), mode);
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap()
    }

    /// The names in it, hidden ones too, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = self.path.read_dir_utf8().unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_owned()).collect();
        names.sort();
        names
    }

    /// Every path below it, sorted.
    pub(crate) fn paths(&self) -> Vec<Utf8PathBuf> {
        let mut found = Vec::new();
        below(&self.path, &mut found);
        found.iter().map(|path| path.strip_prefix(&self.path).unwrap().to_owned()).collect()
    }

    /// The program, to be run here, without what the environment would change.
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
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        run(&mut self.command(args), b"")
    }

    /// Runs the program with these variables.
    pub(crate) fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Run {
        run(self.command(args).envs(variables.iter().copied()), b"")
    }

    /// Runs the program with `input` on standard input.
    pub(crate) fn feed(&self, args: &[&str], input: impl AsRef<[u8]>) -> Run {
        run(&mut self.command(args), input.as_ref())
    }

    /// A bundle of example.com at `name`.
    pub(crate) fn bundle(&self, name: &str, more: &[&str]) {
        let ran = self.run(&[&["render", "-d", "example.com", "-o", name], more].concat());
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    }
}

impl std::ops::Deref for TestDir {
    type Target = Utf8Path;

    fn deref(&self) -> &Utf8Path {
        &self.path
    }
}

impl std::fmt::Display for TestDir {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.path.fmt(f)
    }
}

impl Drop for TestDir {
    fn drop(&mut self) {
        self.directory.disable_cleanup(std::thread::panicking());
    }
}

/// Runs the program in the directory of the tests.
pub(crate) fn panelgen(args: &[&str]) -> Run {
    run(Command::new(PROGRAM).args(args), b"")
}

/// Runs a command with `input` on its standard input.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Run {
    let output = feed(command, input);
    Run {
        exit: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a command with `input` on its standard input, which it may leave unread.
pub(crate) fn feed(command: &mut Command, input: impl AsRef<[u8]>) -> Output {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
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

/// Every path below a directory with everything by which a write would show.
pub(crate) fn stamps(directory: &Utf8Path) -> Vec<(String, u64, i64, i64, i64, i64)> {
    let mut paths = vec![directory.to_owned()];
    below(directory, &mut paths);
    let stamp = |path: &Utf8PathBuf| {
        let stat = path.as_std_path().symlink_metadata().unwrap();
        (path.to_string(), stat.ino(), stat.mtime(), stat.mtime_nsec(), stat.ctime(), stat.ctime_nsec())
    };
    paths.iter().map(stamp).collect()
}

pub(crate) fn chmod(path: &Utf8Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
