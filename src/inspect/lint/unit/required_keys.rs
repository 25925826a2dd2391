//! Checks a unit as a whole: missing keys, and keys that exclude each other.

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
    let kind = file.last("Service", "Type").map_or("simple", |assignment| assignment.value.as_str());
    let starts: Vec<_> =
        file.all("Service", "ExecStart").filter(|assignment| !assignment.value.is_empty()).collect();
    if starts.is_empty() {
        found.push(
            Diagnostic::new(Code::UnitIncomplete, format!("`{}` has no `ExecStart=`", file.name))
                .with_location(at(&file.path, 1, 1))
                .with_hint("render the bundle again, or set the program that the unit starts"),
        );
    }
    if let [first, second, ..] = &starts[..]
        && kind != "oneshot"
    {
        found.push(
            Diagnostic::new(
                Code::UnitKeyDuplicate,
                format!("`ExecStart=` is set twice: systemd rejects a unit of `Type={kind}` with two"),
            )
            .with_location(second.place.clone())
            .with_location(first.place.clone())
            .with_hint("keep one of the two"),
        );
    }
    let Some(restart) = file.last("Service", "Restart").filter(|assignment| assignment.value != "no") else {
        return;
    };
    if kind == "oneshot" && ["always", "on-success"].contains(&restart.value.as_str()) {
        found.push(
            Diagnostic::new(
                Code::UnitValueInvalid,
                format!(
                    "`Restart={}` is not allowed with `Type=oneshot`: systemd rejects the unit",
                    restart.value
                ),
            )
            .with_location(restart.place.clone())
            .with_hint("remove it: a oneshot unit that a timer starts needs no restart"),
        );
    }
    let pause = file.last("Service", "RestartSec");
    let is_short = pause.is_none_or(|assignment| {
        let value = assignment.value.trim();
        value.ends_with("ms")
            || value.ends_with("us")
            || value.trim_end_matches('s').parse::<f64>().is_ok_and(|n| n < 1.0)
    });
    if is_short {
        found.push(
            Diagnostic::new(
                Code::UnitRestartTight,
                format!("`{}` restarts within a second: systemd stops it after five attempts", file.name),
            )
            .with_location(pause.unwrap_or(restart).place.clone())
            .with_hint("add `RestartSec=5s` or more"),
        );
    }
}

fn timer(file: &UnitFile, found: &mut Findings) {
    let when = file.assignments.iter().any(|assignment| {
        assignment.section == "Timer"
            && assignment.key.starts_with("On")
            && assignment.key != "OnClockChange"
            && !assignment.value.is_empty()
    });
    if !when {
        found.push(
            Diagnostic::new(
                Code::UnitIncomplete,
                format!("`{}` never elapses: it has no `OnCalendar=`", file.name),
            )
            .with_location(at(&file.path, 1, 1))
            .with_hint("set when it elapses, for example `OnCalendar=daily`"),
        );
    }
}

/// Checks that an enabled unit has `WantedBy=`. Without it `systemctl enable` fails or has no effect.
fn wanted(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    let by: Vec<_> = file.all("Install", "WantedBy").chain(file.all("Install", "RequiredBy")).collect();
    let planned = subject.installer.as_ref().and_then(|installer| {
        installer.rows("units").find(|row| row.word(1) == file.name).map(|row| row.word(2).to_owned())
    });
    match planned.as_deref() {
        Some("enabled") if by.iter().all(|assignment| assignment.value.is_empty()) => found.push(
            Diagnostic::new(
                Code::UnitIncomplete,
                format!("`{}` is enabled but has no `WantedBy=`: it would not start at boot", file.name),
            )
            .with_location(at(&file.path, 1, 1))
            .with_hint("add `[Install]` with `WantedBy=multi-user.target`, or `timers.target` for a timer"),
        ),
        _ => {}
    }
    for assignment in by.iter().filter(|assignment| !assignment.value.is_empty()) {
        let fits = match file.kind() {
            "timer" => assignment.words().iter().any(|word| word == "timers.target"),
            "service" => assignment.words().iter().any(|word| word == "multi-user.target"),
            _ => true,
        };
        if !fits {
            found.push(
                Diagnostic::new(
                    Code::UnitIncomplete,
                    format!(
                        "`{}` is wanted by `{}`, which a server does not start at boot",
                        file.name, assignment.value
                    ),
                )
                .with_location(assignment.place.clone())
                .with_hint("use `multi-user.target` for a service, `timers.target` for a timer"),
            );
        }
    }
}
