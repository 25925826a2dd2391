//! Where certificates come from: the directory of an ACME server, which RFC 8555 wants over TLS.

use std::fmt;

use super::url::{self, Scheme, Url};
use super::{Refusal, Word, read_or_mend, shown};

/// The `https` address of an ACME server's directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The directory as a URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Word for Endpoint {
    const WHAT: &'static str = "an ACME server's address";

    fn parse(text: &str) -> Result<Self, Refusal> {
        read_or_mend(text, read, |text| {
            let url = url::mend(text)?.to_string();
            Some(url.replacen("http://", "https://", 1))
        })
    }
}

fn read(text: &str) -> Result<Endpoint, Refusal> {
    let url = url::read(text)?;
    match url.scheme() {
        Scheme::Https => Ok(Endpoint(url)),
        Scheme::Http => {
            Err(Refusal::new(format!("`{}` is not `https`, and ACME is spoken over TLS only", shown(text))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, mended, refused};
    use super::*;

    #[test]
    fn a_directory_is_read() {
        for text in [
            "https://acme-v02.api.letsencrypt.org/directory",
            "https://localhost:14000/dir",
            "https://ca.internal:9000/acme/acme/directory",
            "https://ca.example/dir?profile=short",
        ] {
            assert_eq!(canonical::<Endpoint>(text), text);
        }
    }

    #[test]
    fn a_server_in_the_clear_is_mended() {
        assert_eq!(mended::<Endpoint>("http://ca.internal/dir"), "https://ca.internal/dir");
        assert_eq!(mended::<Endpoint>("ca.internal/dir"), "https://ca.internal/dir");
        refused::<Endpoint>("letsencrypt $");
    }

    #[test]
    fn any_text_is_an_endpoint_or_well_refused() {
        claims::hold::<Endpoint>("https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?(/[a-z0-9.~]{0,4}){0,3}");
    }
}
