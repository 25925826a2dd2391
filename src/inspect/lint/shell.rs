//! Checks shell programs: the first line, `set -e`, and unclosed quotes and blocks.

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// The words that open and close a block.
const BLOCKS: &[(&str, &str)] = &[("if", "fi"), ("case", "esac"), ("do", "done")];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for (path, text) in subject.texts() {
        let place = path.as_str();
        let is_program =
            place.contains("/libexec/") || place.contains("/renewal-hooks/") || place == "panel.sh";
        if !is_program {
            continue;
        }
        let first = text.lines().next().unwrap_or_default();
        if !["#!/bin/sh", "#!/usr/bin/env sh", "#!/bin/bash", "#!/usr/bin/env bash"]
            .contains(&first.trim_end())
        {
            found.push(
                Diagnostic::new(
                    Code::ShellInvalid,
                    format!("`{}` is not the first line of a shell program", sanitize(first)),
                )
                .with_location(at(path, 1, 1))
                .with_hint("write `#!/bin/sh`"),
            );
        }
        let code: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
        let stops = code.iter().any(|line| {
            line.strip_prefix("set -")
                .is_some_and(|flags| flags.split(' ').next().unwrap_or_default().contains('e'))
        });
        if !stops {
            found.push(
                Diagnostic::new(
                    Code::ShellInvalid,
                    "the program continues after an error: `set -e` is missing",
                )
                .with_location(at(path, 1, 1))
                .with_hint("write `set -eu`"),
            );
        }
        // panel.sh is compared with the original program.
        if place != "panel.sh" {
            ends(path, text, found);
        }
    }
}

/// Finds unclosed blocks and quotes, as far as possible without a shell.
fn ends(path: &camino::Utf8Path, text: &str, found: &mut Findings) {
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut quote: Option<(char, usize)> = None;
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let mut word = String::new();
        let mut escaped = false;
        let mut command = true;
        let mut words: Vec<(String, bool)> = Vec::new();
        if quote.is_none() && line.trim_start().starts_with('#') {
            continue;
        }
        for letter in line.chars().chain([' ']) {
            match letter {
                _ if escaped => {
                    escaped = false;
                    word.push('x');
                }
                '\\' if quote.is_none_or(|(q, _)| q == '"') => escaped = true,
                '\'' | '"' if quote.is_none() => {
                    quote = Some((letter, number));
                    word.push('x');
                }
                letter if quote.is_some_and(|(q, _)| q == letter) => quote = None,
                _ if quote.is_some() => {}
                '#' if word.is_empty() => break,
                ' ' | '\t' | ';' | '&' | '|' | '(' | ')' => {
                    if !word.is_empty() {
                        let keyword = ["then", "else", "do", "elif", "!", "{"].contains(&word.as_str());
                        words.push((std::mem::take(&mut word), command));
                        command = keyword;
                    }
                    if !matches!(letter, ' ' | '\t') {
                        command = true;
                    }
                }
                letter => word.push(letter),
            }
        }
        for (word, _) in words.iter().filter(|(word, is_command)| *is_command || word == "do") {
            if let Some((_, close)) = BLOCKS.iter().find(|(begin, _)| begin == word) {
                open.push((close, number));
            } else if BLOCKS.iter().any(|(_, close)| close == word) {
                match open.pop() {
                    Some((close, _)) if close == word => {}
                    _ => {
                        found.push(
                            Diagnostic::new(Code::ShellInvalid, format!("unexpected `{word}`"))
                                .with_location(at(path, number, 1))
                                .with_hint("fix it: the shell rejects the whole program"),
                        );
                        return;
                    }
                }
            }
        }
    }
    if let Some((letter, number)) = quote {
        found.push(
            Diagnostic::new(Code::ShellInvalid, format!("unclosed quote `{letter}`"))
                .with_location(at(path, number, 1))
                .with_hint("close it: the shell rejects the whole program"),
        );
    } else if let Some((close, number)) = open.first() {
        found.push(
            Diagnostic::new(Code::ShellInvalid, format!("the block has no `{close}`"))
                .with_location(at(path, *number, 1))
                .with_hint("close it: the shell rejects the whole program"),
        );
    }
}
