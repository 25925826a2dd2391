//! Colors: each stream by itself, by the variables of the environment and `--color`.

use crate::support::terminal::{Streams, Terminal};
use crate::support::test_dir::{TestDir, run};

const VARIABLES: [&str; 4] = ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM"];

/// Variables, `--color`, and whether a terminal and a pipe get colors.
type Case = (&'static [(&'static str, &'static str)], &'static str, bool, bool);

const CASES: &[Case] = &[
    (&[("TERM", "xterm-256color")], "", true, false),
    (&[("TERM", "xterm")], "auto", true, false),
    (&[("TERM", "linux"), ("CLICOLOR", "1")], "", true, false),
    (&[("TERM", "xterm"), ("CLICOLOR", "0")], "", false, false),
    (&[("TERM", "dumb")], "", false, false),
    (&[("TERM", "")], "", false, false),
    (&[], "", false, false),
    (&[("TERM", "xterm"), ("NO_COLOR", "1")], "", false, false),
    (&[("TERM", "xterm"), ("NO_COLOR", "0")], "", false, false),
    // Empty is not set: https://no-color.org.
    (&[("TERM", "xterm"), ("NO_COLOR", "")], "", true, false),
    (&[("TERM", "xterm"), ("CLICOLOR_FORCE", "1")], "", true, true),
    (&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], "", true, true),
    (&[("TERM", "xterm"), ("CLICOLOR_FORCE", "0")], "", true, false),
    (&[("TERM", "xterm"), ("CLICOLOR_FORCE", "")], "", true, false),
    (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], "", false, false),
    (&[("TERM", "dumb"), ("NO_COLOR", "1")], "always", true, true),
    (&[("TERM", "xterm"), ("CLICOLOR_FORCE", "1")], "never", false, false),
];

/// Commands, and whether they print to stdout or to stderr what can have colors.
const COMMANDS: &[(&[&str], Streams)] = &[
    (&["diff", "-d", "panel.example.org", "-t", "none", "bundle/"], Streams::Stdout),
    (&["check", "--no-programs", "broken/"], Streams::Stdout),
    (&["render"], Streams::Stderr),
    (&["render", "-d", "panel.example.org", "-o", "foreign/"], Streams::Stderr),
    (&["list", "-d", "localhost"], Streams::Stderr),
    (&["explain", "no-such-key"], Streams::Stderr),
];

fn stage() -> TestDir {
    let stage = TestDir::new();
    stage.bundle("bundle/", &["-t", "none"]);
    stage.bundle("broken/", &["-t", "none"]);
    stage.put("broken/root/etc/nginx/conf.d/default.conf", "server {\n");
    stage.put("foreign/notes.txt", "mine\n");
    stage
}

#[test]
fn colors_follow_the_variables_and_the_stream_itself() {
    let stage = stage();
    for (at, (variables, flag, on_terminal, in_pipe)) in CASES.iter().enumerate() {
        // The first case with every command, the others with one for each stream.
        let commands = COMMANDS.iter().enumerate().filter(|(number, _)| at == 0 || [1, 2].contains(number));
        for (_, (words, stream)) in commands {
            let mut command = stage.command(*words);
            if !flag.is_empty() {
                command.args(["--color", flag]);
            }
            for name in VARIABLES {
                command.env_remove(name);
            }
            command.envs(variables.iter().copied());
            let about = format!("{words:?} {variables:?} --color {flag}");

            let session = Terminal::start(&command, 80, *stream).end();
            assert!(!session.text.is_empty(), "{about}");
            assert_eq!(session.text.contains('\x1b'), *on_terminal, "a terminal: {about}: {}", session.text);
            // The other stream is a pipe, whatever the first one is.
            assert_eq!(session.piped.contains('\x1b'), *in_pipe && !session.piped.is_empty(), "{about}");

            let other = if *stream == Streams::Stdout { Streams::Stderr } else { Streams::Stdout };
            let session = Terminal::start(&command, 80, other).end();
            assert_eq!(session.piped.contains('\x1b'), *in_pipe, "a pipe: {about}: {}", session.piped);

            let ran = run(&mut command, b"");
            let all = format!("{}{}", ran.text(), ran.stderr);
            assert_eq!(all.contains('\x1b'), *in_pipe, "pipes: {about}: {all}");
        }
    }
}

#[test]
fn documents_for_machines_never_have_colors() {
    let stage = stage();
    for words in [
        &["diff", "-d", "panel.example.org", "-t", "none", "bundle/", "--format", "json"][..],
        &["diff", "-d", "panel.example.org", "-t", "none", "bundle/", "--format", "markdown"],
        &["check", "--no-programs", "broken/", "--format", "json"],
        &["check", "--no-programs", "broken/", "--format", "sarif"],
        &["check", "--no-programs", "broken/", "--format", "github"],
        &["list", "-d", "panel.example.org", "--format", "json"],
        &["render", "--message-format", "json"],
        &["completions", "bash"],
        &["schema"],
    ] {
        let ran = stage.run_with(words, &[("CLICOLOR_FORCE", "1"), ("TERM", "xterm")]);
        let all = format!("{}{}", ran.text(), ran.stderr);
        assert!(!all.is_empty() && !all.contains('\x1b'), "{words:?}: {all}");
    }
}
