//! External programs read a bundle: nginx, systemd, cloud-init and the others, each in a sandbox of its own, at the same
//! time. What they print is mapped back to the bundle's own files and lines.
//!
//! Exit codes are not enough: nginx exits with 0 for a warning and systemd for an unknown key, and both fail for a
//! certificate, a program or a name that is not there yet. So what they print is read, and the sandbox has a temporary
//! certificate, a stub for every program, an address for every name, and ports of its own.
//!
//! A file is given to a program only if no lint found anything in it that the program would act on
//! (`inspect::lint::input_rules`). A program that does not answer is an error of its own, never a pass.

mod ansible;
mod cache;
mod certbot;
mod cloud_init;
mod cni;
mod compose;
mod nft;
mod nginx;
mod prometheus;
mod running;
mod sandbox;
mod shell;
mod systemd;

pub use cache::ValidatorCache;

use std::time::Duration;

use camino::Utf8Path;

use crate::delivery::cloud_config::CLOUD_CONFIG_FILE;
use crate::diagnostics::Diagnostic;
use crate::fs::{Deadline, Program};
use crate::inspect::lint::{BundleView, bundled};
use sandbox::Output;

/// What a validator found in a bundle, or why it found nothing out.
type ValidatorResult = std::result::Result<Vec<Diagnostic>, NoResult>;

/// Why there is no result.
#[derive(Clone)]
enum NoResult {
    /// The program is not installed, or cannot be run here.
    Unavailable(String),
    /// The bundle has nothing for it.
    NotApplicable,
    /// It was started and did not answer.
    Failed(String),
    /// The bundle's files for it were rejected by a lint, so it was not started.
    Rejected,
}

impl From<anyhow::Error> for NoResult {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

/// A validator: its name, as `--require` takes it, which files it reads, and how it is run.
struct Validator {
    name: &'static str,
    reads: fn(&BundleView<'_>, &Utf8Path, &str) -> bool,
    run: fn(&BundleView<'_>, Deadline) -> ValidatorResult,
}

/// Every validator, in the order in which they are reported.
const VALIDATORS: &[Validator] = &[
    Validator { name: "nginx", reads: nginx::reads, run: nginx::run },
    Validator { name: "systemd", reads: is_unit, run: systemd::run },
    Validator { name: "cni", reads: |_, path, _| path.starts_with("root/etc/cni/net.d"), run: cni::run },
    Validator { name: "nft", reads: |_, path, _| path.starts_with("root/etc/nftables.d"), run: nft::run },
    Validator { name: "cloud-init", reads: |_, path, _| path == CLOUD_CONFIG_FILE, run: cloud_init::run },
    Validator { name: "sh", reads: shell::is_program, run: shell::run_sh },
    Validator { name: "shellcheck", reads: shell::is_program, run: shell::run_shellcheck },
    Validator { name: "ansible", reads: |_, path, _| path.starts_with("ansible"), run: ansible::run },
    Validator { name: "certbot", reads: is_unit, run: certbot::run },
    Validator { name: "docker", reads: |_, path, _| path == bundled(compose::HOST), run: compose::run },
    Validator {
        name: "promtool",
        reads: |_, path, _| path == bundled(prometheus::HOST),
        run: prometheus::run,
    },
];

/// The longest that all validators of one bundle run together.
const MAX_TIME: Duration = Duration::from_secs(180);

fn is_unit(_: &BundleView<'_>, path: &Utf8Path, _: &str) -> bool {
    path.starts_with("root/etc/systemd/system")
}

/// The names of the validators.
pub fn names() -> impl Iterator<Item = &'static str> {
    VALIDATORS.iter().map(|validator| validator.name)
}

/// The services that may be exposed so far and no further.
pub fn budgets() -> impl Iterator<Item = &'static str> {
    systemd::budgets()
}

/// The program of that name; not available if there is none.
fn find(name: &str) -> std::result::Result<Program, NoResult> {
    Program::find(name).map_err(NoResult::Unavailable)
}

/// Not available, because the program that was started printed this instead of an answer.
fn failed(output: &Output, name: &str) -> NoResult {
    NoResult::Failed(format!(
        "`{name}` exited with {} and did not answer: {}",
        output.code,
        output.first_line()
    ))
}

/// A version as programs print it: the first three numbers of a text.
fn version(text: &str) -> (u16, u16, u16) {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    (number(), number(), number())
}
