//! README's commands are run, and what it shows of their output is what they print.
//!
//! A ` ```console ` block is a session: `$ ` begins a command, the lines below are what it prints, and `…` stands for
//! any text, alone on a line for any lines. A command that shows nothing may print anything. A ` ```sh ` block is
//! commands alone. A ` ```console guest … ` block is what a guest printed; the boot test compares it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Commands that a test must not run here, and who runs them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cargo install --path .", "builds what this test is a part of"),
    ("cargo build --release", "builds what this test is a part of"),
    ("cargo test", "this test is a part of it"),
    ("bash .ci/run", "runs this test"),
    ("tests/boot/run", "needs root; `.ci/run` runs it"),
    ("sudo sh bundle/panel.sh uninstall", "changes the host; the boot test runs it in a guest"),
];

#[derive(Debug)]
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut block = None;
    for (at, line) in text.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            block = (block.is_none() && !language.is_empty()).then_some(language);
            continue;
        }
        let command = match block {
            Some("console") => line.strip_prefix("$ "),
            Some("sh") if line.starts_with('#') || line.is_empty() => continue,
            Some("sh") => Some(line),
            _ => continue,
        };
        match command {
            Some(command) => {
                steps.push(Step { line: at + 1, command: command.to_owned(), shown: Vec::new() });
            }
            None => steps.last_mut().expect("a session begins with a command").shown.push(line.to_owned()),
        }
    }
    steps
}

/// Whether `line` is `pattern`, where `…` stands for any text.
fn is_like(line: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('…');
    let Some(mut rest) = line.strip_prefix(pieces.next().unwrap()) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(before) = last.replace(piece) {
            let Some(at) = rest.find(before) else { return false };
            rest = &rest[at + before.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// Whether the lines are those shown, where a lone `…` stands for any lines.
fn are_like(lines: &[&str], shown: &[String]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first.trim() == "…" => {
            (0..=lines.len()).any(|skipped| are_like(&lines[skipped..], rest))
        }
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| is_like(line, first) && are_like(lines, rest))
        }
    }
}

#[test]
fn every_command_of_the_readme_does_what_it_shows() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let steps = steps(&text);
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_panelgen")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let (mut compared, mut elsewhere) = (0, Vec::new());
    for Step { line, command, shown } in &steps {
        if let Some((known, _)) = ELSEWHERE.iter().find(|(known, _)| command == known) {
            elsewhere.push(*known);
            continue;
        }
        let done = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(&work)
            .env("PATH", &path)
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let output = String::from_utf8(done.stdout).unwrap();
        if shown.is_empty() {
            assert!(done.status.success(), "README.md:{line}: {command}\n{output}");
            continue;
        }
        let lines: Vec<_> = output.lines().collect();
        assert!(
            are_like(&lines, shown),
            "README.md:{line}: {command}\nprints:\n{output}\nand not:\n{}",
            shown.join("\n")
        );
        compared += 1;
    }
    assert!(compared >= 4, "{compared} outputs were compared");
    for (command, _) in ELSEWHERE {
        assert!(elsewhere.contains(command), "`{command}` is not in the README any more: drop it here");
    }
}

#[test]
fn an_ellipsis_stands_for_text_and_for_lines_and_for_nothing_else() {
    assert!(is_like("made 24 files, 3 new", "made … files, … new"));
    assert!(!is_like("made 24 files, 3 old", "made … files, … new"));
    assert!(!is_like("made 24 files", "made 24"));
    let shown = ["a", "…", "d"].map(str::to_owned);
    assert!(are_like(&["a", "b", "c", "d"], &shown));
    assert!(!are_like(&["a", "b", "c"], &shown));
    assert!(!are_like(&["x", "d"], &shown));
}
