//! The sandbox in which every external program runs, made by bubblewrap (`bwrap`).
//!
//! It has mount, PID, network, IPC, UTS and cgroup namespaces of its own. An ordinary user also gets a user namespace;
//! root becomes `nobody` instead. The program sees the system's `/usr` read-only, an `/etc`
//! and an `/input` with the files that are written here, a `/dev` and a `/proc` of its own, and an empty `/tmp` in memory.
//! It has no environment but `PATH` and `LC_ALL`, no network but its own loopback, and no way to more privileges.
//! docs/security.md describes it for operators.

use std::cell::Cell;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::NoResult;
use crate::fs::{Deadline, End, Program, SYSTEM_DIRECTORIES, TempDir};
use crate::values::escape_all;

/// The longest that one program runs.
const MAX_TIME: Duration = Duration::from_secs(60);

/// The most programs that run for one validator: a good bundle needs some twenty.
const MAX_RUNS: usize = 100;

/// Limits of each process, as `prlimit` takes them. The address space is wide, because the runtimes of Go and Haskell
/// reserve much more than they use; what is used by all processes together is watched from outside.
const LIMITS: [&str; 6] = [
    "--as=8589934592",
    "--core=0",
    "--cpu=60",
    "--fsize=67108864",
    "--nofile=1024",
    // Of all processes of the sandbox together.
    "--nproc=256",
];

/// Printed when the sandbox is complete, before the program starts: whatever came earlier is about the sandbox.
const READY: &str = "panelgen: the sandbox is complete\n";

/// Starts the program: its arguments are the arguments of this script.
const START: &str = "printf 'panelgen: the sandbox is complete\\n' >&2; exec \"$@\"";

/// The account in the sandbox.
const NOBODY: &str = "65534";

/// What is in `/etc` of every sandbox.
const ETC: [(&str, &str); 4] = [
    ("/etc/passwd", "root:x:0:0::/tmp:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/false\n"),
    ("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
];

/// Directories at the top that are the system's, or made new for each run.
const SYSTEM: [&str; 14] = [
    "bin", "dev", "gnu", "home", "lib", "lib32", "lib64", "libx32", "nix", "proc", "root", "sbin", "tmp",
    "usr",
];

/// A privilege over the sandbox's own network, without which a program cannot check anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capability {
    /// To listen on ports below 1024.
    BindService,
    /// To ask the kernel about its firewall.
    NetAdmin,
}

impl Capability {
    fn name(self) -> &'static str {
        match self {
            Self::BindService => "net_bind_service",
            Self::NetAdmin => "net_admin",
        }
    }
}

/// What a program printed before it exited.
#[derive(Debug)]
pub(super) struct Output {
    /// Its standard output.
    pub(super) out: String,
    /// Its standard error.
    pub(super) err: String,
    /// Its exit code.
    pub(super) code: i32,
}

impl Output {
    /// Whether it exited with 0.
    pub(super) fn is_good(&self) -> bool {
        self.code == 0
    }

    /// Everything it printed, errors first.
    pub(super) fn all(&self) -> String {
        format!("{}{}", self.err, self.out)
    }

    /// The first line of everything it printed.
    pub(super) fn first_line(&self) -> String {
        let all = self.all();
        escape_all(all.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it prints nothing"))
    }
}

/// The programs that make a sandbox.
struct Tools {
    bwrap: Program,
    prlimit: Program,
    /// Only root needs it.
    setpriv: Option<Program>,
}

/// Files for a program; each run has a sandbox of its own.
pub(super) struct Sandbox {
    files: TempDir,
    tools: Tools,
    deadline: Deadline,
    capability: Option<Capability>,
    variables: Vec<(&'static str, &'static str)>,
    writable: Vec<&'static str>,
    runs: Cell<usize>,
}

impl Sandbox {
    /// One with nothing but the system's programs.
    pub(super) fn new(deadline: Deadline) -> Result<Self, NoResult> {
        let tools = Tools::find()?;
        let files = TempDir::new()?;
        for (path, content) in ETC {
            files.write_file(path, content.as_bytes(), 0o644)?;
        }
        files.directory("/etc/alternatives")?;
        files.write_file("/etc/ld.so.cache", b"", 0o644)?;
        files.directory("/input")?;
        let (variables, writable, runs) = (Vec::new(), Vec::new(), Cell::default());
        Ok(Self { files, tools, deadline, capability: None, variables, writable, runs })
    }

