//! `docker compose config` reads the compose file; faasd reads the same grammar.

use anyhow::Result;

use super::{Answer, missing};
use crate::check::{Subject, at};
use crate::disk::{Program, Scratch};
use crate::report::{Code, Finding};
use crate::word::shown_whole;

const HOST: &str = "/var/lib/faasd/docker-compose.yaml";

pub(super) fn ask(subject: &Subject<'_>) -> Result<Answer> {
    let Some(text) = subject.host(HOST) else { return Ok(Answer::Idle) };
    let Some(docker) = Program::find("docker") else { return Ok(missing("docker")) };
    let scratch = Scratch::new()?;
    let home = scratch.path().as_str().to_owned();
    if !docker.clone().with(["compose", "version"]).variable("HOME", &home).run()?.is_good() {
        return Ok(Answer::Absent("docker has no `compose` here".to_owned()));
    }
    let file = scratch.lay("faasd/docker-compose.yaml", text.as_bytes(), 0o600)?;
    let said =
        docker.with(["compose", "-f", file.as_str(), "config", "--quiet"]).variable("HOME", &home).run()?;
    if said.is_good() {
        return Ok(Answer::Heard(Vec::new()));
    }
    let words = said.err.lines().filter(|line| !line.contains("is obsolete")).collect::<Vec<_>>().join(" ");
    let line = words
        .split("line ")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    Ok(Answer::Heard(vec![
        Finding::new(
            Code::ComposeRefuses,
            format!("docker compose: {}", shown_whole(&words.replace(file.as_str(), HOST))),
        )
        .at(at(format!("root{HOST}"), line.unwrap_or(1), 1))
        .hint("faasd would not start"),
    ]))
}
