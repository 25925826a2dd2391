//! `check` in a terminal: which validators run, and what an interrupted run leaves.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use crate::support::terminal::{Streams, Terminal};
use crate::support::test_dir::TestDir;
use crate::support::tools;

/// A check that takes more than a second: it runs Ansible. Its private directories are in `tmp`.
fn check(stage: &TestDir) -> Option<Command> {
    tools::ansible("ansible-playbook")?;
    tools::find("bwrap")?;
    let programs = stage.join("bin");
    tools::link_programs(&programs, false);
    std::fs::create_dir_all(stage.join("tmp")).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = stage.command(["check", "-d", "panel.example.org"]);
    command.env("PATH", format!("{programs}:{path}")).env("TERM", "xterm").env("TMPDIR", stage.join("tmp"));
    Some(command)
}

/// The words after `running` in what a terminal got.
fn named(text: &str) -> Vec<&str> {
    let names = text.split("running ").skip(1).filter_map(|rest| rest.split(['\r', '\x1b']).next());
    names.flat_map(|names| names.split(", ").map(str::trim)).collect()
}

#[test]
fn check_names_the_running_validators_and_erases_them() {
    let stage = TestDir::new();
    let Some(command) = check(&stage) else { return };
    let mut terminal = Terminal::start(&command, 80, Streams::All);
    terminal.wait_for("running ");
    let shown = terminal.end();
    assert!(named(&shown.text).contains(&"ansible"), "{}", shown.transcript());
    let screen = shown.screen();
    assert!(!screen.contains("running") && screen.contains("\nansible "), "{screen}");
    assert!(screen.contains("clean: "), "{screen}");

    let piped = Terminal::start(&command, 80, Streams::Stdout).end();
    assert!(
        !piped.text.contains("running") && piped.piped.is_empty(),
        "{} {}",
        piped.transcript(),
        piped.piped
    );
}

#[test]
fn interrupted_check_leaves_no_private_directory_and_no_program() {
    let stage = TestDir::new();
    let Some(command) = check(&stage) else { return };
    let mut terminal = Terminal::start(&command, 80, Streams::All);
    terminal.wait_for("running ");
    let private = || stage.join("tmp").read_dir_utf8().unwrap().count();
    assert!(private() > 0, "validators have private directories");
    terminal.send("\x03");
    let shown = terminal.end();
    assert_eq!(shown.status.signal(), Some(2), "{}", shown.transcript());
    let screen = shown.screen();
    assert!(screen.contains("error[interrupted]: the run was interrupted: nothing was written"), "{screen}");
    assert!(!screen.contains("running"), "{screen}");
    assert_eq!(private(), 0, "{screen}");
}
