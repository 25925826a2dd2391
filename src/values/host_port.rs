//! The host and optional port of a URL. IP addresses are parsed strictly: some programs read `127.1` and
//! `0x7f.1` as addresses, others as names.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::domain::ends_in_a_number;
use super::{Domain, FromText, ParseError, Port, sanitize};

/// The host in a URL. `Display` writes it in URL syntax: an IPv6 address in brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UrlHost {
    /// An IPv4 address of four numbers.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
    /// A name, resolved later.
    Name(Domain),
}

impl UrlHost {
    fn read(text: &str) -> Result<Self, ParseError> {
        let shown = sanitize(text);
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').and_then(|inner| inner.parse().ok());
            return address.map(Self::V6).ok_or_else(|| {
                ParseError::new(format!("invalid host `{shown}`: expected an IPv6 address in brackets"))
            });
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::V4(address));
        }
        if text.rsplit('.').next().is_some_and(ends_in_a_number) {
            return Err(ParseError::new(format!(
                "invalid host `{shown}`: expected an IPv4 address of four decimal numbers"
            )));
        }
        Domain::parse(text).map(Self::Name).map_err(|error| ParseError::new(error.message))
    }
}

impl fmt::Display for UrlHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// The part of a URL between `//` and the path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostPort {
    pub(super) host: UrlHost,
    pub(super) port: Option<Port>,
}

impl HostPort {
    pub(super) fn read(text: &str) -> Result<Self, ParseError> {
        if text.contains('@') {
            return Err(ParseError::new("the URL contains a user name or a password before its host"));
        }
        if text.is_empty() {
            return Err(ParseError::new("the URL has no host"));
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(ParseError::new(format!(
                "invalid host `{}`: an IPv6 address needs brackets",
                sanitize(text)
            )));
        }
        let after_brackets = text.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match text[after_brackets..].find(':') {
            None => (text, None),
            Some(at) => {
                let (host, port) = text.split_at(after_brackets + at);
                (host, Some(Port::parse(&port[1..]).map_err(|error| ParseError::new(error.message))?))
            }
        };
        if host.is_empty() {
            return Err(ParseError::new("the URL has no host"));
        }
        Ok(Self { host: UrlHost::read(host)?, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => self.host.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_port_separates_host_and_port() {
        for (text, host, port) in [
            ("127.0.0.1", "127.0.0.1", None),
            ("127.0.0.1:3001", "127.0.0.1", Some(3001)),
            ("[::1]", "[::1]", None),
            ("[0:0::1]:80", "[::1]", Some(80)),
            ("Panel.example:8080", "panel.example", Some(8080)),
            ("panel", "panel", None),
        ] {
            let authority = HostPort::read(text).unwrap();
            assert_eq!(authority.host.to_string(), host);
            assert_eq!(authority.port.map(Port::number), port);
        }
    }

    #[test]
    fn host_port_rejects_loose_spellings() {
        for text in [
            "",
            ":80",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "127.0.0.01",
            "1.2.3.4.5",
            "::1",
            "[::1",
            "::1]",
            "[::1]x",
            "[fe80::1%eth0]",
            "a:",
            "a:0",
            "a:080",
            "a:65536",
            "a:80:80",
            "u@a",
            "u:p@a",
            "a b",
        ] {
            assert!(HostPort::read(text).is_err(), "{text:?}");
        }
    }
}
