//! For machines: one object.

use serde_json::{Value, json};

use super::CheckReport;

/// The sheet as JSON.
pub fn write(sheet: &CheckReport<'_>) -> String {
    let verdicts: Vec<Value> = sheet
        .verdicts
        .iter()
        .map(|verdict| {
            json!({ "name": verdict.name, "outcome": verdict.outcome.word(), "why": verdict.outcome.why() })
        })
        .collect();
    let object = json!({
        "version": 1,
        "clean": sheet.diagnostics.count() == 0,
        "count": sheet.diagnostics.count(),
        "files": sheet.files,
        "findings": sheet.diagnostics.values(),
        "validators": verdicts,
    });
    let mut text = serde_json::to_string_pretty(&object).expect("texts and numbers always serialise");
    text.push('\n');
    text
}
