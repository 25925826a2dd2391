//! Text output: the findings, then the validators.

use std::fmt::Write as _;

use super::{CheckReport, missing_validators};
use crate::diagnostics::escape;
use crate::inspect::lint::validator_result::Outcome;

/// Formats the report as text.
pub fn write(report: &CheckReport<'_>, color: bool) -> String {
    let mut text = report.diagnostics.listing(color);
    if !text.is_empty() {
        text.push('\n');
    }
    text + &summary(report)
}

/// Formats everything but the findings.
pub fn summary(report: &CheckReport<'_>) -> String {
    let mut text = String::new();
    let width = report.verdicts.iter().map(|verdict| verdict.name.len()).max().unwrap_or(0);
    for verdict in report.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Idle) {
        let why = verdict.outcome.why().map(|why| format!(": {}", escape::line(why))).unwrap_or_default();
        let word =
            if let Outcome::Absent(_) = verdict.outcome { "not available" } else { verdict.outcome.word() };
        let _ = writeln!(text, "{:<width$}  {word}{why}", verdict.name);
    }
    let found = match report.diagnostics.count() {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    match report.others {
        0 => {}
        1 => text.push_str("1 other file next to the bundle was not read\n"),
        others => {
            let _ = writeln!(text, "{others} other files next to the bundle were not read");
        }
    }
    let files = report.files;
    let _ = match (report.diagnostics.count(), missing_validators(report.verdicts, report.required)) {
        (0, None) => writeln!(text, "clean: {files} files"),
        (_, None) => writeln!(text, "{found} in {files} files"),
        (0, Some(missing)) => writeln!(text, "incomplete: {found} in {files} files, but {missing}"),
        (_, Some(missing)) => writeln!(text, "incomplete: {found} in {files} files, and {missing}"),
    };
    text
}
