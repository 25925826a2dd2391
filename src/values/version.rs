//! The version of a program, as its release is named. It is part of download URLs and directory names, so its
//! text is kept unchanged: `1.10` is not `1.1`.

use std::cmp::Ordering;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// Two to four numbers and an optional pre-release: `2.3.4`, `0.9.5`, `1.10`, `1.0.0-rc.1`. Versions compare
/// by their numbers, and a pre-release is less than its release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

display_as_str!(Version);

impl Version {
    /// The numbers, left to right.
    pub fn numbers(&self) -> Vec<u32> {
        self.parts().0.split('.').filter_map(|number| number.parse().ok()).collect()
    }

    /// The part after the first `-`, such as `rc.1`.
    pub fn pre_release(&self) -> Option<&str> {
        self.parts().1
    }

    /// Whether this version is equal to or later than the one with these numbers.
    pub fn is_at_least(&self, numbers: &[u32]) -> bool {
        match compare(&self.numbers(), numbers) {
            Ordering::Less => false,
            Ordering::Equal => self.pre_release().is_none(),
            Ordering::Greater => true,
        }
    }

    fn parts(&self) -> (&str, Option<&str>) {
        match self.0.split_once('-') {
            Some((numbers, pre_release)) => (numbers, Some(pre_release)),
            None => (&self.0, None),
        }
    }
}

/// Compares numbers. Missing ones count as zero.
fn compare(left: &[u32], right: &[u32]) -> Ordering {
    let number = |numbers: &[u32], at| numbers.get(at).copied().unwrap_or(0);
    (0..left.len().max(right.len()))
        .map(|at| number(left, at).cmp(&number(right, at)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Compares pre-releases by semver's rules: numbers by value and before words, and the shorter first.
fn compare_pre_release(left: &str, right: &str) -> Ordering {
    let key = |part: &str| part.parse::<u64>().map_or((1, 0), |number| (0, number));
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => {
                let order =
                    key(a).cmp(&key(b)).then_with(|| if key(a).0 == 1 { a.cmp(b) } else { Ordering::Equal });
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.numbers(), &other.numbers())
            .then_with(|| match (self.pre_release(), other.pre_release()) {
                (None, None) => Ordering::Equal,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(left), Some(right)) => compare_pre_release(left, right),
            })
            // `1.1` and `1.1.0` are equally new, but different texts.
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl FromText for Version {
    const TYPE_NAME: &'static str = "a version";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text =
                text.trim_start_matches(|c: char| matches!(c, '=' | '^' | '~' | '@') || c.is_whitespace());
            Some(text.strip_prefix(['v', 'V']).unwrap_or(text).to_owned())
        })
    }
}

fn read(text: &str) -> Result<Version, ParseError> {
    let shown = sanitize(text);
    let malformed = |why: &str| ParseError::new(format!("invalid version `{shown}`: {why}"));
    if text.starts_with(['v', 'V']) {
        return Err(malformed("it begins with a letter"));
    }
    if text.len() > 64 {
        return Err(malformed("it is longer than 64 characters"));
    }
    let (numbers, pre_release) = match text.split_once('-') {
        Some((numbers, pre_release)) => (numbers, Some(pre_release)),
        None => (text, None),
    };
    let is_number = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !(2..=4).contains(&numbers.split('.').count()) || !numbers.split('.').all(is_number) {
        return Err(malformed("expected two to four numbers separated by dots")
            .with_help("write the version as the release is named, for example `2.3.4`"));
    }
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if pre_release.is_some_and(|pre_release| !pre_release.split('.').all(is_word)) {
        return Err(malformed("only letters, digits, `-` and single dots may follow the numbers"));
    }
    Ok(Version(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn version_is_kept_unchanged() {
        for text in ["2.3.4", "0.9.5", "1.10", "1.1", "4.133.0", "1.0.0-rc.1", "20.10.07", "1.2.3.4"] {
            assert_eq!(canonical::<Version>(text), text);
        }
        assert_ne!(version("1.10"), version("1.1"));
        assert_eq!(version("1.0.0-rc.1").numbers(), [1, 0, 0]);
        assert_eq!(version("1.0.0-rc.1").pre_release(), Some("rc.1"));
    }

    #[test]
    fn versions_compare_by_numbers_then_pre_release() {
        let sorted = [
            "0.9.5",
            "0.19.0",
            "1.0.0-alpha",
            "1.0.0-rc.2",
            "1.0.0-rc.10",
            "1.0.0",
            "1.1",
            "1.1.0",
            "1.10",
            "2.0",
        ];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        assert!(version("0.19.1").is_at_least(&[0, 19, 1]));
        assert!(version("0.20").is_at_least(&[0, 19, 1]));
        assert!(!version("0.19").is_at_least(&[0, 19, 1]));
        assert!(!version("0.19.1-rc.1").is_at_least(&[0, 19, 1]));
    }

    #[test]
    fn version_suggests_removing_a_leading_v() {
        assert_eq!(suggestion::<Version>("v4.133.0"), "4.133.0");
        assert_eq!(suggestion::<Version>("V1.2"), "1.2");
        assert_eq!(suggestion::<Version>(" =1.2.3"), "1.2.3");
    }

    #[test]
    fn version_rejects_other_texts() {
        for text in [
            "",
            "latest",
            "2",
            "1.",
            ".1",
            "1..2",
            "1.2.3.4.5",
            "1.x",
            "1.2.3-",
            "1.2.3-a..b",
            "1.2/3",
            "../1.2",
            "1.2 3",
            "1.2.3+b",
            "1234567890.1",
            "-1.2",
            "1.2-é",
        ] {
            parse_error::<Version>(text);
        }
    }

    #[test]
    fn any_text_is_a_version_or_a_clear_error() {
        properties::check::<Version>("v?[0-9]{1,3}([.][0-9]{1,10}){0,4}(-[a-z0-9.-]{0,5})?");
    }
}
