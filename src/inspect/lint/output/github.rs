//! Workflow commands of GitHub Actions: one for each finding, which GitHub shows next to the line.

use std::fmt::Write as _;

use super::CheckReport;
use crate::diagnostics::escape::{github_message, github_property};
use crate::diagnostics::{Diagnostic, Diagnostics, Location, Severity};
use crate::inspect::lint::validator_result::Outcome;

/// How many annotations of one level GitHub shows for a step. The others are in the log.
const MAX_ANNOTATIONS: usize = 10;

/// Formats the report as workflow commands.
pub fn write(report: &CheckReport<'_>) -> String {
    let mut text = String::new();
    let mut log = Diagnostics::default();
    for (severity, level, name) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Note, "notice", "notes"),
    ] {
        let findings: Vec<_> =
            report.diagnostics.entries().iter().filter(|finding| finding.severity == severity).collect();
        let unlisted = if severity == Severity::Error { report.unlisted() } else { 0 };
        // The last annotation is needed for the number of the others.
        let is_over = findings.len() + usize::from(unlisted > 0) > MAX_ANNOTATIONS;
        let shown = if is_over { MAX_ANNOTATIONS - 1 } else { findings.len() };
        for finding in &findings[..shown.min(findings.len())] {
            annotation(report, finding, level, &mut text);
        }
        let more = findings.len() - shown.min(findings.len());
        findings[findings.len() - more..].iter().for_each(|finding| log.push((*finding).clone()));
        if more + unlisted > 0 {
            let _ =
                writeln!(text, "::{level} title=panelgen::and {} more {name}; see the log", more + unlisted);
        }
    }
    for verdict in report.verdicts {
        if let Outcome::Absent(why) = &verdict.outcome {
            let (name, why) = (github_property(verdict.name), github_message(why));
            let _ = writeln!(text, "::notice title={name}::not available: {why}");
        }
    }
    text.push_str(&log.listing(false));
    text
}

fn annotation(report: &CheckReport<'_>, finding: &Diagnostic, level: &str, text: &mut String) {
    let mut properties = Vec::new();
    if let Some(Location::File { path, line, column }) = finding.locations.first() {
        properties.push(format!("file={}", github_property(&report.path(path.as_str()))));
        properties.push(format!("line={line}"));
        properties.push(format!("col={column}"));
    }
    properties.push(format!("title={}", finding.code.as_str()));
    let message = github_message(&finding.message);
    let hint = finding.hint.as_ref().map(|hint| format!("%0Ahint: {}", github_message(hint)));
    let _ = writeln!(text, "::{level} {}::{message}{}", properties.join(","), hint.unwrap_or_default());
}
