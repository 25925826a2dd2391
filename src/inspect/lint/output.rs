//! The output formats of a check: text, JSON, SARIF for code scanning, commands for a GitHub job.

pub mod github;
pub mod json;
pub mod sarif;
pub mod text;

use super::validator_result::Verdict;
use crate::diagnostics::Diagnostics;

/// Everything that an output format contains.
pub struct CheckReport<'a> {
    /// The findings of the lints and the external validators.
    pub diagnostics: &'a Diagnostics,
    /// The results of the external validators.
    pub verdicts: &'a [Verdict],
    /// The prefix of paths: the directory of the bundle, or nothing.
    pub prefix: &'a str,
    /// The number of files that were read.
    pub files: usize,
}

impl CheckReport<'_> {
    /// Returns a path of the bundle as the user of a repository finds it.
    fn path(&self, path: &str) -> String {
        let prefix = self.prefix.trim_start_matches("./").trim_end_matches('/');
        if prefix.is_empty() || prefix == "." { path.to_owned() } else { format!("{prefix}/{path}") }
    }
}
