//! How long something may take. Unlike other durations, it cannot be zero: some programs take 0 as no limit, and others as
//! no time at all.

use std::fmt;

use super::{Duration, FromText, ParseError, duration, parse_with_suggestion};

/// A duration of at least a second.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timeout(Duration);

impl Timeout {
    /// The duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromText for Timeout {
    const TYPE_NAME: &'static str = "a timeout";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, duration::suggest)
    }
}

fn read(text: &str) -> Result<Timeout, ParseError> {
    let duration = duration::read(text)?;
    if duration.seconds() == 0 {
        return Err(ParseError::new(format!(
            "invalid timeout `{duration}`: nothing would have time to finish"
        ))
        .with_help("write the longest time that is acceptable, for example `1h`"));
    }
    Ok(Timeout(duration))
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error};
    use super::*;

    #[test]
    fn timeout_is_a_duration_above_zero() {
        assert_eq!(canonical::<Timeout>("1h30m"), "1h30m");
        assert_eq!(Timeout::parse("5m").unwrap().duration().seconds(), 300);
        for text in ["0", "0s", "0m", "0h0m0s", "1.5h", ""] {
            parse_error::<Timeout>(text);
        }
    }

    #[test]
    fn any_text_is_a_timeout_or_a_clear_error() {
        properties::check::<Timeout>("([0-9]{1,4}d)?([0-9]{1,3}h)?([0-9]{1,3} ?(m|min))?([0-9]{1,20}s?)?");
    }
}
