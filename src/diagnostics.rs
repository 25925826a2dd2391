//! Diagnostics: what is wrong, where the value was set, and how to fix it.

pub mod code;
pub mod escape;
#[cfg(feature = "cli")]
mod hosts;
mod render;
mod suggest;
pub mod wrap;

pub use code::Code;
pub use suggest::{did_you_mean, hint_for_prefix, nearest};

use camino::Utf8PathBuf;

/// The severity of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Information; no action is needed.
    Note,
    /// The bundle is rendered, but probably not as intended.
    Warning,
    /// Nothing is written.
    Error,
}

impl Severity {
    /// The word printed before the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// In a file (`-` is standard input); line and column are 1-based, columns count characters.
    File {
        /// The path as the user wrote it.
        path: Utf8PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based, in characters.
        column: usize,
    },
    /// A flag of the command line: `-d`, `--set faasd.user`.
    Flag(String),
    /// Not set: the default of the named layer (`built-in`, `target ubuntu-24.04`, `stack classic`).
    Default(String),
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", crate::values::sanitize(path.as_str()))
            }
            Self::Flag(flag) => f.write_str(flag),
            Self::Default(layer) => write!(f, "default ({layer})"),
        }
    }
}

/// One diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// The severity.
    pub severity: Severity,
    /// The parameter concerned, dotted (`faasd.gateway_port`), if there is one.
    pub parameter: Option<String>,
    /// What is wrong: one line in lower case, without a full stop.
    pub message: String,
    /// Where the value was set. The first location is the one to fix.
    pub locations: Vec<Location>,
    /// The source line of the first location, unless it may contain a secret.
    pub snippet: Option<String>,
    /// How to fix it.
    pub hint: Option<String>,
    /// The hosts of a fleet that have it, by their first domains: the first ones.
    pub hosts: Vec<String>,
    /// The number of further hosts.
    pub more_hosts: usize,
}

impl Diagnostic {
    /// A diagnostic with the default severity of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            parameter: None,
            message: message.into(),
            locations: Vec::new(),
            snippet: None,
            hint: None,
            hosts: Vec::new(),
            more_hosts: 0,
        }
    }

    /// Sets the parameter concerned.
    #[must_use]
    pub fn with_parameter(mut self, parameter: impl Into<String>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    /// Adds a location.
    #[must_use]
    pub fn with_location(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    /// Adds `location`, the start of a host in a fleet, if nothing in the document sets the value.
    pub(crate) fn or_location(&mut self, location: &Location) {
        if self.locations.iter().all(|known| matches!(known, Location::Default(_))) {
            self.locations.insert(0, location.clone());
        }
    }

    /// Sets the hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// All diagnostics of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics {
    entries: Vec<Diagnostic>,
    more: usize,
    /// Whether valid parts are written despite errors elsewhere.
    partial: bool,
}

impl std::fmt::Display for Diagnostic {
    /// One line: severity, code, location, parameter and message.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}]: ", self.severity.as_str(), self.code.as_str())?;
        if let Some(location) = self.locations.first() {
            write!(f, "{}: ", escape::line(&location.to_string()))?;
        }
        if let Some(parameter) = &self.parameter {
            write!(f, "{}: ", escape::line(parameter))?;
        }
        f.write_str(&escape::line(&self.message))
    }
}

impl std::fmt::Display for Diagnostics {
    /// One line for each diagnostic.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, diagnostic) in self.entries.iter().enumerate() {
            let newline = if number > 0 { "\n" } else { "" };
            write!(f, "{newline}{diagnostic}")?;
        }
        if self.more > 0 { write!(f, "\nand {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Diagnostic {}

impl std::error::Error for Diagnostics {}

/// Diagnostics beyond this limit are only counted: many diagnostics usually have one cause.
const MAX_DIAGNOSTICS: usize = 100;

impl Diagnostics {
    /// Adds a diagnostic. Duplicates are dropped.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.entries.contains(&diagnostic) {
            return;
        }
        // Beyond the limit, the first error is still kept, so that an error is never lost among warnings.
        if !self.is_full() || diagnostic.severity == Severity::Error && !self.has_errors() {
            self.entries.push(diagnostic);
        } else {
            self.more += 1;
        }
    }

    /// Records that valid parts are written despite errors.
    #[cfg(feature = "cli")]
    pub(crate) fn allow_partial(&mut self) {
        self.partial = true;
    }

    /// Adds all diagnostics of `other`.
    pub fn merge(&mut self, other: Self) {
        other.entries.into_iter().for_each(|diagnostic| self.push(diagnostic));
        self.more += other.more;
    }

    /// Applies `change` to each diagnostic.
    #[must_use]
    pub(crate) fn map(mut self, change: impl FnMut(&mut Diagnostic)) -> Self {
        self.entries.iter_mut().for_each(change);
        self
    }

    /// Whether further diagnostics are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= MAX_DIAGNOSTICS
    }

    /// Counts a diagnostic that was not created because the limit is reached.
    pub(crate) fn count_unlisted(&mut self) {
        self.more += 1;
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.entries.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The diagnostics, in the order in which they are printed.
    pub fn entries(&self) -> &[Diagnostic] {
        &self.entries
    }

    /// Sorts by location: files by line, then flags, then defaults.
    pub fn sort(&mut self) {
        self.entries.sort_by(|a, b| a.locations.first().cmp(&b.locations.first()));
    }

    /// The number of diagnostics, including those that are only counted.
    pub fn count(&self) -> usize {
        self.entries.len() + self.more
    }

    /// Whether there are no diagnostics.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.more == 0
    }
}
