//! A span of time, in the units that nginx, systemd and Go read alike: `d` (Go aside), `h`, `m` and `s`.
//! Fractions and milliseconds are refused: no parameter here is that fine.

use std::cmp::Ordering;
use std::fmt;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A span of whole seconds: `65s`, `5m`, `1h30m`, `730d`; bare digits are seconds. Spans compare by their
/// length; the units stay as they were said.
#[derive(Debug, Clone)]
pub struct Duration {
    seconds: u64,
    said: String,
}

/// A hundred years; every program downstream can hold it in whatever it counts.
const MAX_SECONDS: u64 = 36_500 * 86_400;

/// Largest first, which is also the order that nginx wants.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Duration {
    /// The length in seconds.
    pub fn seconds(&self) -> u64 {
        self.seconds
    }

    /// As nginx reads it: `65s`, `1h30m`, `1d`.
    pub fn nginx(&self) -> &str {
        &self.said
    }

    /// As systemd reads it: `65s`, `1h30m`, `1d`.
    pub fn systemd(&self) -> &str {
        &self.said
    }

    /// As Go reads it, which knows no days: `65s`, `1h30m`, `24h`.
    pub fn go(&self) -> String {
        if self.said.contains('d') { spell(self.seconds, &UNITS[1..]) } else { self.said.clone() }
    }
}

impl FromText for Duration {
    const TYPE_NAME: &'static str = "a duration";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, suggest)
    }
}

fn read(text: &str) -> Result<Duration, ParseError> {
    let malformed = || {
        ParseError::new(format!(
            "`{}` is not a duration: whole numbers with `d`, `h`, `m` or `s`",
            sanitize(text)
        ))
        .with_help("write whole numbers, largest unit first, for example `1h30m`")
    };
    let said =
        if text.ends_with(|c: char| c.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() };
    // `90` is seconds, `1h30` is not `1h30s`.
    if said != text && !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed());
    }
    let mut units = UNITS.iter();
    let mut seconds = Some(0_u64);
    for part in said.split_inclusive(|c: char| !c.is_ascii_digit()) {
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
        Some(seconds) => Ok(Duration { seconds, said }),
        None => Err(ParseError::new(format!("`{}` is longer than a hundred years", sanitize(text)))),
    }
}

/// `5 min`, `2 hours`, `1w`, `30m1h`, `05m`.
fn suggest(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut rest = text.as_str();
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let (digits, behind) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, behind) =
            behind.split_at(behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len()));
        let factor = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" | "H" => 3_600,
            "d" | "day" | "days" | "D" => 86_400,
            "w" | "week" | "weeks" | "W" => 7 * 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(digits.parse::<u64>().ok()?.checked_mul(factor)?)?;
        rest = behind;
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
        f.write_str(&self.said)
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_span_keeps_the_units_that_were_said() {
        for (text, seconds, said, go) in [
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
            let span = Duration::parse(text).unwrap();
            assert_eq!((span.seconds(), span.to_string().as_str(), span.go().as_str()), (seconds, said, go));
            assert_eq!((span.nginx(), span.systemd()), (said, said));
        }
    }

    #[test]
    fn spans_compare_by_their_length() {
        let span = |text| Duration::parse(text).unwrap();
        assert_eq!(span("60s"), span("1m"));
        assert!(span("65s") > span("1m"));
    }

    #[test]
    fn other_spellings_are_mended() {
        for (text, span) in [
            ("5 min", "5m"),
            ("2 hours", "2h"),
            ("1w", "7d"),
            ("30m1h", "1h30m"),
            ("05m", "5m"),
            ("90s30s", "2m"),
            ("1h 30m", "1h30m"),
            ("65s\n", "65s"),
        ] {
            assert_eq!(suggestion::<Duration>(text), span, "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_number_of_seconds_is_refused() {
        for text in ["", "s", "500ms", "1.5h", "-1s", "1M", "1y", "1h30", "infinity", "5é", "٥m"] {
            refused::<Duration>(text);
        }
        canonical::<Duration>("36500d");
        refused::<Duration>("36501d");
        refused::<Duration>("99999999999999999999d");
        assert!(refused::<Duration>("1.5h").1.contains("`1h30m`"));
    }

    #[test]
    fn any_text_is_a_span_or_well_refused() {
        claims::hold::<Duration>("([0-9]{1,4}d)?([0-9]{1,3}h)?([0-9]{1,3} ?(m|min))?([0-9]{1,20}s?)?");
    }
}
