//! External programs: finds them, and runs them with limited input, output, memory and time.
//!
//! Only `validators::sandbox` starts programs, and only `bwrap`: every other program runs inside its sandbox.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::run_state;

/// The directories of system programs.
pub const SYSTEM_DIRECTORIES: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The system directories that every sandbox contains.
const SYSTEM_TREES: [&str; 8] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store"];

/// The most bytes of standard output, and of standard error.
const MAX_OUTPUT: u64 = 4 << 20;

/// The most memory, in KiB, of a program and its children.
const MAX_RESIDENT: u64 = 1 << 20;

/// The most links and interpreters that are followed from a program to its parts.
const MAX_FOLLOWED: usize = 8;

/// A point in time at which a program is killed.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline after a duration from now.
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// Returns this deadline or a limit from now, whichever is earlier.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self(self.0.min(Instant::now() + limit))
    }

    /// Whether it has passed.
    pub fn is_over(self) -> bool {
        Instant::now() >= self.0
    }

    fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// A program on this machine.
#[derive(Debug, Clone)]
pub struct Program {
    path: Utf8PathBuf,
}

/// The output of a program and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessOutput {
    /// The standard output.
    pub out: String,
    /// The standard error.
    pub err: String,
    /// How it ended.
    pub end: End,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It exited with this code.
    Exited(i32),
    /// It was killed by this signal.
    Signaled(i32),
    /// It exceeded its time limit.
    TimedOut,
    /// It exceeded its memory limit.
    OutOfMemory,
    /// It exceeded its output limit.
    TooMuchOutput,
}

impl Program {
    /// Finds a program by name, or returns why there is none: first in the absolute directories of `PATH`
    /// that only root or this user can write to, then in the system directories. Empty and relative elements
    /// of `PATH` are never used.
    pub fn find(name: &str) -> std::result::Result<Self, String> {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut unsafe_directory = None;
        for directory in path.split(':').filter(|directory| directory.starts_with('/')) {
            let Some(program) = Self::at(&Utf8Path::new(directory).join(name)) else { continue };
            if SYSTEM_DIRECTORIES.contains(&directory) || program.is_safe() {
                return Ok(program);
            }
            unsafe_directory.get_or_insert(directory);
        }
        if let Some(program) = Self::find_in_system(name) {
            return Ok(program);
        }
        Err(match unsafe_directory {
            Some(directory) => {
                format!("`{name}` is only in `{directory}`, which other users can write to")
            }
            None => format!("`{name}` is not installed here"),
        })
    }

    /// Finds a program in the system directories.
    pub fn find_in_system(name: &str) -> Option<Self> {
        SYSTEM_DIRECTORIES.iter().find_map(|directory| Self::at(&Utf8Path::new(directory).join(name)))
    }

    /// Returns the program at a path, if it exists.
    pub fn at(path: &Utf8Path) -> Option<Self> {
        path.is_file().then(|| Self { path: path.to_owned() })
    }

    /// Returns its path.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Whether only root and this user can replace it.
    fn is_safe(&self) -> bool {
        let real = self.path.canonicalize_utf8();
        let directories = [self.path.parent(), real.as_deref().ok().and_then(Utf8Path::parent)];
        real.as_deref().is_ok_and(|real| is_ours(real, false))
            && directories.into_iter().all(|directory| directory.is_some_and(is_safe_directory))
    }

    /// Returns what a sandbox needs to run the program, besides the system directories: its directory and the
    /// libraries next to it (`bin`, `lib`, `lib64`, `pyvenv.cfg` of one prefix), and the same for its
    /// interpreter. For a program that is not in a `bin` or `sbin`, only the file itself, because its
    /// directory may be a home directory.
    pub fn parts(&self) -> Vec<Utf8PathBuf> {
        let mut parts = Vec::new();
        let mut next = Some(self.path.clone());
        for _ in 0..MAX_FOLLOWED {
            let Some(path) = next else { break };
            if !SYSTEM_TREES.iter().any(|tree| path.starts_with(tree)) {
                let directory = path.parent().unwrap_or(&path);
                match directory.parent() {
                    Some(prefix) if matches!(directory.file_name(), Some("bin" | "sbin")) => {
                        parts.push(directory.to_owned());
                        let siblings = ["lib", "lib64", "pyvenv.cfg"].map(|name| prefix.join(name));
                        parts.extend(siblings.into_iter().filter(|path| path.exists()));
                    }
                    _ => parts.push(path.clone()),
                }
            }
            next = match path.read_link_utf8() {
                Ok(target) => {
                    Some(path.parent().map_or_else(|| target.clone(), |parent| parent.join(&target)))
                }
                Err(_) => interpreter(&path),
            };
        }
        parts.sort();
        parts.dedup();
        parts
    }

