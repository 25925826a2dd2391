//! A day of the calendar.

use std::fmt;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

use super::{FromText, ParseError, sanitize};

/// A day, `2026-11-28`. Days are ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day that is this many seconds after the beginning of 1970 in UTC.
    pub fn from_unix(seconds: u64) -> Self {
        let mut days = seconds / 86_400;
        let mut year = 1970;
        while days >= days_of_year(year) {
            days -= days_of_year(year);
            year += 1;
        }
        let mut month = 1;
        while days >= u64::from(days_of_month(year, month)) {
            days -= u64::from(days_of_month(year, month));
            month += 1;
        }
        let day = u8::try_from(days + 1).expect("a month has at most 31 days");
        Self { year, month, day }
    }

    /// The day of the same number one year later, or the last of the month.
    #[must_use]
    pub fn next_year(self) -> Self {
        let year = self.year + 1;
        Self { year, day: self.day.min(days_of_month(year, self.month)), ..self }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| D::Error::custom(error.message))
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromText for Date {
    const TYPE_NAME: &'static str = "a date";

    fn parse(text: &str) -> Result<Self, ParseError> {
        read(text).ok_or_else(|| {
            ParseError::new(format!("invalid date `{}`: expected YYYY-MM-DD", sanitize(text)))
                .with_help("write for example `2026-11-28`")
        })
    }
}

fn read(text: &str) -> Option<Date> {
    let is_digit =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    if text.len() != 10 || !text.bytes().enumerate().all(is_digit) {
        return None;
    }
    let date =
        Date { year: text[..4].parse().ok()?, month: text[5..7].parse().ok()?, day: text[8..].parse().ok()? };
    let is_day = (1970..=9998).contains(&date.year)
        && (1..=12).contains(&date.month)
        && (1..=days_of_month(date.year, date.month)).contains(&date.day);
    is_day.then_some(date)
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_accepts_days_of_the_calendar_alone() {
        for text in ["2026-11-28", "1970-01-01", "2024-02-29", "2000-02-29", "9998-12-31"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "2026-11-31",
            "2026-2-1",
            "2025-02-29",
            "2100-02-29",
            "0000-01-01",
            "2026-13-01",
            "",
            "２026-11-2",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_are_ordered_by_time_and_counted_from_1970() {
        let date = |text| Date::parse(text).unwrap();
        assert!(date("2026-09-30") < date("2026-10-01"));
        for (seconds, text) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (1_709_164_800, "2024-02-29"),
            (1_795_824_000, "2026-11-28"),
        ] {
            assert_eq!(Date::from_unix(seconds).to_string(), text);
        }
        assert_eq!(date("2024-02-29").next_year(), date("2025-02-28"));
    }
}
