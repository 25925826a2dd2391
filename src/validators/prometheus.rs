//! `promtool check config` reads Prometheus' file.

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed, find};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::Deadline;
use crate::inspect::lint::{BundleView, at, input_rules};
use crate::values::escape_all;

pub(super) const HOST: &str = "/var/lib/faasd/prometheus.yml";

/// Where promtool sees it.
const FILE: &str = "/input/prometheus.yml";

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let Some(text) = subject.host(HOST) else { return Err(NoResult::NotApplicable) };
    let promtool = find("promtool")?;
    if !input_rules::allows_promtool(subject) {
        return Err(NoResult::Rejected);
    }
    let sandbox = Sandbox::new(deadline)?;
    sandbox.write_file(FILE, text.as_bytes())?;
    let output = sandbox.run(&promtool, ["check", "config", FILE])?;
    let all = output.all();
    if output.is_good() {
        return if all.contains("SUCCESS") { Ok(Vec::new()) } else { Err(failed(&output, "promtool")) };
    }
    if all.trim().is_empty() {
        return Err(failed(&output, "promtool"));
    }
    // `FAILED: parsing YAML file …: yaml: unmarshal errors:`, and below it `line 4: field … not found`.
    let lines = all.lines().map(str::trim).skip_while(|line| !line.starts_with("FAILED"));
    let words: Vec<_> = lines.filter(|line| !line.starts_with("Checking")).collect();
    let words = words.join(" ").replace(FILE, HOST);
    let words = if words.trim().is_empty() { all.trim() } else { words.trim() };
    let line = words
        .split("line ")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    Ok(vec![
        Diagnostic::new(Code::PromtoolRejects, format!("promtool: {}", escape_all(words)))
            .with_location(at(format!("root{HOST}"), line.unwrap_or(1), 1))
            .with_hint("Prometheus would not start"),
    ])
}
