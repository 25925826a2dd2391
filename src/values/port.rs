//! A TCP port. Port 0 is rejected: it means "any free port" to the kernel and nothing in a configuration.

use std::fmt;
use std::num::NonZeroU16;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A TCP port from 1 to 65535, in decimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(NonZeroU16);

impl Port {
    /// The default port of HTTP.
    pub const HTTP: Self = Self(NonZeroU16::new(80).expect("80 is not 0"));
    /// The default port of HTTPS.
    pub const HTTPS: Self = Self(NonZeroU16::new(443).expect("443 is not 0"));

    /// The port with this number, or `None` for 0.
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0.get()
    }
}

impl FromText for Port {
    const TYPE_NAME: &'static str = "a port";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text = text.rsplit(':').next()?;
            let text = text.split('/').next()?;
            Some(text.trim().trim_start_matches('+').trim_start_matches('0').to_owned())
        })
    }
}

fn read(text: &str) -> Result<Port, ParseError> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    match text.parse() {
        Ok(number) if is_plain => Ok(Port(number)),
        _ => Err(ParseError::new(format!(
            "invalid port `{}`: expected a number from 1 to 65535",
            sanitize(text)
        ))),
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn port_accepts_the_whole_range() {
        for number in 1..=u16::MAX {
            assert_eq!(Port::parse(&number.to_string()).map(Port::number), Ok(number));
        }
        assert_eq!(canonical::<Port>("8080"), "8080");
        assert_eq!(Port::new(0), None);
    }

    #[test]
    fn port_rejects_numbers_outside_the_range() {
        for text in ["0", "65536", "99999999999999999999", "-1", "", "http", "80 81", "8e3", "٨٠"] {
            parse_error::<Port>(text);
        }
        assert_eq!(parse_error::<Port>("0").0, "invalid port `0`: expected a number from 1 to 65535");
    }

    #[test]
    fn port_suggests_the_number_inside_other_texts() {
        for text in ["08080", "+8080", " 8080 ", "8080\n", ":8080", "127.0.0.1:8080", "8080/tcp"] {
            assert_eq!(suggestion::<Port>(text), "8080", "{text:?}");
        }
    }

    #[test]
    fn any_text_is_a_port_or_a_clear_error() {
        properties::check::<Port>("[+]?[0-9]{1,6}");
    }
}
