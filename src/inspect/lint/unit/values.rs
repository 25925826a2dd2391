//! The values of keys. systemd only logs a warning about a value that it cannot parse, and ignores it.

use super::super::Findings;
use super::{Assignment, PREFIXES, UnitFile};
use crate::diagnostics::{Code, Diagnostic, did_you_mean, nearest};
use crate::facts::target::Target;
use crate::syntax::systemd;
use crate::values::{CalendarSpec, FromText as _, UnitName, sanitize};

macro_rules! kinds {
    ($($name:literal $variant:ident,)+) => {
        /// The type of the value of a key.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($variant,)+ }

        impl Kind {
            /// Returns the type by its name in the table.
            pub(super) fn named(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)+
                    _ => unreachable!("the table of keys uses known types: {name}"),
                }
            }
        }
    };
}

kinds! {
    "text" Text,
    "words" Words,
    "names" Names,
    "switch" Switch,
    "condition" Condition,
    "limit" Limit,
    "memory" Memory,
    "tasks" Tasks,
    "percent" Percent,
    "units" Units,
    "unit" Unit,
    "span" Span,
    "timer" Timer,
    "calendar" Calendar,
    "path" Path,
    "directory" Directory,
    "file" File,
    "paths" Paths,
    "binds" Binds,
    "mode" Mode,
    "number" Number,
    "integer" Integer,
    "adjust" Adjust,
    "nice" Nice,
    "command" Command,
    "environment" Environment,
    "signal" Signal,
    "account" Account,
    "type" Type,
    "restart" Restart,
    "killmode" KillMode,
    "system" System,
    "home" Home,
    "proc" Proc,
    "subset" Subset,
    "tmp" Tmp,
    "capabilities" Capabilities,
    "families" Families,
    "calls" Calls,
    "namespaces" Namespaces,
    "archs" Archs,
    "errno" Errno,
}

impl Kind {
    /// Whether repeating the key adds to the value.
    pub(super) fn is_list(self) -> bool {
        matches!(
            self,
            Self::Words
                | Self::Names
                | Self::Condition
                | Self::Units
                | Self::Timer
                | Self::Calendar
                | Self::File
                | Self::Paths
                | Self::Binds
                | Self::Command
                | Self::Environment
                | Self::Capabilities
                | Self::Families
                | Self::Calls
                | Self::Namespaces
                | Self::Archs
                // A value without a known syntax may be a list.
                | Self::Text
        )
    }
}

const SWITCHES: &[&str] = &["yes", "no", "true", "false", "on", "off", "1", "0", "y", "n", "t", "f"];
const TYPES: &[&str] = &["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"];
const RESTARTS: &[&str] =
    &["no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"];
const KILLS: &[&str] = &["control-group", "mixed", "process", "none"];
const FAMILIES: &[&str] = &[
    "none",
    "AF_UNIX",
    "AF_LOCAL",
    "AF_INET",
    "AF_INET6",
    "AF_NETLINK",
    "AF_PACKET",
    "AF_VSOCK",
    "AF_ALG",
    "AF_BLUETOOTH",
    "AF_CAN",
    "AF_KEY",
    "AF_QIPCRTR",
    "AF_TIPC",
    "AF_XDP",
];
const CALLS: &[(&str, u16)] = &[
    ("@aio", 233),
    ("@basic-io", 231),
    ("@chown", 235),
    ("@clock", 231),
    ("@cpu-emulation", 231),
    ("@debug", 231),
    ("@default", 231),
    ("@file-system", 234),
    ("@io-event", 231),
    ("@ipc", 231),
    ("@keyring", 231),
    ("@known", 250),
    ("@memlock", 236),
    ("@module", 231),
    ("@mount", 231),
    ("@network-io", 231),
    ("@obsolete", 231),
    ("@pkey", 250),
    ("@privileged", 231),
    ("@process", 231),
    ("@raw-io", 231),
    ("@reboot", 233),
    ("@resources", 231),
    ("@sandbox", 253),
    ("@setuid", 235),
    ("@signal", 235),
    ("@swap", 233),
    ("@sync", 236),
    ("@system-service", 239),
    ("@timer", 235),
];
const CAPABILITIES: &[&str] = &[
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];
const NAMESPACES: &[&str] = &["cgroup", "ipc", "net", "mnt", "pid", "user", "uts", "time"];
const ARCHS: &[&str] = &[
    "native",
    "x86",
    "x86-64",
    "x32",
    "arm",
    "arm64",
    "mips",
    "mips64",
    "ppc",
    "ppc64",
    "ppc64-le",
    "s390",
    "s390x",
    "riscv64",
    "loongarch64",
];

