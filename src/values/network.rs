//! A range of IP addresses.

use std::fmt;
use std::net::IpAddr;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// An address, or a prefix with its length: `10.0.0.1`, `10.0.0.0/24`, `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    length: u8,
}

impl FromText for Network {
    const TYPE_NAME: &'static str = "a network";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let (address, length) = text.trim().split_once('/')?;
            let address: IpAddr = address.parse().ok()?;
            let length = length.parse::<u8>().ok().filter(|length| *length <= width(address))?;
            Some(Network { address: masked(address, length), length }.to_string())
        })
    }
}

fn read(text: &str) -> Result<Network, ParseError> {
    let invalid = |why: &str| ParseError::new(format!("invalid network `{}`: {why}", sanitize(text)));
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr =
        address.parse().map_err(|_| invalid("expected an IP address, or one with a prefix length"))?;
    let width = width(address);
    let length = match length {
        None => width,
        Some(length) => {
            let number =
                length.parse::<u8>().ok().filter(|number| number.to_string() == length && *number <= width);
            number.ok_or_else(|| invalid(&format!("the prefix length is not a number from 0 to {width}")))?
        }
    };
    if length == 0 {
        return Err(invalid("it contains every address"));
    }
    if masked(address, length) != address {
        return Err(invalid("the address has bits after the prefix"));
    }
    Ok(Network { address, length })
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address without the bits after the prefix.
fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(four) => {
            let rest = u32::MAX.checked_shr(length.into()).unwrap_or(0);
            IpAddr::V4((u32::from(four) & !rest).into())
        }
        IpAddr::V6(six) => {
            let rest = u128::MAX.checked_shr(length.into()).unwrap_or(0);
            IpAddr::V6((u128::from(six) & !rest).into())
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.length == width(self.address) {
            self.address.fmt(f)
        } else {
            write!(f, "{}/{}", self.address, self.length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn network_is_written_in_canonical_form() {
        for (text, network) in [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("173.245.48.0/20", "173.245.48.0/20"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::1/128", "::1"),
        ] {
            assert_eq!(canonical::<Network>(text), network);
        }
    }

    #[test]
    fn network_suggests_the_prefix_of_an_address() {
        assert_eq!(suggestion::<Network>("10.0.0.7/24"), "10.0.0.0/24");
        assert_eq!(suggestion::<Network>("2001:db8::7/32"), "2001:db8::/32");
    }

    #[test]
    fn network_rejects_other_texts() {
        for text in
            ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/024", "0.0.0.0/0", "::/0", "10.0.0.0/8/8", "a.example"]
        {
            parse_error::<Network>(text);
        }
    }

    #[test]
    fn any_text_is_a_network_or_a_clear_error() {
        properties::check::<Network>(
            "[0-9]{1,3}([.][0-9]{1,3}){3}(/[0-9]{1,3})?|[0-9a-f:]{2,20}(/[0-9]{1,3})?",
        );
    }
}
