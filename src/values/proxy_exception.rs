//! What is reached without the proxy.

use super::host_port::HostPort;
use super::{FromText, Network, ParseError, parse_with_suggestion, sanitize};

/// A name with all names below it, an address or a network, as programs read them in `NO_PROXY`. A name or an address may
/// have a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProxyException(String);

display_as_str!(ProxyException);

impl FromText for ProxyException {
    const TYPE_NAME: &'static str = "a host, an address or a network";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text = text.trim().split_once("://").map_or(text.trim(), |(_, rest)| rest);
            let text = text.strip_prefix("*.").map_or_else(|| text.to_owned(), |name| format!(".{name}"));
            Some(text.trim_end_matches('/').to_owned())
        })
    }
}

fn read(text: &str) -> Result<ProxyException, ParseError> {
    if let Ok(network) = Network::parse(text) {
        return Ok(ProxyException(network.to_string()));
    }
    // Not all programs take a leading dot for names below a name, but all of those here do.
    let (dot, name) = text.strip_prefix('.').map_or(("", text), |name| (".", name));
    let invalid =
        |why: &str| ParseError::new(format!("invalid exception `{}` from the proxy: {why}", sanitize(text)));
    if text.contains('*') {
        return Err(invalid("programs read no `*`; a name includes all names below it"));
    }
    HostPort::read(name)
        .map(|host| ProxyException(format!("{dot}{host}")))
        .map_err(|error| invalid(&error.message))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn proxy_exception_is_a_name_an_address_or_a_network() {
        for (text, exception) in [
            ("Corp.example", "corp.example"),
            (".corp.example", ".corp.example"),
            ("registry.corp.example:5000", "registry.corp.example:5000"),
            ("192.0.2.1", "192.0.2.1"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            assert_eq!(canonical::<ProxyException>(text), exception);
        }
        assert_eq!(suggestion::<ProxyException>("*.corp.example"), ".corp.example");
        assert_eq!(suggestion::<ProxyException>("https://corp.example/"), "corp.example");
    }

    #[test]
    fn proxy_exception_rejects_other_texts() {
        for text in ["", ".", "a,b", "a b", "*", "10.0.0.0/33", "a/b", "a\nb", "a:0"] {
            parse_error::<ProxyException>(text);
        }
    }

    #[test]
    fn any_text_is_a_proxy_exception_or_a_clear_error() {
        properties::check::<ProxyException>("[.]?[a-z0-9.-]{1,9}(:[0-9]{1,5})?");
    }
}
