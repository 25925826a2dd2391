//! Workflow commands of GitHub Actions: one for each finding, which GitHub shows next to the line.

use std::fmt::Write as _;

use super::CheckReport;
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
            properties.push(format!("file={}", property(&report.path(path.as_str()))));
            properties.push(format!("line={line}"));
            properties.push(format!("col={column}"));
        }
        properties.push(format!("title={}", finding.code.as_str()));
        let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        let message = message(&format!("{}{hint}", finding.message));
        let _ = writeln!(text, "::{level} {}::{message}", properties.join(","));
    }
    for verdict in report.verdicts {
        if let Outcome::Absent(why) = &verdict.outcome {
            let _ =
                writeln!(text, "::notice title={}::not available: {}", property(verdict.name), message(why));
        }
    }
    text
}

/// Escapes a message for one line.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, where commas and colons are special.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
