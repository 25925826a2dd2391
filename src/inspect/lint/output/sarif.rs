//! SARIF 2.1.0, the format of code scanning.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::CheckReport;
use crate::bundle::{hex, sha256};
use crate::diagnostics::{Code, Diagnostic, Location, Severity, escape, wrap};
use crate::inspect::lint::validator_result::{Outcome, Verdict};

/// The most further places of a result. GitHub accepts 100 in all, and 25,000 results of a run: a report has fewer.
const MAX_RELATED: usize = 20;

/// The longest message of a result, in characters.
const MAX_MESSAGE_LEN: usize = 4_000;

/// Formats the report as SARIF.
pub fn write(report: &CheckReport<'_>) -> String {
    let codes: Vec<Code> = report
        .diagnostics
        .entries()
        .iter()
        .map(|finding| finding.code)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> =
        report.diagnostics.entries().iter().map(|finding| result(report, finding, &codes)).collect();
    let mut notes: Vec<Value> = report
        .verdicts
        .iter()
        .filter_map(|verdict| {
            let name = verdict.name;
            let (level, text) = match &verdict.outcome {
                Outcome::Absent(why) => ("note", format!("{name} is not available: {}", escape::sarif(why))),
                Outcome::Error(why) => ("error", format!("{name} gives no result: {}", escape::sarif(why))),
                _ => return None,
            };
            Some(json!({ "level": level, "message": { "text": text } }))
        })
        .collect();
    if report.unlisted() > 0 {
        let text = format!("{} more findings are not listed", report.unlisted());
        notes.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    let is_error = |verdict: &Verdict| matches!(verdict.outcome, Outcome::Error(_));
    let is_whole = !report.is_rejected && !report.verdicts.iter().any(is_error);
    let object = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "panelgen",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }
            },
            "invocations": [{ "executionSuccessful": is_whole, "toolExecutionNotifications": notes }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&object).expect("texts and numbers always serialize");
    format!("{}\n", escape::json(&text))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn rule(code: Code) -> Value {
    let paragraphs = wrap::paragraphs(code.explanation());
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": paragraphs.first() },
        "fullDescription": { "text": paragraphs.join("\n\n") },
        "help": { "text": paragraphs.last() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(report: &CheckReport<'_>, finding: &Diagnostic, codes: &[Code]) -> Value {
    let mut places = finding.locations.iter().filter_map(|origin| place(report, origin));
    // Code scanning shows no result without a place.
    let fallback = || {
        let path = Some(report.fallback).filter(|path| !path.is_empty())?;
        place(report, &Location::File { path: path.into(), line: 1, column: 1 })
    };
    let first = places.next().or_else(fallback);
    let related: Vec<Value> = places
        .take(MAX_RELATED)
        .enumerate()
        .map(|(number, mut place)| {
            place["id"] = json!(number + 1);
            place
        })
        .collect();
    let hint =
        finding.hint.as_ref().map(|hint| format!("\n\nhint: {}", escape::sarif(hint))).unwrap_or_default();
    // The fingerprint excludes the line, which may move.
    let path = match finding.locations.first() {
        Some(Location::File { path, .. }) => path.as_str(),
        _ => "",
    };
    let print = sha256(format!("{}\0{path}\0{}", finding.code.as_str(), finding.message).as_bytes());
    let mut object = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": codes.iter().position(|code| *code == finding.code),
        "level": level(finding.severity),
        "message": { "text": format!("{}{hint}", cut(&escape::sarif(&finding.message))) },
        "partialFingerprints": { "panelgen/v1": &hex(&print)[..32] },
    });
    if let Some(first) = first {
        object["locations"] = json!([first]);
    }
    if !related.is_empty() {
        object["relatedLocations"] = json!(related);
    }
    object
}

fn place(report: &CheckReport<'_>, origin: &Location) -> Option<Value> {
    let Location::File { path, line, column } = origin else { return None };
    Some(json!({
        "physicalLocation": {
            "artifactLocation": artifact(&report.path(path.as_str())),
            "region": { "startLine": line, "startColumn": column },
        }
    }))
}

/// A file of the repository, which the reader knows as `%SRCROOT%`, or one elsewhere.
fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        return json!({ "uri": format!("file://{}", uri(path)) });
    }
    json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
}

/// Cuts a text that is longer than code scanning shows.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE_LEN) {
        // Half an escape must not remain.
        Some((end, _)) => format!("{}…", text[..end].trim_end_matches('\\')),
        None => text.to_owned(),
    }
}

/// Formats a path as a URI reference, with percent encoding.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~+@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