/// Values that are newer than their key, with the first systemd that supports them.
const NEWER: &[(&str, &str, u16)] = &[
    ("Type", "exec", 240),
    ("Type", "notify-reload", 253),
    ("ProtectHostname", "private", 257),
    ("ProtectControlGroups", "private", 257),
    ("ProtectControlGroups", "strict", 257),
    ("PrivateTmp", "disconnected", 257),
];

/// Why a value is invalid, and the invalid part.
struct ValueError {
    part: String,
    why: String,
    near: Option<&'static str>,
}

fn reject<T>(part: &str, why: impl Into<String>) -> Result<T, ValueError> {
    Err(ValueError { part: part.to_owned(), why: why.into(), near: None })
}

fn one_of(value: &str, words: &'static [&'static str], what: &str) -> Result<(), ValueError> {
    if words.contains(&value) {
        return Ok(());
    }
    let near = nearest(value, words.iter().copied());
    Err(ValueError { part: value.to_owned(), why: format!("`{}` is not a {what}", sanitize(value)), near })
}

pub(super) fn lint(
    file: &UnitFile,
    assignment: &Assignment,
    kind: Kind,
    target: Option<&'static Target>,
    found: &mut Findings,
) {
    // An empty value resets every key.
    if assignment.value.is_empty() {
        return;
    }
    if let Err(error) = validate_value(assignment, kind) {
        let finding =
            Diagnostic::new(Code::UnitValueInvalid, format!("`{}=`: {}", assignment.key, error.why))
                .with_location(assignment.place_of(&file.path, &error.part));
        found.push(match error.near {
            Some(near) => finding.with_hint(did_you_mean(near)),
            None => finding.with_hint("fix the value: systemd ignores it or does not start the unit"),
        });
    }
    let Some(target) = target else { return };
    let newer = NEWER.iter().filter(|(key, value, _)| *key == assignment.key && *value == assignment.value);
    let newer = newer.map(|(_, value, since)| (*value, *since));
    let groups = assignment.value.split_whitespace().map(|word| word.trim_start_matches('~'));
    let groups = groups.filter_map(|word| CALLS.iter().find(|(name, _)| *name == word)).copied();
    for (value, since) in
        newer.chain(groups.filter(|_| kind == Kind::Calls)).filter(|(_, since)| *since > target.systemd)
    {
        found.push(
            Diagnostic::new(
                Code::UnitKeyNewer,
                format!(
                    "`{}={value}` requires systemd {since}, but {} has {}",
                    assignment.key, target.title, target.systemd
                ),
            )
            .with_location(assignment.place_of(&file.path, value))
            .with_hint("choose a value that the target supports, or a newer target"),
        );
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each type of value")]
fn validate_value(assignment: &Assignment, kind: Kind) -> Result<(), ValueError> {
    let value = assignment.value.as_str();
    // `%i` and other specifiers are known only on the host.
    if value.contains('%') && !matches!(kind, Kind::Command | Kind::Percent | Kind::Memory | Kind::Tasks) {
        return Ok(());
    }
    let words = || value.split_whitespace();
    match kind {
        Kind::Text | Kind::Words | Kind::Binds => Ok(()),
        Kind::Names => words().try_for_each(|word| {
            if word.starts_with('/') || word.split('/').any(|part| part == "..") {
                return reject(
                    word,
                    format!(
                        "`{}` must be a name below a fixed directory, without a leading `/`",
                        sanitize(word)
                    ),
                );
            }
            Ok(())
        }),
        Kind::Switch => one_of(&value.to_ascii_lowercase(), SWITCHES, "switch"),
        Kind::Condition => {
            let path = value.trim_start_matches(['|', '!']);
            let is_path = ["Path", "Directory", "FileNotEmpty", "FileIs"]
                .iter()
                .any(|part| assignment.key.contains(part));
            if is_path && !path.starts_with('/') { reject(path, "the path must be absolute") } else { Ok(()) }
        }
        Kind::Limit => limit(&assignment.key, value),
        Kind::Memory => {
            if is_size(value) || is_percent(value) {
                Ok(())
            } else {
                reject(
                    value,
                    format!("invalid size `{}`: expected digits followed by K, M, G or T", sanitize(value)),
                )
            }
        }
        Kind::Tasks => {
            if is_percent(value) || value == "infinity" {
                Ok(())
            } else {
                number(value)
            }
        }
        Kind::Percent => {
            if is_percent(value) {
                Ok(())
            } else {
                reject(value, format!("`{}` is not a percentage", sanitize(value)))
            }
        }
        Kind::Units | Kind::Unit => words().try_for_each(unit),
        Kind::Span | Kind::Timer => {
            if is_span(value) {
                Ok(())
            } else {
                reject(value, format!("invalid duration `{}`", sanitize(value)))
            }
        }
        Kind::Calendar => {
            CalendarSpec::parse(value).map(|_| ()).or_else(|error| reject(value, error.message))
        }
        Kind::Path => absolute(value.trim_start_matches(['-', '~'])),
        Kind::Directory => {
            let path = value.trim_start_matches('-');
            if path == "~" { Ok(()) } else { absolute(path) }
        }
        Kind::File => absolute(value.trim_start_matches('-')),
        Kind::Paths => {
            assignment.words().iter().try_for_each(|word| absolute(word.trim_start_matches(['-', '+'])))
        }
        Kind::Mode => {
            let octal = (3..=5).contains(&value.len()) && value.chars().all(|c| ('0'..='7').contains(&c));
            if octal {
                Ok(())
            } else {
                reject(value, format!("invalid mode `{}`: expected octal digits", sanitize(value)))
            }
        }
        Kind::Number => number(value),
        Kind::Integer => value
            .parse::<i64>()
            .map(|_| ())
            .or_else(|_| reject(value, format!("`{}` is not a number", sanitize(value)))),
        Kind::Adjust => range(value, -1000, 1000),
        Kind::Nice => range(value, -20, 19),
        Kind::Command => command(assignment),
        Kind::Environment => assignment.words().iter().try_for_each(|word| {
            let name = word.split('=').next().unwrap_or_default();
            let good = word.contains('=')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.is_empty()
                && !name.starts_with(|c: char| c.is_ascii_digit());
            if good {
                Ok(())
            } else {
                reject(word, format!("`{}` is not `NAME=value`: systemd ignores it", sanitize(word)))
            }
        }),
        Kind::Signal => {
            let name = value.strip_prefix("SIG").unwrap_or(value);
            let known = value.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number))
                || name.starts_with("RTMIN")
                || name.starts_with("RTMAX")
                || [
                    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
                    "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
                    "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
                ]
                .contains(&name);
            if known { Ok(()) } else { reject(value, format!("`{}` is not a signal", sanitize(value))) }
        }
        Kind::Account => {
            let good = value.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
                && !value.starts_with('-');
            if good { Ok(()) } else { reject(value, format!("`{}` is not an account", sanitize(value))) }
        }
        Kind::Type => one_of(value, TYPES, "service type"),
        Kind::Restart => one_of(value, RESTARTS, "restart mode"),
        Kind::KillMode => one_of(value, KILLS, "kill mode"),
        Kind::System => switch_or(value, &["full", "strict"]),
        Kind::Home => switch_or(value, &["read-only", "tmpfs"]),
        Kind::Tmp => switch_or(value, &["disconnected"]),
        Kind::Proc => {
            one_of(value, &["noaccess", "invisible", "ptraceable", "default"], "mode of ProtectProc=")
        }
        Kind::Subset => one_of(value, &["all", "pid"], "subset of /proc"),
        Kind::Capabilities => words().try_for_each(|word| {
            let name = word.trim_start_matches('~').to_ascii_uppercase();
            match name.strip_prefix("CAP_") {
                Some(name) => one_of(name, CAPABILITIES, "capability").map_err(|error| ValueError {
                    part: word.to_owned(),
                    why: format!("`{}` is not a capability", sanitize(word)),
                    ..error
                }),
                None => reject(
                    word,
                    format!("`{}` is not a capability: the name begins with CAP_", sanitize(word)),
                ),
            }
        }),
        Kind::Families => {
            words().try_for_each(|word| one_of(word.trim_start_matches('~'), FAMILIES, "address family"))
        }
        Kind::Calls => words().try_for_each(|word| {
            let name = word.trim_start_matches('~').split(':').next().unwrap_or_default();
            if let Some(group) = name.strip_prefix('@') {
                if CALLS.iter().any(|(known, _)| &known[1..] == group) {
                    return Ok(());
                }
                let near = nearest(name, CALLS.iter().map(|(name, _)| *name));
                return Err(ValueError {
                    part: word.to_owned(),
                    why: format!("`{}` is not a group of system calls", sanitize(name)),
                    near,
                });
            }
            let good = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if good { Ok(()) } else { reject(word, format!("`{}` is not a system call", sanitize(word))) }
        }),
        Kind::Namespaces => {
            if SWITCHES.contains(&value) {
                return Ok(());
            }
            words().try_for_each(|word| one_of(word.trim_start_matches('~'), NAMESPACES, "namespace"))
        }
        Kind::Archs => words().try_for_each(|word| one_of(word, ARCHS, "architecture")),
        Kind::Errno => {
            let good = value == "kill"
                || value.parse::<u16>().is_ok()
                || (value.starts_with('E')
                    && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()));
            if good { Ok(()) } else { reject(value, format!("`{}` is not an error number", sanitize(value))) }
        }
    }
}

