//! Completions, manual pages, exported templates: made whole, and read by the programs they are for.

use std::process::Command;

use std::time::Duration;

use crate::support::terminal::{Streams, Terminal};
use crate::support::test_dir::{PROGRAM, TestDir, feed, panelgen};
use crate::support::tools;

#[test]
fn every_shell_has_completions_that_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let made = panelgen(&["completions", shell]);
        assert_eq!((made.code(), made.stderr.as_str()), (0, ""));
        for command in ["render", "list", "explain", "init", "schema", "templates", "man"] {
            assert!(made.text().contains(command), "{shell} does not know `{command}`");
        }
    }
    assert_eq!(panelgen(&["completions", "tcsh"]).code(), 2);
}

#[test]
fn shells_read_their_completions() {
    for (shell, arguments) in [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["--no-execute"])] {
        let Some(mut program) = tools::command(shell) else { continue };
        let text = panelgen(&["completions", shell]).text().to_owned();
        let output = feed(program.args(arguments), &text);
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Command lines, and what completes their last word: a value that the shells must offer, and one that they must not.
const VALUES: &[(&str, &str, &str)] = &[
    ("expl", "explain", "render"),
    ("render --target deb", "debian-12", "ubuntu-24.04"),
    ("render --stack ", "classic", "debian-12"),
    ("render --arch ", "arm64", "classic"),
    ("render -t ", "pai", "arm64"),
    ("diff --paneltype f", "faasd", "pai"),
    ("render --format cloud", "cloud-config.gz", "json"),
    ("check --format s", "sarif", "json"),
    ("explain mail-i", "mail-invalid", "domain-invalid"),
    ("explain faasd.gateway_p", "faasd.gateway_port", "mail-invalid"),
    ("render --set faasd.gateway_p", "faasd.gateway_port=", "panel=pai"),
    ("render --set panel=p", "panel=pai", "panel=faasd"),
    ("check --require ng", "nginx", "systemd"),
    ("completions el", "elvish", "fish"),
    ("schema fl", "fleet", "domain"),
];

/// Starts a shell in a terminal, types a command line, tabs until a value is there, and returns what the shell shows. A shell lists more
/// than one match, and writes a single one.
fn typed(shell: &str, setup: &str, line: &str, value: &str) -> Option<String> {
    let mut command = tools::command(shell)?;
    let directory = TestDir::new();
    let program = camino::Utf8Path::new(PROGRAM).parent().unwrap();
    let path = format!("{program}:/usr/bin:/bin");
    match shell {
        "bash" => command.args(["--norc", "--noprofile", "-i"]),
        _ => command.args(["-f", "-i"]),
    };
    command
        .current_dir(&directory.path)
        .env_clear()
        .env("PATH", path)
        .env("TERM", "xterm")
        .env("HOME", &directory.path);
    let mut terminal = Terminal::start(&command, 200, Streams::All);
    terminal.send(&format!("{setup}; echo rea''dy\n"));
    terminal.wait_for("ready");
    terminal.send(&format!("panelgen {line}"));
    // The first tab completes what is common, the second one rings, the third one lists.
    for _ in 0..3 {
        terminal.send("\t");
        if terminal.gets(value, Duration::from_millis(1500)) {
            break;
        }
    }
    // Ctrl-U removes the line.
    terminal.send("\x15 echo do''ne\n");
    terminal.wait_for("done");
    terminal.send("exit\n");
    Some(terminal.end().text)
}

#[test]
fn bash_and_zsh_complete_values_at_a_prompt() {
    let bash = "source <(panelgen completions bash)";
    let zsh = "autoload -U compinit && compinit -u -D && source <(panelgen completions zsh)";
    for (shell, setup) in [("bash", bash), ("zsh", zsh)] {
        for (line, value, other) in VALUES {
            // A shell lists what follows the word that is typed already.
            let value = value.strip_prefix("panel=").unwrap_or(value);
            let Some(shown) = typed(shell, setup, line, value) else { break };
            let shown = shown.rsplit_once("ready").unwrap().1;
            assert!(shown.contains(value), "{shell} does not complete `{line}` to `{value}`: {shown}");
            assert!(!shown.contains(other), "{shell} completes `{line}` to `{other}`: {shown}");
        }
    }
}

#[test]
fn bash_completes_words_with_an_equals_sign_and_leaves_room_for_a_value() {
    let Some(shown) =
        typed("bash", "source <(panelgen completions bash)", "render --target=debian-1", "debian-13")
    else {
        return;
    };
    assert!(shown.contains("debian-13"), "{shown}");
    let shown =
        typed("bash", "source <(panelgen completions bash)", "render --set faasd.gateway_po", "port=")
            .unwrap();
    assert!(shown.contains("faasd.gateway_port=") && !shown.contains("faasd.gateway_port= "), "{shown}");
}

#[test]
fn fish_completes_values() {
    let text = panelgen(&["completions", "fish"]).text().to_owned();
    for (line, value, other) in VALUES {
        let Some(mut fish) = tools::command("fish") else { return };
        let output = feed(fish.arg("--no-config"), format!("{text}\ncomplete -C 'panelgen {line}'\n"));
        let found = String::from_utf8_lossy(&output.stdout).into_owned();
        let found: Vec<&str> = found.lines().filter_map(|line| line.split('\t').next()).collect();
        assert!(found.contains(value) && !found.contains(other), "fish completes `{line}` to {found:?}");
    }
}

#[test]
fn elvish_completes_values() {
    // The module of the editor is there only at a prompt.
    let editor = "var edit: = (ns [&'completion:'=(ns [&arg-completer=[&]]) &'complex-candidate~'={|text &display=''| put $text }])
fn wcswidth {|text| count $text }\n";
    let text = panelgen(&["completions", "elvish"]).text().to_owned();
    for (line, value, _) in VALUES {
        let Some(mut elvish) = tools::command("elvish") else { return };
        let mut words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
        words.insert(0, "panelgen".to_owned());
        let ask = format!(
            "$edit:completion:arg-completer[panelgen] {} | each {{|found| echo $found }}\n",
            words.join(" ")
        );
        let script = TestDir::with("ask.elv", format!("{editor}{text}\n{ask}"));
        let output = feed(elvish.arg("-norc").arg(script.join("ask.elv")), "");
        let found = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        // Elvish itself selects those that begin with the word.
        assert!(found.lines().any(|found| found == *value), "elvish completes `{line}` to {found}{errors}");
    }
}

#[test]
fn powershell_knows_the_values_of_every_flag() {
    let text = panelgen(&["completions", "powershell"]).text().to_owned();
    for (line, value, _) in VALUES.iter().filter(|(line, ..)| line.contains(' ')) {
        let mut words: Vec<&str> = line.split(' ').collect();
        words.pop();
        let before = words.last().unwrap();
        let key = format!("'panelgen;{} {before}'", words[0]);
        let group = text.lines().find(|line| line.contains("-cin") && line.contains(&key));
        let group = group.unwrap_or_else(|| panic!("no values of {key}"));
        let values = group.split_once("} {").unwrap().1;
        assert!(values.contains(&format!("'{value}'")), "{key}: {values}");
    }
    let block = text.find("$values = @(switch").unwrap();
    assert!(block < text.find("$completions = @(switch").unwrap(), "values come before flags");
    assert_eq!(text.matches('{').count(), text.matches('}').count());
    assert_eq!(text.matches('(').count(), text.matches(')').count());
}

fn pages(directory: &camino::Utf8Path) -> Vec<(String, String)> {
    let mut pages: Vec<_> = directory
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .map(|page| (page.file_name().unwrap().to_owned(), std::fs::read_to_string(&page).unwrap()))
        .collect();
    pages.sort();
    pages
}

#[test]
fn manual_pages_are_the_same_whenever_they_are_made_and_cover_every_command() {
    let directory = TestDir::new();
    let (one, two) = (directory.join("one"), directory.join("two"));
    for to in [&one, &two] {
        let made = panelgen(&["man", "-o", to.as_str()]);
        assert_eq!((made.code(), made.text()), (0, ""), "{}", made.stderr);
    }
    let pages = pages(&one);
    assert_eq!(pages, self::pages(&two));
    let help = panelgen(&["--help"]).text().to_owned();
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut commands: Vec<_> = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    commands.retain(|name| *name != "help");
    assert!(commands.contains(&"render") && commands.len() > 8, "{commands:?}");
    for command in commands {
        let name = format!("panelgen-{command}.1");
        assert!(pages.iter().any(|(page, _)| *page == name), "{name} is missing");
    }
    for (name, text) in &pages {
        let title = text.lines().find(|line| line.starts_with(".TH")).unwrap();
        assert!(!title.contains("20"), "{name}: {title}");
    }
}

#[test]
fn man_and_mandoc_read_the_manual_pages_without_a_warning() {
    let directory = TestDir::new();
    assert_eq!(panelgen(&["man", "-o", directory.as_str()]).code(), 0);
    for (name, text) in pages(&directory) {
        let Some(mut man) = tools::command("man") else { break };
        man.args(["--warnings=w", "-E", "UTF-8", "-l", "-"]).env("MANWIDTH", "80").env("MANROFFOPT", "-ww");
        let output = feed(man.env("LC_ALL", "C.UTF-8").env("MAN_KEEP_FORMATTING", "0"), &text);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "man: {name}: {complaints}");
        let page = String::from_utf8_lossy(&output.stdout);
        let foot = page.lines().rev().find(|line| !line.is_empty()).unwrap();
        assert!(foot.starts_with(concat!("panelgen ", env!("CARGO_PKG_VERSION"))), "{name}: {foot}");
    }
    for (name, text) in pages(&directory) {
        let Some(mut mandoc) = tools::command("mandoc") else { break };
        let output = feed(mandoc.args(["-T", "lint", "-W", "style"]), &text);
        // A page is the same whenever it is made, so it has no date. A line of the source is one of the help, and titles
        // have the letters of the program, as the pages of Linux do.
        let expected = [
            "missing date, using \"\"",
            "input text line longer than",
            "lower case character in document title",
        ];
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaints: Vec<&str> =
            printed.lines().filter(|line| !expected.iter().any(|expected| line.contains(expected))).collect();
        assert!(printed.contains("missing date"), "mandoc: {name}: it reports nothing at all");
        assert!(complaints.is_empty(), "mandoc: {name}: {complaints:#?}");
    }
}

