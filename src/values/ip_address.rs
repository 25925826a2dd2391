//! The IP address of a DNS server.

use std::fmt;
use std::net::IpAddr;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// An IPv4 or IPv6 address without port, zone or brackets, as `nameserver` in resolv.conf takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpAddress(IpAddr);

impl IpAddress {
    /// The address.
    pub const fn ip(self) -> IpAddr {
        self.0
    }
}

impl FromText for IpAddress {
    const TYPE_NAME: &'static str = "an IP address";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text = match text.strip_prefix('[') {
                Some(inner) => inner.split(']').next()?,
                None if text.matches(':').count() == 1 => text.split(':').next()?,
                None => text,
            };
            Some(text.split(['%', '/']).next()?.to_owned())
        })
    }
}

fn read(text: &str) -> Result<IpAddress, ParseError> {
    text.parse()
        .map(IpAddress)
        .map_err(|_| ParseError::new(format!("invalid IP address `{}`", sanitize(text))))
}

impl fmt::Display for IpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn ip_address_is_written_in_canonical_form() {
        for (text, address) in [("1.1.1.1", "1.1.1.1"), ("2001:DB8:0:0::1", "2001:db8::1"), ("::1", "::1")] {
            assert_eq!(canonical::<IpAddress>(text), address);
        }
    }

    #[test]
    fn ip_address_suggests_the_address_inside_other_texts() {
        assert_eq!(suggestion::<IpAddress>("1.1.1.1:53"), "1.1.1.1");
        assert_eq!(suggestion::<IpAddress>("1.1.1.1/32"), "1.1.1.1");
        assert_eq!(suggestion::<IpAddress>("[::1]:53"), "::1");
        assert_eq!(suggestion::<IpAddress>("fe80::1%eth0"), "fe80::1");
        assert_eq!(suggestion::<IpAddress>("1.1.1.1 "), "1.1.1.1");
    }

    #[test]
    fn ip_address_rejects_other_texts() {
        for text in ["", "1.1", "1.1.1.256", "01.1.1.1", "dns.example", "1.1.1.1,8.8.8.8", ":::"] {
            parse_error::<IpAddress>(text);
        }
    }

    #[test]
    fn any_text_is_an_ip_address_or_a_clear_error() {
        properties::check::<IpAddress>("[0-9]{1,3}([.][0-9]{1,3}){3}(:53)?|\\[?[0-9a-f:]{2,20}\\]?");
    }
}
