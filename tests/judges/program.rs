//! The real programs, and what happens where one is missing.

use std::env;
use std::process::{Command, Output};

use camino::Utf8PathBuf;

/// Where `.ci/install` keeps what is no package of this system.
pub(crate) fn cache() -> Utf8PathBuf {
    let base = env::var("XDG_CACHE_HOME").map_or_else(
        |_| Utf8PathBuf::from(env::var("HOME").unwrap_or_default()).join(".cache"),
        Utf8PathBuf::from,
    );
    base.join("panelgen")
}

/// Where the program `name` stands: a path, or a name to look up. None with a loud word when it is missing;
/// where everything must be tried that is a failure.
pub(crate) fn find(name: impl Into<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let name: Utf8PathBuf = name.into();
    let found = if name.as_str().contains('/') {
        Some(name.clone()).filter(|file| file.is_file())
    } else {
        let path = env::var("PATH").unwrap_or_default();
        let directories = path.split(':').chain(["/usr/sbin", "/sbin"]);
        directories.map(|directory| Utf8PathBuf::from(directory).join(&name)).find(|file| file.is_file())
    };
    if found.is_none() {
        skip(&format!("{name} is missing"));
    }
    found
}

/// Whether the programs `names` all stand here.
pub(crate) fn all(names: &[&str]) -> bool {
    names.iter().all(|name| find(*name).is_some())
}

/// Whether we may make namespaces and mount.
pub(crate) fn root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("not root, so there is no private root");
    }
    root
}

/// Says loudly that a judge was not heard.
pub(crate) fn skip(why: &str) {
    assert!(env::var("PANELGEN_REQUIRE_ALL").as_deref() != Ok("1"), "{why}, and every judge is required");
    eprintln!("SKIPPED: {why}");
}

/// The output of a command as text: standard output, standard error, and whether it ended well.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) good: bool,
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Said {
    let Output { status, stdout, stderr } = command.stdin(std::process::Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { out: text(stdout), err: text(stderr), good: status.success() }
}
