//! The results of external validators.

/// The outcome of a validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It ran and reported nothing.
    Passed,
    /// It ran and reported findings.
    Failed,
    /// It is not available, with the reason: it is not installed or cannot run on this machine.
    Absent(String),
    /// It gave no result, with the reason: it was killed, timed out or printed nothing.
    Error(String),
    /// It is not applicable: the bundle contains nothing that it reads.
    Idle,
}

/// The result of one validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its name, as in `--require`.
    pub name: &'static str,
    /// Its outcome.
    pub outcome: Outcome,
}

impl Outcome {
    /// Returns the outcome as one word, for JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Absent(_) => "absent",
            Self::Error(_) => "error",
            Self::Idle => "idle",
        }
    }

    /// Whether there is no result.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Absent(_) | Self::Error(_))
    }

    /// Returns the reason for a missing result.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Absent(why) | Self::Error(why) => Some(why),
            _ => None,
        }
    }
}
