//! The walls around each service: which it has, and that none was taken down.

use super::super::{Findings, at};
use super::{Assignment, UnitFile};
use crate::diagnostics::{Code, Diagnostic};
use crate::facts::target::Target;
use crate::values::sanitize;

/// What a wall's value must be.
enum HardeningOption {
    /// A switch that is on, or a stricter word.
    On,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Anything, as long as it is said.
    Said,
}
use HardeningOption::{On, OneOf, Said};

/// A wall: its key, its value, the first systemd that has it, the services that cannot live behind it.
struct HardeningRule {
    key: &'static str,
    wall: HardeningOption,
    since: u16,
    except: &'static [&'static str],
}

const fn rule(
    key: &'static str,
    wall: HardeningOption,
    since: u16,
    except: &'static [&'static str],
) -> HardeningRule {
    HardeningRule { key, wall, since, except }
}

/// What a unit's name begins with, for those that need more than others.
const FAASD: &str = "faasd";
const PAI: &str = "tencentcloud-pai";
const IDE: &str = "code-server";
const FIREWALL: &str = "panel-firewall";
const CERTBOT: &str = "certbot";

/// Whatever binds containerd binds every container.
const OPEN: &str = "containerd.service";

const RULES: &[HardeningRule] = &[
    rule("CapabilityBoundingSet", Said, 0, &[]),
    rule("LockPersonality", On, 0, &[]),
    // JavaScript and Python compile into memory.
    rule("MemoryDenyWriteExecute", On, 0, &[IDE, CERTBOT, PAI]),
    rule("NoNewPrivileges", On, 0, &[]),
    // The firewall starts while others still mount below /dev.
    rule("DevicePolicy", OneOf(&["closed", "strict"]), 0, &[FAASD, PAI, IDE, CERTBOT]),
    rule("PrivateDevices", On, 0, &[FAASD, FIREWALL]),
    rule("PrivateTmp", On, 0, &[FIREWALL]),
    rule("ProtectClock", On, 245, &[]),
    rule("ProtectControlGroups", On, 0, &[]),
    rule("ProtectHome", On, 0, &[IDE]),
    rule("ProtectHostname", On, 242, &[]),
    rule("ProtectKernelLogs", On, 244, &[]),
    rule("ProtectKernelModules", On, 0, &[]),
    // CNI's bridge plugin writes /proc/sys.
    rule("ProtectKernelTunables", On, 0, &[FAASD]),
    rule("ProtectProc", OneOf(&["invisible", "noaccess", "ptraceable"]), 247, &[FAASD, PAI]),
    rule("ProtectSystem", OneOf(&["strict"]), 0, &[FAASD, PAI]),
    rule("ProtectSystem", OneOf(&["full", "strict"]), 0, &[IDE, CERTBOT, FIREWALL]),
    rule("RestrictAddressFamilies", Said, 0, &[]),
    rule("RestrictNamespaces", On, 0, &[FAASD]),
    rule("RestrictRealtime", On, 0, &[]),
    rule("RestrictSUIDSGID", On, 242, &[]),
    rule("SystemCallArchitectures", OneOf(&["native"]), 0, &[]),
    rule("SystemCallFilter", Said, 0, &[PAI]),
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

/// Directories that nobody is let into as a whole.
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
        let said = file.last("Service", rule.key);
        let stands = match (&rule.wall, said) {
            (_, None) => false,
            (Said, Some(_)) => true,
            (On, Some(said)) => {
                !["no", "false", "off", "0", "n", "f", ""].contains(&said.value.to_ascii_lowercase().as_str())
            }
            (OneOf(words), Some(said)) => words.contains(&said.value.as_str()),
        };
        match said {
            _ if stands => {}
            Some(said) => found.push(weakened(file, rule, said)),
            None => missing.push(rule),
        }
    }
    if !missing.is_empty() {
        found.push(missing_options(file, &missing));
    }
    let allowed = CAPABILITIES.iter().find(|(name, _)| has(name)).map_or(&[][..], |(_, allowed)| allowed);
    for key in ["CapabilityBoundingSet", "AmbientCapabilities"] {
        for said in file.all("Service", key) {
            let words = said.words();
            let more = words.iter().find(|word| word.starts_with('~') || !allowed.contains(&word.as_str()));
            if let Some(more) = more {
                found.push(
                    Diagnostic::new(
                        Code::UnitExposed,
                        format!("`{}` keeps `{more}`, which it has no use for", file.name),
                    )
                    .with_location(said.place_of(&file.path, more))
                    .with_hint("take it away: a fault of the program would have it too"),
                );
            }
        }
    }
    for said in file.all("Service", "ReadWritePaths").chain(file.all("Service", "BindPaths")) {
        let words = said.words();
        let path = |word: &str| {
            let path = word.trim_start_matches(['-', '+']).trim_end_matches('/');
            if path.is_empty() { "/".to_owned() } else { path.to_owned() }
        };
        if let Some(word) = words.iter().find(|word| BROAD.contains(&path(word).as_str())) {
            found.push(
                Diagnostic::new(
                    Code::UnitExposed,
                    format!("`{}` may write all of `{}`", file.name, path(word)),
                )
                .with_location(said.place_of(&file.path, word))
                .with_hint("name the directories that it writes"),
            );
        }
    }
    for said in file.assignments.iter().filter(|said| said.key.starts_with("Exec")) {
        let flags: String = said.value.chars().take_while(|c| "-@+!:".contains(*c)).collect();
        // One command has to: it hands the password to an account that cannot enter its directory.
        let hands_over = said.key == "ExecStartPre" && said.value.contains("/usr/bin/install ");
        if flags.contains(['+', '!']) && !hands_over {
            found.push(
                Diagnostic::new(
                    Code::UnitExposed,
                    format!("`{}=` of `{}` runs as root outside every wall of its unit", said.key, file.name),
                )
                .with_location(said.place.clone())
                .with_hint("remove the `+` or `!` before the program"),
            );
        }
    }
}

/// What a rule's key wants to hear.
fn wanted(rule: &HardeningRule) -> String {
    match rule.wall {
        On => format!("{}=yes", rule.key),
        OneOf(words) => format!("{}={}", rule.key, words[0]),
        Said => format!("{}=", rule.key),
    }
}

fn weakened(file: &UnitFile, rule: &HardeningRule, said: &Assignment) -> Diagnostic {
    Diagnostic::new(
        Code::UnitExposed,
        format!("`{}={}` takes down a wall of `{}`", rule.key, sanitize(&said.value), file.name),
    )
    .with_location(said.place.clone())
    .with_hint(format!("say `{}` in `[Service]`", wanted(rule)))
}

/// All that are missing, in one finding.
fn missing_options(file: &UnitFile, missing: &[&HardeningRule]) -> Diagnostic {
    let mut keys: Vec<&str> = missing.iter().map(|rule| rule.key).collect();
    keys.dedup();
    let more = if keys.len() > 3 { format!(" and {} more", keys.len() - 3) } else { String::new() };
    let keys: Vec<String> = keys.iter().take(3).map(|key| format!("`{key}=`")).collect();
    Diagnostic::new(
        Code::UnitExposed,
        format!("`{}` has no {}{more}: walls of it are missing", file.name, keys.join(", ")),
    )
    .with_location(at(&file.path, 1, 1))
    .with_hint(format!("say `{}` in `[Service]`", wanted(missing[0])))
}
