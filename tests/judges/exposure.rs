//! How open a unit stays, as `systemd-analyze security` counts it: a budget for each.

use std::fs;
use std::process::Command;

use camino::Utf8Path;

use crate::case::{CASES, distinct};
use crate::program;
use crate::room::Scratch;
use crate::unit::units;

/// The most a unit may score, in tenths, and on a systemd before 247, which lacks some of the walls.
const BUDGET: &[(&str, u32, u32)] = &[
    ("certbot-issue.service", 25, 30),
    ("certbot-renew.service", 25, 30),
    ("code-server.service", 25, 30),
    // They make networks and mounts.
    ("faasd-provider.service", 50, 50),
    ("faasd.service", 50, 50),
    ("panel-firewall.service", 30, 36),
    // Programs whose source nobody has seen; they read the certificate's key, so they are root without its powers.
    ("tencentcloud-pai-agent.service", 40, 46),
    ("tencentcloud-pai-mate-update.service", 40, 46),
    ("tencentcloud-pai-mate.service", 40, 46),
    // Whatever binds containerd binds every container: it stays open.
    ("containerd.service", 100, 100),
];

#[test]
fn no_unit_is_more_open_than_its_budget() {
    if !program::all(&["systemd-analyze"]) {
        return;
    }
    let scratch = Scratch::new();
    let files = CASES.iter().flat_map(|case| {
        units(case)
            .into_iter()
            .filter(|(path, _)| Utf8Path::new(path).parent() == Some("/etc/systemd/system".into()))
            .filter(|(path, _)| path.ends_with(".service"))
            .map(|(path, text)| (case.name.as_str(), (path, text, case.panel.target.systemd < 247)))
    });
    for ((path, text, old), cases) in distinct(files) {
        let name = Utf8Path::new(path).file_name().unwrap();
        let Some((_, new_budget, old_budget)) = BUDGET.iter().find(|(unit, ..)| *unit == name) else {
            panic!("{name} has no budget");
        };
        let file = scratch.0.join(name);
        fs::write(&file, text).unwrap();
        let mut command = Command::new("systemd-analyze");
        command.args(["security", "--no-pager", "--offline=true", file.as_str()]).env("LC_ALL", "C.UTF-8");
        let said = program::run(&mut command);
        let score = said.out.split("exposure level for").nth(1).and_then(|rest| {
            let number = rest.split(": ").nth(1)?.split(' ').next()?;
            number.replace('.', "").parse::<u32>().ok()
        });
        let Some(score) = score else { panic!("{name}: no score: {}{}", said.out, said.err) };
        let budget = if old { *old_budget } else { *new_budget };
        assert!(
            score <= budget,
            "{name} of {}: {score} tenths, not {budget}: {}",
            cases.join(", "),
            said.out
        );
    }
}
