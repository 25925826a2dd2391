//! Checks the keys of units: whether the key exists in that section and in the systemd of the target, and
//! whether systemd accepts its value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::super::Findings;
use super::values::{self, Kind};
use super::{Assignment, UnitFile};
use crate::diagnostics::{Code, Diagnostic, did_you_mean, nearest};
use crate::facts::target::Target;
use crate::values::sanitize;

/// A key of the table.
#[derive(Debug, Clone, Copy)]
struct Key {
    kind: Kind,
    since: u16,
    obsolete: bool,
}

type Section = BTreeMap<&'static str, Key>;

/// The table, by section.
static KEYS: LazyLock<BTreeMap<&'static str, Section>> = LazyLock::new(|| {
    let mut sections: BTreeMap<&str, Section> = BTreeMap::new();
    let mut name = "";
    for line in include_str!("keys.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name = section;
            continue;
        }
        let mut words = line.split(' ');
        let (key, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut row = Key { kind: Kind::named(kind), since: 0, obsolete: false };
        for word in words {
            match word {
                "obsolete" => row.obsolete = true,
                since => row.since = since.parse().expect("versions in the table are numbers"),
            }
        }
        sections.entry(name).or_default().insert(key, row);
    }
    sections
});

/// Sections that share the keys for execution, killing and resources.
const SHARING: [&str; 4] = ["Service", "Socket", "Mount", "Swap"];

/// Returns the key with this name in a section.
fn known(section: &str, key: &str) -> Option<Key> {
    let own = KEYS.get(section).and_then(|keys| keys.get(key));
    let common = || KEYS["Common"].get(key).filter(|_| SHARING.contains(&section));
    own.or_else(common).copied()
}

/// Returns the first systemd that knows a key in any section, if the target is older.
pub(super) fn since(key: &str) -> Option<u16> {
    KEYS.values().filter_map(|keys| keys.get(key)).map(|row| row.since).min().filter(|since| *since > 0)
}

fn names(section: &str) -> impl Iterator<Item = &'static str> {
    let common = SHARING.contains(&section).then(|| KEYS["Common"].keys()).into_iter().flatten();
    KEYS.get(section).into_iter().flat_map(BTreeMap::keys).chain(common).copied()
}

/// Returns the section of this unit type, besides `[Unit]` and `[Install]`.
fn own_section(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "service" => "Service",
        "timer" => "Timer",
        "socket" => "Socket",
        "path" => "Path",
        "mount" => "Mount",
        "automount" => "Automount",
        "swap" => "Swap",
        "slice" => "Slice",
        "scope" => "Scope",
        _ => return None,
    })
}

pub(super) fn lint(file: &UnitFile, target: Option<&'static Target>, found: &mut Findings) {
    let mut sections: BTreeSet<&str> = BTreeSet::new();
    for assignment in &file.assignments {
        // systemd ignores sections and keys with this prefix.
        if assignment.section.starts_with("X-") || assignment.key.starts_with("X-") {
            continue;
        }
        let own = own_section(file.kind());
        let readable = ["Unit", "Install"].contains(&assignment.section.as_str())
            || own == Some(assignment.section.as_str());
        if !readable {
            if sections.insert(&assignment.section) {
                let candidates = ["Unit", "Install"].into_iter().chain(own);
                let finding = Diagnostic::new(
                    Code::UnitSectionUnknown,
                    format!(
                        "`{}` cannot have a section `[{}]`: systemd ignores it",
                        file.name,
                        sanitize(&assignment.section)
                    ),
                )
                .with_location(assignment.place.clone());
                found.push(match nearest(&assignment.section, candidates) {
                    Some(near) => finding.with_hint(did_you_mean(format_args!("[{near}]"))),
                    None => finding.with_hint("use the section of its type, `[Unit]` or `[Install]`"),
                });
            }
            continue;
        }
        match known(&assignment.section, &assignment.key) {
            None => found.push(unknown(file, assignment)),
            Some(key) => {
                check_version(assignment, key, target, found);
                values::lint(file, assignment, key.kind, target, found);
            }
        }
    }
    check_repeated(file, found);
}

fn unknown(file: &UnitFile, assignment: &Assignment) -> Diagnostic {
    let key = sanitize(&assignment.key);
    let elsewhere = KEYS.keys().filter(|section| **section != "Common").find(|section| {
        let sensible = ["Unit", "Install"].contains(section) || own_section(file.kind()) == Some(**section);
        sensible && known(section, &assignment.key).is_some()
    });
    if let Some(section) = elsewhere {
        return Diagnostic::new(
            Code::UnitKeySection,
            format!("`{key}=` belongs in `[{section}]`: systemd ignores it in `[{}]`", assignment.section),
        )
        .with_location(assignment.place.clone())
        .with_hint(format!("move the line to `[{section}]`"));
    }
    let finding = Diagnostic::new(
        Code::UnitKeyUnknown,
        format!("unknown key `{key}` in `[{}]`: systemd ignores the line", assignment.section),
    )
    .with_location(assignment.place.clone());
    match nearest(&assignment.key, names(&assignment.section)) {
        Some(near) => finding.with_hint(did_you_mean(format_args!("{near}="))),
        None => finding.with_hint("remove the line, or use a key that systemd knows"),
    }
}

fn check_version(assignment: &Assignment, key: Key, target: Option<&'static Target>, found: &mut Findings) {
    if key.obsolete {
        found.push(
            Diagnostic::new(
                Code::UnitKeyObsolete,
                format!("`{}=` is obsolete: newer versions of systemd remove it", assignment.key),
            )
            .with_location(assignment.place.clone())
            .with_hint("use its replacement, listed in `man systemd.directives`"),
        );
    }
    if let Some(target) = target.filter(|target| key.since > target.systemd) {
        found.push(
            Diagnostic::new(
                Code::UnitKeyNewer,
                format!(
                    "`{}=` requires systemd {}, but {} has {}, which ignores the line",
                    assignment.key, key.since, target.title, target.systemd
                ),
            )
            .with_location(assignment.place.clone())
            .with_hint("remove the line, or choose a newer target"),
        );
    }
}

/// Checks keys that accept one value and are set twice: the first value is ignored.
fn check_repeated(file: &UnitFile, found: &mut Findings) {
    let mut first_of: BTreeMap<(&str, &str), &Assignment> = BTreeMap::new();
    for assignment in &file.assignments {
        let Some(key) = known(&assignment.section, &assignment.key) else { continue };
        if key.kind.is_list() {
            continue;
        }
        if let Some(first) = first_of.insert((&assignment.section, &assignment.key), assignment) {
            found.push(
                Diagnostic::new(
                    Code::UnitKeyDuplicate,
                    format!(
                        "`{}=` is set twice, but accepts one value: the first is ignored",
                        assignment.key
                    ),
                )
                .with_location(assignment.place.clone())
                .with_location(first.place.clone())
                .with_hint("keep one of the two"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_lists_every_section_and_each_key_once_in_order() {
        for section in ["Common", "Unit", "Install", "Service", "Timer", "Socket", "Path"] {
            assert!(KEYS.contains_key(section), "{section}");
        }
        let mut last = "";
        for line in include_str!("keys.txt").lines().filter(|line| !line.starts_with('#')) {
            let key = line.split(' ').next().unwrap();
            assert!(
                key.is_empty() || key.starts_with('[') || last < key || last.starts_with('['),
                "{last} {key}"
            );
            last = key;
        }
        assert!(known("Service", "ProtectSystem").is_some() && known("Service", "ExecStart").is_some());
        assert!(known("Unit", "ProtectSystem").is_none() && known("Timer", "OnCalendar").is_some());
    }
}
