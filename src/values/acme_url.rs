//! The URL of an ACME server's directory. RFC 8555 requires TLS.

use std::fmt;

use super::url::{self, Scheme, Url};
use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// The `https` URL of an ACME server's directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcmeUrl(Url);

impl AcmeUrl {
    /// The directory's URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for AcmeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromText for AcmeUrl {
    const TYPE_NAME: &'static str = "an ACME server URL";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let url = url::suggest(text)?.to_string();
            Some(url.replacen("http://", "https://", 1))
        })
    }
}

fn read(text: &str) -> Result<AcmeUrl, ParseError> {
    let url = url::read(text)?;
    match url.scheme() {
        Scheme::Https => Ok(AcmeUrl(url)),
        Scheme::Http => Err(ParseError::new(format!(
            "invalid ACME server URL `{}`: ACME requires `https`",
            sanitize(text)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn acme_url_accepts_directory_urls() {
        for text in [
            "https://acme-v02.api.letsencrypt.org/directory",
            "https://localhost:14000/dir",
            "https://ca.internal:9000/acme/acme/directory",
            "https://ca.example/dir?profile=short",
        ] {
            assert_eq!(canonical::<AcmeUrl>(text), text);
        }
    }

    #[test]
    fn acme_url_suggests_https_for_http() {
        assert_eq!(suggestion::<AcmeUrl>("http://ca.internal/dir"), "https://ca.internal/dir");
        assert_eq!(suggestion::<AcmeUrl>("ca.internal/dir"), "https://ca.internal/dir");
        parse_error::<AcmeUrl>("letsencrypt $");
    }

    #[test]
    fn any_text_is_an_acme_url_or_a_clear_error() {
        properties::check::<AcmeUrl>("https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?(/[a-z0-9.~]{0,4}){0,3}");
    }
}
