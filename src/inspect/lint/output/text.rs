//! Text output: the findings, then the validators.

use std::fmt::Write as _;

use super::CheckReport;
use crate::inspect::lint::validator_result::Outcome;

/// Formats the report as text.
pub fn write(report: &CheckReport<'_>, color: bool) -> String {
    let mut text = report.diagnostics.listing(color);
    if !text.is_empty() {
        text.push('\n');
    }
    let width = report.verdicts.iter().map(|verdict| verdict.name.len()).max().unwrap_or(0);
    for verdict in report.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Idle) {
        let why = verdict.outcome.why().map(|why| format!(": {why}")).unwrap_or_default();
        let _ = writeln!(text, "{:<width$}  {}{why}", verdict.name, verdict.outcome.word());
    }
    let count = report.diagnostics.count();
    let _ = match count {
        0 => writeln!(text, "clean: {} files", report.files),
        1 => writeln!(text, "1 finding in {} files", report.files),
        _ => writeln!(text, "{count} findings in {} files", report.files),
    };
    text
}
