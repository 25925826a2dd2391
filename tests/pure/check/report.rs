//! Exit codes, streams and the formats of a report.

use std::process::Command;

use crate::support::check::stage;
use crate::support::test_dir::PROGRAM;

#[test]
fn exit_codes_are_those_of_the_contract() {
    let stage = stage();
    // No program finds a private place, so every one of them is absent, whatever is on this machine.
    let table: &[(&[&str], i32)] = &[
        (&["check", "-d", "example.com", "--no-programs"], 0),
        (&["check", "good", "--no-programs"], 0),
        (&["check", "good/", "--no-programs"], 0),
        (&["check", "good.tar.gz", "--no-programs"], 0),
        (&["check", "good", "--target", "bookworm", "--no-programs"], 0),
        (&["check", "bad", "--no-programs"], 1),
        (&["check", "empty", "--no-programs"], 1),
        (&["check", "bad", "--format", "json", "--no-programs"], 1),
        (&["check", "bad", "--format", "sarif", "--no-programs"], 1),
        (&["check", "bad", "--format", "github", "--no-programs"], 1),
        (&["check"], 2),
        (&["check", "-d", "panel_x.example.org"], 2),
        (&["check", "absent"], 2),
        (&["check", "good", "-d", "example.com"], 2),
        (&["check", "good", "--format", "xml"], 2),
        (&["check", "good", "--target", "debain-12"], 2),
        (&["check", "good", "--require", "ngnix"], 2),
        (&["check", "good", "--require", "nginx,systemdd"], 2),
        (&["check", "good", "--require", "nginx", "--no-programs"], 2),
        (&["check", "good", "--require", "promtool"], 3),
        (&["check", "good", "--require", "all"], 3),
        // An incomplete check is no verdict, whatever the others found.
        (&["check", "bad", "--require", "promtool"], 3),
        (&["check", "bad"], 1),
        (&["check", "--fleet", "fleet.yaml", "--no-programs"], 0),
        (&["check", "--fleet", "faulty.yaml", "--no-programs"], 1),
        (&["check", "--fleet", "faulty.yaml", "--no-programs", "--format", "json"], 1),
        (&["check", "--fleet", "faulty.yaml", "--no-programs", "--format", "sarif"], 1),
        (&["check", "--fleet", "faulty.yaml", "--no-programs", "--format", "github"], 1),
        (&["check", "--fleet", "fleet.yaml", "--require", "ngnix"], 2),
        (&["check", "--fleet", "fleet.yaml", "--only-host", "nobody"], 2),
        (&["check", "--fleet", "fleet.yaml", "good"], 2),
        (&["check", "--fleet", "fleet.yaml", "--require", "promtool"], 3),
        (&["check", "--fleet", "faulty.yaml", "--require", "all"], 3),
    ];
    let wrong: Vec<_> = table
        .iter()
        .map(|(arguments, exit)| (arguments, exit, stage.run_with(arguments, &[("TMPDIR", "/nowhere")])))
        .filter(|(_, exit, ran)| ran.exit != Some(**exit))
        .map(|(arguments, exit, ran)| {
            format!("{arguments:?}: {:?}, not {exit}: {}{}", ran.exit, ran.text(), ran.stderr)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_typing_error_among_the_required_is_told_with_the_nearest() {
    let ran = stage().run(&["check", "good", "--require", "ngnix"]);
    assert!(
        ran.stderr.contains("error[validator-unknown]") && ran.stderr.contains("did you mean `nginx`?"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.text(), "");
}

#[test]
fn the_report_is_data_and_a_tar_on_stdin_is_a_bundle() {
    let stage = stage();
    let ran = stage.run(&["check", "bad", "--no-programs"]);
    assert_eq!(ran.stderr, "");
    assert!(
        ran.text().contains("error[tls-protocol-old]") && ran.text().ends_with("files\n"),
        "{}",
        ran.text()
    );
    let sh = format!("{PROGRAM} check - --no-programs < good.tar.gz");
    let done = Command::new("sh").args(["-c", &sh]).current_dir(&stage.path).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn report_for_people_matches_its_snapshot() {
    let stage = stage();
    let text = stage.run(&["check", "bad", "--no-programs"]).text().to_owned();
    insta::assert_snapshot!("bad", text);
    insta::assert_snapshot!(
        "bad-github",
        stage.run(&["check", "bad", "--no-programs", "--format", "github"]).text()
    );
}
