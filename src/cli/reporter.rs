//! The one voice on stderr: findings, failures, notes. stdout is for data alone.

use std::io::{IsTerminal as _, Write as _};

use super::{ColorChoice, MessageFormat};
use crate::diagnostics::Diagnostics;
use crate::fs;
use crate::inspect::diff::printer::OutputMode;

/// How the program talks.
pub(super) struct Reporter {
    format: MessageFormat,
    colour: bool,
    /// What was said of colours, for what goes to stdout.
    data: ColorChoice,
}

impl Reporter {
    /// A voice that tells failures alone.
    pub(super) fn quiet() -> Self {
        Self { format: MessageFormat::Json, colour: false, data: ColorChoice::Never }
    }

    pub(super) fn new(format: MessageFormat, colour: ColorChoice) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "NO_COLOR changes how findings look, never a rendered byte"
        )]
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let data = if colour == ColorChoice::Auto && no_color { ColorChoice::Never } else { colour };
        let colour = match data {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => std::io::stderr().is_terminal(),
        };
        Self { format, colour, data }
    }

    /// Who reads stdout: what goes to a terminal, or is coloured as if it did, must not move its cursor.
    pub(super) fn reader(&self) -> OutputMode {
        match (self.data, fs::stdout_kind() == fs::Stdout::Terminal) {
            (ColorChoice::Always, _) | (ColorChoice::Auto, true) => OutputMode::Colored,
            (ColorChoice::Never, true) => OutputMode::Plain,
            (_, false) => OutputMode::Raw,
        }
    }

    /// Tells every finding.
    pub(super) fn report(&self, diagnostics: &Diagnostics) {
        match self.format {
            MessageFormat::Text => write_stderr(&diagnostics.text(self.colour)),
            MessageFormat::Json => write_stderr(&diagnostics.json()),
        }
    }

    /// Tells a failure of the world, or a place on the disk that we do not write to.
    pub(super) fn failure(&self, error: &anyhow::Error) {
        let refused = error.downcast_ref::<fs::Conflict>();
        let message = crate::values::escape_all(&format!("{error:#}"));
        match self.format {
            MessageFormat::Text => {
                let code = refused.map(|refused| format!("[{}]", refused.code)).unwrap_or_default();
                let head = format!("error{code}:");
                let head = if self.colour { format!("\x1b[1;31m{head}\x1b[0m") } else { head };
                let hint = refused.map(|refused| format!("hint: {}\n", refused.hint)).unwrap_or_default();
                write_stderr(&format!("{head} {message}\n{hint}"));
            }
            MessageFormat::Json => {
                let line = serde_json::json!({
                    "code": refused.map_or("io-error", |refused| refused.code),
                    "severity": "error",
                    "message": message,
                    "origin": null,
                    "hint": refused.map(|refused| refused.hint.as_str()),
                });
                write_stderr(&format!("{line}\n"));
            }
        }
    }

    /// Tells something worth knowing; machines are spared.
    pub(super) fn info(&self, text: &str) {
        if self.format == MessageFormat::Text {
            write_stderr(&format!("{text}\n"));
        }
    }
}

/// Writes to stderr. Who closed it does not want to hear.
pub(super) fn write_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
