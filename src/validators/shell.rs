//! Shell programs, read by the shell and by shellcheck.

use std::borrow::Cow;

use camino::Utf8Path;

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed, find};
use crate::delivery::installer;
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Deadline, Program};
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

/// What shellcheck reads of a program, with the same line numbers: of an unchanged panel.sh only the block of data. The rest
/// is the same in every bundle, takes shellcheck three seconds, and is checked by the tests of panelgen.
fn own_part<'s>(path: &Utf8Path, text: &'s str) -> Cow<'s, str> {
    let data = if path == "panel.sh" { installer::data_of(text) } else { None };
    data.map_or(Cow::Borrowed(text), |data| {
        let [head, _] = installer::FRAME;
        // The constant program reads the variables and calls the functions.
        let directive = "# shellcheck disable=SC2034,SC2317,SC2329\n";
        let empty = "\n".repeat(head.lines().count().saturating_sub(1));
        Cow::Owned(format!("{directive}{empty}{data}"))
    })
}

/// The programs, or what `part` takes of them, written as `/input/0` and so on.
fn write_programs<'s>(
    subject: &'s BundleView<'_>,
    sandbox: &Sandbox,
    part: impl Fn(&'s Utf8Path, &'s str) -> Cow<'s, str>,
) -> Result<Vec<(&'s Utf8Path, String)>, NoResult> {
    let mut written = Vec::new();
    for (number, (path, text)) in programs(subject).enumerate() {
        let file = format!("/input/{number}");
        sandbox.write_file(&file, part(path, text).as_bytes())?;
        written.push((path, file));
    }
    if written.is_empty() { Err(NoResult::NotApplicable) } else { Ok(written) }
}

pub(super) fn run_sh(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let shell = Program::find("dash").or_else(|_| Program::find("sh")).map_err(NoResult::Unavailable)?;
    let sandbox = Sandbox::new(deadline)?;
    let mut found = Vec::new();
    for (path, file) in write_programs(subject, &sandbox, |_, text| Cow::Borrowed(text))? {
        let output = sandbox.run(&shell, ["-n", &file])?;
        if !output.is_good() && output.err.trim().is_empty() {
            return Err(failed(&output, "sh"));
        }
        for line in output.err.lines() {
            // `/input/0: 12: Syntax error: …`, or with `line 12` in other shells.
            let rest = line.strip_prefix(&file).unwrap_or(line).trim_start_matches(": ");
            let (number, words) = rest.split_once(": ").unwrap_or(("1", rest));
            let number = number.trim_start_matches("line ").parse().unwrap_or(1);
            let words = if number == 1 && !rest.starts_with('1') { rest } else { words };
            found.push(
                Diagnostic::new(Code::ShellRejects, format!("sh: {}", escape_all(words.trim())))
                    .with_location(at(path, number, 1))
                    .with_hint("the shell rejects the whole program"),
            );
        }
    }
    Ok(found)
}

pub(super) fn run_shellcheck(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let shellcheck = find("shellcheck")?;
    let sandbox = Sandbox::new(deadline)?;
    let files = write_programs(subject, &sandbox, own_part)?;
    let words = ["--norc", "--shell=sh", "--severity=style", "--format=gcc"];
    let output =
        sandbox.run(&shellcheck, words.into_iter().chain(files.iter().map(|(_, file)| file.as_str())))?;
    let mut found = Vec::new();
    for line in output.out.lines() {
        // `/input/0:12:3: note: Double quote to prevent globbing. [SC2086]`
        let mut parts = line.splitn(4, ':');
        let file = parts.next().unwrap_or_default();
        let Some((path, _)) = files.iter().find(|(_, own)| own == file) else { continue };
        let mut number = || parts.next().and_then(|number| number.parse().ok()).unwrap_or(1);
        let (line, column) = (number(), number());
        let words = parts.next().unwrap_or_default();
        found.push(
            Diagnostic::new(Code::ShellRejects, format!("shellcheck:{}", escape_all(words)))
                .with_location(at(path, line, column))
                .with_hint("the code in brackets is explained in shellcheck's wiki"),
        );
    }
    // 0: nothing to say; 1: what it found; all else: it could not read.
    if output.code == i32::from(!found.is_empty()) { Ok(found) } else { Err(failed(&output, "shellcheck")) }
}
