//! Lint rules: find faults in a bundle by reading it. Nothing is started or rendered. A bundle may have been
//! damaged by hand or by a merge, and its manifest may match the damage. Every rule therefore compares the
//! files with each other and with the syntax of their programs, never with a new rendering.
//!
//! A lint is a function from a [`BundleView`] to diagnostics with paths of the bundle. External validators
//! read the same files elsewhere, in `validators`.

mod ansible;
mod bundle_view;
mod certbot_renewal;
mod certificate;
mod cloud_config;
mod cni;
mod code_server;
mod compose;
mod consistency;
mod document;
mod encoding;
mod firewall;
mod hostnames;
pub mod input_rules;
mod installer;
mod line_configs;
mod lockfile;
mod manifest_integrity;
pub mod nginx;
pub mod output;
mod parameters;
mod ports;
mod references;
mod secret;
mod shell;
pub mod unit;
mod users;
pub mod validator_result;

pub use bundle_view::{BundleView, bundled};

use camino::Utf8Path;

use crate::diagnostics::{Diagnostic, Diagnostics, Location};
use crate::values::work_budget;

/// The diagnostics that a lint adds to.
type Findings = Diagnostics;

/// Every lint, ordered by what it depends on: missing files first, contradictions between files last.
const LINTS: &[fn(&BundleView<'_>, &mut Findings)] = &[
    manifest_integrity::lint,
    parameters::lint,
    encoding::lint,
    document::lint,
    unit::lint,
    nginx::lint,
    compose::lint,
    cni::lint,
    code_server::lint,
    firewall::lint,
    line_configs::lint,
    shell::lint,
    lockfile::lint,
    cloud_config::lint,
    installer::lint,
    ansible::lint,
    consistency::lint,
    secret::lint,
    hostnames::lint,
    certificate::lint,
    ports::lint,
    users::lint,
    references::lint,
    certbot_renewal::lint,
    input_rules::lint,
];

/// Runs every lint and reports the diagnostics sorted by location.
pub fn lint(subject: &BundleView<'_>, diagnostics: &mut Diagnostics) {
    work_budget::reset();
    let mut findings = Findings::default();
    for lint in LINTS {
        lint(subject, &mut findings);
    }
    diagnostics.merge(findings.map(|finding| excerpt(subject, finding)));
    diagnostics.sort();
}

/// Adds the line that a diagnostic is about, unless the file may contain a secret.
pub fn excerpt(subject: &BundleView<'_>, finding: &mut Diagnostic) {
    if finding.snippet.is_some() {
        return;
    }
    if let Some(Location::File { path, line, .. }) = finding.locations.first()
        && !subject.may_hold_secret(path)
        && let Some(text) = subject.text(path)
    {
        let text = text.lines().nth(line.saturating_sub(1));
        finding.snippet = text.filter(|line| !line.trim().is_empty() && line.len() < 4096).map(str::to_owned);
    }
}

/// Returns a location in a file of the bundle.
pub fn at(path: impl AsRef<Utf8Path>, line: usize, column: usize) -> Location {
    Location::File { path: path.as_ref().to_owned(), line: line.max(1), column: column.max(1) }
}
