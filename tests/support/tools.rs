//! The external programs, and what happens where one is not here: the test is skipped, loudly, and in CI it fails.

use std::env;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::skip::skip;

/// Where `.ci/install` keeps what is no package of this system.
pub(crate) fn cache() -> Utf8PathBuf {
    let base = env::var("XDG_CACHE_HOME").ok().filter(|base| !base.is_empty());
    let home = || Utf8PathBuf::from(env::var("HOME").unwrap_or_default()).join(".cache");
    base.map_or_else(home, Utf8PathBuf::from).join("panelgen")
}

/// Where the program `name` is: a path, or a name to look up.
pub(crate) fn find(name: impl Into<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let name: Utf8PathBuf = name.into();
    let found = if name.as_str().contains('/') {
        Some(name.clone()).filter(|file| file.is_file())
    } else {
        let path = env::var("PATH").unwrap_or_default();
        let directories = path.split(':').chain(["/usr/sbin", "/usr/local/sbin", "/sbin"]);
        directories.map(|directory| Utf8PathBuf::from(directory).join(&name)).find(|file| file.is_file())
    };
    if found.is_none() {
        skip(&format!("{name} is not installed"));
    }
    found
}

/// The command that runs the program `name`.
pub(crate) fn command(name: impl Into<Utf8PathBuf>) -> Option<Command> {
    find(name).map(Command::new)
}

/// Whether the program `name` is here.
pub(crate) fn has(name: &str) -> bool {
    find(name).is_some()
}

/// Whether all of these programs are here.
pub(crate) fn all(names: &[&str]) -> bool {
    names.iter().all(|name| has(name))
}

/// Whether the tests run as root, who may make namespaces, mount and give files away.
pub(crate) fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("the tests do not run as root");
    }
    is_root
}

/// A program of the Python tools that `.ci/install` installs, with a home of its own.
pub(crate) fn venv(name: &str) -> Option<Command> {
    let directory = cache().join("venv/bin");
    let mut command = command(directory.join(name))?;
    let path = env::var("PATH").unwrap_or_default();
    let home = concat!(env!("CARGO_TARGET_TMPDIR"), "/ansible");
    command.env("PATH", format!("{directory}:{path}")).env("ANSIBLE_HOME", home);
    command.env("ANSIBLE_NOCOLOR", "1").env("LC_ALL", "C.UTF-8");
    Some(command)
}

/// The oldest ansible-core whose output the tests read: 2.19 reports errors in another format than those before it.
const MIN_ANSIBLE: (u32, u32) = (2, 19);

/// An Ansible program: the one that `.ci/install` installs, else the one of the system. One that is too old is skipped
/// like one that is not here.
pub(crate) fn ansible(name: &str) -> Option<Command> {
    if cache().join("venv/bin").join(name).is_file() {
        return venv(name);
    }
    let mut command = command(name)?;
    let version = Command::new(command.get_program()).arg("--version").output().unwrap().stdout;
    let version = String::from_utf8_lossy(&version).into_owned();
    if ansible_version(&version).is_none_or(|version| version < MIN_ANSIBLE) {
        let line = version.lines().next().unwrap_or_default();
        skip(&format!("{name} is older than ansible-core {}.{}: {line}", MIN_ANSIBLE.0, MIN_ANSIBLE.1));
        return None;
    }
    command.env("ANSIBLE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/ansible"));
    command.env("ANSIBLE_NOCOLOR", "1").env("LC_ALL", "C.UTF-8");
    Some(command)
}

/// The version in `ansible-playbook [core 2.14.18]`.
fn ansible_version(text: &str) -> Option<(u32, u32)> {
    let (_, version) = text.lines().next()?.split_once("[core ")?;
    let mut numbers = version.split(['.', ']']).map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// A directory for the front of PATH in which the programs are that `panelgen check` should find first: Ansible's from
/// `.ci/install`, whatever the system has, and the newer nginx where it is asked for.
pub(crate) fn link_programs(directory: &Utf8Path, new_nginx: bool) {
    std::fs::create_dir_all(directory).unwrap();
    let mut programs = vec![cache().join("venv/bin/ansible-playbook")];
    if new_nginx {
        programs.push(cache().join("nginx-trixie/bin/nginx"));
    }
    for program in programs.iter().filter(|program| program.exists()) {
        let name = program.file_name().unwrap();
        // It may be there from the run before.
        let _ = std::os::unix::fs::symlink(program, directory.join(name));
    }
}

/// Python with these modules, from the tools that `.ci/install` installs or from the system.
pub(crate) fn python(modules: &str) -> Option<Command> {
    let candidates = [cache().join("venv/bin/python3"), "python3".into(), "/usr/bin/python3".into()];
    let has_modules = |python: &&Utf8PathBuf| {
        let import = Command::new(python).args(["-c", &format!("import {modules}")]).output();
        import.is_ok_and(|output| output.status.success())
    };
    let found = candidates.iter().find(has_modules);
    if found.is_none() {
        skip(&format!("no Python has {modules}"));
    }
    found.map(Command::new)
}