#[test]
fn groff_reads_the_manual_pages_without_a_warning() {
    let directory = TestDir::new();
    assert_eq!(panelgen(&["man", "-o", directory.as_str()]).code(), 0);
    for (name, text) in pages(&directory) {
        let Some(mut groff) = tools::command("groff") else { return };
        let output = feed(groff.args(["-man", "-Tutf8", "-ww", "-b", "-K", "utf8", "-P-cbou"]), &text);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "{name}: {complaints}");
        let page = String::from_utf8_lossy(&output.stdout);
        assert!(page.contains("NAME") && page.contains("SYNOPSIS"), "{name}");
    }
}

#[test]
fn templates_are_exported_as_they_are_compiled_in() {
    let directory = TestDir::new();
    let list = panelgen(&["templates", "--list"]).text().to_owned();
    let made = panelgen(&["templates", "-o", directory.as_str()]);
    assert_eq!(made.code(), 0, "{}", made.stderr);
    assert!(list.lines().count() > 20);
    let ours = camino::Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for name in list.lines() {
        let exported = std::fs::read_to_string(directory.join(name)).unwrap();
        assert_eq!(exported, std::fs::read_to_string(ours.join(name)).unwrap());
        assert_eq!(panelgen(&["templates", name]).text(), exported);
    }
    let diff = Command::new("diff")
        .args(["-r", "-x", "ansible", ours.as_str(), directory.as_str()])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&diff.stdout),
        "",
        "every file under templates/ but the Ansible role is exported"
    );
    assert!(panelgen(&["templates", "/etc/nginx/conf.d/default.conf"]).text().contains("server_name"));

    std::fs::write(directory.join("panel.sh.d/99-main.sh"), "mine\n").unwrap();
    assert_eq!(panelgen(&["templates", "-o", directory.as_str()]).code(), 2);
    assert_eq!(std::fs::read_to_string(directory.join("panel.sh.d/99-main.sh")).unwrap(), "mine\n");
    assert_eq!(panelgen(&["templates", "-o", directory.as_str(), "--force"]).code(), 0);
    assert_eq!(panelgen(&["templates"]).code(), 2);
}