    /// With a privilege over its own network.
    #[must_use]
    pub(super) fn with(mut self, capability: Capability) -> Self {
        self.capability = Some(capability);
        self
    }

    /// With a constant that the program's protocol passes by environment.
    #[must_use]
    pub(super) fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Writes a file: anywhere but where the system's own files are.
    pub(super) fn write_file(&self, path: &str, content: &[u8]) -> Result<(), NoResult> {
        self.write_file_with_mode(path, content, 0o644)
    }

    /// Writes a file that is a program, if its mode says so.
    pub(super) fn write_file_with_mode(&self, path: &str, content: &[u8], mode: u32) -> Result<(), NoResult> {
        let top = path.split('/').nth(1).unwrap_or_default();
        if !path.starts_with('/') || top.is_empty() || SYSTEM.contains(&top) {
            return Err(NoResult::Failed(format!("`{}` cannot be written in the sandbox", escape_all(path))));
        }
        self.files.write_file(path, content, mode)?;
        Ok(())
    }

    /// Makes a directory in memory that the program can write to.
    pub(super) fn writable(&mut self, path: &'static str) -> Result<(), NoResult> {
        self.files.directory(path)?;
        self.writable.push(path);
        Ok(())
    }

    /// Copies the files of a directory of this machine to one below `/input`.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<(), NoResult> {
        Ok(self.files.copy(from, to)?)
    }

