//! The output formats of a check: text, JSON, SARIF for code scanning, commands for a GitHub job.

pub mod github;
pub mod json;
pub mod sarif;
pub mod text;

use super::validator_result::{Outcome, Verdict};
use crate::diagnostics::Diagnostics;

/// Everything that an output format contains.
pub struct CheckReport<'a> {
    /// The findings of the lints and the external validators.
    pub diagnostics: &'a Diagnostics,
    /// The results of the external validators.
    pub verdicts: &'a [Verdict],
    /// The validators that must give a result.
    pub required: &'a [&'static str],
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

/// Describes the required validators that gave no result. `None` if all of them did.
pub fn missing_validators(verdicts: &[Verdict], required: &[&str]) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    let mut all_unavailable = true;
    for verdict in verdicts.iter().filter(|verdict| required.contains(&verdict.name)) {
        let name = format!("`{}`", verdict.name);
        if verdict.outcome.is_unanswered() {
            all_unavailable &= matches!(verdict.outcome, Outcome::Absent(_));
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let problem = match (all_unavailable, names.len()) {
        (_, 0) => return None,
        (true, 1) => "is not available",
        (true, _) => "are not available",
        (false, _) => "gave no result",
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    Some(format!("required validator{plural} {} {problem}", names.join(", ")))
}
