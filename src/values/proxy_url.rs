//! The URL of an HTTP proxy.

use std::fmt;

use super::url::{self, Url};
use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// The URL of an HTTP proxy: scheme, host and port. `Display` always writes the port, because programs differ in the
/// one that they take without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProxyUrl(Url);

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.0.scheme(), self.0.host(), self.0.port())
    }
}

impl FromText for ProxyUrl {
    const TYPE_NAME: &'static str = "a proxy URL";

    fn parse(text: &str) -> Result<Self, ParseError> {
        if text.contains('@') {
            return Err(ParseError::new(format!(
                "invalid proxy URL `{}`: it has a password, which every account of the host could read in the units",
                sanitize(text)
            ))
            .with_help("leave it out, and let `overrides.units` name an `EnvironmentFile` of the host that has it"));
        }
        parse_with_suggestion(text, read, |text| {
            let mut url = url::suggest(text)?;
            url.set_path("");
            url.set_query(None);
            Some(url.to_string())
        })
    }
}

fn read(text: &str) -> Result<ProxyUrl, ParseError> {
    let url = url::read(text)?;
    if url.path() != "/" || url.query().is_some() {
        return Err(ParseError::new(format!(
            "invalid proxy URL `{}`: it has a path, and a proxy is only a host and a port",
            sanitize(text)
        )));
    }
    Ok(ProxyUrl(url))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn proxy_url_always_has_its_port() {
        for (text, url) in [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            ("http://Proxy.example/", "http://proxy.example:80"),
            ("https://proxy.example", "https://proxy.example:443"),
            ("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
        ] {
            assert_eq!(canonical::<ProxyUrl>(text), url);
        }
        assert_eq!(suggestion::<ProxyUrl>("http://proxy.example:3128/x?y"), "http://proxy.example:3128");
        assert_eq!(suggestion::<ProxyUrl>("socks5://proxy.example:1080"), "https://proxy.example:1080");
    }

    #[test]
    fn proxy_url_with_a_password_is_rejected_and_not_shown() {
        for text in
            ["http://user:hunter2@proxy.example:3128", "user:hunter2@proxy.example", "http://hunter2@p/"]
        {
            let (why, hint) = parse_error::<ProxyUrl>(text);
            assert!(
                why.contains("password") && !why.contains("hunter2") && !hint.contains("hunter2"),
                "{why}; {hint}"
            );
        }
        for text in ["", "http://", "http://proxy.example:0", "http://a b", "http://proxy.example:3128/$x"] {
            parse_error::<ProxyUrl>(text);
        }
    }

    #[test]
    fn any_text_is_a_proxy_url_or_a_clear_error() {
        properties::check::<ProxyUrl>("https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?/?");
    }
}
