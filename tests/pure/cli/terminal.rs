//! Sessions in terminals of 40, 80 and 200 columns.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use crate::support::terminal::{Session, Streams, Terminal};
use crate::support::test_dir::TestDir;

const COLUMNS: [u16; 3] = [40, 80, 200];

fn command(stage: &TestDir, args: &[&str]) -> Command {
    let mut command = stage.command(args);
    command.env("TERM", "xterm-256color");
    for name in ["CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn session(stage: &TestDir, args: &[&str], columns: u16) -> Session {
    Terminal::start(&command(stage, args), columns, Streams::All).end()
}

/// The terminal itself wraps no line, unless a path or an address is too long for it, with the label before it.
fn assert_fits(session: &Session, columns: u16) {
    use unicode_width::UnicodeWidthStr as _;
    const LABEL: usize = 12;
    for line in session.text.lines() {
        let word = line.split_whitespace().map(str::width).max().unwrap_or(0);
        let is_breakable = word + LABEL <= columns.into();
        assert!(line.width() <= columns.into() || !is_breakable, "{columns} columns: {line}");
    }
}

/// A summary without its sizes and the Ansible role, which change with the templates. The sizes are in one column.
fn without_sizes(text: &str, columns: u16) -> String {
    let mut short = String::new();
    let mut is_role = false;
    for line in text.lines() {
        is_role = line.starts_with("ansible/") || (is_role && line.starts_with("  "));
        let size = line.rsplit_once(' ').filter(|(_, unit)| ["B", "kB"].contains(unit));
        let name =
            size.and_then(|(rest, _)| rest.trim_end().rsplit_once(' ')).map(|(name, _)| name.trim_end());
        match name {
            _ if is_role => {}
            Some(name) if !name.ends_with(',') => {
                assert_eq!(line.chars().count(), usize::from(columns.min(100)), "{line}");
                short += &format!("{name}  SIZE\n");
            }
            Some(_) => short += "NUMBER files, SIZE\n",
            None => short += &format!("{line}\n"),
        }
    }
    short
}

#[test]
fn summary_matches_its_snapshot_for_every_width() {
    let stage = TestDir::with("secret.txt", "hunter-2-fake");
    for columns in COLUMNS {
        let args = ["render", "-d", "panel.example.org", "--passinit-file", "secret.txt"];
        let shown = session(&stage, &args, columns);
        assert!(shown.status.success());
        assert_fits(&shown, columns);
        insta::assert_snapshot!(
            format!("terminal-summary-{columns}"),
            without_sizes(&shown.transcript(), columns)
        );
    }
    assert_eq!(stage.paths(), ["secret.txt"], "nothing was written");
}

#[test]
fn carets_match_their_snapshot_for_every_width() {
    let yaml = "domain: panel.example.org
mail: \"日本語@example\" # 名前
routes:
- {path: /한국어, upstream: \"http://127.0.0.1:1\"}
- {path: /a, upstream: \"ftp://😀🎉\", Timeout: 5m} # e\u{301}e\u{301}e\u{301}
- {path: /b, \"é\u{301}\": 1,\t\"ｆｕｌｌ\":\t2, upstream: \"http://127.0.0.1:3001\"}
";
    let stage = TestDir::with("panel.yaml", yaml);
    for columns in COLUMNS {
        let shown = session(&stage, &["render", "-f", "panel.yaml"], columns);
        assert_eq!(shown.status.code(), Some(2));
        insta::assert_snapshot!(format!("terminal-carets-{columns}"), shown.transcript());
        let plain = session(&stage, &["render", "-f", "panel.yaml", "--color", "never"], columns);
        assert!(!plain.text.contains('\x1b'));
        assert_eq!(plain.screen(), shown.screen(), "colors take no column");
    }
}

#[test]
fn tables_match_their_snapshots_for_every_width() {
    let stage = TestDir::new();
    stage.bundle("bundle/", &["-t", "none"]);
    stage.put("bundle/root/etc/nginx/conf.d/default.conf", "server {\n  listen 80\n}\n");
    for columns in COLUMNS {
        let list = session(&stage, &["list", "-d", "panel.example.org", "-t", "none"], columns);
        assert_fits(&list, columns);
        insta::assert_snapshot!(format!("terminal-list-{columns}"), list.transcript());
        let targets = session(&stage, &["targets"], columns);
        assert_fits(&targets, columns);
        insta::assert_snapshot!(format!("terminal-targets-{columns}"), targets.transcript());
        let check = session(&stage, &["check", "--no-programs", "bundle/"], columns);
        assert_eq!(check.status.code(), Some(1));
        let (findings, _) = check.text.rsplit_once(" in ").unwrap();
        insta::assert_snapshot!(format!("terminal-check-{columns}"), findings.replace('\x1b', "␛"));
    }
}

#[test]
fn help_and_explanations_fit_every_terminal() {
    let stage = TestDir::new();
    for columns in COLUMNS {
        for args in [&["--help"][..], &["-h"], &["explain", "domain-public-ca"]] {
            let shown = session(&stage, args, columns);
            assert!(shown.status.success());
            let long = |line: &&str| line.chars().count() > columns.into();
            // The examples are commands, which are not wrapped.
            let lines = shown.text.lines().filter(|line| !line.starts_with("  panelgen "));
            let long: Vec<&str> = lines.filter(long).collect();
            assert!(long.is_empty(), "{args:?} at {columns} columns: {long:#?}");
        }
    }
}

/// A fleet that takes a second or more.
fn fleet(stage: &TestDir) {
    let host = |number: usize| format!("- domain: h{number}.example.org\n");
    stage.put("fleet.yaml", format!("hosts:\n{}", (0..300).map(host).collect::<String>()));
}

#[test]
fn progress_is_shown_on_a_terminal_and_erased_at_the_end() {
    let stage = TestDir::new();
    fleet(&stage);
    let args = ["render", "--fleet", "fleet.yaml", "-o", "fleet/"];
    let mut terminal = Terminal::start(&command(&stage, &args), 120, Streams::Stderr);
    terminal.delay();
    terminal.wait_for("hosts");
    let shown = terminal.end();
    assert!(shown.status.success(), "{}", shown.text);
    assert!(shown.transcript().contains("␛[2K"), "{}", shown.transcript());
    let screen = shown.screen();
    let lines: Vec<&str> = screen.lines().filter(|line| !line.is_empty()).collect();
    let [line] = lines[..] else { panic!("{screen}") };
    assert!(line.starts_with("fleet/: 300 hosts"), "{line}");
    assert_eq!(shown.piped, "");

    // No progress in a pipe, and none where a terminal cannot move its cursor.
    let again = Terminal::start(&command(&stage, &args), 80, Streams::Stdout).end();
    assert!(again.piped.starts_with("fleet/: 300 hosts") && again.text.is_empty(), "{}", again.piped);
    let mut dumb = command(&stage, &args);
    dumb.env("TERM", "dumb");
    let dumb = Terminal::start(&dumb, 80, Streams::All).end();
    assert!(dumb.text.starts_with("fleet/: 300 hosts"), "{}", dumb.text);
}

#[test]
fn interrupted_run_says_what_it_leaves() {
    let stage = TestDir::new();
    fleet(&stage);
    let args = ["render", "--fleet", "fleet.yaml", "-o", "fleet/"];
    let mut terminal = Terminal::start(&command(&stage, &args), 80, Streams::All);
    terminal.delay();
    terminal.wait_for("writing");
    terminal.send("\x03");
    let shown = terminal.end();
    assert_eq!(shown.status.signal(), Some(2), "{}", shown.transcript());
    let screen = shown.screen();
    let screen = screen.trim_start_matches(['^', 'C', '\n']);
    assert!(screen.starts_with("error[interrupted]: the run was interrupted after `fleet/"), "{screen}");
    assert!(!screen.contains("writing"), "the progress is erased: {screen}");
    // Every staging directory that is there is named, or counted.
    let is_left = |path: &camino::Utf8PathBuf| path.as_str().ends_with(".panelgen");
    let left: Vec<_> = stage.paths().into_iter().filter(is_left).collect();
    let joined = screen.replace('\n', "");
    // The terminal breaks a line inside a word or in the place of a space, which the screen does not keep.
    let is_written =
        [&joined, &screen.replace('\n', " ")].iter().any(|text| text.contains("more were written"));
    assert!(is_written, "{screen}");
    assert_eq!(left.is_empty(), !joined.contains("left"), "{left:?}: {screen}");
    assert!(left.len() > 3 || left.iter().all(|path| joined.contains(path.as_str())), "{left:?}: {screen}");

    let completed = stage.run(&args);
    assert_eq!(completed.exit, Some(0), "{}", completed.stderr);
    assert!(!stage.paths().iter().any(is_left), "the next run removes what was left");
}

#[test]
fn interrupted_run_that_wrote_nothing_says_so() {
    let stage = TestDir::new();
    for (args, format) in
        [(&["render", "-f", "-", "-o", "bundle/"][..], "text"), (&["list", "-f", "-"], "json")]
    {
        let args = [args, &["--message-format", format]].concat();
        let mut terminal = Terminal::start(&command(&stage, &args), 80, Streams::All);
        // The program waits for its input, which the terminal echoes.
        terminal.send("domain:\n");
        terminal.wait_for("domain:");
        std::thread::sleep(std::time::Duration::from_millis(500));
        terminal.send("\x03");
        let shown = terminal.end();
        assert_eq!(shown.status.signal(), Some(2), "{}", shown.transcript());
        insta::assert_snapshot!(format!("terminal-interrupt-{format}"), shown.screen());
        assert!(stage.paths().is_empty());
    }
}
