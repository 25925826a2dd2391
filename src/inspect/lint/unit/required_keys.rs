//! A unit as a whole: what must be there, and what must not come together.

use super::super::{BundleView, Findings, at};
use super::UnitFile;
use crate::diagnostics::{Code, Diagnostic};

pub(super) fn lint(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    if file.is_drop_in {
        return;
    }
    match file.kind() {
        "service" => service(file, found),
        "timer" => timer(file, found),
        _ => {}
    }
    wanted(file, subject, found);
}

fn service(file: &UnitFile, found: &mut Findings) {
    let kind = file.last("Service", "Type").map_or("simple", |said| said.value.as_str());
    let starts: Vec<_> = file.all("Service", "ExecStart").filter(|said| !said.value.is_empty()).collect();
    if starts.is_empty() {
        found.push(
            Diagnostic::new(
                Code::UnitIncomplete,
                format!("`{}` starts nothing: it has no `ExecStart=`", file.name),
            )
            .with_location(at(&file.path, 1, 1))
            .with_hint("render the bundle again, or say which program the unit starts"),
        );
    }
    if let [first, second, ..] = &starts[..]
        && kind != "oneshot"
    {
        found.push(
            Diagnostic::new(
                Code::UnitKeyDuplicate,
                format!("`ExecStart=` is said twice: systemd refuses a unit of `Type={kind}` with two"),
            )
            .with_location(second.place.clone())
            .with_location(first.place.clone())
            .with_hint("keep one of the two"),
        );
    }
    let Some(restart) = file.last("Service", "Restart").filter(|said| said.value != "no") else { return };
    if kind == "oneshot" && ["always", "on-success"].contains(&restart.value.as_str()) {
        found.push(
            Diagnostic::new(
                Code::UnitValueInvalid,
                format!(
                    "`Restart={}` cannot go with `Type=oneshot`: systemd refuses the unit",
                    restart.value
                ),
            )
            .with_location(restart.place.clone())
            .with_hint("a oneshot that a timer starts needs no restart"),
        );
    }
    let pause = file.last("Service", "RestartSec");
    let is_short = pause.is_none_or(|said| {
        let value = said.value.trim();
        value.ends_with("ms")
            || value.ends_with("us")
            || value.trim_end_matches('s').parse::<f64>().is_ok_and(|n| n < 1.0)
    });
    if is_short {
        found.push(
            Diagnostic::new(
                Code::UnitRestartTight,
                format!(
                    "`{}` restarts within a second: after five attempts systemd gives up for good",
                    file.name
                ),
            )
            .with_location(pause.unwrap_or(restart).place.clone())
            .with_hint("say `RestartSec=5s` or more beside `Restart=`"),
        );
    }
}

fn timer(file: &UnitFile, found: &mut Findings) {
    let when = file.assignments.iter().any(|said| {
        said.section == "Timer"
            && said.key.starts_with("On")
            && said.key != "OnClockChange"
            && !said.value.is_empty()
    });
    if !when {
        found.push(
            Diagnostic::new(
                Code::UnitIncomplete,
                format!("`{}` never elapses: it has no `OnCalendar=`", file.name),
            )
            .with_location(at(&file.path, 1, 1))
            .with_hint("say when it elapses, for example `OnCalendar=daily`"),
        );
    }
}

/// What is enabled must say by whom it is wanted; `systemctl enable` fails otherwise, or does nothing.
fn wanted(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    let by: Vec<_> = file.all("Install", "WantedBy").chain(file.all("Install", "RequiredBy")).collect();
    let planned = subject.installer.as_ref().and_then(|installer| {
        installer.rows("units").find(|row| row.word(1) == file.name).map(|row| row.word(2).to_owned())
    });
    match planned.as_deref() {
        Some("enabled") if by.iter().all(|said| said.value.is_empty()) => found.push(
            Diagnostic::new(
                Code::UnitIncomplete,
                format!(
                    "`{}` is to be enabled, and has no `WantedBy=`: it would not start at boot",
                    file.name
                ),
            )
            .with_location(at(&file.path, 1, 1))
            .with_hint("add `[Install]` with `WantedBy=multi-user.target`, or `timers.target` for a timer"),
        ),
        _ => {}
    }
    for said in by.iter().filter(|said| !said.value.is_empty()) {
        let fits = match file.kind() {
            "timer" => said.words().iter().any(|word| word == "timers.target"),
            "service" => said.words().iter().any(|word| word == "multi-user.target"),
            _ => true,
        };
        if !fits {
            found.push(
                Diagnostic::new(
                    Code::UnitIncomplete,
                    format!(
                        "`{}` is wanted by `{}`, which a server does not start at boot",
                        file.name, said.value
                    ),
                )
                .with_location(said.place.clone())
                .with_hint("`multi-user.target` for a service, `timers.target` for a timer"),
            );
        }
    }
}
