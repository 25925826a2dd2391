//! cloud-init's own schema.

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed, find};
use crate::config::value::{Spanned, Value};
use crate::delivery::cloud_config::CLOUD_CONFIG_FILE;
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::fs::Deadline;
use crate::inspect::lint::{BundleView, at, input_rules};
use crate::values::escape_all;

/// Where cloud-init sees it.
const FILE: &str = "/input/cloud-config.yaml";

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let Some(text) = subject.meta_file(CLOUD_CONFIG_FILE) else { return Err(NoResult::NotApplicable) };
    let cloud_init = find("cloud-init")?;
    if !input_rules::allows_cloud_init(subject) {
        return Err(NoResult::Rejected);
    }
    let sandbox = Sandbox::new(deadline)?;
    sandbox.write_file(FILE, text.as_bytes())?;
    let output = sandbox.run(&cloud_init, ["schema", "--config-file", FILE])?;
    let all = format!("{}\n{}", output.out, output.err);
    if output.is_good() && all.contains("Valid") && !all.contains("Error") {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let lines = all.lines().map(str::trim).filter(|line| !line.is_empty());
    let useful = lines.filter(|line| {
        ![
            "Error: Cloud config schema errors",
            "Error: Invalid cloud-config",
            "Invalid cloud-config",
            "Error:",
        ]
        .contains(line)
            && !line.contains("Valid")
            && !line.starts_with("Traceback")
    });
    for line in useful {
        let line = line.trim_start_matches("Error: ").trim_start_matches("Cloud config schema errors: ");
        let line = line.split(" Cloud config schema deprecations:").next().unwrap_or(line);
        // What is going to change some day is no fault today.
        if line.contains("deprecat") {
            continue;
        }
        for part in line
            .split(", ")
            .filter(|part| part.contains(": "))
            .chain(line.split(", ").next().filter(|_| !line.contains(": ")))
        {
            let (place, words) = part.split_once(": ").unwrap_or(("", part));
            found.push(
                Diagnostic::new(
                    Code::CloudInitRejects,
                    format!("cloud-init: {}", escape_all(&words.replace(FILE, CLOUD_CONFIG_FILE))),
                )
                .with_location(origin(subject, place))
                .with_hint("`cloud-init schema` on the host would report the same"),
            );
        }
    }
    if found.is_empty() { Err(failed(&output, "cloud-init")) } else { Ok(found) }
}

/// `write_files.3.permissions` or `format-l5.c1` as a place in the file.
fn origin(subject: &BundleView<'_>, place: &str) -> Location {
    if let Some((line, column)) = place.strip_prefix("format-l").and_then(|rest| rest.split_once(".c")) {
        return at(CLOUD_CONFIG_FILE, line.parse().unwrap_or(1), column.parse().unwrap_or(1));
    }
    let Some(document) = subject.document(CLOUD_CONFIG_FILE) else { return at(CLOUD_CONFIG_FILE, 1, 1) };
    let mut here: &Spanned = &document.top;
    for part in place.split('.') {
        let below = match (&here.value, part.parse::<usize>()) {
            (Value::List(items), Ok(number)) => items.get(number),
            _ => here.get(part),
        };
        match below {
            Some(below) => here = below,
            None => break,
        }
    }
    here.location.clone()
}
