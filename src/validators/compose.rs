//! `docker compose config` reads the compose file; faasd reads the same grammar.

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Deadline, Program};
use crate::inspect::lint::{BundleView, at, input_rules};
use crate::values::escape_all;

pub(super) const HOST: &str = "/var/lib/faasd/docker-compose.yaml";

/// Where compose sees it.
const FILE: &str = "/input/faasd/docker-compose.yaml";

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let Some(text) = subject.host(HOST) else { return Err(NoResult::NotApplicable) };
    let sandbox = Sandbox::new(deadline)?;
    let (program, plugin) = compose(&sandbox)?;
    if !input_rules::allows_compose(subject) {
        return Err(NoResult::Rejected);
    }
    sandbox.write_file(FILE, text.as_bytes())?;
    let words = plugin.into_iter().chain(["-f", FILE, "config", "--services"]);
    let output = sandbox.run(&program, words)?;
    if output.is_good() {
        // It lists the services that it has read.
        let is_answer = output.out.lines().any(|line| !line.trim().is_empty());
        return if is_answer { Ok(Vec::new()) } else { Err(failed(&output, "docker compose")) };
    }
    let advice = ["is obsolete", "You might be seeing", "For more on the Compose file", "Traceback"];
    let lines =
        output.err.lines().map(str::trim).filter(|line| !advice.iter().any(|word| line.contains(word)));
    let words = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return Err(failed(&output, "docker compose"));
    }
    let number = words
        .split("line ")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    // `Unsupported config option for services.gateway: 'imagee'`
    let mut quoted = words.split('\'').skip(1).step_by(2);
    let key = quoted.find(|key| !key.contains('/') && !key.is_empty());
    let named = key.and_then(|key| text.lines().position(|line| line.contains(key))).map(|line| line + 1);
    let line = number.or(named);
    Ok(vec![
        Diagnostic::new(
            Code::ComposeRejects,
            format!("docker compose: {}", escape_all(&words.replace(FILE, HOST))),
        )
        .with_location(at(format!("root{HOST}"), line.unwrap_or(1), 1))
        .with_hint("faasd would not start"),
    ])
}

/// Docker's plugin and the word that calls it, or the program that was there before it.
fn compose(sandbox: &Sandbox) -> Result<(Program, Option<&'static str>), NoResult> {
    if let Ok(docker) = Program::find("docker")
        && sandbox.run(&docker, ["compose", "version"])?.is_good()
    {
        return Ok((docker, Some("compose")));
    }
    Program::find("docker-compose").map(|program| (program, None)).map_err(|_| {
        NoResult::Unavailable("neither `docker compose` nor `docker-compose` is installed here".to_owned())
    })
}
