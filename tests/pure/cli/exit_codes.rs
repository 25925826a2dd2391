//! The exit code of every command for every kind of failure.

use crate::support::test_dir::TestDir;

/// Success, and what diff(1) calls trouble.
const ROWS: &[(&str, i32)] = &[
    ("render -d a.example.org -o new/", 0),
    ("render -d a.example.org -o same/ --check", 0),
    ("render -d b.example.org -o same/ --check", 1),
    ("render -d a.example.org -o foreign/", 2),
    ("render -d a.example.org -o foreign/ --check", 2),
    ("render -d a_.example.org", 2),
    ("render -f absent.yaml", 2),
    ("render -f good.yaml -o good.yaml", 2),
    ("render -d a.example.org -o x.zip", 2),
    ("render -d a.example.org --only /absent", 2),
    ("render --unknown", 2),
    ("render --fleet fleet.yaml -o fleet/", 0),
    ("render --fleet fleet.yaml -o fleet/ --check", 0),
    ("render --fleet fleet.yaml --set tls.hsts=false -o fleet/ --check", 1),
    ("render --fleet bad-fleet.yaml -o other/", 2),
    ("render --fleet bad-fleet.yaml -o kept/ --keep-going", 2),
    ("render --fleet fleet.yaml --shard 3/2 -o other/", 2),
    ("diff -d a.example.org same", 0),
    ("diff same", 0),
    ("diff -d b.example.org same", 1),
    ("diff -d a_.example.org same", 2),
    ("diff -d a.example.org absent", 2),
    ("diff -d a.example.org", 2),
    ("diff --detailed-exitcode -d a.example.org same", 0),
    ("diff --detailed-exitcode -d b.example.org same", 2),
    ("diff --detailed-exitcode -d a_.example.org same", 1),
    ("diff --detailed-exitcode -d a.example.org absent", 1),
    ("diff --detailed-exitcode --unknown", 1),
    ("diff --fleet fleet.yaml fleet", 0),
    ("diff --fleet fleet.yaml --set tls.hsts=false fleet", 1),
    ("diff --fleet bad-fleet.yaml fleet", 2),
    ("check same --no-programs", 0),
    ("check -d a.example.org --no-programs", 0),
    ("check faulty --no-programs", 1),
    ("check -d a_.example.org --no-programs", 2),
    ("check absent --no-programs", 2),
    ("check same --require unknown", 2),
    ("check same --target plan9 --no-programs", 2),
    ("check --fleet fleet.yaml --no-programs", 0),
    ("check fleet --no-programs", 0),
    ("check --fleet bad-fleet.yaml --no-programs", 2),
    ("check --unknown", 2),
    ("list -d a.example.org", 0),
    ("list -d a_.example.org", 2),
    ("list --fleet fleet.yaml", 0),
    ("list --fleet absent.yaml", 2),
    ("list --fleet fleet.yaml --only-host none*", 2),
    ("explain domain-missing", 0),
    ("explain faasd.timeout", 0),
    ("explain -d a.example.org /etc/nftables.d/panel.nft:1", 0),
    ("explain no-such-code", 2),
    ("explain -d a.example.org /etc/absent", 2),
    ("explain -d a.example.org /etc/nftables.d/panel.nft:9999", 2),
    ("graph -d a.example.org", 0),
    ("graph same", 0),
    ("graph -d a_.example.org", 2),
    ("graph absent", 2),
    ("merge fleet", 2),
    ("merge absent", 2),
    ("merge", 2),
    ("adopt --root absent", 2),
    ("adopt --root .", 2),
    ("migrate good.yaml", 0),
    ("migrate old.yaml", 0),
    ("migrate bad-fleet.yaml", 2),
    ("migrate absent.yaml", 2),
    ("migrate", 2),
    ("diff --explain-upgrade -d b.example.org same", 1),
    ("diff --explain-upgrade same", 0),
    ("init", 0),
    ("init --fleet", 0),
    ("init -o made.yaml", 0),
    ("init -o good.yaml", 2),
    ("init -d a_.example.org", 2),
    ("schema", 0),
    ("schema fleet", 0),
    ("schema other", 2),
    ("targets", 0),
    ("targets --unknown", 2),
    ("facts", 0),
    ("facts --unknown", 2),
    ("templates --list", 0),
    ("templates --unknown", 2),
    ("completions bash", 0),
    ("completions tcsh", 2),
    ("man -o pages", 0),
    ("man", 2),
    ("man -o good.yaml", 2),
    ("--help", 0),
    ("--version", 0),
    ("unknown", 2),
    ("", 2),
];

fn stage() -> TestDir {
    let stage = TestDir::with("good.yaml", "domain: a.example.org\n");
    stage.put("old.yaml", "domain: a.example.org\npaneltype: 0\n");
    stage.put("fleet.yaml", "hosts: [{domain: a.example.org}, {domain: b.example.org, panel: none}]\n");
    stage.put("bad-fleet.yaml", "hosts: [{domain: a.example.org}, {domain: b.example.org, mail: x@}]\n");
    stage.put("foreign/somebody.txt", "else");
    for name in ["same/", "faulty/"] {
        assert_eq!(stage.run(&["render", "-d", "a.example.org", "-o", name]).exit, Some(0));
    }
    let unit = "faulty/root/etc/systemd/system/faasd.service";
    stage.put(unit, stage.read(unit).replace("MemoryMax=500M", "MemoryMax=500MB"));
    stage
}

#[test]
fn exit_code_of_every_command_is_that_of_the_table() {
    let stage = stage();
    let mut wrong = Vec::new();
    for (line, exit) in ROWS {
        let ran = stage.run(&line.split_whitespace().collect::<Vec<_>>());
        if ran.exit != Some(*exit) {
            wrong.push(format!("{line}: {:?}, not {exit}: {}", ran.exit, ran.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Every command is in the table.
    let help = stage.run(&["--help"]);
    let commands = help.text().lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    // A line that continues another one begins with more spaces.
    let names: Vec<_> =
        commands.filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(
            ROWS.iter().any(|(line, _)| line.split(' ').next() == Some(name)),
            "{name} is not in the table"
        );
    }
}

#[test]
fn message_of_every_command_is_json_when_messages_are() {
    let stage = stage();
    let mut notes = 0;
    for (line, exit) in ROWS {
        let mut args: Vec<_> = line.split_whitespace().collect();
        if args.is_empty() {
            continue;
        }
        args.extend(["--message-format", "json"]);
        let ran = stage.run(&args);
        let differs = *exit == 1 && !line.contains("detailed") || line.contains("code -d b.");
        for message in ran.stderr.lines() {
            let value: serde_json::Value =
                serde_json::from_str(message).unwrap_or_else(|error| panic!("{line}: {error}: {message}"));
            for key in ["code", "severity", "message"] {
                assert!(value[key].as_str().is_some_and(|text| !text.is_empty()), "{line}: {message}");
            }
            let code = value["code"].as_str().unwrap();
            notes += i32::from(code == "run-note");
            assert_eq!(stage.run(&["explain", code]).exit, Some(0), "{line}: {code} is not explained");
        }
        assert!(*exit == 0 || differs || !ran.stderr.is_empty(), "{line}: no message");
    }
    assert!(notes >= 5, "{notes} notes of what a command did");
}
