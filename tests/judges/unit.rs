//! systemd reads its units: `systemd-analyze verify` without a word, and no key or value that the target's
//! own systemd is too old for. `verify` 252 forgives unknown keys of later versions with exit code 0, and knows
//! nothing of earlier ones, so the table below says what is how old.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use camino::Utf8Path;

use crate::case::{CASES, Case, distinct};
use crate::program;
use crate::room::Scratch;

const UNITS: &str = "/etc/systemd/system/";

/// Every key that our units use, and the first systemd that knows it; 0 for those older than any target.
const KEYS: &[(&str, u16)] = &[
    // [Unit]
    ("Description", 0),
    ("Documentation", 0),
    ("Wants", 0),
    ("Requires", 0),
    ("After", 0),
    ("Before", 0),
    ("PartOf", 0),
    ("Conflicts", 0),
    ("DefaultDependencies", 0),
    ("ConditionPathExists", 0),
    ("ConditionFileIsExecutable", 0),
    ("StartLimitIntervalSec", 230),
    ("StartLimitBurst", 230),
    // [Install]
    ("WantedBy", 0),
    // [Timer]
    ("OnCalendar", 197),
    ("Persistent", 212),
    ("RandomizedDelaySec", 229),
    // [Service]
    ("Type", 0),
    ("RemainAfterExit", 0),
    ("ExecStart", 0),
    ("ExecStartPre", 0),
    ("ExecStop", 0),
    ("ExecStopPost", 0),
    ("ExecReload", 0),
    ("Restart", 0),
    ("RestartSec", 0),
    ("TimeoutStartSec", 188),
    ("TimeoutStopSec", 188),
    ("KillMode", 0),
    ("Delegate", 218),
    ("DevicePolicy", 208),
    ("OOMScoreAdjust", 0),
    ("MemoryMax", 231),
    ("TasksMax", 227),
    ("LimitNPROC", 0),
    ("LimitCORE", 0),
    ("LimitNOFILE", 0),
    ("User", 0),
    ("Group", 0),
    ("UMask", 0),
    ("WorkingDirectory", 0),
    ("RuntimeDirectory", 211),
    ("RuntimeDirectoryMode", 211),
    ("StateDirectory", 235),
    ("StateDirectoryMode", 235),
    ("CacheDirectory", 235),
    ("LogsDirectory", 235),
    ("LogsDirectoryMode", 235),
    ("ConfigurationDirectory", 235),
    ("ConfigurationDirectoryMode", 235),
    ("Environment", 0),
    ("CapabilityBoundingSet", 0),
    ("LockPersonality", 235),
    ("MemoryDenyWriteExecute", 231),
    ("NoNewPrivileges", 187),
    ("PrivateDevices", 209),
    ("PrivateIPC", 248),
    ("PrivateTmp", 0),
    ("ProcSubset", 247),
    ("ProtectClock", 245),
    ("ProtectControlGroups", 232),
    ("ProtectHome", 214),
    ("ProtectHostname", 242),
    ("ProtectKernelLogs", 244),
    ("ProtectKernelModules", 232),
    ("ProtectKernelTunables", 232),
    ("ProtectProc", 247),
    ("ProtectSystem", 214),
    ("ReadWritePaths", 231),
    ("RemoveIPC", 232),
    ("RestrictAddressFamilies", 211),
    ("RestrictNamespaces", 233),
    ("RestrictRealtime", 231),
    ("RestrictSUIDSGID", 242),
    ("SystemCallArchitectures", 209),
    ("SystemCallErrorNumber", 209),
    ("SystemCallFilter", 187),
];

/// Values that came later than their key: the line holds the text, and this is the first systemd that knows it.
const VALUES: &[(&str, &str, u16)] = &[
    ("Type", "exec", 240),
    ("Type", "notify-reload", 253),
    ("ProtectSystem", "strict", 232),
    ("SystemCallFilter", "@", 231),
    // An older one ignores the unknown set, and an allow-list without it allows next to nothing.
    ("SystemCallFilter", "@system-service", 239),
    ("SystemCallFilter", "@known", 250),
];

/// The units of a case and their drop-ins.
pub(crate) fn units(case: &Case) -> Vec<(&str, &str)> {
    case.like(UNITS, "").collect()
}

