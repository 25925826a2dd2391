//! Checks units against each other: missing units, start order, and what a timer starts.

use std::collections::BTreeSet;

use super::super::{BundleView, Findings, at};
use super::{Assignment, UnitFile};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// Units of systemd and of the distributions that our units may name.
const FOREIGN: &[&str] = &[
    "basic.target",
    "certbot.service",
    "certbot.timer",
    "dbus.service",
    "default.target",
    "docker.service",
    "firewalld.service",
    "graphical.target",
    "local-fs.target",
    "multi-user.target",
    "network-online.target",
    "network-pre.target",
    "network.target",
    "nftables.service",
    "nginx.service",
    "nss-lookup.target",
    "remote-fs.target",
    "shutdown.target",
    "sockets.target",
    "sysinit.target",
    "time-sync.target",
    "timers.target",
    "ufw.service",
];

/// Keys that name units.
const NAMING: &[&str] = &[
    "After",
    "Before",
    "BindsTo",
    "Conflicts",
    "PartOf",
    "Requires",
    "Requisite",
    "Upholds",
    "Wants",
    "OnFailure",
    "OnSuccess",
    "WantedBy",
    "RequiredBy",
    "Also",
    "Unit",
];

/// Dependencies that are required if both units exist: unit, key, the other unit.
const NEEDED: &[(&str, &str, &str)] = &[
    ("faasd-provider.service", "Requires", "containerd.service"),
    ("faasd-provider.service", "After", "containerd.service"),
    // Otherwise its port is open until the rules are loaded.
    ("faasd-provider.service", "After", "panel-firewall.service"),
    ("faasd.service", "Requires", "containerd.service"),
    ("faasd.service", "After", "containerd.service"),
    ("faasd.service", "After", "faasd-provider.service"),
    ("faasd.service", "Wants", "faasd-provider.service"),
    ("panel-firewall.service", "Before", "network-pre.target"),
];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let planned_units: Option<BTreeSet<&str>> = subject
        .installer
        .as_ref()
        .filter(|installer| installer.has_table("units"))
        .map(|installer| installer.rows("units").map(|row| row.word(1)).collect());
    for file in &subject.units {
        if !file.is_override {
            named(file, subject, found);
        }
        ordered(file, found);
        if !file.is_drop_in {
            needed(file, subject, found);
            planned(file, planned_units.as_ref(), found);
        } else if subject.unit(&file.name).is_none()
            && !FOREIGN.contains(&file.name.as_str())
            && !file.is_override
        {
            let finding = Diagnostic::new(
                Code::UnitReferenceUnknown,
                format!("the drop-in extends `{}`, which does not exist", sanitize(&file.name)),
            )
            .with_location(at(&file.path, 1, 1));
            found.push(hinted(finding, &file.name, subject));
        }
        if file.kind() == "timer" && !file.is_drop_in {
            timer(file, subject, found);
        }
    }
}

fn hinted(finding: Diagnostic, name: &str, subject: &BundleView<'_>) -> Diagnostic {
    let names = subject.units.iter().filter(|file| !file.is_drop_in).map(|file| file.name.as_str());
    finding.with_suggestion(
        name,
        names.chain(FOREIGN.iter().copied()),
        "use a unit that the bundle or the system has",
    )
}

fn named(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    for setting in file.assignments.iter().filter(|setting| NAMING.contains(&setting.key.as_str())) {
        for word in setting.words() {
            let known = FOREIGN.contains(&word.as_str())
                || word.starts_with("systemd-")
                || word.contains(['%', '@'])
                || subject.unit(&word).is_some();
            // The service of a timer is checked below.
            let own = setting.section == "Timer";
            if !known && !own {
                let finding = Diagnostic::new(
                    Code::UnitReferenceUnknown,
                    format!("`{}=` names `{}`, which is not in the bundle", setting.key, sanitize(&word)),
                )
                .with_location(setting.place_of(&file.path, &word));
                found.push(hinted(finding, &word, subject));
            }
        }
    }
}

/// Checks that a unit is ordered after the units that it requires: a requirement alone does not order them.
fn ordered(file: &UnitFile, found: &mut Findings) {
    let assignments = |key: &'static str| file.all("Unit", key);
    let after: BTreeSet<String> =
        assignments("After").chain(assignments("Before")).flat_map(Assignment::words).collect();
    for need in assignments("Requires").chain(assignments("BindsTo")).chain(assignments("Requisite")) {
        for word in need.words().into_iter().filter(|word| !after.contains(word)) {
            found.push(
                Diagnostic::new(
                    Code::UnitOrderMissing,
                    format!(
                        "`{}` requires `{word}` but is not ordered after it: both start at the same time",
                        file.name
                    ),
                )
                .with_location(need.place_of(&file.path, &word))
                .with_hint(format!("add `After={word}`")),
            );
        }
    }
}

fn needed(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    for (_, key, other) in NEEDED.iter().filter(|(unit, ..)| *unit == file.name) {
        let there = FOREIGN.contains(other) || subject.unit(other).is_some();
        let setting = file.all("Unit", key).flat_map(Assignment::words).any(|word| word == *other);
        // `Requires=` includes `Wants=`.
        let more =
            *key == "Wants" && file.all("Unit", "Requires").flat_map(Assignment::words).any(|w| w == *other);
        if there && !setting && !more {
            found.push(
                Diagnostic::new(
                    Code::UnitOrderMissing,
                    format!("`{}` requires `{key}={other}`, which is missing", file.name),
                )
                .with_location(at(&file.path, 1, 1))
                .with_hint(format!("add `{key}={other}` to `[Unit]`")),
            );
        }
    }
}

/// Checks that panel.sh lists the unit. A unit that it does not list is never started.
fn planned(file: &UnitFile, units: Option<&BTreeSet<&str>>, found: &mut Findings) {
    if units.is_some_and(|units| !units.contains(file.name.as_str())) {
        found.push(
            Diagnostic::new(
                Code::UnitUnplanned,
                format!(
                    "the installer does not list `{}`: the unit is neither started nor removed",
                    sanitize(&file.name)
                ),
            )
            .with_location(at(&file.path, 1, 1))
            .with_hint("remove it; install your own units separately, not in the bundle"),
        );
    }
}

fn timer(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    let setting = file.last("Timer", "Unit");
    let unit =
        setting.map_or_else(|| file.name.replace(".timer", ".service"), |setting| setting.value.clone());
    if subject.unit(&unit).is_none() {
        let place = setting.map_or_else(|| at(&file.path, 1, 1), |setting| setting.place.clone());
        let finding = Diagnostic::new(
            Code::UnitTimerOrphan,
            format!("`{}` starts `{}`, which does not exist", file.name, sanitize(&unit)),
        )
        .with_location(place);
        found.push(hinted(finding, &unit, subject));
    }
}
