//! systemd reads its units: `systemd-analyze verify`, `security`, `calendar` and `timespan`, on a copy with a stub for
//! every program.

use std::collections::BTreeSet;

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed, find, version};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Deadline, Program};
use crate::host::UNIT_DIRECTORY;
use crate::inspect::lint::{BundleView, at, unit};
use crate::values::escape_all;

const THEIRS: &str = "/usr/lib/systemd/system";

/// The most a unit may score, in tenths: on a systemd that has all the walls, and on one before 247.
const BUDGET: &[(&str, u32, u32)] = &[
    ("certbot-alarm.service", 25, 30),
    ("certbot-issue.service", 25, 30),
    ("certbot-renew.service", 25, 30),
    ("code-server.service", 25, 30),
    // They make networks and mounts.
    ("faasd-provider.service", 50, 50),
    ("faasd.service", 50, 50),
    ("panel-firewall.service", 30, 36),
    // Programs whose source nobody has seen; they read the certificate's key, so they are root without its powers.
    ("tencentcloud-pai-agent.service", 40, 46),
    ("tencentcloud-pai-mate-update.service", 40, 46),
    ("tencentcloud-pai-mate.service", 40, 46),
    // Whatever binds containerd binds every container: it stays open.
    ("containerd.service", 100, 100),
];

/// The services that have a budget.
pub(super) fn budgets() -> impl Iterator<Item = &'static str> {
    BUDGET.iter().map(|(name, ..)| *name)
}

/// The root that `systemd-analyze verify` reads.
const ROOT: &str = "/input/root";

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    if subject.units.is_empty() {
        return Err(NoResult::NotApplicable);
    }
    let analyze = find("systemd-analyze")?;
    let mut sandbox = Sandbox::new(deadline)?;
    // It makes its runtime directory there, and reads no unit if it cannot.
    sandbox.writable("/run")?;
    let (own, ..) = version(&sandbox.run(&analyze, ["--version"])?.out);
    if own < 250 {
        return Err(NoResult::Unavailable(format!(
            "systemd {own} here cannot read units that lie elsewhere: 250 can"
        )));
    }
    let mut found = verify(subject, &sandbox, &analyze, own)?;
    let is_clean = found.is_empty();
    found.extend(exposure(subject, &sandbox, &analyze, is_clean)?);
    found.extend(times(subject, &sandbox, &analyze)?);
    Ok(found)
}

fn verify(subject: &BundleView<'_>, sandbox: &Sandbox, analyze: &Program, own: u16) -> ValidatorResult {
    for (_, host, text) in subject.hosts().filter(|(_, host, _)| host.starts_with(UNIT_DIRECTORY)) {
        sandbox.write_file(&format!("{ROOT}{host}"), text.as_bytes())?;
    }
    let is_systemd_here = Program::at("/usr/lib/systemd/system/basic.target".into()).is_some();
    if is_systemd_here {
        sandbox.copy(THEIRS, &format!("{ROOT}{THEIRS}"))?;
    }
    let mut names = BTreeSet::new();
    for file in subject.units.iter().filter(|file| is_name(&file.name)) {
        names.insert(file.name.clone());
        for name in needed(file).iter().filter(|name| is_name(name)) {
            let own = subject.units.iter().any(|other| other.name == *name && !other.is_drop_in);
            let known = sandbox.has(&format!("{ROOT}{THEIRS}/{name}"));
            // Only what a bundle may take for granted is made up; the distribution's own programs are not here.
            let is_granted = !is_systemd_here || FOREIGN.contains(&name.as_str());
            if !own && (*name == file.name || (!known && is_granted)) {
                sandbox.write_file(&format!("{ROOT}{THEIRS}/{name}"), stand_in(name).as_bytes())?;
            }
        }
        for (_, command) in file.commands() {
            stub(sandbox, &command[0])?;
        }
    }
    let words = ["verify", "--man=no", "--recursive-errors=no", "--root", ROOT, "--"];
    let words = words.into_iter().map(str::to_owned).chain(names);
    let output = sandbox.run(analyze, words)?;
    let all = output.all();
    let found: Vec<_> = all.lines().filter_map(|line| message(line, subject, own)).collect();
    // It also exits with 1 for a key that is too new for it, which is no finding.
    let is_answer = output.is_good() || !found.is_empty() || all.lines().any(|line| line.starts_with(ROOT));
    if is_answer { Ok(found) } else { Err(failed(&output, "systemd-analyze")) }
}

/// Whether a name is one of a unit, and no path and no option.
fn is_name(name: &str) -> bool {
    !name.contains('/') && !name.starts_with('-')
}

/// The units that a unit cannot be read without: itself, for a drop-in, and those it needs.
fn needed(file: &unit::UnitFile) -> Vec<String> {
    const KEYS: [&str; 5] = ["Requires", "Wants", "BindsTo", "Requisite", "WantedBy"];
    let needs = file.assignments.iter().filter(|said| KEYS.contains(&said.key.as_str()));
    needs.flat_map(unit::Assignment::words).chain([file.name.clone()]).collect()
}

/// Units of the distribution that ours name.
const FOREIGN: &[&str] = &[
    "nginx.service",
    "nftables.service",
    "certbot.timer",
    "dbus.service",
    "network-online.target",
    "multi-user.target",
    "timers.target",
];

fn stand_in(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "timer")) => "[Timer]\nOnCalendar=daily\nUnit=stand-in.service\n",
        Some((_, "service")) => "[Service]\nExecStart=/bin/sh\n",
        _ => "[Unit]\nDescription=stub unit\n",
    }
}

