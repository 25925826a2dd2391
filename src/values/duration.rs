//! A duration, in the units that nginx, systemd and Go read alike: `d` (except Go), `h`, `m` and `s`.
//! Fractions and milliseconds are rejected: no parameter needs them.

use std::cmp::Ordering;
use std::fmt;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A number of whole seconds: `65s`, `5m`, `1h30m`, `730d`. Digits without a unit are seconds. Durations
/// compare by their length; each keeps the units it was written in.
#[derive(Debug, Clone)]
pub struct Duration {
    seconds: u64,
    text: String,
}

/// A hundred years, which every program downstream can represent.
const MAX_SECONDS: u64 = 36_500 * 86_400;

/// Largest first, the order that nginx requires.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Duration {
    /// The length in seconds.
    pub fn seconds(&self) -> u64 {
        self.seconds
    }

    /// The duration in nginx's syntax: `65s`, `1h30m`, `1d`.
    pub fn nginx(&self) -> &str {
        &self.text
    }

    /// The duration in systemd's syntax: `65s`, `1h30m`, `1d`.
    pub fn systemd(&self) -> &str {
        &self.text
    }

    /// The duration in Go's syntax, which has no days: `65s`, `1h30m`, `24h`.
    pub fn go(&self) -> String {
        if self.text.contains('d') { spell(self.seconds, &UNITS[1..]) } else { self.text.clone() }
    }
}

impl FromText for Duration {
    const TYPE_NAME: &'static str = "a duration";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, suggest)
    }
}

pub(super) fn read(text: &str) -> Result<Duration, ParseError> {
    let malformed = || {
        ParseError::new(format!(
            "invalid duration `{}`: expected whole numbers with `d`, `h`, `m` or `s`",
            sanitize(text)
        ))
        .with_help("write whole numbers, largest unit first, for example `1h30m`")
    };
    let normalized =
        if text.ends_with(|c: char| c.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() };
    // `90` means seconds, but `1h30` does not mean `1h30s`.
    if normalized != text && !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed());
    }
    let mut units = UNITS.iter();
    let mut seconds = Some(0_u64);
    for part in normalized.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let (at, unit) = part.char_indices().last().ok_or_else(malformed)?;
        let digits = &part[..at];
        if digits.is_empty() || (digits.starts_with('0') && digits != "0") {
            return Err(malformed());
        }
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or_else(malformed)?;
        seconds = digits
            .parse::<u64>()
            .ok()
            .and_then(|count| count.checked_mul(*factor))
            .and_then(|part| seconds?.checked_add(part));
    }
    match seconds.filter(|seconds| *seconds <= MAX_SECONDS) {
        Some(seconds) => Ok(Duration { seconds, text: normalized }),
        None => Err(ParseError::new(format!(
            "invalid duration `{}`: it is longer than a hundred years",
            sanitize(text)
        ))),
    }
}

/// `5 min`, `2 hours`, `1w`, `30m1h`, `05m`.
pub(super) fn suggest(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut rest = text.as_str();
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let (digits, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let factor = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" | "H" => 3_600,
            "d" | "day" | "days" | "D" => 86_400,
            "w" | "week" | "weeks" | "W" => 7 * 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(digits.parse::<u64>().ok()?.checked_mul(factor)?)?;
        rest = after;
    }
    Some(spell(seconds, &UNITS))
}

fn spell(seconds: u64, units: &[(char, u64)]) -> String {
    let mut rest = seconds;
    let mut text = String::new();
    for (unit, factor) in units {
        if rest >= *factor {
            text.push_str(&(rest / factor).to_string());
            text.push(*unit);
            rest %= factor;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

impl PartialEq for Duration {
    fn eq(&self, other: &Self) -> bool {
        self.seconds == other.seconds
    }
}

impl Eq for Duration {}

impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Duration {
    fn cmp(&self, other: &Self) -> Ordering {
        self.seconds.cmp(&other.seconds)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn duration_keeps_its_units() {
        for (input, seconds, text, go) in [
            ("65s", 65, "65s", "65s"),
            ("65", 65, "65s", "65s"),
            ("0", 0, "0s", "0s"),
            ("5m", 300, "5m", "5m"),
            ("1h30m", 5400, "1h30m", "1h30m"),
            ("1d", 86_400, "1d", "24h"),
            ("1d0s", 86_400, "1d0s", "24h"),
            ("0d", 0, "0d", "0s"),
            ("730d", 63_072_000, "730d", "17520h"),
            ("1d1m5s", 86_465, "1d1m5s", "24h1m5s"),
        ] {
            let duration = Duration::parse(input).unwrap();
            assert_eq!(
                (duration.seconds(), duration.to_string().as_str(), duration.go().as_str()),
                (seconds, text, go)
            );
            assert_eq!((duration.nginx(), duration.systemd()), (text, text));
        }
    }

    #[test]
    fn durations_compare_by_length() {
        let duration = |text| Duration::parse(text).unwrap();
        assert_eq!(duration("60s"), duration("1m"));
        assert!(duration("65s") > duration("1m"));
    }

    #[test]
    fn duration_suggests_a_valid_form_for_other_spellings() {
        for (text, duration) in [
            ("5 min", "5m"),
            ("2 hours", "2h"),
            ("1w", "7d"),
            ("30m1h", "1h30m"),
            ("05m", "5m"),
            ("90s30s", "2m"),
            ("1h 30m", "1h30m"),
            ("65s\n", "65s"),
        ] {
            assert_eq!(suggestion::<Duration>(text), duration, "{text}");
        }
    }

    #[test]
    fn duration_rejects_other_texts() {
        for text in ["", "s", "500ms", "1.5h", "-1s", "1M", "1y", "1h30", "infinity", "5é", "٥m"] {
            parse_error::<Duration>(text);
        }
        canonical::<Duration>("36500d");
        parse_error::<Duration>("36501d");
        parse_error::<Duration>("99999999999999999999d");
        assert!(parse_error::<Duration>("1.5h").1.contains("`1h30m`"));
    }

    #[test]
    fn any_text_is_a_duration_or_a_clear_error() {
        properties::check::<Duration>("([0-9]{1,4}d)?([0-9]{1,3}h)?([0-9]{1,3} ?(m|min))?([0-9]{1,20}s?)?");
    }
}
