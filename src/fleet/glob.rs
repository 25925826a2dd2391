//! Selects hosts of a fleet by a pattern for their first domain.

/// A pattern: `*` is any text, `?` any one character, everything else is literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<char>);

impl Glob {
    /// Parses a pattern. It is lower-cased, like domains.
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase().chars().collect())
    }

    /// Whether `domain` matches.
    pub fn matches(&self, domain: &str) -> bool {
        let (pattern, text): (_, Vec<char>) = (&self.0, domain.chars().collect());
        let (mut at, mut here) = (0, 0);
        // Where to continue if the part after the last `*` does not match.
        let mut again: Option<(usize, usize)> = None;
        while here < text.len() {
            match pattern.get(at) {
                Some('*') => {
                    again = Some((at + 1, here));
                    at += 1;
                }
                Some(c) if *c == '?' || *c == text[here] => {
                    at += 1;
                    here += 1;
                }
                _ => {
                    let Some((star, taken)) = again else { return false };
                    again = Some((star, taken + 1));
                    at = star;
                    here = taken + 1;
                }
            }
        }
        pattern[at..].iter().all(|c| *c == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_matches_any_text_and_question_mark_one_character() {
        for (pattern, domain, expected) in [
            ("a.org", "a.org", true),
            ("A.ORG", "a.org", true),
            ("a.org", "aa.org", false),
            ("*", "a.org", true),
            ("", "a.org", false),
            ("*.eu.*", "p1.eu.example.org", true),
            ("*.eu.*", "p1.us.example.org", false),
            ("p?.org", "p1.org", true),
            ("p?.org", "p12.org", false),
            ("*a*b", "xaxxabxb", true),
            ("*a*b", "xaxxabxc", false),
            ("p1*", "p1", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(domain), expected, "{pattern} {domain}");
        }
    }

    #[test]
    fn many_stars_match_quickly() {
        assert!(!Glob::new(&"*a".repeat(60)).matches(&"a".repeat(59)));
    }
}
