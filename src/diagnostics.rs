//! Findings: what is wrong, where it was said, how to mend it.

pub mod code;
mod render;
mod suggest;
pub mod wrap;

pub use code::Code;
pub use suggest::{did_you_mean, nearest};

use camino::Utf8PathBuf;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// Rendered all the same, but likely not what was meant.
    Warning,
    /// Refused: nothing is written.
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

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// In a file (`-` is standard input); line and column are 1-based, columns count characters.
    File {
        /// The path as the operator wrote it.
        path: Utf8PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based, in characters.
        column: usize,
    },
    /// By a flag of the command line: `-d`, `--set faasd.user`.
    Flag(String),
    /// Nowhere: it is the default of the named layer (`built-in`, `target ubuntu-24.04`, `stack classic`).
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

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind, for ever.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// The parameter it is about, dotted (`faasd.gateway_port`), where there is one.
    pub parameter: Option<String>,
    /// What is wrong: lower case, no final dot, one line.
    pub message: String,
    /// Where it was said, the place to mend first.
    pub locations: Vec<Location>,
    /// The source line of the first origin, where it may be shown.
    pub snippet: Option<String>,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A finding with the weight its code usually has.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            parameter: None,
            message: message.into(),
            locations: Vec::new(),
            snippet: None,
            hint: None,
        }
    }

    /// The parameter it is about.
    #[must_use]
    pub fn with_parameter(mut self, parameter: impl Into<String>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    /// One more place where it was said.
    #[must_use]
    pub fn with_location(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    /// A finding of a host of a fleet that nothing in the document says: the host begins at `place`.
    pub fn or_location(&mut self, place: &Location) {
        if self.locations.iter().all(|location| matches!(location, Location::Default(_))) {
            self.locations.insert(0, place.clone());
        }
    }

    /// How to mend it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// All findings of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics {
    findings: Vec<Diagnostic>,
    more: usize,
    /// Whether what is good is written where other things are refused.
    partial: bool,
}

impl std::fmt::Display for Diagnostic {
    /// One line: severity, code, location, parameter and message.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}]: ", self.severity.as_str(), self.code.as_str())?;
        if let Some(location) = self.locations.first() {
            write!(f, "{location}: ")?;
        }
        if let Some(parameter) = &self.parameter {
            write!(f, "{parameter}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::fmt::Display for Diagnostics {
    /// One line for each diagnostic.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, diagnostic) in self.findings.iter().enumerate() {
            let newline = if number > 0 { "\n" } else { "" };
            write!(f, "{newline}{diagnostic}")?;
        }
        if self.more > 0 { write!(f, "\nand {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Diagnostic {}

impl std::error::Error for Diagnostics {}

/// More findings are counted, not kept: whoever made a hundred mistakes made one, a hundred times.
const MAX_DIAGNOSTICS: usize = 100;

impl Diagnostics {
    /// Takes one more finding; the same one is told once.
    pub fn push(&mut self, finding: Diagnostic) {
        if self.findings.contains(&finding) {
            return;
        }
        // A note or a warning gives way, so that a refusal is never lost.
        if !self.is_full() || finding.severity == Severity::Error && !self.has_errors() {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// What is good will be written all the same.
    pub fn allow_partial(&mut self) {
        self.partial = true;
    }

    /// Takes over what another report found.
    pub fn merge(&mut self, other: Self) {
        other.findings.into_iter().for_each(|finding| self.push(finding));
        self.more += other.more;
    }

    /// The same findings, each changed by `change`.
    #[must_use]
    pub fn map(mut self, change: impl FnMut(&mut Diagnostic)) -> Self {
        self.findings.iter_mut().for_each(change);
        self
    }

    /// Whether further findings are counted only.
    pub fn is_full(&self) -> bool {
        self.findings.len() >= MAX_DIAGNOSTICS
    }

    /// Counts a finding that nobody worded, because the report is full.
    pub fn count_unlisted(&mut self) {
        self.more += 1;
    }

    /// Whether anything was refused.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The findings in the order they are told: by place, errors first where there is none.
    pub fn entries(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// Sorts the findings by where they were said: files by line first, then flags.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| a.locations.first().cmp(&b.locations.first()));
    }

    /// How many findings there are, those that are only counted too.
    pub fn count(&self) -> usize {
        self.findings.len() + self.more
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty() && self.more == 0
    }
}
