//! The one place that starts programs: a program, its words, what it said. It gets no environment but the little that
//! is given here, nothing to read unless it is given, and a minute.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

/// Where programs lie besides the caller's own path.
const DIRECTORIES: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// A program that is about to be started.
#[derive(Debug, Clone)]
pub struct Program {
    path: Utf8PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    directory: Option<Utf8PathBuf>,
    input: Vec<u8>,
}

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
}

impl Said {
    /// Whether it ended with 0.
    pub fn is_good(&self) -> bool {
        self.code == Some(0)
    }

    /// Everything it said, errors first.
    pub fn all(&self) -> String {
        format!("{}{}", self.err, self.out)
    }
}

impl Program {
    /// The program of that name, where there is one.
    pub fn find(name: &str) -> Option<Self> {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut places = path.split(':').filter(|directory| directory.starts_with('/')).chain(DIRECTORIES);
        places.find_map(|directory| Self::at(&Utf8Path::new(directory).join(name)))
    }

    /// The program at a path, where one stands there.
    pub fn at(path: &Utf8Path) -> Option<Self> {
        path.is_file().then(|| Self {
            path: path.to_owned(),
            arguments: Vec::new(),
            variables: Vec::new(),
            directory: None,
            input: Vec::new(),
        })
    }

    /// Where it stands.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Where it really stands, links followed.
    pub fn real_path(&self) -> Utf8PathBuf {
        self.path.canonicalize_utf8().unwrap_or_else(|_| self.path.clone())
    }

    /// More words.
    #[must_use]
    pub fn with<S: Into<String>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// One more variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The directory that it is started in.
    #[must_use]
    pub fn within(mut self, directory: &Utf8Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// What it reads.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Starts it and waits for its end.
    pub fn run(&self) -> Result<Said> {
        let told = || format!("cannot start `{}`", self.path);
        // A program that hangs is ended by another: a wait with a limit needs a clock.
        let timeout = Self::find("timeout");
        let mut command = match &timeout {
            Some(timeout) => {
                let mut command = Command::new(&timeout.path);
                command.args(["--kill-after=5", "60", self.path.as_str()]);
                command
            }
            None => Command::new(&self.path),
        };
        let path = std::env::var("PATH").unwrap_or_default();
        command.args(&self.arguments).env_clear();
        command.env("PATH", format!("{path}:{}", DIRECTORIES.join(":"))).env("LC_ALL", "C.UTF-8");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let input = if self.input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let mut child =
            command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(told)?;
        if let Some(mut stdin) = child.stdin.take() {
            // Who does not read has its own reasons, and says them.
            let _ = stdin.write_all(&self.input);
        }
        let output = child.wait_with_output().with_context(told)?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { out: text(output.stdout), err: text(output.stderr), code: output.status.code() })
    }
}

/// A directory of its own, closed to others, that goes when it is no longer held.
#[derive(Debug)]
pub struct Scratch {
    path: Utf8PathBuf,
}

impl Scratch {
    /// A new, empty one.
    pub fn new() -> Result<Self> {
        let base = std::env::var("TMPDIR").ok().filter(|base| base.starts_with('/'));
        let base = Utf8PathBuf::from(base.unwrap_or_else(|| "/tmp".to_owned()));
        let own = std::process::id();
        for number in 0..10_000_u32 {
            let path = base.join(format!("panelgen-check-{own}-{number}"));
            match rustix::fs::mkdir(path.as_std_path(), rustix::fs::Mode::RWXU) {
                Ok(()) => return Ok(Self { path }),
                Err(rustix::io::Errno::EXIST) => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot make a directory in `{base}`"));
                }
            }
        }
        anyhow::bail!("cannot make a directory in `{base}`: every name is taken")
    }

    /// Where it is.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Lays a file; a path that leads out of the directory is none.
    pub fn lay(&self, path: &str, content: &[u8], mode: u32) -> Result<Utf8PathBuf> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let below = path.trim_start_matches('/');
        if below.split('/').any(|part| part == ".." || part.is_empty()) {
            anyhow::bail!("cannot lay `{path}`");
        }
        let place = self.path.join(below);
        let told = || format!("cannot write `{place}`");
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).with_context(told)?;
        }
        // What stands there gives way; a link there is not followed.
        let _ = std::fs::remove_file(&place);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&place)
            .with_context(told)?;
        file.write_all(content).with_context(told)?;
        Ok(place)
    }

    /// Makes a directory.
    pub fn directory(&self, path: &str) -> Result<()> {
        let place = self.path.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(&place).with_context(|| format!("cannot make `{place}`"))
    }

    /// Copies the files of a directory of this machine, one level deep; links only where they lead to a file beside
    /// them, so that nothing that is laid later can lead out.
    pub fn copy(&self, from: &str) -> Result<()> {
        self.directory(from)?;
        let told = || format!("cannot read `{from}`");
        for entry in std::fs::read_dir(from).with_context(told)? {
            let entry = entry.with_context(told)?;
            let Ok(path) = Utf8PathBuf::from_path_buf(entry.path()) else { continue };
            let place = self.path.join(path.as_str().trim_start_matches('/'));
            // Who cannot be read is not needed: these are other people's units.
            if path.is_symlink() {
                let target = path.read_link_utf8().ok().filter(|target| !target.as_str().contains('/'));
                if let Some(target) = target {
                    let _ = std::os::unix::fs::symlink(target.as_std_path(), &place);
                }
            } else if path.is_file() {
                let _ = std::fs::copy(&path, &place);
            }
        }
        Ok(())
    }

    /// Whether anything stands at a path below.
    pub fn has(&self, path: &str) -> bool {
        self.path.join(path.trim_start_matches('/')).exists()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
