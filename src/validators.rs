//! The real programs read a bundle: nginx, systemd, cloud-init and the others, each by itself in a private place, at
//! the same time. What they say is mapped back to the bundle's own files and lines.
//!
//! Their exit codes lie both ways, so what they print is read: nginx ends with 0 for a warning and systemd for an
//! unknown key, and both fail for a certificate, a program or a name that is not there yet. So the private place has
//! a throw-away certificate, a stub for every program, an address for every name, and ports and privileges of its own.

mod ansible;
mod cache;
mod certbot;
mod cloud_init;
mod cni;
mod compose;
mod nft;
mod nginx;
mod prometheus;
mod sandbox;
mod shell;
mod systemd;

pub use cache::Memory;

use anyhow::Result;
use camino::Utf8Path;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::inspect::lint::validator_result::Verdict;
use crate::inspect::lint::{BundleView, bundled};

/// What came of asking one program.
#[derive(Clone)]
enum Answer {
    /// It was asked, and this is what it found.
    Heard(Vec<Diagnostic>),
    /// It could not be asked, and why.
    Absent(String),
    /// The bundle has nothing for it.
    Idle,
}

/// A validator: its name, as `--require` says it, which files it reads, and how it is asked.
struct Judge {
    name: &'static str,
    reads: fn(&BundleView<'_>, &Utf8Path, &str) -> bool,
    ask: fn(&BundleView<'_>) -> Result<Answer>,
}

/// Every validator, in the order in which they are told.
const JUDGES: &[Judge] = &[
    Judge { name: "nginx", reads: |_, path, _| path.starts_with("root/etc/nginx"), ask: nginx::ask },
    Judge { name: "systemd", reads: is_unit, ask: systemd::ask },
    Judge { name: "cni", reads: |_, path, _| path.starts_with("root/etc/cni/net.d"), ask: cni::ask },
    Judge { name: "nft", reads: |_, path, _| path.starts_with("root/etc/nftables.d"), ask: nft::ask },
    Judge { name: "cloud-init", reads: |_, path, _| path == cloud_init::PATH, ask: cloud_init::ask },
    Judge { name: "sh", reads: shell::is_program, ask: shell::ask_shell },
    Judge { name: "shellcheck", reads: shell::is_program, ask: shell::ask_shellcheck },
    Judge { name: "ansible", reads: |_, path, _| path.starts_with("ansible"), ask: ansible::ask },
    Judge { name: "certbot", reads: is_unit, ask: certbot::ask },
    Judge { name: "docker", reads: |_, path, _| path == bundled(compose::HOST), ask: compose::ask },
    Judge { name: "promtool", reads: |_, path, _| path == bundled(prometheus::HOST), ask: prometheus::ask },
];

fn is_unit(_: &BundleView<'_>, path: &Utf8Path, _: &str) -> bool {
    path.starts_with("root/etc/systemd/system")
}

/// The names of the validators.
pub fn names() -> impl Iterator<Item = &'static str> {
    JUDGES.iter().map(|judge| judge.name)
}

/// The services that may be exposed so far and no further.
pub fn budgets() -> impl Iterator<Item = &'static str> {
    systemd::budgets()
}

/// Asks every validator; their findings join the report.
pub fn ask(subject: &BundleView<'_>, diagnostics: &mut Diagnostics) -> Vec<Verdict> {
    Memory::default().ask(subject, &[], diagnostics)
}

/// The answer where a program is missing.
fn missing(name: &str) -> Answer {
    Answer::Absent(format!("`{name}` is not on this machine"))
}

/// A version as programs print it: the first three numbers of a text.
fn version(text: &str) -> (u16, u16, u16) {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    (number(), number(), number())
}
