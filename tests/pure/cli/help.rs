//! The words: help, tables, reports. insta keeps them in `tests/pure/cli/snapshots/`.

use crate::support::test_dir::TestDir;

/// Exit code, stdout and stderr of one run, as a person sees them.
fn seen(args: &[&str]) -> String {
    let ran = TestDir::new().run(args);
    let mut text = format!("$ panelgen {}\n", args.join(" "));
    for (name, part) in [("stdout", ran.text()), ("stderr", ran.stderr.as_str())] {
        if !part.is_empty() {
            text += &format!("----- {name}\n{part}");
        }
    }
    text + &format!("----- exit {}\n", ran.exit.unwrap())
}

#[test]
fn help_of_every_command_matches_its_snapshot() {
    let top = TestDir::new().run(&["--help"]);
    let commands = top.text().split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands = commands.lines().filter_map(|line| line.split_whitespace().next());
    insta::assert_snapshot!("help", seen(&["--help"]));
    let mut count = 0;
    for command in commands.filter(|command| *command != "help") {
        insta::assert_snapshot!(format!("help-{command}"), seen(&[command, "--help"]));
        count += 1;
    }
    assert!(count >= 3, "the list of commands was found");
}

#[test]
fn tables_match_their_snapshots() {
    insta::assert_snapshot!("targets", seen(&["targets"]));
    insta::assert_snapshot!("list-faasd", seen(&["list", "-d", "panel.example.org"]));
    let pai = ["list", "-d", "panel.example.org", "-t", "1", "--set", "mirror=https://mirror.example.org"];
    insta::assert_snapshot!("list-pai", seen(&pai));
    insta::assert_snapshot!(
        "list-json",
        seen(&["list", "-d", "panel.example.org", "-t", "none", "--format", "json"])
    );
}

#[test]
fn mistakes_and_first_output_match_their_snapshots() {
    insta::assert_snapshot!("nothing", seen(&[]));
    insta::assert_snapshot!("no-domain", seen(&["render"]));
    insta::assert_snapshot!("flag-typo", seen(&["render", "--domian", "panel.example.org"]));
    insta::assert_snapshot!("command-typo", seen(&["rendre", "-d", "panel.example.org"]));
    insta::assert_snapshot!(
        "many-mistakes",
        seen(&[
            "render",
            "-d",
            "https://panel.example.org/",
            "-m",
            "ops",
            "-t",
            "2",
            "--target",
            "ubuntu-24",
            "--set",
            "faasd.gatewayport=1",
        ])
    );
    insta::assert_snapshot!(
        "written",
        seen(&["render", "-d", "panel.example.org", "-t", "none", "-o", "bundle/"])
    );
}
