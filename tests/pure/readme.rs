//! The commands of README and of docs/ are run, and what is shown of their output is what they print.
//!
//! A ` ```console ` block is a session: `$ ` begins a command, the lines below are what it prints, and `…` stands for
//! any text, alone on a line for any lines. A command that shows nothing may print anything. A ` ```sh ` block is
//! commands alone. A ` ```console guest … ` block is what a guest printed; the boot test compares it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The documents with sessions; each is run in an empty directory of its own.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "README.zh-CN.md",
    "docs/quick-start.md",
    "docs/quick-start.zh-CN.md",
    "docs/delivery.md",
    "docs/air-gap.md",
    "docs/hosts.md",
    "docs/parameters.md",
    "docs/check.md",
    "docs/facts.md",
    "docs/fleets.md",
    "docs/ci.md",
];

/// Commands that are not run here, and the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("scp -r bundle root@example.com:", "needs a host; the boot test copies the bundle into a guest"),
    ("scp panel.sh root@example.com:", "needs a host; the boot test copies the file into a guest"),
    ("ssh root@example.com sh panel.sh install", "needs a host; the boot test runs it in a guest"),
    ("cargo install --path . --locked", "builds what this test is a part of"),
    ("ssh root@example.com cat /var/lib/faasd/secrets/basic-auth-password", "needs a host"),
    (
        "ssh root@example.com cat /var/lib/faasd/secrets/basic-auth-password | faas-cli login --username admin --password-stdin",
        "needs a host",
    ),
    ("faas-cli store deploy figlet", "needs a host and the internet"),
    ("curl https://example.com/figlet -d hello", "needs a host"),
    ("ssh root@example.com sh bundle/panel.sh install", "needs a host; the boot test runs it in a guest"),
    ("ssh root@example.com sh bundle/panel.sh status", "needs a host; the boot test runs it in a guest"),
    ("ssh root@example.com sh bundle/panel.sh uninstall", "needs a host; the boot test runs it in a guest"),
    (
        "sh bundle/panel.sh fetch assets",
        "needs the internet; tests/panel_sh runs it against a server of its own",
    ),
    ("scp -r bundle assets root@example.com:", "needs a host"),
    (
        "ssh root@example.com sh bundle/panel.sh install --assets assets",
        "needs a host; the boot test runs it in a guest",
    ),
    ("ansible-playbook site.yml --check --diff", "needs a host; the boot test runs it against a guest"),
    ("ansible-playbook site.yml --diff", "needs a host; the boot test runs it against a guest"),
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

fn read(document: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap()
}

/// Runs the commands of a document. Returns how many outputs were compared, and the commands of `ELSEWHERE` in it.
fn run(document: &str, work: &Path) -> (usize, Vec<&'static str>) {
    let _ = fs::remove_dir_all(work);
    fs::create_dir_all(work).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_panelgen")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let (mut compared, mut elsewhere) = (0, Vec::new());
    for Step { line, command, shown } in &steps(&read(document)) {
        if let Some((known, _)) = ELSEWHERE.iter().find(|(known, _)| command == known) {
            elsewhere.push(*known);
            continue;
        }
        let done = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(work)
            .env("PATH", &path)
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let output = String::from_utf8(done.stdout).unwrap();
        if shown.is_empty() {
            assert!(done.status.success(), "{document}:{line}: {command}\n{output}");
            continue;
        }
        let lines: Vec<_> = output.lines().collect();
        assert!(
            are_like(&lines, shown),
            "{document}:{line}: {command}\nprints:\n{output}\nand not:\n{}",
            shown.join("\n")
        );
        compared += 1;
    }
    (compared, elsewhere)
}

#[test]
fn commands_of_documents_print_what_is_shown() {
    let (mut compared, mut elsewhere) = (0, Vec::new());
    for document in DOCUMENTS {
        let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme").join(document.replace('/', "-"));
        let (outputs, skipped) = run(document, &work);
        compared += outputs;
        elsewhere.extend(skipped);
    }
    assert!(compared >= 15, "{compared} outputs were compared");
    for (command, _) in ELSEWHERE {
        assert!(elsewhere.contains(command), "`{command}` is not in a document any more: drop it here");
    }
}

#[test]
fn guest_sessions_of_readme_show_default_versions() {
    let done = Command::new(env!("CARGO_BIN_EXE_panelgen"))
        .args(["render", "-d", "example.com", "--only", "assets.lock"])
        .output()
        .unwrap();
    let lock: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let downloads = lock["downloads"].as_array().unwrap();
    let text = read("README.md");
    let sessions: Vec<&str> =
        text.split("```console guest ").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    assert!(sessions.len() >= 3, "{} sessions", sessions.len());
    let mut shown = 0;
    for line in sessions.iter().flat_map(|session| session.lines()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        for pair in words.windows(2).filter(|pair| pair[1].starts_with(|c: char| c.is_ascii_digit())) {
            if let Some(download) = downloads.iter().find(|download| download["name"] == pair[0]) {
                assert_eq!(download["version"], pair[1], "{line}");
                shown += 1;
            }
        }
    }
    assert!(shown > 0, "no session shows the version of a download");
}

#[test]
fn readme_has_at_most_200_lines() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 200, "{lines} lines");
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
