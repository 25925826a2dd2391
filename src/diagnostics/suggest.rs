//! The hint "did you mean".

use std::fmt::Display;

use super::Diagnostic;
pub use crate::values::nearest;

/// The hint that names a candidate.
pub fn did_you_mean(near: impl Display) -> String {
    format!("did you mean `{near}`?")
}

/// The hint that lists every candidate that begins with `text`, where there are several.
pub fn hint_for_prefix<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let longer: Vec<_> = candidates
        .filter(|candidate| text.len() >= 3 && candidate.starts_with(text))
        .map(|candidate| format!("`{candidate}`"))
        .collect();
    match &longer[..] {
        [rest @ .., last] if !rest.is_empty() => Some(format!("did you mean {} or {last}?", rest.join(", "))),
        _ => None,
    }
}

impl Diagnostic {
    /// The hint that names what `text` most likely meant; `otherwise` where nothing is near.
    #[must_use]
    pub fn with_suggestion<'a>(
        self,
        text: &str,
        candidates: impl IntoIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> Self {
        match nearest(text, candidates) {
            Some(near) => self.with_hint(did_you_mean(near)),
            None => self.with_hint(otherwise),
        }
    }
}