/// A program that could be started.
fn stub(sandbox: &Sandbox, program: &str) -> Result<(), NoResult> {
    let plain = program.starts_with('/')
        && !program.contains(['%', '$'])
        && !program.split('/').any(|part| part == "..");
    let path = format!("{ROOT}{program}");
    if plain && !program.ends_with('/') && !sandbox.has(&path) {
        sandbox.write_file_with_mode(&path, b"#!/bin/sh\n", 0o755)?;
    }
    sandbox.write_file_with_mode(&format!("{ROOT}/bin/sh"), b"#!/bin/sh\n", 0o755)
}

/// `ROOT/etc/systemd/system/faasd.service:12: Unknown key …`, or `faasd.service: …`.
fn message(line: &str, subject: &BundleView<'_>, own: u16) -> Option<Diagnostic> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    let rest = line.strip_prefix(ROOT).unwrap_or(line);
    let (place, words) = if let Some(rest) = rest.strip_prefix(UNIT_DIRECTORY) {
        let (name, rest) = rest.split_once(':')?;
        let (number, words) = rest.split_once(':').unwrap_or(("1", rest));
        match number.trim().parse() {
            Ok(number) => (at(format!("root{UNIT_DIRECTORY}{name}"), number, 1), words.trim()),
            Err(_) => (at(format!("root{UNIT_DIRECTORY}{name}"), 1, 1), rest.trim()),
        }
    } else {
        // What is said of the distribution's own units is none of the bundle's.
        let name = rest.split([':', ' ']).next()?;
        let file = subject.units.iter().find(|file| file.name == name)?;
        (at(&file.path, 1, 1), rest[name.len()..].trim_start_matches(':').trim())
    };
    // A key of a later systemd than this machine's: the target may have it, and the lints know.
    let newer = words.split('\'').nth(1).is_some_and(|key| {
        words.starts_with("Unknown key") && unit::since(key).is_some_and(|since| since > own)
    });
    if newer {
        return None;
    }
    Some(
        Diagnostic::new(Code::SystemdRejects, format!("systemd: {}", escape_all(&words.replace(ROOT, ""))))
            .with_location(place)
            .with_hint("`systemd-analyze verify` on the host would report the same"),
    )
}

/// `is_clean`: `verify` found nothing, so that every unit must have a score.
fn exposure(
    subject: &BundleView<'_>,
    sandbox: &Sandbox,
    analyze: &Program,
    is_clean: bool,
) -> ValidatorResult {
    let mut found = Vec::new();
    let old = subject.target.is_some_and(|target| target.systemd < 247);
    for file in subject.units.iter().filter(|file| !file.is_drop_in && file.kind() == "service") {
        let Some((_, budget, old_budget)) = BUDGET.iter().find(|(name, ..)| *name == file.name) else {
            continue;
        };
        let budget = if old { *old_budget } else { *budget };
        // Nothing scores more.
        let Some(text) = subject.text(&file.path).filter(|_| budget < 100) else { continue };
        let copy = format!("/input/security/{}", file.name);
        sandbox.write_file(&copy, text.as_bytes())?;
        let output = sandbox.run(analyze, ["security", "--no-pager", "--offline=true", &copy])?;
        let score = output.out.split("exposure level for").nth(1).and_then(|rest| {
            rest.split(": ").nth(1)?.split(' ').next()?.replace('.', "").parse::<u32>().ok()
        });
        if score.is_none() && is_clean {
            return Err(failed(&output, "systemd-analyze security"));
        }
        if let Some(score) = score.filter(|score| *score > budget) {
            let told = |tenths: u32| format!("{}.{}", tenths / 10, tenths % 10);
            found.push(
                Diagnostic::new(
                    Code::SystemdExposure,
                    format!(
                        "`{}` is exposed at {} of 10, and {} is enough",
                        file.name,
                        told(score),
                        told(budget)
                    ),
                )
                .with_location(at(&file.path, 1, 1))
                .with_hint("`systemd-analyze security --offline=true` lists what is open"),
            );
        }
    }
    Ok(found)
}

fn times(subject: &BundleView<'_>, sandbox: &Sandbox, analyze: &Program) -> ValidatorResult {
    let mut found = Vec::new();
    let timers = subject.units.iter().filter(|file| file.kind() == "timer");
    for (file, said) in timers.flat_map(|file| file.assignments.iter().map(move |said| (file, said))) {
        let question = match said.key.as_str() {
            "OnCalendar" => "calendar",
            key if said.section == "Timer" && key.ends_with("Sec") => "timespan",
            _ => continue,
        };
        // A value that looks like an option would be one.
        if said.value.is_empty() || said.value.starts_with('-') {
            continue;
        }
        let heard = sandbox.run(analyze, [question, &said.value])?;
        // It repeats what it has read.
        let is_answer = heard.out.contains("Normalized form:") || heard.out.contains("Original:");
        if !is_answer && (heard.is_good() || heard.err.trim().is_empty()) {
            return Err(failed(&heard, "systemd-analyze"));
        }
        let never = heard.out.contains("Next elapse: never");
        if !heard.is_good() || never {
            let why = if never {
                "it never elapses".to_owned()
            } else {
                heard.err.lines().next().unwrap_or_default().to_owned()
            };
            found.push(
                Diagnostic::new(
                    Code::CalendarRejected,
                    format!("`{}={}`: {}", said.key, said.value, escape_all(&why)),
                )
                .with_location(said.place_of(&file.path, &said.value))
                .with_hint(format!("`systemd-analyze {question}` reports how it is read")),
            );
        }
    }
    Ok(found)
}
