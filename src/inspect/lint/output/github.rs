//! Workflow commands of GitHub Actions: one for each finding, which GitHub shows next to the line.

use std::fmt::Write as _;

use super::CheckReport;
use crate::diagnostics::escape::{github_message, github_property};
use crate::diagnostics::{Location, Severity};
use crate::inspect::lint::validator_result::Outcome;

/// Formats the report as workflow commands.
pub fn write(report: &CheckReport<'_>) -> String {
    let mut text = String::new();
    for finding in report.diagnostics.entries() {
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
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
    for verdict in report.verdicts {
        if let Outcome::Absent(why) = &verdict.outcome {
            let (name, why) = (github_property(verdict.name), github_message(why));
            let _ = writeln!(text, "::notice title={name}::not available: {why}");
        }
    }
    text
}
