//! The one rule that finds a known name for a misspelt one.

use super::work_budget;

/// Returns the candidate that a misspelt text most likely means: the only one that begins with it, else the nearest one
/// of which at most a third differs.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Limited by the work budget: an input can contain a million words.
    let candidates: Vec<&str> = candidates.into_iter().take_while(|_| work_budget::take(1)).collect();
    let mut longer = candidates.iter().filter(|candidate| text.len() >= 3 && candidate.starts_with(text));
    if let Some(first) = longer.next()
        && longer.all(|candidate| candidate == first)
    {
        return Some(first);
    }
    let length = text.chars().count();
    candidates
        .into_iter()
        // The distance is never smaller: a long text costs nothing.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= candidate.len() / 3)
        .take_while(|candidate| work_budget::take(candidate.len() * length.max(1)))
        .map(|candidate| (strsim::damerau_levenshtein(text, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len() / 3)
        .min_by_key(|(distance, candidate)| (!candidate.starts_with(text), *distance))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_candidate_is_found_when_a_third_differs_or_it_is_the_only_one_that_begins_so() {
        let words = ["client_max_body_size", "domain", "panel", "pai"];
        assert_eq!(nearest("domian", words), Some("domain"));
        assert_eq!(nearest("client", words), Some("client_max_body_size"));
        assert_eq!(nearest("pa", words), Some("pai"));
        assert_eq!(nearest("doma", ["domain", "domains"]), Some("domain"));
        for text in ["", "x", "dom-", "something else", &"domain".repeat(100_000)] {
            assert_eq!(nearest(text, words), None, "{text:.20}");
        }
    }
}
