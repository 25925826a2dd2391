//! For a GitHub job: one command of its runner for each finding, which it shows beside the line.

use std::fmt::Write as _;

use super::CheckReport;
use crate::diagnostics::{Location, Severity};
use crate::inspect::lint::validator_result::Outcome;

/// The sheet as commands of the runner.
pub fn write(sheet: &CheckReport<'_>) -> String {
    let mut text = String::new();
    for finding in sheet.diagnostics.entries() {
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(Location::File { path, line, column }) = finding.locations.first() {
            properties.push(format!("file={}", property(&sheet.path(path.as_str()))));
            properties.push(format!("line={line}"));
            properties.push(format!("col={column}"));
        }
        properties.push(format!("title={}", finding.code.as_str()));
        let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        let message = message(&format!("{}{hint}", finding.message));
        let _ = writeln!(text, "::{level} {}::{message}", properties.join(","));
    }
    for verdict in sheet.verdicts {
        if let Outcome::Absent(why) = &verdict.outcome {
            let _ = writeln!(text, "::notice title={}::not asked: {}", property(verdict.name), message(why));
        }
    }
    text
}

/// A message as the runner reads it: one line.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, in which commas and colons mean something too.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
