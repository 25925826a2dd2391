//! An absolute web URL. It is parsed by a strict grammar of its own, because every program downstream (nginx,
//! curl, certbot, a shell) is lenient in its own way. The browsers' URL parser is only used to suggest
//! corrected forms.

use std::fmt;

use super::host_port::HostPort;
use super::{FromText, ParseError, Port, UrlHost, parse_with_suggestion, sanitize};

/// The protocol of a web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Not encrypted.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// Parses the scheme before `://`, in any case.
    pub(super) fn read(text: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }

    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The scheme's default port.
    pub const fn port(self) -> Port {
        match self {
            Self::Http => Port::HTTP,
            Self::Https => Port::HTTPS,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An absolute `http` or `https` URL without a user and without a fragment. The scheme and host are
/// lower-cased, a default port is dropped, and the path is at least `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Url {
    scheme: Scheme,
    authority: HostPort,
    path: String,
    query: Option<String>,
}

impl Url {
    /// The protocol.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The server's host.
    pub fn host(&self) -> &UrlHost {
        &self.authority.host
    }

    /// The server's port, explicit or default.
    pub fn port(&self) -> Port {
        self.authority.port.unwrap_or(self.scheme.port())
    }

    /// The path, which begins with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same URL without a trailing slash, unless the path is only `/`.
    pub(super) fn without_final_slash(mut self) -> Self {
        if self.path.len() > 1 && self.path.ends_with('/') {
            self.path.pop();
        }
        self
    }

    /// The part after `?`.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }
}

impl FromText for Url {
    const TYPE_NAME: &'static str = "a URL";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| suggest(text).map(|url| url.to_string()))
    }
}

pub(super) fn read(text: &str) -> Result<Url, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| ParseError::new(format!("invalid URL `{shown}`: {why}"));
    let (scheme, rest) =
        text.split_once("://").ok_or_else(|| invalid("it does not begin with `https://` or `http://`"))?;
    let scheme =
        Scheme::read(scheme).ok_or_else(|| invalid("it does not begin with `https://` or `http://`"))?;
    let whole = rest;
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut authority = HostPort::read(authority)?;
    authority.port = authority.port.filter(|port| *port != scheme.port());
    if whole.contains('#') {
        return Err(invalid("it has a fragment (`#`), which is never sent to a server"));
    }
    for part in [path, query.unwrap_or_default()] {
        if let Some(c) = part.chars().find(|&c| !c.is_ascii_alphanumeric() && !"/-._~%!+,:=@&?".contains(c)) {
            return Err(invalid(&format!("it contains `{}`", sanitize(&c.to_string()))));
        }
        if !is_percent_encoded(part) {
            return Err(invalid("it has a `%` without two hexadecimal digits"));
        }
    }
    if path.contains('&') {
        return Err(invalid("it contains `&` in its path"));
    }
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if matches!(segment, "." | "..") || (segment.is_empty() && segments.peek().is_some()) {
            return Err(invalid("it has `//`, `.` or `..` in its path"));
        }
    }
    let path = if path.is_empty() { "/" } else { path };
    Ok(Url { scheme, authority, path: path.to_owned(), query: query.map(str::to_owned) })
}

fn is_percent_encoded(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|rest| rest.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}

/// What a browser would make of the text, without its user and fragment.
pub(super) fn suggest(text: &str) -> Option<::url::Url> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = match text.split_once("://") {
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => format!("http://{rest}"),
            _ => format!("https://{rest}"),
        },
        None => format!("https://{}", text.trim_start_matches('/')),
    };
    let mut url = ::url::Url::parse(&text).ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    while url.path().contains("//") {
        url.set_path(&url.path().replace("//", "/"));
    }
    Some(url)
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)?;
        self.query.as_ref().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn url_is_written_in_canonical_form() {
        for (text, url) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://Example.COM:443/A/b%20c?x=1", "https://example.com/A/b%20c?x=1"),
            ("http://127.0.0.1:8080/healthz", "http://127.0.0.1:8080/healthz"),
            ("http://[::1]:80/", "http://[::1]/"),
            ("https://münchen.de/", "https://xn--mnchen-3ya.de/"),
        ] {
            assert_eq!(canonical::<Url>(text), url);
        }
        let url = Url::parse("https://a.example/x?y").unwrap();
        assert_eq!(
            (url.scheme(), url.port(), url.path(), url.query()),
            (Scheme::Https, Port::HTTPS, "/x", Some("y"))
        );
    }

    #[test]
    fn url_suggests_a_valid_form_for_loose_spellings() {
        for (text, url) in [
            ("example.com/x", "https://example.com/x"),
            ("//example.com/x", "https://example.com/x"),
            ("ftp://example.com/x", "https://example.com/x"),
            ("https://u:p@example.com/x", "https://example.com/x"),
            ("https://example.com/x#y", "https://example.com/x"),
            ("https://example.com/a/../b//c", "https://example.com/b/c"),
            ("https://example.com:0443/", "https://example.com/"),
            ("http://127.1/", "http://127.0.0.1/"),
            (" https://example.com/x ", "https://example.com/x"),
        ] {
            assert_eq!(suggestion::<Url>(text), url);
        }
    }

    #[test]
    fn url_error_never_shows_the_password() {
        for text in
            ["https://u:hunter2@a.example/$", "https://u:hunter2@a.example/\u{7}", "u:hunter2@a.example"]
        {
            let (why, hint) = parse_error::<Url>(text);
            assert!(!why.contains("hunter2") && !hint.contains("hunter2"), "{why}; {hint}");
        }
    }

    #[test]
    fn url_rejects_other_texts() {
        for text in [
            "",
            "https://",
            "https:///x",
            "https://a/%zz",
            "https://a/$x",
            "https://a/'",
            "file:///etc/passwd",
        ] {
            parse_error::<Url>(text);
        }
    }

    #[test]
    fn any_text_is_a_url_or_a_clear_error() {
        properties::check::<Url>(
            "https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?(/[a-z0-9%.~]{0,4}){0,3}([?][a-z=&]{0,5})?",
        );
    }
}
