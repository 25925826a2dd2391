//! Our own program, the real ones that read what it writes, and the cases to try.

use std::env;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

/// What our program ended with.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn panelgen(arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_panelgen")).args(arguments).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program called `name`, or none with a loud word; where everything must be tried that is a failure.
pub(crate) fn find(name: &str) -> Option<Command> {
    let path = env::var("PATH").unwrap_or_default();
    let found =
        path.split(':').map(|directory| Utf8Path::new(directory).join(name)).find(|file| file.is_file());
    if found.is_none() {
        missing(name);
    }
    found.map(Command::new)
}

pub(crate) fn missing(what: &str) {
    assert!(env::var("PANELGEN_REQUIRE_ALL").as_deref() != Ok("1"), "{what} is required and missing");
    eprintln!("SKIPPED: {what} is missing, so nothing was read by it");
}

/// Python with the module `module`, from our venv or from the system.
pub(crate) fn python(module: &str) -> Option<Command> {
    let cache = env::var("XDG_CACHE_HOME").or_else(|_| env::var("HOME").map(|home| format!("{home}/.cache")));
    let venv = cache.map(|cache| format!("{cache}/panelgen/venv/bin/python")).unwrap_or_default();
    let candidates = [venv, "python3".to_owned()];
    let works = |python: &&String| {
        let check = Command::new(python).args(["-c", &format!("import {module}")]).output();
        check.is_ok_and(|output| output.status.success())
    };
    let found = candidates.iter().find(works);
    if found.is_none() {
        missing(&format!("Python's {module}"));
    }
    found.map(Command::new)
}

/// Runs `command` with `input` on its standard input.
pub(crate) fn feed(command: &mut Command, input: &str) -> Output {
    let pipe = Stdio::piped;
    let mut child = command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A reader that stops early shows in its own output.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// A fresh directory for one test.
pub(crate) fn scratch(name: &str) -> Utf8PathBuf {
    let base = Utf8PathBuf::from_path_buf(env::temp_dir()).unwrap();
    let directory = base.join(format!("panelgen-guide-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// The parameters of every snapshot, with the name of its folder.
pub(crate) fn cases() -> Vec<(String, Utf8PathBuf)> {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let mut cases: Vec<_> = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .map(|case| (case.file_name().unwrap().to_owned(), case.join("panel.yaml")))
        .filter(|(_, file)| file.is_file())
        .collect();
    cases.sort();
    assert!(cases.len() > 10, "only {} snapshots", cases.len());
    cases
}
