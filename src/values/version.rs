//! The version of a program, as its release is named. It stands in download addresses and directory names,
//! so its text is kept to the letter: `1.10` is not `1.1`.

use std::cmp::Ordering;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// `2.3.4`, `0.9.5`, `1.10`, `1.0.0-rc.1`: two to four numbers, then perhaps a pre-release. Versions compare
/// by their numbers, and a pre-release comes before its release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

spelled!(Version);

impl Version {
    /// The numbers, left to right.
    pub fn numbers(&self) -> Vec<u32> {
        self.parts().0.split('.').filter_map(|number| number.parse().ok()).collect()
    }

    /// What follows the first `-`, such as `rc.1`.
    pub fn pre_release(&self) -> Option<&str> {
        self.parts().1
    }

    /// Whether this version is the one with these numbers or a later one.
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

/// Missing numbers are zeros.
fn compare(left: &[u32], right: &[u32]) -> Ordering {
    let number = |numbers: &[u32], at| numbers.get(at).copied().unwrap_or(0);
    (0..left.len().max(right.len()))
        .map(|at| number(left, at).cmp(&number(right, at)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// As semver has it: numbers by value and before words, and the shorter first.
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
            // `1.1` and `1.1.0` are as late as each other and still two texts.
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
    let said = sanitize(text);
    let malformed = |why: &str| ParseError::new(format!("`{said}` is not a version: {why}"));
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
        return Err(malformed("two to four numbers with dots between them")
            .with_help("write the version as the release is named, for example `2.3.4`"));
    }
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if pre_release.is_some_and(|pre_release| !pre_release.split('.').all(is_word)) {
        return Err(malformed("letters, digits, `-` and single dots may follow the numbers"));
    }
    Ok(Version(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn a_version_is_kept_to_the_letter() {
        for text in ["2.3.4", "0.9.5", "1.10", "1.1", "4.133.0", "1.0.0-rc.1", "20.10.07", "1.2.3.4"] {
            assert_eq!(canonical::<Version>(text), text);
        }
        assert_ne!(version("1.10"), version("1.1"));
        assert_eq!(version("1.0.0-rc.1").numbers(), [1, 0, 0]);
        assert_eq!(version("1.0.0-rc.1").pre_release(), Some("rc.1"));
    }

    #[test]
    fn versions_compare_by_numbers() {
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
    fn a_leading_v_is_mended_away() {
        assert_eq!(suggestion::<Version>("v4.133.0"), "4.133.0");
        assert_eq!(suggestion::<Version>("V1.2"), "1.2");
        assert_eq!(suggestion::<Version>(" =1.2.3"), "1.2.3");
    }

    #[test]
    fn what_names_no_release_is_refused() {
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
            refused::<Version>(text);
        }
    }

    #[test]
    fn any_text_is_a_version_or_well_refused() {
        claims::hold::<Version>("v?[0-9]{1,3}([.][0-9]{1,10}){0,4}(-[a-z0-9.-]{0,5})?");
    }
}
