//! Faults in a bundle, found by reading it: nothing is started and nothing is rendered. A bundle may have been
//! damaged by hand or by a merge, and its manifest may agree with the damage, so every rule is about what the files
//! say to each other and to their programs, never about what a fresh rendering would say.
//!
//! A lint is a function from the [`Subject`] to findings, whose places are paths of the bundle. What the real
//! programs say of the same files is asked elsewhere, by who may start programs.

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

/// What a lint adds to.
type Findings = Vec<Diagnostic>;

/// Every lint, in the order of what it needs: first whether the files are there, last what they say to each other.
const LINTS: &[fn(&BundleView<'_>, &mut Findings)] = &[
    manifest_integrity::lint,
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

/// Everything that is wrong with the bundle, by place.
pub fn lint(subject: &BundleView<'_>, diagnostics: &mut Diagnostics) {
    let mut findings = Findings::new();
    for lint in LINTS {
        lint(subject, &mut findings);
    }
    for mut finding in findings {
        excerpt(subject, &mut finding);
        diagnostics.push(finding);
    }
    diagnostics.sort();
}

/// Adds the line that a finding is about, unless a secret may stand on it.
pub fn excerpt(subject: &BundleView<'_>, finding: &mut Diagnostic) {
    if finding.snippet.is_some() {
        return;
    }
    if let Some(Location::File { path, line, .. }) = finding.locations.first()
        && !subject.may_hold_secret(path)
    {
        let text = subject.text(path).and_then(|text| text.lines().nth(line.saturating_sub(1)));
        finding.snippet = text.filter(|line| !line.trim().is_empty() && line.len() < 4096).map(str::to_owned);
    }
}

/// A place in a file of the bundle.
pub fn at(path: impl AsRef<Utf8Path>, line: usize, column: usize) -> Location {
    Location::File { path: path.as_ref().to_owned(), line: line.max(1), column: column.max(1) }
}
