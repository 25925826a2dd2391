//! For people: the findings, then who was asked.

use std::fmt::Write as _;

use super::CheckReport;
use crate::inspect::lint::validator_result::Outcome;

/// The sheet as text.
pub fn write(sheet: &CheckReport<'_>, colour: bool) -> String {
    let mut text = sheet.diagnostics.listing(colour);
    if !text.is_empty() {
        text.push('\n');
    }
    let width = sheet.verdicts.iter().map(|verdict| verdict.name.len()).max().unwrap_or(0);
    for verdict in sheet.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Idle) {
        let why = verdict.outcome.why().map(|why| format!(": {why}")).unwrap_or_default();
        let _ = writeln!(text, "{:<width$}  {}{why}", verdict.name, verdict.outcome.word());
    }
    let count = sheet.diagnostics.count();
    let _ = match count {
        0 => writeln!(text, "clean: {} files", sheet.files),
        1 => writeln!(text, "1 finding in {} files", sheet.files),
        _ => writeln!(text, "{count} findings in {} files", sheet.files),
    };
    text
}
