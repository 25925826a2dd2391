//! Checks accounts: the user of every unit, and that panel.sh creates it.

use std::collections::{BTreeMap, BTreeSet};

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// Units that required run as an account of their own.
const OWN: &[&str] = &["code-server.service"];

#[allow(clippy::too_many_lines, reason = "one rule after the other, each with its message")]
pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let mut accounts: BTreeMap<&str, &str> = BTreeMap::new();
    for row in subject.installer.iter().flat_map(|installer| installer.rows("accounts")) {
        accounts.entry(row.word(1)).or_insert(row.word(2));
    }
    for unit in subject.units.iter().filter(|unit| unit.kind() == "service") {
        let assignment = unit.last("Service", "User");
        let user = assignment.map_or("root", |assignment| assignment.value.as_str());
        let place = assignment.map_or_else(|| at(&unit.path, 1, 1), |assignment| assignment.place.clone());
        let required = OWN.contains(&unit.name.as_str()) && (!unit.is_drop_in || assignment.is_some());
        if required && ["root", "0", ""].contains(&user) {
            found.push(
                Diagnostic::new(
                    Code::UserPrivileged,
                    format!(
                        "`{}` would run as root: everyone who logs in to the IDE has a root shell",
                        unit.name
                    ),
                )
                .with_location(place)
                .with_hint("write `User=coder`"),
            );
            continue;
        }
        if assignment.is_none() || unit.is_drop_in {
            continue;
        }
        let Some(home) = accounts.get(user) else {
            if subject.installer.is_some() && !["root", "nobody", "www-data", "nginx"].contains(&user) {
                found.push(
                    Diagnostic::new(
                        Code::UserUnknown,
                        format!(
                            "`{}` runs as user `{}`, which the installer does not create",
                            unit.name,
                            sanitize(user)
                        ),
                    )
                    .with_location(place)
                    .with_hint("use an account that panel.sh creates: set `code_server.user` in panel.yaml"),
                );
            }
            continue;
        };
        for key in ["WorkingDirectory", "ReadWritePaths"] {
            for assignment in unit.all("Service", key) {
                for word in assignment.words() {
                    let path = word.trim_start_matches(['-', '+']);
                    if path.starts_with("/home/") && path != *home && !path.starts_with(&format!("{home}/")) {
                        found.push(
                            Diagnostic::new(
                                Code::UserUnknown,
                                format!("`{}` is not the home of `{}`", sanitize(path), sanitize(user)),
                            )
                            .with_location(assignment.place_of(&unit.path, &word))
                            .with_hint(format!("write `{key}={home}`")),
                        );
                    }
                }
            }
        }
        let groups = unit.all("Service", "SupplementaryGroups").chain(unit.all("Service", "Group"));
        for assignment in groups {
            let words = assignment.words();
            if let Some(group) = words.iter().find(|group| {
                ["root", "sudo", "wheel", "docker", "adm", "disk", "lxd", "shadow"].contains(&group.as_str())
            }) {
                found.push(
                    Diagnostic::new(
                        Code::UserPrivileged,
                        format!(
                            "`{}` would be in the group `{group}`, which is equivalent to root",
                            unit.name
                        ),
                    )
                    .with_location(assignment.place_of(&unit.path, group))
                    .with_hint("remove it"),
                );
            }
        }
    }
    let users: BTreeSet<&str> =
        subject.units.iter().filter_map(|unit| Some(unit.last("Service", "User")?.value.as_str())).collect();
    for row in subject.installer.iter().flat_map(|installer| installer.rows("accounts")) {
        if !users.contains(row.word(1)) && !row.word(1).is_empty() {
            found.push(
                Diagnostic::new(
                    Code::UserUnknown,
                    format!(
                        "panel.sh creates the account `{}`, but no unit runs as it",
                        sanitize(row.word(1))
                    ),
                )
                .with_location(row.place_of(1))
                .with_hint(
                    "change `code_server.user` and render again: the unit and panel.sh use the same name",
                ),
            );
        }
    }
}
