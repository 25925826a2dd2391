//! Checks the hardening options of each service: which are required, and that none is weakened.

use super::super::{Findings, at};
use super::{Assignment, UnitFile};
use crate::diagnostics::{Code, Diagnostic};
use crate::facts::target::Target;
use crate::values::sanitize;

/// The values that an option accepts.
enum HardeningOption {
    /// `yes`, or a stricter word.
    On,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any value, if the option is set.
    Any,
}
use HardeningOption::{Any, On, OneOf};

/// A hardening option: its key, its value, the first systemd that supports it, the services that cannot have
/// it.
struct HardeningRule {
    key: &'static str,
    value: HardeningOption,
    since: u16,
    except: &'static [&'static str],
}

const fn rule(
    key: &'static str,
    value: HardeningOption,
    since: u16,
    except: &'static [&'static str],
) -> HardeningRule {
    HardeningRule { key, value, since, except }
}

/// Prefixes of the names of units that need more access than others.
const FAASD: &str = "faasd";
const PAI: &str = "tencentcloud-pai";
const IDE: &str = "code-server";
const FIREWALL: &str = "panel-firewall";
const CERTBOT: &str = "certbot";

// Limits of containerd apply to every container.
const OPEN: &str = "containerd.service";

const RULES: &[HardeningRule] = &[
    rule("CapabilityBoundingSet", Any, 0, &[]),
    rule("LockPersonality", On, 0, &[]),
    // JavaScript and Python compile code into memory.
    rule("MemoryDenyWriteExecute", On, 0, &[IDE, CERTBOT, PAI]),
    rule("NoNewPrivileges", On, 0, &[]),
    // The firewall starts while other units still mount below /dev.
    rule("DevicePolicy", OneOf(&["closed", "strict"]), 0, &[FAASD, PAI, IDE, CERTBOT]),
    rule("PrivateDevices", On, 0, &[FAASD, FIREWALL]),
    rule("PrivateTmp", On, 0, &[FIREWALL]),
    rule("ProtectClock", On, 245, &[]),
    rule("ProtectControlGroups", On, 0, &[]),
    rule("ProtectHome", On, 0, &[IDE]),
    rule("ProtectHostname", On, 242, &[]),
    rule("ProtectKernelLogs", On, 244, &[]),
    rule("ProtectKernelModules", On, 0, &[]),
    // The bridge plugin of CNI writes to /proc/sys.
    rule("ProtectKernelTunables", On, 0, &[FAASD]),
    rule("ProtectProc", OneOf(&["invisible", "noaccess", "ptraceable"]), 247, &[FAASD, PAI]),
    rule("ProtectSystem", OneOf(&["strict"]), 0, &[FAASD, PAI]),
    rule("ProtectSystem", OneOf(&["full", "strict"]), 0, &[IDE, CERTBOT, FIREWALL]),
    rule("RestrictAddressFamilies", Any, 0, &[]),
    rule("RestrictNamespaces", On, 0, &[FAASD]),
    rule("RestrictRealtime", On, 0, &[]),
    rule("RestrictSUIDSGID", On, 242, &[]),
    rule("SystemCallArchitectures", OneOf(&["native"]), 0, &[]),
    rule("SystemCallFilter", Any, 0, &[PAI]),
];

/// The capabilities that a service may keep.
const CAPABILITIES: &[(&str, &[&str])] = &[
    (FIREWALL, &["CAP_NET_ADMIN"]),
    (
        FAASD,
        &[
            "CAP_NET_ADMIN",
            "CAP_NET_RAW",
            "CAP_SYS_ADMIN",
            "CAP_SYS_PTRACE",
            "CAP_DAC_OVERRIDE",
            "CAP_DAC_READ_SEARCH",
            "CAP_CHOWN",
            "CAP_FOWNER",
            "CAP_KILL",
            "CAP_NET_BIND_SERVICE",
        ],
    ),
];

/// Directories that no service may write to as a whole.
const BROAD: &[&str] =
    &["/", "/etc", "/usr", "/var", "/home", "/root", "/boot", "/opt", "/srv", "/run", "/var/lib"];