fn switch_or(value: &str, words: &'static [&'static str]) -> Result<(), ValueError> {
    if SWITCHES.contains(&value.to_ascii_lowercase().as_str()) || words.contains(&value) {
        return Ok(());
    }
    let near = nearest(value, words.iter().copied());
    Err(ValueError {
        part: value.to_owned(),
        why: format!("`{}` is not one of its values", sanitize(value)),
        near,
    })
}

fn number(value: &str) -> Result<(), ValueError> {
    value
        .parse::<u64>()
        .map(|_| ())
        .or_else(|_| reject(value, format!("`{}` is not a number", sanitize(value))))
}

fn range(value: &str, from: i64, to: i64) -> Result<(), ValueError> {
    match value.parse::<i64>() {
        Ok(number) if (from..=to).contains(&number) => Ok(()),
        _ => reject(value, format!("`{}` is not a number from {from} to {to}", sanitize(value))),
    }
}

fn absolute(path: &str) -> Result<(), ValueError> {
    if !path.starts_with('/') {
        return reject(path, format!("`{}` is not an absolute path", sanitize(path)));
    }
    if path.split('/').any(|part| part == "..") {
        return reject(path, "the path must not contain `..`");
    }
    Ok(())
}

fn unit(word: &str) -> Result<(), ValueError> {
    match UnitName::parse(word) {
        Ok(_) => Ok(()),
        Err(error) => reject(word, error.message),
    }
}

