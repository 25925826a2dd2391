//! Some hosts of a fleet, by a pattern of their first domain.

/// A pattern: `*` is any text, `?` any one character, everything else itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<char>);

impl Glob {
    /// The pattern as it was typed; domains have no capital letters.
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase().chars().collect())
    }

    /// Whether `domain` is one of those that are meant.
    pub fn matches(&self, domain: &str) -> bool {
        let (pattern, text): (_, Vec<char>) = (&self.0, domain.chars().collect());
        let (mut at, mut here) = (0, 0);
        // Where to go on when what stands behind the last `*` did not fit.
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
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, domain, meant) in [
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
            assert_eq!(Glob::new(pattern).matches(domain), meant, "{pattern} {domain}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!Glob::new(&"*a".repeat(60)).matches(&"a".repeat(59)));
    }
}
