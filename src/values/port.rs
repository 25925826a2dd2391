//! A TCP port. Port 0 means "any free one" to a kernel and nothing to an operator, so it is refused.

use std::fmt;
use std::num::NonZeroU16;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A TCP port from 1 to 65535, in plain digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(NonZeroU16);

impl Port {
    /// The port of plain HTTP.
    pub const HTTP: Self = Self(NonZeroU16::new(80).expect("80 is not 0"));
    /// The port of HTTP over TLS.
    pub const HTTPS: Self = Self(NonZeroU16::new(443).expect("443 is not 0"));

    /// A port that the program itself knows; 0 is nobody's.
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
        _ => Err(ParseError::new(format!("`{}` is not a port from 1 to 65535", sanitize(text)))),
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn the_whole_range_is_read() {
        for number in 1..=u16::MAX {
            assert_eq!(Port::parse(&number.to_string()).map(Port::number), Ok(number));
        }
        assert_eq!(canonical::<Port>("8080"), "8080");
        assert_eq!(Port::new(0), None);
    }

    #[test]
    fn what_is_outside_the_range_is_refused() {
        for text in ["0", "65536", "99999999999999999999", "-1", "", "http", "80 81", "8e3", "٨٠"] {
            refused::<Port>(text);
        }
        assert_eq!(refused::<Port>("0").0, "`0` is not a port from 1 to 65535");
    }

    #[test]
    fn a_port_with_something_around_it_is_mended() {
        for text in ["08080", "+8080", " 8080 ", "8080\n", ":8080", "127.0.0.1:8080", "8080/tcp"] {
            assert_eq!(suggestion::<Port>(text), "8080", "{text:?}");
        }
    }

    #[test]
    fn any_text_is_a_port_or_well_refused() {
        claims::hold::<Port>("[+]?[0-9]{1,6}");
    }
}
