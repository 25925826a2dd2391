//! What the real programs said: which were asked, which were content, which were not there.

/// What became of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was asked, and has nothing to say.
    Passed,
    /// It has something to say; the findings tell it.
    Failed,
    /// It was not asked, and why: it is not there, or cannot be run here.
    Absent(String),
    /// It was started and did not answer, and why: it was killed, its time was over, or it printed nothing.
    Error(String),
    /// There is nothing in the bundle that it reads.
    Idle,
}

/// What one validator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its name, as `--require` says it.
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
}

impl Outcome {
    /// The word in every form.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Absent(_) => "absent",
            Self::Error(_) => "error",
            Self::Idle => "idle",
        }
    }

    /// Whether its question has no answer.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Absent(_) | Self::Error(_))
    }

    /// Why there is no answer.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Absent(why) | Self::Error(why) => Some(why),
            _ => None,
        }
    }
}
