//! The forms in which a check is told: text for people, JSON, SARIF for code scanning, lines for a GitHub job.

pub mod github;
pub mod json;
pub mod sarif;
pub mod text;

use super::validator_result::Verdict;
use crate::diagnostics::Diagnostics;

/// Everything that a form tells.
pub struct CheckReport<'a> {
    /// What is wrong.
    pub diagnostics: &'a Diagnostics,
    /// What the real programs said.
    pub verdicts: &'a [Verdict],
    /// What stands before a path of the bundle where the reader is: the bundle's own directory, or nothing.
    pub prefix: &'a str,
    /// How many files were read.
    pub files: usize,
}

impl CheckReport<'_> {
    /// A path of the bundle, as the reader of a repository finds it.
    fn path(&self, path: &str) -> String {
        let prefix = self.prefix.trim_start_matches("./").trim_end_matches('/');
        if prefix.is_empty() || prefix == "." { path.to_owned() } else { format!("{prefix}/{path}") }
    }
}
