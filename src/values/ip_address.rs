//! The address of a name server.

use std::fmt;
use std::net::IpAddr;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// An IPv4 or IPv6 address, without port, zone or brackets: what `nameserver` in resolv.conf takes.
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
        .map_err(|_| ParseError::new(format!("`{}` is not an IP address", sanitize(text))))
}

impl fmt::Display for IpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn an_address_is_read_and_made_canonical() {
        for (text, address) in [("1.1.1.1", "1.1.1.1"), ("2001:DB8:0:0::1", "2001:db8::1"), ("::1", "::1")] {
            assert_eq!(canonical::<IpAddress>(text), address);
        }
    }

    #[test]
    fn an_address_with_something_around_it_is_mended() {
        assert_eq!(suggestion::<IpAddress>("1.1.1.1:53"), "1.1.1.1");
        assert_eq!(suggestion::<IpAddress>("1.1.1.1/32"), "1.1.1.1");
        assert_eq!(suggestion::<IpAddress>("[::1]:53"), "::1");
        assert_eq!(suggestion::<IpAddress>("fe80::1%eth0"), "fe80::1");
        assert_eq!(suggestion::<IpAddress>("1.1.1.1 "), "1.1.1.1");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "1.1", "1.1.1.256", "01.1.1.1", "dns.example", "1.1.1.1,8.8.8.8", ":::"] {
            refused::<IpAddress>(text);
        }
    }

    #[test]
    fn any_text_is_an_address_or_well_refused() {
        claims::hold::<IpAddress>("[0-9]{1,3}([.][0-9]{1,3}){3}(:53)?|\\[?[0-9a-f:]{2,20}\\]?");
    }
}
