//! Completions, manual pages, exported templates: made whole, and read by the programs they are for.

use std::process::Command;

use crate::support::test_dir::{TestDir, feed, panelgen};
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

#[test]
fn bash_completes_a_command() {
    let Some(mut bash) = tools::command("bash") else { return };
    let text = panelgen(&["completions", "bash"]).text().to_owned();
    let ask = "COMP_WORDS=(panelgen expl)\nCOMP_CWORD=1\n_panelgen panelgen expl panelgen\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let output = feed(&mut bash, format!("{text}\n{ask}"));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "explain\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
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
