//! Checks shell programs: the first line, `set -e`, and unclosed quotes and blocks.

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::shell::Lexer;
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

/// Words after which another command begins.
const BEFORE_COMMAND: [&str; 6] = ["then", "else", "do", "elif", "!", "{"];

/// Finds unclosed blocks and quotes, as far as possible without a shell.
fn ends(path: &camino::Utf8Path, text: &str, found: &mut Findings) {
    let mut lexer = Lexer::default();
    let mut open: Vec<(&str, usize)> = Vec::new();
    // The line where each of the enclosing contexts begins.
    let mut contexts: Vec<usize> = Vec::new();
    let (mut number, mut is_command) = (1, true);
    let mut report = |number: usize, why: String, hint: &str| {
        found.push(
            Diagnostic::new(Code::ShellInvalid, why)
                .with_location(at(path, number, 1))
                .with_hint(format!("{hint}: the shell rejects the whole program")),
        );
    };
    for letter in text.chars().chain(['\n']) {
        if lexer.literal(letter).is_err() {
            // What our programs do not use.
            return;
        }
        let depth = lexer.quotes().count();
        contexts.resize(depth, number);
        let word = lexer.ended();
        if is_command || word == "do" {
            if let Some((_, close)) = BLOCKS.iter().find(|(begin, _)| *begin == word) {
                open.push((close, number));
            } else if BLOCKS.iter().any(|(_, close)| *close == word)
                && open.pop().is_none_or(|(close, _)| close != word)
            {
                return report(number, format!("unexpected `{word}`"), "fix it");
            }
        }
        if !word.is_empty() {
            is_command = BEFORE_COMMAND.contains(&word);
        }
        is_command |= !lexer.in_word() && matches!(letter, '\n' | ';' | '&' | '|' | '(' | ')');
        number += usize::from(letter == '\n');
    }
    let quote = lexer.quotes().zip(&contexts).find_map(|(quote, number)| Some((quote?, *number)));
    if let Some((letter, number)) = quote {
        report(number, format!("unclosed quote `{letter}`"), "close it");
    } else if let Some((close, number)) = open.first() {
        report(*number, format!("the block has no `{close}`"), "close it");
    }
}
