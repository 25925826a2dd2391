//! Shell programs, read by the shell and by shellcheck.

use anyhow::Result;
use camino::Utf8Path;

use super::{Answer, missing};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Program, Scratch};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

/// Whether a file is a shell program, or one that a shell reads.
pub(super) fn is_program(subject: &BundleView<'_>, path: &Utf8Path, text: &str) -> bool {
    let is_shell = text.starts_with("#!/bin/sh")
        || text.starts_with("#!/bin/bash")
        || path.as_str().ends_with("/pai-mate-env");
    is_shell && !subject.may_hold_secret(path)
}

fn programs<'s>(subject: &'s BundleView<'_>) -> impl Iterator<Item = (&'s Utf8Path, &'s str)> {
    subject.texts().filter(|(path, text)| is_program(subject, path, text))
}

pub(super) fn ask_shell(subject: &BundleView<'_>) -> Result<Answer> {
    let Some(shell) = Program::find("dash").or_else(|| Program::find("sh")) else { return Ok(missing("sh")) };
    let scratch = Scratch::new()?;
    let mut found = Vec::new();
    for (path, text) in programs(subject) {
        let file = scratch.lay("script", text.as_bytes(), 0o600)?;
        let said = shell.clone().with(["-n", file.as_str()]).run()?;
        for line in said.err.lines() {
            // `script: 12: Syntax error: …`, or with `line 12` in other shells.
            let rest = line.strip_prefix(file.as_str()).unwrap_or(line).trim_start_matches(": ");
            let (number, words) = rest.split_once(": ").unwrap_or(("1", rest));
            let number = number.trim_start_matches("line ").parse().unwrap_or(1);
            let words = if number == 1 && !rest.starts_with('1') { rest } else { words };
            found.push(
                Diagnostic::new(Code::ShellRefuses, format!("sh: {}", escape_all(words.trim())))
                    .with_location(at(path, number, 1))
                    .with_hint("the shell refuses the whole program"),
            );
        }
    }
    Ok(Answer::Heard(found))
}

pub(super) fn ask_shellcheck(subject: &BundleView<'_>) -> Result<Answer> {
    let Some(shellcheck) = Program::find("shellcheck") else { return Ok(missing("shellcheck")) };
    let scratch = Scratch::new()?;
    let mut found = Vec::new();
    for (path, text) in programs(subject) {
        let file = scratch.lay("script", text.as_bytes(), 0o600)?;
        let words = ["--norc", "--shell=sh", "--severity=style", "--format=gcc", file.as_str()];
        let said = shellcheck.clone().with(words).run()?;
        for line in said.out.lines() {
            // `script:12:3: note: Double quote to prevent globbing. [SC2086]`
            let Some(rest) = line.strip_prefix(file.as_str()).and_then(|rest| rest.strip_prefix(':')) else {
                continue;
            };
            let mut parts = rest.splitn(3, ':');
            let mut number = || parts.next().and_then(|number| number.parse().ok()).unwrap_or(1);
            let (line, column) = (number(), number());
            let words = parts.next().unwrap_or_default();
            found.push(
                Diagnostic::new(Code::ShellRefuses, format!("shellcheck:{}", escape_all(words)))
                    .with_location(at(path, line, column))
                    .with_hint("the code in brackets is explained in shellcheck's wiki"),
            );
        }
        if !said.err.is_empty() && found.is_empty() {
            let why = said.err.lines().next().unwrap_or_default();
            return Ok(Answer::Absent(format!("shellcheck could not be asked: {}", escape_all(why))));
        }
    }
    Ok(Answer::Heard(found))
}
