//! `promtool check config` reads Prometheus' file.

use anyhow::Result;

use super::{Answer, missing};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Program, Scratch};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

pub(super) const HOST: &str = "/var/lib/faasd/prometheus.yml";

pub(super) fn ask(subject: &BundleView<'_>) -> Result<Answer> {
    let Some(text) = subject.host(HOST) else { return Ok(Answer::Idle) };
    let Some(promtool) = Program::find("promtool") else { return Ok(missing("promtool")) };
    let scratch = Scratch::new()?;
    let file = scratch.lay("prometheus.yml", text.as_bytes(), 0o600)?;
    let said = promtool.with(["check", "config", file.as_str()]).run()?;
    if said.is_good() {
        return Ok(Answer::Heard(Vec::new()));
    }
    let all = said.all();
    // `FAILED: parsing YAML file …: yaml: unmarshal errors:`, and below it `line 4: field … not found`.
    let lines = all.lines().map(str::trim).skip_while(|line| !line.starts_with("FAILED"));
    let words: Vec<_> = lines.filter(|line| !line.starts_with("Checking")).collect();
    let words = words.join(" ").replace(file.as_str(), HOST);
    let words = if words.trim().is_empty() { all.trim() } else { words.trim() };
    let line = words
        .split("line ")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    Ok(Answer::Heard(vec![
        Diagnostic::new(Code::PromtoolRefuses, format!("promtool: {}", escape_all(words)))
            .with_location(at(format!("root{HOST}"), line.unwrap_or(1), 1))
            .with_hint("Prometheus would not start"),
    ]))
}