pub(super) fn lint(file: &UnitFile, target: Option<&'static Target>, found: &mut Findings) {
    if file.kind() != "service" || file.is_drop_in || file.name == OPEN {
        return;
    }
    let systemd = target.map_or(0, |target| target.systemd);
    let mut missing: Vec<&HardeningRule> = Vec::new();
    let has = |begin: &&str| file.name.starts_with(*begin);
    for rule in RULES.iter().filter(|rule| rule.since <= systemd && !rule.except.iter().any(has)) {
        let assignment = file.last("Service", rule.key);
        let is_set = match (&rule.value, assignment) {
            (_, None) => false,
            (Any, Some(_)) => true,
            (On, Some(assignment)) => !["no", "false", "off", "0", "n", "f", ""]
                .contains(&assignment.value.to_ascii_lowercase().as_str()),
            (OneOf(words), Some(assignment)) => words.contains(&assignment.value.as_str()),
        };
        match assignment {
            _ if is_set => {}
            Some(assignment) => found.push(weakened(file, rule, assignment)),
            None => missing.push(rule),
        }
    }
    if !missing.is_empty() {
        found.push(missing_options(file, &missing));
    }
    let allowed = CAPABILITIES.iter().find(|(name, _)| has(name)).map_or(&[][..], |(_, allowed)| allowed);
    for key in ["CapabilityBoundingSet", "AmbientCapabilities"] {
        for assignment in file.all("Service", key) {
            let words = assignment.words();
            let more = words.iter().find(|word| word.starts_with('~') || !allowed.contains(&word.as_str()));
            if let Some(more) = more {
                found.push(
                    Diagnostic::new(
                        Code::UnitExposed,
                        format!("`{}` has `{more}`, which it does not need", file.name),
                    )
                    .with_location(assignment.place_of(&file.path, more))
                    .with_hint("remove it: an attacker of the program would have it too"),
                );
            }
        }
    }
    for assignment in file.all("Service", "ReadWritePaths").chain(file.all("Service", "BindPaths")) {
        let words = assignment.words();
        let path = |word: &str| {
            let path = word.trim_start_matches(['-', '+']).trim_end_matches('/');
            if path.is_empty() { "/".to_owned() } else { path.to_owned() }
        };
        if let Some(word) = words.iter().find(|word| BROAD.contains(&path(word).as_str())) {
            found.push(
                Diagnostic::new(
                    Code::UnitExposed,
                    format!("`{}` may write to all of `{}`", file.name, path(word)),
                )
                .with_location(assignment.place_of(&file.path, word))
                .with_hint("list only the directories that it writes to"),
            );
        }
    }
    for assignment in file.assignments.iter().filter(|assignment| assignment.key.starts_with("Exec")) {
        let flags: String = assignment.value.chars().take_while(|c| "-@+!:".contains(*c)).collect();
        // One command needs it: it passes the password to an account that cannot read the directory of the
        // password.
        let hands_over = assignment.key == "ExecStartPre" && assignment.value.contains("/usr/bin/install ");
        if flags.contains(['+', '!']) && !hands_over {
            found.push(
                Diagnostic::new(
                    Code::UnitExposed,
                    format!(
                        "`{}=` of `{}` runs as root, without the hardening options of the unit",
                        assignment.key, file.name
                    ),
                )
                .with_location(assignment.place.clone())
                .with_hint("remove the `+` or `!` before the program"),
            );
        }
    }
}

/// Returns the expected value of a rule.
fn wanted(rule: &HardeningRule) -> String {
    match rule.value {
        On => format!("{}=yes", rule.key),
        OneOf(words) => format!("{}={}", rule.key, words[0]),
        Any => format!("{}=", rule.key),
    }
}

fn weakened(file: &UnitFile, rule: &HardeningRule, assignment: &Assignment) -> Diagnostic {
    Diagnostic::new(
        Code::UnitExposed,
        format!("`{}={}` weakens the hardening of `{}`", rule.key, sanitize(&assignment.value), file.name),
    )
    .with_location(assignment.place.clone())
    .with_hint(format!("write `{}` in `[Service]`", wanted(rule)))
}

/// Returns one diagnostic for all missing options.
fn missing_options(file: &UnitFile, missing: &[&HardeningRule]) -> Diagnostic {
    let mut keys: Vec<&str> = missing.iter().map(|rule| rule.key).collect();
    keys.dedup();
    let more = if keys.len() > 3 { format!(" and {} more", keys.len() - 3) } else { String::new() };
    let count = match keys.len() {
        1 => "1 hardening option".to_owned(),
        count => format!("{count} hardening options"),
    };
    let keys: Vec<String> = keys.iter().take(3).map(|key| format!("`{key}=`")).collect();
    Diagnostic::new(Code::UnitExposed, format!("`{}` lacks {count}: {}{more}", file.name, keys.join(", ")))
        .with_location(at(&file.path, 1, 1))
        .with_hint(format!("write `{}` in `[Service]`", wanted(missing[0])))
}
