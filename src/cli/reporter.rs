//! Writes diagnostics, errors and notes to stderr. stdout is only for data.

use std::io::{IsTerminal as _, Write as _};

use super::{ColorChoice, MessageFormat};
use crate::diagnostics::{Code, Diagnostics, escape};
use crate::fs;
use crate::inspect::diff::printer::OutputMode;

/// Writes to stderr.
pub(super) struct Reporter {
    format: MessageFormat,
    color: bool,
    /// The color choice for stdout.
    data: ColorChoice,
}

impl Reporter {
    /// Returns a reporter that prints only errors.
    pub(super) fn quiet() -> Self {
        Self { format: MessageFormat::Json, color: false, data: ColorChoice::Never }
    }

    pub(super) fn new(format: MessageFormat, color: ColorChoice) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "NO_COLOR changes how diagnostics look, never a rendered byte"
        )]
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let data = if color == ColorChoice::Auto && no_color { ColorChoice::Never } else { color };
        let color = match data {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => std::io::stderr().is_terminal(),
        };
        Self { format, color, data }
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
            MessageFormat::Text => write_stderr(&diagnostics.text(self.color)),
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
                let line = serde_json::json!({
                    "code": conflict.map_or(Code::IoError, |conflict| conflict.code).as_str(),
                    "severity": "error",
                    "message": message,
                    "location": null,
                    "hint": conflict.map(|conflict| conflict.hint.as_str()),
                });
                write_stderr(&format!("{}\n", escape::json(&line.to_string())));
            }
        }
    }

    /// Prints a note, in text format only.
    pub(super) fn info(&self, text: &str) {
        if self.format == MessageFormat::Text {
            write_stderr(&format!("{}\n", escape::line(text)));
        }
    }
}

/// Writes to stderr. A closed stderr is ignored.
pub(super) fn write_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
