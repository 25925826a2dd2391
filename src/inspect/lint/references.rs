//! Checks programs and files that units and scripts name: each must be of the system, in the bundle, or
//! installed.

use std::collections::BTreeSet;

use super::document::text;
use super::{BundleView, Findings, at, cni};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::{sanitize, work_budget};

/// Directories that belong to the bundle: a file named there must be in the bundle.
const OURS: &[&str] = &[
    "/etc/nftables.d/",
    "/etc/code-server/",
    "/usr/local/libexec/panel/",
    "/etc/letsencrypt/renewal-hooks/",
    "/etc/nginx/snippets/panel",
    "/etc/cni/net.d/",
    "/etc/panel/",
];

/// Programs of the distribution that units start.
const SYSTEM: &[&str] = &[
    "/usr/bin/certbot",
    // The installer needs it for downloads.
    "/usr/bin/curl",
    "/usr/bin/install",
    "/usr/sbin/nft",
    "/sbin/modprobe",
    "/usr/sbin/modprobe",
    "/bin/sh",
    "/usr/bin/sh",
    "/usr/bin/env",
    "/bin/true",
    "/usr/bin/true",
    "/usr/bin/systemctl",
    "/bin/systemctl",
    "/usr/sbin/nginx",
    "/usr/sbin/sysctl",
    "/sbin/sysctl",
    "/bin/mkdir",
    "/usr/bin/mkdir",
    "/bin/kill",
    "/usr/bin/kill",
];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let plan = Plan::of(subject);
    for unit in subject.units.iter().filter(|unit| !unit.is_override) {
        for (assignment, words) in unit.commands() {
            let program = words[0].as_str();
            // The operator's own program.
            let is_asserted = unit
                .assignments
                .iter()
                .any(|one| one.key == "AssertFileIsExecutable" && one.value == program);
            if program.starts_with('/') && !is_asserted && !is_there(program, subject, &plan) {
                found.push(unknown(program, assignment.place_of(&unit.path, program), subject));
            }
            for word in words.iter().skip(1) {
                let path = word.split_once('=').map_or(word.as_str(), |(_, value)| value);
                if OURS.iter().any(|begin| path.starts_with(begin)) && !is_file(path, subject, &plan) {
                    found.push(absent(path, assignment.place_of(&unit.path, path)));
                }
            }
        }
        for key in ["ConditionFileIsExecutable", "ConditionPathExists", "EnvironmentFile"] {
            for assignment in unit.assignments.iter().filter(|assignment| assignment.key == key) {
                let path = assignment.value.trim_start_matches(['!', '|', '-']);
                let local = path.starts_with("/usr/local/");
                if local && !is_there(path, subject, &plan) {
                    found.push(unknown(path, assignment.place_of(&unit.path, path), subject));
                } else if OURS.iter().any(|begin| path.starts_with(begin)) && !is_file(path, subject, &plan) {
                    found.push(absent(path, assignment.place_of(&unit.path, path)));
                }
            }
        }
    }
    for include in subject.directives().into_iter().filter(|directive| directive.name == "include") {
        let path = include.first();
        let ours = path.starts_with("/etc/nginx/snippets/panel") || path.starts_with("/etc/nginx/conf.d/");
        if ours && !path.contains('*') && !subject.has(path) {
            found.push(absent(path, include.arguments[0].place.clone()));
        }
    }
    scripts(subject, &plan, found);
    networks(subject, found);
}

/// Indexes of the installer's tables, so that a lookup does not read a whole table.
#[derive(Default)]
struct Plan<'s> {
    secrets: BTreeSet<&'s str>,
    links: BTreeSet<&'s str>,
    /// Directories with links to all programs of a component, and the component.
    directories: Vec<(&'s str, &'s str)>,
    downloads: BTreeSet<&'s str>,
}

/// The maximum number of such directories.
const MAX_DIRECTORIES: usize = 64;

impl<'s> Plan<'s> {
    fn of(subject: &'s BundleView<'_>) -> Self {
        let Some(installer) = &subject.installer else { return Self::default() };
        let links = || installer.rows("links").map(|row| (row.word(1), row.word(0)));
        Self {
            secrets: installer.rows("secrets").map(|row| row.word(4)).collect(),
            links: links().map(|(link, _)| link).collect(),
            directories: links().filter(|(link, _)| link.ends_with('/')).take(MAX_DIRECTORIES).collect(),
            downloads: installer.rows("downloads").map(|row| row.word(7)).collect(),
        }
    }
}

fn is_file(path: &str, subject: &BundleView<'_>, plan: &Plan<'_>) -> bool {
    plan.secrets.contains(path) || subject.has(path)
}

/// Whether a program is part of the system or the bundle, or is unpacked by the installer.
fn is_there(program: &str, subject: &BundleView<'_>, plan: &Plan<'_>) -> bool {
    if subject.installer.is_none() {
        return true;
    }
    // Every program of a directory gets a link; the names are known only to the archive.
    let is_linked = plan.links.contains(program)
        || plan.directories.iter().any(|(link, component)| {
            program.strip_prefix(link).is_some_and(|name| ours_of(component).contains(&name))
        });
    // The directory that a download is unpacked into. A link may omit the version.
    let mut above = program.match_indices('/').map(|(end, _)| &program[..end]);
    is_linked
        || above.any(|directory| plan.downloads.contains(directory))
        || subject.has(program)
        || SYSTEM.contains(&program)
}

