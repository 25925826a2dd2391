//! cloud-init's own schema.

use anyhow::Result;

use super::{Answer, missing};
use crate::config::value::{Spanned, Value};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::fs::{Program, Scratch};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

pub(super) const PATH: &str = "cloud-config.yaml";

pub(super) fn ask(subject: &BundleView<'_>) -> Result<Answer> {
    let Some(text) = subject.meta_file(PATH) else { return Ok(Answer::Idle) };
    let Some(cloud_init) = Program::find("cloud-init") else { return Ok(missing("cloud-init")) };
    let scratch = Scratch::new()?;
    let file = scratch.lay(PATH, text.as_bytes(), 0o600)?;
    let said = cloud_init
        .with(["schema", "--config-file", file.as_str()])
        .variable("HOME", scratch.path().as_str())
        .run()?;
    let all = format!("{}\n{}", said.out, said.err);
    if said.is_good() && all.contains("Valid") && !all.contains("Error") {
        return Ok(Answer::Heard(Vec::new()));
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
                    Code::CloudInitRefuses,
                    format!("cloud-init: {}", escape_all(&words.replace(file.as_str(), PATH))),
                )
                .with_location(origin(subject, place))
                .with_hint("`cloud-init schema` on the host would say the same"),
            );
        }
    }
    if found.is_empty() {
        let why = all.lines().next().unwrap_or_default().trim().to_owned();
        return Ok(Answer::Absent(format!("cloud-init could not be asked: {}", escape_all(&why))));
    }
    Ok(Answer::Heard(found))
}

/// `write_files.3.permissions` or `format-l5.c1` as a place in the file.
fn origin(subject: &BundleView<'_>, place: &str) -> Location {
    if let Some((line, column)) = place.strip_prefix("format-l").and_then(|rest| rest.split_once(".c")) {
        return at(PATH, line.parse().unwrap_or(1), column.parse().unwrap_or(1));
    }
    let Some(document) = subject.document(PATH) else { return at(PATH, 1, 1) };
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