/// The assignments of a unit: section, key, value with continued lines joined.
pub(crate) fn assignments(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut found = Vec::new();
    let joined = text.replace("\\\n", " ");
    for line in joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
    {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else {
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("no assignment: {line}"));
            found.push((section.clone(), key.to_owned(), value.to_owned()));
        }
    }
    found
}

#[test]
fn no_unit_asks_more_than_its_systemd_knows() {
    for case in CASES.iter() {
        let systemd = case.panel.target.systemd;
        for (path, text) in units(case) {
            // What the operator overrides is the operator's.
            if path.ends_with("/50-overrides.conf") {
                continue;
            }
            for (_, key, value) in assignments(text) {
                let Some((_, first)) = KEYS.iter().find(|(name, _)| *name == key) else {
                    panic!("{}: {path}: `{key}=` is not in the table: since which systemd?", case.name);
                };
                assert!(*first <= systemd, "{}: {path}: {key}= needs {first}, not {systemd}", case.name);
                for (_, part, first) in
                    VALUES.iter().filter(|(name, part, _)| *name == key && value.contains(part))
                {
                    assert!(*first <= systemd, "{}: {path}: {key}={part} needs {first}", case.name);
                }
            }
        }
    }
}

#[test]
fn systemd_reads_every_unit_without_a_word() {
    if !program::all(&["systemd-analyze"])
        || !Utf8Path::new("/usr/lib/systemd/system/sysinit.target").is_file()
    {
        return program::skip("this is no systemd machine");
    }
    for (_, cases) in distinct(CASES.iter().map(|case| (case.name.as_str(), units(case)))) {
        let case = CASES.iter().find(|case| case.name == cases[0]).unwrap();
        let scratch = Scratch::new();
        let names = host(case, &scratch.0);
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--man=no", "--recursive-errors=no", "--root", scratch.0.as_str()]);
        let said = program::run(command.args(&names));
        let words = format!("{}{}", said.out, said.err);
        assert!(said.good && words.is_empty(), "{}: {names:?}: {words}", cases.join(", "));
    }
}

/// Lays a host for `systemd-analyze verify`: our units, the distribution's, and a stub for every program they
/// start. The names of the units to read.
fn host(case: &Case, root: &Utf8Path) -> BTreeSet<String> {
    case.lay(root);
    let theirs = root.join("usr/lib/systemd");
    fs::create_dir_all(&theirs).unwrap();
    let copied = program::run(Command::new("cp").args(["-a", "/usr/lib/systemd/system", theirs.as_str()]));
    assert!(copied.good, "{}", copied.err);
    let mut names = BTreeSet::new();
    for (path, text) in units(case) {
        let name = path.strip_prefix(UNITS).unwrap();
        let unit = name.split_once(".d/").map_or(name, |(unit, _)| unit);
        names.insert(unit.to_owned());
        // A drop-in for a unit of the distribution's needs that unit.
        let (ours, theirs) = (root.join(&UNITS[1..]).join(unit), theirs.join("system").join(unit));
        if !ours.exists() && !theirs.exists() {
            let text = match unit.rsplit_once('.') {
                Some((_, "timer")) => "[Timer]\nOnCalendar=daily\nUnit=rescue.service\n",
                _ => "[Service]\nExecStart=/usr/bin/true\n",
            };
            fs::write(theirs, text).unwrap();
        }
        for (_, key, value) in assignments(text) {
            if key.starts_with("Exec") {
                stub(root, value.trim_start_matches(['-', '@', '+', '!', ':']));
            }
        }
    }
    for unit in fs::read_dir(theirs.join("system")).unwrap() {
        let Ok(text) = fs::read_to_string(unit.unwrap().path()) else { continue };
        for line in text.lines().filter_map(|line| line.strip_prefix("ExecStart=")) {
            stub(root, line.trim_start_matches(['-', '@', '+', '!', ':']));
        }
    }
    names
}

/// A program that could be started.
fn stub(root: &Utf8Path, command: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let word = command.split(' ').next().unwrap_or_default().trim_matches('"');
    let Some(below) = word.strip_prefix('/').filter(|below| !below.is_empty()) else { return };
    let path = root.join(below);
    if path.exists() {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "#!/bin/sh\n").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
