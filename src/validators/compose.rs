//! `docker compose config` reads the compose file; faasd reads the same grammar.

use anyhow::Result;

use super::Answer;
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Program, Scratch};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

pub(super) const HOST: &str = "/var/lib/faasd/docker-compose.yaml";

pub(super) fn ask(subject: &BundleView<'_>) -> Result<Answer> {
    let Some(text) = subject.host(HOST) else { return Ok(Answer::Idle) };
    let scratch = Scratch::new()?;
    let home = scratch.path().as_str().to_owned();
    let Some(compose) = compose(&home)? else {
        return Ok(Answer::Absent(
            "`docker compose` is not on this machine, nor is `docker-compose`".to_owned(),
        ));
    };
    let file = scratch.lay("faasd/docker-compose.yaml", text.as_bytes(), 0o600)?;
    let said = compose.with(["-f", file.as_str(), "config", "--quiet"]).variable("HOME", &home).run()?;
    if said.is_good() {
        return Ok(Answer::Heard(Vec::new()));
    }
    let advice = ["is obsolete", "You might be seeing", "For more on the Compose file", "Traceback"];
    let lines = said.err.lines().map(str::trim).filter(|line| !advice.iter().any(|word| line.contains(word)));
    let words = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let number = words
        .split("line ")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    // `Unsupported config option for services.gateway: 'imagee'`
    let mut quoted = words.split('\'').skip(1).step_by(2);
    let key = quoted.find(|key| !key.contains('/') && !key.is_empty());
    let named = key.and_then(|key| text.lines().position(|line| line.contains(key))).map(|line| line + 1);
    let line = number.or(named);
    Ok(Answer::Heard(vec![
        Diagnostic::new(
            Code::ComposeRefuses,
            format!("docker compose: {}", escape_all(&words.replace(file.as_str(), HOST))),
        )
        .with_location(at(format!("root{HOST}"), line.unwrap_or(1), 1))
        .with_hint("faasd would not start"),
    ]))
}

/// Docker's plugin, or the program that was there before it.
fn compose(home: &str) -> Result<Option<Program>> {
    if let Some(docker) = Program::find("docker") {
        let plugin = docker.with(["compose"]);
        if plugin.clone().with(["version"]).variable("HOME", home).run()?.is_good() {
            return Ok(Some(plugin));
        }
    }
    Ok(Program::find("docker-compose"))
}