    /// Runs it with an empty environment until it ends or is killed with all its children.
    pub fn run(&self, arguments: &[String], input: &[u8], deadline: Deadline) -> Result<ProcessOutput> {
        let context = || format!("cannot start `{}`", self.path);
        // Descriptors that this process inherited are not passed on.
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
        let mut command = Command::new(&self.path);
        command.args(arguments).env_clear().process_group(0);
        let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(context)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (sender, receiver) = channel();
        let (out, err, cut) = std::thread::scope(|scope| {
            let read = |stream| {
                let sender = sender.clone();
                scope.spawn(move || read_bounded(stream, &sender))
            };
            let out = read(stdout.map(|stream| Box::new(stream) as Box<dyn std::io::Read + Send>));
            let err = read(stderr.map(|stream| Box::new(stream) as Box<dyn std::io::Read + Send>));
            scope.spawn(move || {
                // A program may close its input early; it reports errors itself.
                stdin.map(|mut stdin| stdin.write_all(input))
            });
            let cut = watch(&mut child, &receiver, deadline);
            if cut.is_some() {
                end(&mut child);
            }
            (out.join().unwrap_or_default(), err.join().unwrap_or_default(), cut)
        });
        let status = child.wait().with_context(context)?;
        let end = cut.unwrap_or_else(|| {
            use std::os::unix::process::ExitStatusExt as _;
            status.code().map_or_else(|| End::Signaled(status.signal().unwrap_or_default()), End::Exited)
        });
        Ok(ProcessOutput { out, err, end })
    }
}

/// Returns the interpreter in the first line of a script.
fn interpreter(script: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut head = [0; 512];
    let length = std::fs::File::open(script).and_then(|mut file| file.read(&mut head)).ok()?;
    let line = str::from_utf8(head[..length].split(|byte| *byte == b'\n').next()?).ok()?;
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    let first = Utf8Path::new(words.next()?);
    if first.file_name() == Some("env") {
        return Program::find(words.next()?).ok().map(|program| program.path);
    }
    first.is_absolute().then(|| first.to_owned())
}

/// Whether a path is owned by root or this user and not writable by others. In a sticky directory, a file can
/// be replaced only by its owner.
fn is_ours(path: &Utf8Path, sticky_suffices: bool) -> bool {
    let Ok(found) = path.metadata() else { return false };
    let own = rustix::process::geteuid().as_raw();
    let own_group = rustix::process::getegid().as_raw();
    let has_own_group = found.gid() == 0 || found.gid() == own_group;
    let writable = found.mode() & 0o002 != 0 || (found.mode() & 0o020 != 0 && !has_own_group);
    (found.uid() == 0 || found.uid() == own) && (!writable || (sticky_suffices && found.mode() & 0o1000 != 0))
}

fn is_safe_directory(directory: &Utf8Path) -> bool {
    let Ok(real) = directory.canonicalize_utf8() else { return false };
    real.ancestors().enumerate().all(|(depth, ancestor)| is_ours(ancestor, depth > 0))
}

/// The messages of the threads that read the output.
enum Event {
    Ended,
    TooMuch,
}

fn read_bounded(stream: Option<Box<dyn std::io::Read + Send>>, sender: &Sender<Event>) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let _ = stream.take(MAX_OUTPUT + 1).read_to_end(&mut bytes);
    }
    let event = if bytes.len() as u64 > MAX_OUTPUT { Event::TooMuch } else { Event::Ended };
    let _ = sender.send(event);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until the program ends. Returns why it must be killed, if so.
fn watch(child: &mut Child, events: &std::sync::mpsc::Receiver<Event>, deadline: Deadline) -> Option<End> {
    let mut open = 2;
    loop {
        let step = if open > 0 { Duration::from_millis(50) } else { Duration::from_millis(2) };
        match events.recv_timeout(step.min(deadline.left())) {
            Ok(Event::Ended) => open -= 1,
            Ok(Event::TooMuch) => return Some(End::TooMuchOutput),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                if resident(child.id()) > MAX_RESIDENT {
                    return Some(End::OutOfMemory);
                }
            }
        }
        if open == 0 && !matches!(child.try_wait(), Ok(None)) {
            return None;
        }
        if deadline.is_over() {
            return Some(End::TimedOut);
        }
    }
}

/// Kills a program and its children.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

