//! The output formats of a check: text, JSON, SARIF for code scanning, commands for a GitHub job.

pub mod github;
pub mod json;
pub mod sarif;
pub mod text;

use camino::{Utf8Component, Utf8Path};

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
    /// The file to name where a finding has none. It has the prefix too.
    pub fallback: &'a str,
    /// Whether nothing was checked, because the findings are about the parameters.
    pub is_rejected: bool,
    /// The number of files that were read.
    pub files: usize,
    /// The number of files of the operator next to the bundle, which were not read.
    pub others: usize,
}

impl CheckReport<'_> {
    /// Returns a path of the bundle as the user of a repository finds it.
    pub fn path(&self, path: &str) -> String {
        let prefix = normalized(Utf8Path::new(self.prefix));
        match prefix.as_str() {
            _ if path.starts_with("../") => normalized(&Utf8Path::new(&prefix).join(path)),
            "" => path.to_owned(),
            prefix => format!("{prefix}/{path}"),
        }
    }

    /// Returns the number of findings that are not listed.
    pub fn unlisted(&self) -> usize {
        self.diagnostics.count() - self.diagnostics.entries().len()
    }
}

/// Removes `.` and `..` from a path, except those that leave the first directory.
fn normalized(path: &Utf8Path) -> String {
    let mut names: Vec<&str> = Vec::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if names.last().is_some_and(|name| !["..", "/"].contains(name)) => {
                names.pop();
            }
            other => names.push(other.as_str()),
        }
    }
    names.join("/").replacen("//", "/", 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized() {
        for (path, expected) in [
            ("bundle/root/etc", "bundle/root/etc"),
            ("./bundle//root/", "bundle/root"),
            ("services/a/../panel.yaml", "services/panel.yaml"),
            ("../panel.yaml", "../panel.yaml"),
            ("../../a/../b", "../../b"),
            ("/srv/./bundle/x", "/srv/bundle/x"),
            ("/../x", "/../x"),
        ] {
            assert_eq!(normalized(Utf8Path::new(path)), expected);
        }
    }

    fn last_line(outcomes: &[(&'static str, Outcome)], required: &[&'static str]) -> String {
        let verdicts: Vec<Verdict> =
            outcomes.iter().map(|(name, outcome)| Verdict { name, outcome: outcome.clone() }).collect();
        let diagnostics = Diagnostics::default();
        let report = CheckReport {
            diagnostics: &diagnostics,
            verdicts: &verdicts,
            required,
            prefix: "",
            fallback: "",
            is_rejected: false,
            files: 43,
            others: 0,
        };
        text::write(&report, false).lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn text_ends_with_required_validators_when_they_gave_no_result() {
        let absent = || Outcome::Absent("`nft` is not installed here".to_owned());
        let killed = || Outcome::Error("it timed out".to_owned());
        let outcomes = [("nginx", killed()), ("nft", absent()), ("sh", Outcome::Passed)];
        assert_eq!(last_line(&outcomes, &["sh"]), "clean: 43 files");
        assert_eq!(
            last_line(&outcomes, &["nft"]),
            "incomplete: no findings in 43 files, but required validator `nft` is not available"
        );
        assert_eq!(
            last_line(&outcomes, &["nft", "nginx", "sh"]),
            "incomplete: no findings in 43 files, but required validators `nginx`, `nft` gave no result"
        );
    }
}
