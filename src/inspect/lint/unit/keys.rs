//! The keys of units: whether there is such a key, in that section, in the target's systemd, and whether its value is
//! one that systemd would take.

use std::collections::BTreeMap;
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
                since => row.since = since.parse().expect("the table says versions as numbers"),
            }
        }
        sections.entry(name).or_default().insert(key, row);
    }
    sections
});

/// Sections that share the keys of execution, killing and resources.
const SHARING: [&str; 4] = ["Service", "Socket", "Mount", "Swap"];

/// The key of that name in a section.
fn known(section: &str, key: &str) -> Option<Key> {
    let own = KEYS.get(section).and_then(|keys| keys.get(key));
    let common = || KEYS["Common"].get(key).filter(|_| SHARING.contains(&section));
    own.or_else(common).copied()
}

/// The first systemd that knows a key in any section, where a target is older than that.
pub(super) fn since(key: &str) -> Option<u16> {
    KEYS.values().filter_map(|keys| keys.get(key)).map(|row| row.since).min().filter(|since| *since > 0)
}

fn names(section: &str) -> impl Iterator<Item = &'static str> {
    let common = SHARING.contains(&section).then(|| KEYS["Common"].keys()).into_iter().flatten();
    KEYS.get(section).into_iter().flat_map(BTreeMap::keys).chain(common).copied()
}

/// The sections that a unit of this type reads, besides `[Unit]` and `[Install]`.
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
    let mut sections: Vec<&str> = Vec::new();
    for said in &file.assignments {
        // systemd leaves sections and keys of others alone when they begin so.
        if said.section.starts_with("X-") || said.key.starts_with("X-") {
            continue;
        }
        let own = own_section(file.kind());
        let readable =
            ["Unit", "Install"].contains(&said.section.as_str()) || own == Some(said.section.as_str());
        if !readable {
            if !sections.contains(&said.section.as_str()) {
                sections.push(&said.section);
                let candidates = ["Unit", "Install"].into_iter().chain(own);
                let finding = Diagnostic::new(
                    Code::UnitSectionUnknown,
                    format!(
                        "`{}` has no section `[{}]`: systemd ignores all of it",
                        file.name,
                        sanitize(&said.section)
                    ),
                )
                .with_location(said.place.clone());
                found.push(match nearest(&said.section, candidates) {
                    Some(near) => finding.with_hint(did_you_mean(format_args!("[{near}]"))),
                    None => finding.with_hint("its sections are those of its type, `[Unit]` and `[Install]`"),
                });
            }
            continue;
        }
        match known(&said.section, &said.key) {
            None => found.push(unknown(file, said)),
            Some(key) => {
                check_version(said, key, target, found);
                values::lint(file, said, key.kind, target, found);
            }
        }
    }
    check_repeated(file, found);
}

fn unknown(file: &UnitFile, said: &Assignment) -> Diagnostic {
    let key = sanitize(&said.key);
    let elsewhere = KEYS.keys().filter(|section| **section != "Common").find(|section| {
        let sensible = ["Unit", "Install"].contains(section) || own_section(file.kind()) == Some(**section);
        sensible && known(section, &said.key).is_some()
    });
    if let Some(section) = elsewhere {
        return Diagnostic::new(
            Code::UnitKeySection,
            format!("`{key}=` belongs into `[{section}]`: in `[{}]` systemd ignores it", said.section),
        )
        .with_location(said.place.clone())
        .with_hint(format!("move the line below `[{section}]`"));
    }
    let finding = Diagnostic::new(
        Code::UnitKeyUnknown,
        format!("`[{}]` has no key `{key}`: systemd ignores the line", said.section),
    )
    .with_location(said.place.clone());
    match nearest(&said.key, names(&said.section)) {
        Some(near) => finding.with_hint(did_you_mean(format_args!("{near}="))),
        None => finding.with_hint("remove the line, or say what is meant by a key that systemd has"),
    }
}

fn check_version(said: &Assignment, key: Key, target: Option<&'static Target>, found: &mut Findings) {
    if key.obsolete {
        found.push(
            Diagnostic::new(
                Code::UnitKeyObsolete,
                format!("`{}=` is a former name: newer systemd has dropped it, or will", said.key),
            )
            .with_location(said.place.clone())
            .with_hint("use its successor, as `man systemd.directives` names it"),
        );
    }
    if let Some(target) = target.filter(|target| key.since > target.systemd) {
        found.push(
            Diagnostic::new(
                Code::UnitKeyNewer,
                format!(
                    "`{}=` came with systemd {}, and {} has {}: it ignores the line",
                    said.key, key.since, target.title, target.systemd
                ),
            )
            .with_location(said.place.clone())
            .with_hint("remove the line, or choose a newer target"),
        );
    }
}

/// A key that holds one value and is said twice: the first is silently lost.
fn check_repeated(file: &UnitFile, found: &mut Findings) {
    let mut seen: BTreeMap<(&str, &str), &Assignment> = BTreeMap::new();
    for said in &file.assignments {
        let Some(key) = known(&said.section, &said.key) else { continue };
        if key.kind.is_list() {
            continue;
        }
        if let Some(first) = seen.insert((&said.section, &said.key), said) {
            found.push(
                Diagnostic::new(
                    Code::UnitKeyDuplicate,
                    format!("`{}=` is said twice, and holds one value: the first is lost", said.key),
                )
                .with_location(said.place.clone())
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
    fn the_table_has_every_section_and_says_each_key_once_in_order() {
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
