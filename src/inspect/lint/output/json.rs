//! JSON output: one object.

use serde_json::{Value, json};

use super::{CheckReport, missing_validators};
use crate::diagnostics::escape;

/// Formats the report as JSON.
pub fn write(report: &CheckReport<'_>) -> String {
    let verdicts: Vec<Value> = report
        .verdicts
        .iter()
        .map(|verdict| {
            json!({ "name": verdict.name, "outcome": verdict.outcome.word(), "why": verdict.outcome.why() })
        })
        .collect();
    let object = json!({
        "version": 1,
        "clean": report.diagnostics.count() == 0,
        "complete": missing_validators(report.verdicts, report.required).is_none(),
        "count": report.diagnostics.count(),
        "files": report.files,
        "others": report.others,
        "findings": report.diagnostics.values(),
        "validators": verdicts,
    });
    let text = serde_json::to_string_pretty(&object).expect("texts and numbers always serialize");
    format!("{}\n", escape::json(&text))
}
