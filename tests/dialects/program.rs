//! The real programs, and what happens where one is missing.

use std::env;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use camino::Utf8PathBuf;

/// The command that runs the first of `candidates` that exists, or none with a loud word; where
/// everything must be tried a missing program is a failure.
pub(crate) fn find(what: &str, candidates: &[&str]) -> Option<Command> {
    let path = env::var("PATH").unwrap_or_default();
    let directories = || path.split(':').chain(["/usr/sbin", "/usr/local/sbin"]);
    let exists = |file: &Utf8PathBuf| file.is_file();
    let found = candidates.iter().find_map(|candidate| {
        if candidate.contains('/') {
            Some(Utf8PathBuf::from(*candidate)).filter(exists)
        } else {
            directories().map(|directory| Utf8PathBuf::from(directory).join(candidate)).find(exists)
        }
    });
    if found.is_none() {
        missing(what);
    }
    found.map(Command::new)
}

/// Says that `what` is missing.
pub(crate) fn missing(what: &str) {
    assert!(env::var("PANELGEN_REQUIRE_ALL").as_deref() != Ok("1"), "{what} is required and missing");
    eprintln!("SKIPPED: {what} is missing, so nothing was read back by it");
}

/// A fresh directory for one test, short enough for a socket's path.
pub(crate) fn scratch(name: &str) -> Utf8PathBuf {
    let base = Utf8PathBuf::from_path_buf(env::temp_dir()).unwrap();
    let directory = base.join(format!("panelgen-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Runs `command` with `input` on its standard input.
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
