//! Writes diagnostics, errors and notes to stderr. stdout is only for data.

use std::io::{IsTerminal as _, Write as _};

use super::{ColorChoice, MessageFormat};
use crate::diagnostics::{Code, Diagnostics, escape};
use crate::fs;
use crate::inspect::diff::printer::OutputMode;

/// Writes to stderr.
#[derive(Clone)]
pub(super) struct Reporter {
    format: MessageFormat,
    color: bool,
    /// Whether notes are left out.
    quiet: bool,
    /// The color choice for stdout.
    data: ColorChoice,
}

impl Reporter {
    /// Returns a reporter that prints only errors.
    pub(super) fn quiet() -> Self {
        Self { format: MessageFormat::Text, color: false, quiet: true, data: ColorChoice::Never }
    }

    pub(super) fn new(format: MessageFormat, color: ColorChoice) -> Self {
        let data = if color == ColorChoice::Auto { color_of_environment() } else { color };
        let color = match data {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => std::io::stderr().is_terminal(),
        };
        Self { format, color, quiet: false, data }
    }

    /// Whether messages are JSON.
    pub(super) fn is_json(&self) -> bool {
        self.format == MessageFormat::Json
    }

    /// Returns the output mode of stdout. Output for a terminal, or with its colors, must not contain control characters.
    pub(super) fn reader(&self) -> OutputMode {
        match (self.data, fs::stdout_kind() == fs::Stdout::Terminal) {
            (ColorChoice::Always, _) | (ColorChoice::Auto, true) => OutputMode::Colored,
            (ColorChoice::Never, true) => OutputMode::Plain,
            (_, false) => OutputMode::Raw,
        }
    }

    /// Prints all diagnostics.
    pub(super) fn report(&self, diagnostics: &Diagnostics) {
        match self.format {
            MessageFormat::Text => {
                let width = fs::stderr_width().unwrap_or(usize::MAX);
                write_stderr(&diagnostics.text_for(self.color, width));
            }
            MessageFormat::Json => write_stderr(&diagnostics.json()),
        }
    }

    /// Prints an I/O error or a conflict on the disk.
    pub(super) fn failure(&self, error: &anyhow::Error) {
        let conflict = error.downcast_ref::<fs::Conflict>();
        let message = format!("{error:#}");
        let message = escape::line(&message);
        match self.format {
            MessageFormat::Text => {
                let code =
                    conflict.map(|conflict| format!("[{}]", conflict.code.as_str())).unwrap_or_default();
                let head = format!("error{code}:");
                let head = if self.color { format!("\x1b[1;31m{head}\x1b[0m") } else { head };
                let hint = conflict
                    .map(|conflict| format!("hint: {}\n", escape::line(&conflict.hint)))
                    .unwrap_or_default();
                write_stderr(&format!("{head} {message}\n{hint}"));
            }
            MessageFormat::Json => {
                let code = conflict.map_or(Code::IoError, |conflict| conflict.code);
                write_json(code, &message, conflict.map(|conflict| conflict.hint.as_str()));
            }
        }
    }

    /// Prints a note.
    pub(super) fn info(&self, text: &str) {
        match self.format {
            _ if self.quiet => {}
            MessageFormat::Text => write_stderr(&format!("{}\n", escape::line(text))),
            MessageFormat::Json if text.is_empty() => {}
            MessageFormat::Json => {
                write_json(Code::RunNote, text.strip_prefix("note: ").unwrap_or(text), None);
            }
        }
    }
}

/// Prints a message without a location as one line of JSON.
fn write_json(code: Code, message: &str, hint: Option<&str>) {
    let line = serde_json::json!({
        "code": code.as_str(),
        "severity": code.severity().as_str(),
        "message": message,
        "location": null,
        "hint": hint,
    });
    write_stderr(&format!("{}\n", escape::json(&line.to_string())));
}

/// The choice of the environment for all streams: NO_COLOR, then CLICOLOR_FORCE, then a terminal that has no colors.
#[expect(clippy::disallowed_methods, reason = "they change how output looks, never a rendered byte")]
fn color_of_environment() -> ColorChoice {
    let variable = |name| std::env::var_os(name).unwrap_or_default();
    let force = variable("CLICOLOR_FORCE");
    if !variable("NO_COLOR").is_empty() {
        ColorChoice::Never
    } else if !force.is_empty() && force != "0" {
        ColorChoice::Always
    } else if variable("TERM").is_empty() || variable("TERM") == "dumb" || variable("CLICOLOR") == "0" {
        ColorChoice::Never
    } else {
        ColorChoice::Auto
    }
}

/// Prints arguments that cannot be parsed as a JSON object.
pub(super) fn usage_as_json(text: &str) {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    // What is missing is listed below the message.
    let rest: Vec<&str> = lines.take_while(|line| !line.starts_with("Usage:")).collect();
    let tip = rest.iter().find_map(|line| line.strip_prefix("tip: "));
    let details: Vec<&str> = rest.iter().copied().filter(|line| !line.starts_with("tip: ")).collect();
    let message = [&[message], &details[..]].concat().join(" ");
    write_json(
        Code::UsageInvalid,
        &message,
        Some(tip.unwrap_or("`panelgen COMMAND --help` lists the arguments")),
    );
}

/// Writes to stderr. A closed stderr is ignored.
pub(super) fn write_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