    /// Whether there is anything at a path that was written.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.has(path)
    }

    /// Whether the program runs as user 0 of a user namespace: the only way for an ordinary user to give it a capability.
    pub(super) fn has_user_zero(&self) -> bool {
        self.capability.is_some() && self.tools.setpriv.is_none()
    }

    /// Runs a program until it exits by itself.
    pub(super) fn run<S: Into<String>>(
        &self,
        program: &Program,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Output, NoResult> {
        self.run_with_input(program, arguments, b"")
    }

    /// Runs a program that reads its standard input.
    pub(super) fn run_with_input<S: Into<String>>(
        &self,
        program: &Program,
        arguments: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Result<Output, NoResult> {
        let name = program.path().file_name().unwrap_or_default();
        if self.deadline.is_over() {
            return Err(NoResult::Failed(format!(
                "the time for all validators was over before `{name}` started"
            )));
        }
        self.runs.set(self.runs.get() + 1);
        if self.runs.get() > MAX_RUNS {
            return Err(NoResult::Failed(format!("`{name}` would run more than {MAX_RUNS} times")));
        }
        let mut words = self.namespaces(program)?;
        words.extend(self.limits());
        words.extend(["/bin/sh", "-c", START, "sh", program.path().as_str()].map(str::to_owned));
        words.extend(arguments.into_iter().map(Into::into));
        let done = self.tools.bwrap.run(&words, input, self.deadline.within(MAX_TIME))?;
        let Some((_, err)) = done.err.split_once(READY) else {
            let why = done.err.lines().map(str::trim).find(|line| !line.is_empty());
            return Err(match (done.end, why) {
                (End::Exited(_), Some(why)) => {
                    NoResult::Unavailable(format!("no sandbox can be made here: {}", escape_all(why)))
                }
                _ => NoResult::Failed("the sandbox broke before the program started".to_owned()),
            });
        };
        let err = err.to_owned();
        let why = match done.end {
            // How bwrap passes on what the shell says: it could not start the program.
            End::Exited(126 | 127) => format!("cannot be started: {}", first_line(&err)),
            End::Exited(code) if code > 128 => format!("was ended by signal {}", code - 128),
            End::Exited(code) => return Ok(Output { out: done.out, err, code }),
            End::Signaled(signal) => format!("lost its sandbox by signal {signal}"),
            End::TimedOut => "did not end in time".to_owned(),
            End::OutOfMemory => "used more memory than 1 GiB".to_owned(),
            End::TooMuchOutput => "printed more than 4 MiB".to_owned(),
        };
        Err(NoResult::Failed(format!("`{name}` {why}")))
    }

    /// The arguments of `bwrap`: what is new, what is seen, and what is given up.
    fn namespaces(&self, program: &Program) -> Result<Vec<String>, NoResult> {
        let parts = program.parts();
        self.make_mount_points(&parts)?;
        let is_root = self.tools.setpriv.is_some();
        let mut words = Vec::new();
        let mut add = |new: &[&str]| words.extend(new.iter().map(|word| (*word).to_owned()));
        if !is_root {
            let user = if self.has_user_zero() { "0" } else { NOBODY };
            add(&["--unshare-user", "--uid", user, "--gid", user]);
        }
        add(&["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]);
        add(&["--hostname", "sandbox", "--die-with-parent", "--new-session", "--clearenv"]);
        let mut path: Vec<_> = SYSTEM_DIRECTORIES.to_vec();
        path.extend(program.path().parent().map(camino::Utf8Path::as_str));
        add(&["--setenv", "PATH", &path.join(":"), "--setenv", "LC_ALL", "C.UTF-8"]);
        for (name, value) in &self.variables {
            add(&["--setenv", name, value]);
        }
        for name in ["bin", "sbin", "lib", "lib32", "lib64"] {
            let path = format!("/{name}");
            match crate::fs::link_target(&path) {
                Some(target) => add(&["--symlink", target.as_str(), &path]),
                None => add(&["--ro-bind-try", &path, &path]),
            }
        }
        for tree in ["/usr", "/nix/store", "/gnu/store"] {
            add(&["--ro-bind-try", tree, tree]);
        }
        for path in self.files.top() {
            let name = path.file_name().unwrap_or_default();
            add(&["--ro-bind", path.as_str(), &format!("/{name}")]);
        }
        for path in ["/etc/alternatives", "/etc/ld.so.cache"] {
            add(&["--ro-bind-try", path, path]);
        }
        add(&["--dev", "/dev", "--perms", "1777", "--size", "16777216", "--tmpfs", "/dev/shm"]);
        add(&["--remount-ro", "/dev", "--proc", "/proc"]);
        for path in self.writable.iter().chain(&["/tmp"]) {
            add(&["--perms", "1777", "--size", "67108864", "--tmpfs", path]);
        }
        // Last, because a program can be anywhere, below /tmp too.
        for part in parts {
            // bwrap itself would close those above a source that is closed to others.
            let above: Vec<_> = part.ancestors().skip(1).filter(|above| above.parent().is_some()).collect();
            for directory in above.iter().rev() {
                add(&["--perms", "0755", "--dir", directory.as_str()]);
            }
            add(&["--ro-bind", part.as_str(), part.as_str()]);
        }
        add(&["--remount-ro", "/", "--chdir", "/tmp"]);
        add(&["--cap-drop", "ALL"]);
        if is_root {
            // To become nobody; none of them is left when the program starts.
            add(&["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]);
        }
        if let Some(capability) = self.capability {
            add(&["--cap-add", &format!("CAP_{}", capability.name().to_uppercase())]);
        }
        add(&["--"]);
        Ok(words)
    }

    /// A part of a program can be below a directory that also has files of ours, which is read-only.
    fn make_mount_points(&self, parts: &[Utf8PathBuf]) -> Result<(), NoResult> {
        for part in parts {
            let top = part.as_str().split('/').nth(1).unwrap_or_default();
            if !self.files.has(top) || self.files.has(part.as_str()) {
                continue;
            }
            if crate::fs::is_directory(part) {
                self.files.directory(part.as_str())?;
            } else {
                self.files.write_file(part.as_str(), b"", 0o644)?;
            }
        }
        Ok(())
    }

    /// What is started inside before the program: its limits, and an account without privileges.
    fn limits(&self) -> Vec<String> {
        let mut words = vec![self.tools.prlimit.path().to_string()];
        words.extend(LIMITS.map(str::to_owned));
        words.push("--".to_owned());
        if let Some(setpriv) = &self.tools.setpriv {
            let kept =
                self.capability.map(|capability| format!(",+{}", capability.name())).unwrap_or_default();
            words.push(setpriv.path().to_string());
            words.extend([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
            words.extend(["--clear-groups", "--no-new-privs"].map(str::to_owned));
            for set in ["bounding-set", "inh-caps", "ambient-caps"] {
                words.push(format!("--{set}=-all{kept}"));
            }
            words.push("--".to_owned());
        }
        words
    }
}

impl Tools {
    fn find() -> Result<Self, NoResult> {
        let find = |name: &str, package: &str| {
            Program::find_in_system(name).ok_or_else(|| {
                NoResult::Unavailable(format!(
                    "no sandbox can be made here: `{name}` (package {package}) is not installed"
                ))
            })
        };
        let is_root = rustix::process::geteuid().is_root();
        Ok(Self {
            bwrap: find("bwrap", "bubblewrap")?,
            prlimit: find("prlimit", "util-linux")?,
            setpriv: if is_root { Some(find("setpriv", "util-linux")?) } else { None },
        })
    }
}

fn first_line(text: &str) -> String {
    escape_all(text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default())
}