/// Parses a resource limit: `soft:hard`, in the unit of the limit.
fn limit(key: &str, value: &str) -> Result<(), ValueError> {
    let part = |text: &str| {
        text == "infinity"
            || text.parse::<i64>().is_ok()
            || (!matches!(key, "LimitNOFILE" | "LimitNPROC" | "LimitNICE")
                && (is_size(text) || is_span(text)))
    };
    if value.split(':').count() <= 2 && value.split(':').all(part) {
        Ok(())
    } else {
        reject(value, format!("`{}` is not a limit", sanitize(value)))
    }
}

fn is_percent(value: &str) -> bool {
    value.strip_suffix('%').is_some_and(|digits| digits.parse::<f64>().is_ok_and(|number| number >= 0.0))
}

fn is_size(value: &str) -> bool {
    let digits = value.trim_end_matches(['K', 'M', 'G', 'T', 'P', 'E', 'B']);
    value == "infinity"
        || (value.len() - digits.len() <= 1
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Parses `5min 20s`, `infinity`, or a bare number of seconds.
fn is_span(value: &str) -> bool {
    const UNITS: &[&str] = &[
        "", "us", "usec", "µs", "ms", "msec", "s", "sec", "second", "seconds", "m", "min", "minute",
        "minutes", "h", "hr", "hour", "hours", "d", "day", "days", "w", "week", "weeks", "M", "month",
        "months", "y", "year", "years",
    ];
    let mut rest = value.trim();
    if rest == "infinity" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        if number.parse::<f64>().is_err() || !UNITS.contains(&unit) {
            return false;
        }
        rest = next.trim_start();
    }
    true
}

/// Checks a command: an absolute program and closed quotes.
fn command(assignment: &Assignment) -> Result<(), ValueError> {
    let (words, is_open) = systemd::words(&assignment.value);
    if is_open {
        return reject(&assignment.value, "unclosed quote: systemd ignores the line");
    }
    let program = words.first().map(|word| word.trim_start_matches(PREFIXES)).unwrap_or_default();
    if program.is_empty() {
        return reject(&assignment.value, "the command has no program");
    }
    if !program.starts_with('/') {
        return reject(program, format!("`{}` is not the absolute path of a program", sanitize(program)));
    }
    // systemd is not a shell: shell operators are passed as arguments.
    let operator = words
        .iter()
        .skip(1)
        .find(|word| matches!(word.as_str(), "|" | "||" | "&&" | ">" | ">>" | "<" | "&" | "2>&1"));
    if let Some(operator) = operator {
        return reject(operator, format!("`{operator}` has no effect: systemd is not a shell"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_match_systemd() {
        for span in ["5", "5s", "5min 20s", "1h30m", "6h", "infinity", "1.5h", "12 hours"] {
            assert!(is_span(span), "{span}");
        }
        for span in ["", "soon", "5x", "s5", "5 parsecs", "-1"] {
            assert!(!is_span(span), "{span}");
        }
        assert!(is_size("500M") && is_size("infinity") && is_size("1.5G") && is_size("1024"));
        assert!(!is_size("500MB") && !is_size("M") && !is_size("lots"));
    }
}
