//! The standard streams: what a closed pipe, a full disk and a shell's redirection look like from inside.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::process::{Command, Stdio};

use panelgen::internals::fs::{self, WriteOutcome};

/// Runs one ignored test of this file in a process of its own, with these streams, and returns its stderr.
fn inside(test: &str, stdin: Stdio, stdout: &str) -> String {
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .env("STDOUT_OF_A_TEST", stdout)
        .stdin(stdin)
        .output()
        .unwrap();
    String::from_utf8(out.stderr).unwrap()
}

/// Puts what the other process asked for behind stdout. Only now, because the harness around a test writes too.
fn take_stdout() -> Option<std::io::PipeReader> {
    let name = std::env::var("STDOUT_OF_A_TEST").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    match name.as_str() {
        "a pipe" => rustix::stdio::dup2_stdout(&writer).unwrap(),
        "a closed pipe" => {
            rustix::stdio::dup2_stdout(&writer).unwrap();
            return None;
        }
        path => rustix::stdio::dup2_stdout(OpenOptions::new().write(true).open(path).unwrap()).unwrap(),
    }
    Some(reader)
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let told = inside("stdio::sends", Stdio::null(), "a closed pipe");
    assert!(told.contains("sent: Ok(Closed)"), "{told}");
}

#[test]
fn a_full_disk_behind_stdout_is_an_error() {
    let told = inside("stdio::sends", Stdio::null(), "/dev/full");
    assert!(told.contains("cannot write to stdout") && told.contains("No space left on device"), "{told}");
}

#[test]
fn a_file_behind_stdout_is_known_by_name_and_a_pipe_is_a_pipe() {
    let at = format!("{}/stdout of a test", env!("CARGO_TARGET_TMPDIR"));
    File::create(&at).unwrap();
    let told = inside("stdio::tells", Stdio::null(), &at);
    assert!(told.contains(&format!("kind: File(Some({at:?}))")), "{told}");
    for name in ["/dev/null", "a pipe"] {
        assert!(inside("stdio::tells", Stdio::null(), name).contains("kind: Pipe"), "{name}");
    }
}

#[test]
fn stdin_and_files_are_read_up_to_a_limit() {
    let at = format!("{}/stdin of a test", env!("CARGO_TARGET_TMPDIR"));
    File::create(&at).unwrap().write_all(b"12345678").unwrap();
    let told = inside("stdio::reads", File::open(&at).unwrap().into(), "/dev/null");
    assert!(told.contains("read: Ok([49, 50, 51, 52, 53, 54, 55, 56])"), "{told}");
    File::create(&at).unwrap().write_all(b"123456789").unwrap();
    let told = inside("stdio::reads", File::open(&at).unwrap().into(), "/dev/null");
    assert!(told.contains("more than 8 bytes"), "{told}");

    assert_eq!(fs::read(at.as_str().into(), 9).unwrap(), b"123456789");
    let refused = format!("{:#}", fs::read(at.as_str().into(), 8).unwrap_err());
    assert!(refused.contains(&at) && refused.contains("more than 8 bytes"), "{refused}");
    let absent = format!("{:#}", fs::read("/nowhere/x".into(), 8).unwrap_err());
    assert!(absent.contains("cannot read `/nowhere/x`: No such file"), "{absent}");
    assert!(fs::read("/".into(), 8).is_err());
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn sends() {
    let reader = take_stdout();
    let sent: anyhow::Result<WriteOutcome> = fs::write_stdout(b"x");
    eprintln!("sent: {sent:?}");
    drop(reader);
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn tells() {
    let reader = take_stdout();
    eprintln!("kind: {:?}", fs::stdout_kind());
    drop(reader);
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn reads() {
    eprintln!("read: {:?}", fs::read_stdin(8));
}
