//! Units and each other: who is named and not there, who starts before whom, and what a timer starts.

use super::super::{BundleView, Findings, at};
use super::{Assignment, UnitFile};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// Units of systemd and of the distributions that ours name.
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

/// What a unit cannot do without, where both are there: unit, key, the other.
const NEEDED: &[(&str, &str, &str)] = &[
    ("faasd-provider.service", "Requires", "containerd.service"),
    ("faasd-provider.service", "After", "containerd.service"),
    // Otherwise its port is open until the rules are there.
    ("faasd-provider.service", "After", "panel-firewall.service"),
    ("faasd.service", "Requires", "containerd.service"),
    ("faasd.service", "After", "containerd.service"),
    ("faasd.service", "After", "faasd-provider.service"),
    ("faasd.service", "Wants", "faasd-provider.service"),
    ("panel-firewall.service", "Before", "network-pre.target"),
];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for file in &subject.units {
        if !file.is_override {
            named(file, subject, found);
        }
        ordered(file, found);
        if !file.is_drop_in {
            needed(file, subject, found);
            planned(file, subject, found);
        } else if subject.unit(&file.name).is_none()
            && !FOREIGN.contains(&file.name.as_str())
            && !file.is_override
        {
            let finding = Diagnostic::new(
                Code::UnitReferenceUnknown,
                format!("the drop-in belongs to `{}`, which is not there", sanitize(&file.name)),
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
        "name a unit that the bundle or the system has",
    )
}

fn named(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    for said in file.assignments.iter().filter(|said| NAMING.contains(&said.key.as_str())) {
        for word in said.words() {
            let known = FOREIGN.contains(&word.as_str())
                || word.starts_with("systemd-")
                || word.contains(['%', '@'])
                || subject.unit(&word).is_some();
            // A timer's own service is told below.
            let own = said.section == "Timer";
            if !known && !own {
                let finding = Diagnostic::new(
                    Code::UnitReferenceUnknown,
                    format!("`{}=` names `{}`, which is not in the bundle", said.key, sanitize(&word)),
                )
                .with_location(said.place_of(&file.path, &word));
                found.push(hinted(finding, &word, subject));
            }
        }
    }
}

/// What is required is not waited for by that alone.
fn ordered(file: &UnitFile, found: &mut Findings) {
    let said = |key: &'static str| file.all("Unit", key);
    let after: Vec<String> = said("After").chain(said("Before")).flat_map(Assignment::words).collect();
    for need in said("Requires").chain(said("BindsTo")).chain(said("Requisite")) {
        for word in need.words().into_iter().filter(|word| !after.contains(word)) {
            found.push(
                Diagnostic::new(
                    Code::UnitOrderMissing,
                    format!("`{}` needs `{word}` and does not wait for it: both start at once", file.name),
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
        let said = file.all("Unit", key).flat_map(Assignment::words).any(|word| word == *other);
        // Who is required is wanted all the more.
        let more =
            *key == "Wants" && file.all("Unit", "Requires").flat_map(Assignment::words).any(|w| w == *other);
        if there && !said && !more {
            found.push(
                Diagnostic::new(
                    Code::UnitOrderMissing,
                    format!("`{}` has no `{key}={other}`, and cannot do without it", file.name),
                )
                .with_location(at(&file.path, 1, 1))
                .with_hint(format!("add `{key}={other}` to `[Unit]`")),
            );
        }
    }
}

/// Whether an installer knows the unit: one that nobody starts does nothing, or something that nobody planned.
fn planned(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    let Some(installer) = subject.installer.as_ref().filter(|installer| installer.has_table("units")) else {
        return;
    };
    if !installer.rows("units").any(|row| row.word(1) == file.name) {
        found.push(
            Diagnostic::new(
                Code::UnitUnplanned,
                format!(
                    "no installer knows `{}`: it is neither started nor taken away again",
                    sanitize(&file.name)
                ),
            )
            .with_location(at(&file.path, 1, 1))
            .with_hint("remove it; units of your own go beside the panel's, not into its bundle"),
        );
    }
}

fn timer(file: &UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    let said = file.last("Timer", "Unit");
    let unit = said.map_or_else(|| file.name.replace(".timer", ".service"), |said| said.value.clone());
    if subject.unit(&unit).is_none() {
        let place = said.map_or_else(|| at(&file.path, 1, 1), |said| said.place.clone());
        let finding = Diagnostic::new(
            Code::UnitTimerOrphan,
            format!("`{}` starts `{}`, which is not there", file.name, sanitize(&unit)),
        )
        .with_location(place);
        found.push(hinted(finding, &unit, subject));
    }
}