/// Returns the programs that the archive of a component contains.
fn ours_of(component: &str) -> &'static [&'static str] {
    match component {
        "containerd" => &[
            "containerd",
            "containerd-shim-runc-v1",
            "containerd-shim-runc-v2",
            "containerd-shim",
            "containerd-stress",
            "ctr",
        ],
        "cni" => &["bridge", "firewall", "host-local", "loopback", "portmap", "bandwidth", "tuning"],
        _ => &[],
    }
}

fn unknown(program: &str, place: Location, subject: &BundleView<'_>) -> Diagnostic {
    let finding = Diagnostic::new(
        Code::ProgramUnknown,
        format!("the program `{}` is not installed", sanitize(program)),
    )
    .with_location(place);
    let links = subject.installer.iter().flat_map(|installer| installer.rows("links")).map(|row| row.word(1));
    finding.with_suggestion(
        program,
        SYSTEM.iter().copied().chain(links),
        "use a program of the system, or one that panel.sh installs",
    )
}

fn absent(path: &str, place: Location) -> Diagnostic {
    Diagnostic::new(Code::FileMissing, format!("`{}` is used here, but is not in the bundle", sanitize(path)))
        .with_location(place)
        .with_hint("render the bundle again, or restore the file")
}

/// Checks what the scripts of the bundle start and reload.
fn scripts(subject: &BundleView<'_>, plan: &Plan<'_>, found: &mut Findings) {
    for (path, host, script) in subject.hosts() {
        if !host.contains("/libexec/") && !host.contains("/renewal-hooks/") {
            continue;
        }
        for (number, line) in script.lines().enumerate() {
            let code = line.trim();
            if code.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = code.split([' ', ';']).collect();
            if let Some(program) =
                words.iter().skip_while(|word| **word != "exec").nth(1).filter(|word| word.starts_with('/'))
                && !is_there(program, subject, plan)
            {
                let column = column_of(line, program);
                found.push(unknown(program, at(path, number + 1, column), subject));
            }
            for word in &words {
                let is_unit = [".service", ".timer"].iter().any(|kind| word.ends_with(kind));
                let known = *word == "nginx.service" || subject.unit(word).is_some();
                if is_unit && !known {
                    found.push(
                        Diagnostic::new(
                            Code::UnitReferenceUnknown,
                            format!("`{}` is not a unit of this host", sanitize(word)),
                        )
                        .with_location(at(path, number + 1, column_of(line, word)))
                        .with_hint("use a unit that the bundle or the system has"),
                    );
                }
            }
        }
        if host.contains("/renewal-hooks/") {
            let reloads = script
                .lines()
                .any(|line| !line.trim().starts_with('#') && line.contains("systemctl reload nginx"));
            if !reloads {
                found.push(
                    Diagnostic::new(
                        Code::RenewalBroken,
                        "the deploy hook does not reload nginx, which keeps using the old certificate",
                    )
                    .with_location(at(path, 1, 1))
                    .with_hint("add `systemctl reload nginx.service`"),
                );
            }
        }
    }
}

/// Returns the column at which a part of a line begins.
fn column_of(line: &str, part: &str) -> usize {
    if work_budget::take(line.len()) { line.find(part).unwrap_or(0) + 1 } else { 1 }
}

/// Checks that panel.sh removes what the CNI list creates.
fn networks(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(installer) = &subject.installer else { return };
    for row in installer.rows("networks") {
        let expected =
            [(1, cni::bridge(subject).map(text), "bridge"), (2, cni::network(subject).map(text), "network")];
        for (column, there, what) in expected {
            if let Some(there) = there.filter(|there| *there != row.word(column)) {
                let place = if column == 1 { cni::bridge(subject) } else { cni::network(subject) };
                found.push(
                    Diagnostic::new(
                        Code::NameDisagrees,
                        format!(
                            "the {what} is `{}`, but panel.sh expects `{}`",
                            sanitize(there),
                            sanitize(row.word(column))
                        ),
                    )
                    .with_location(
                        place.map_or_else(|| row.place.clone(), |assignment| assignment.location.clone()),
                    )
                    .with_location(row.place_of(column))
                    .with_hint("render the bundle again: faasd writes this list with these names"),
                );
            }
        }
        if let Some(subnet) = cni::subnet(subject).filter(|subnet| !text(subnet).starts_with(row.word(3))) {
            found.push(
                Diagnostic::new(
                    Code::NameDisagrees,
                    format!("the network of the containers is `{}`, but panel.sh expects addresses that begin with `{}`", sanitize(text(subnet)), sanitize(row.word(3))),
                )
                .with_location(subnet.location.clone())
                .with_location(row.place_of(3))
                .with_hint("use 10.62.0.0/16, as faasd does"),
            );
        }
    }
}