/// Returns the memory, in KiB, of a process and its descendants.
fn resident(process: u32) -> u64 {
    let mut sum = 0;
    let mut left = vec![process];
    while let Some(process) = left.pop() {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { continue };
        let own = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        sum += own.and_then(|own| own.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0);
        let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for thread in threads.flatten() {
            let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            left.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    sum
}

/// Returns the target of a link. `None` for anything else.
pub fn link_target(path: &str) -> Option<Utf8PathBuf> {
    Utf8Path::new(path).read_link_utf8().ok()
}

/// A private temporary directory that is removed on drop.
#[derive(Debug)]
pub struct TempDir {
    path: Utf8PathBuf,
}

impl TempDir {
    /// Creates an empty directory.
    pub fn new() -> Result<Self> {
        let base = std::env::var("TMPDIR").ok().filter(|base| base.starts_with('/'));
        let base = Utf8PathBuf::from(base.unwrap_or_else(|| "/tmp".to_owned()));
        let own = std::process::id();
        for number in 0..10_000_u32 {
            let path = base.join(format!("panelgen-check-{own}-{number}"));
            let make = || rustix::fs::mkdir(path.as_std_path(), rustix::fs::Mode::RWXU);
            match run_state::make_private(&path, make) {
                Ok(()) => return Ok(Self { path }),
                Err(rustix::io::Errno::EXIST) => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot create a directory in `{base}`"));
                }
            }
        }
        anyhow::bail!("cannot create a directory in `{base}`: every name exists")
    }

    /// Writes a file that is readable inside the directory. A path outside of it is an error.
    pub fn write_file(&self, path: &str, content: &[u8], mode: u32) -> Result<Utf8PathBuf> {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let below = path.trim_start_matches('/');
        let place = self.path.join(below);
        let about = || format!("cannot write `{place}`");
        if let Some((directory, _)) = below.rsplit_once('/') {
            self.directory(directory)?;
        }
        anyhow::ensure!(!matches!(place.file_name(), None | Some("..")), "cannot write `{place}`");
        // An existing entry is replaced; a link is not followed.
        let _ = std::fs::remove_file(&place);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&place)
            .with_context(about)?;
        file.write_all(content).with_context(about)?;
        // Independent of the umask.
        file.set_permissions(std::fs::Permissions::from_mode(mode)).with_context(about)?;
        Ok(place)
    }

    /// Creates a directory and its parents.
    pub fn directory(&self, path: &str) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let mut place = self.path.clone();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            anyhow::ensure!(part != ".." && part != ".", "cannot create `{path}`");
            place.push(part);
            let context = || format!("cannot create `{place}`");
            match std::fs::create_dir(&place) {
                Ok(()) => {
                    let open = std::fs::Permissions::from_mode(0o755);
                    std::fs::set_permissions(&place, open).with_context(context)?;
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    let is_directory = place.symlink_metadata().is_ok_and(|found| found.is_dir());
                    anyhow::ensure!(is_directory, "cannot create `{place}`: a file exists");
                }
                Err(error) => return Err(error).with_context(context),
            }
        }
        Ok(())
    }

    /// Copies the files of a directory of this machine, one level deep, to a path below. Links are copied
    /// only if they point to a file next to them, so that nothing written later can leave the directory.
    pub fn copy(&self, from: &str, to: &str) -> Result<()> {
        self.directory(to)?;
        let context = || format!("cannot read `{from}`");
        for entry in std::fs::read_dir(from).with_context(context)? {
            let entry = entry.with_context(context)?;
            let Ok(path) = Utf8PathBuf::from_path_buf(entry.path()) else { continue };
            let place = self.path.join(to.trim_start_matches('/')).join(path.file_name().unwrap_or_default());
            // A file that is not readable is not needed: these are units of the distribution.
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

    /// Returns the entries at its top.
    pub fn top(&self) -> Vec<Utf8PathBuf> {
        let found = self.path.read_dir_utf8().into_iter().flatten().flatten();
        let mut found: Vec<_> = found.map(|found| found.path().to_owned()).collect();
        found.sort();
        found
    }

    /// Whether a path below exists.
    pub fn has(&self, path: &str) -> bool {
        self.path.join(path.trim_start_matches('/')).exists()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        run_state::remove_private(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, time: Duration) -> ProcessOutput {
        let program = Program::at("/bin/sh".into()).expect("every system has a shell");
        let words = ["-c".to_owned(), script.to_owned()];
        program.run(&words, b"input", Deadline::after(time)).unwrap()
    }

    #[test]
    fn program_is_killed_with_its_children_on_timeout() {
        let begin = Instant::now();
        let done = shell("echo begun; sleep 1000 & sleep 1000", Duration::from_millis(500));
        assert_eq!((done.end, done.out.as_str()), (End::TimedOut, "begun\n"));
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn exit_code_signal_and_timeout_are_distinguished() {
        let end = |script| shell(script, Duration::from_secs(30)).end;
        assert_eq!(end("exit 3"), End::Exited(3));
        assert_eq!(end("kill -KILL $$"), End::Signaled(9));
        assert_eq!(end("exec yes"), End::TooMuchOutput);
        // Its streams can end before the process does.
        assert_eq!(end("exec >&- 2>&-; sleep 0.2; exit 4"), End::Exited(4));
    }

    #[test]
    fn program_gets_its_input_and_an_empty_environment() {
        let done = shell("env | grep -v '^PWD=\\|^_=\\|^SHLVL='; cat", Duration::from_secs(30));
        assert_eq!(done.out, "input");
    }

    #[test]
    fn system_program_needs_no_parts() {
        assert!(Program::at("/usr/bin/env".into()).unwrap().parts().is_empty());
    }
}
