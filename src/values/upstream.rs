//! The server that a route proxies to, as nginx's `proxy_pass` takes it. nginx itself accepts `http://127.1`,
//! `:080` and `/$uri` with a different meaning, so the text is parsed here and written in canonical form.

use std::fmt;
use std::net::Ipv4Addr;

use super::host_port::HostPort;
use super::url::Scheme;
use super::{FromText, HostPath, ParseError, Port, RoutePath, UrlHost, parse_with_suggestion, sanitize, url};

/// A server that nginx proxies to: `http://127.0.0.1:3001`, `https://10.0.0.2/app/`, `unix:/run/app.sock`.
///
/// Without a URI, the request's path is passed on unchanged. With one, the URI replaces the route's path.
#[derive(Debug, Clone)]
pub struct Upstream {
    scheme: Scheme,
    place: UpstreamTarget,
    uri: Option<RoutePath>,
    was_localhost: bool,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum UpstreamTarget {
    Network(HostPort),
    Socket(HostPath),
}

impl Upstream {
    /// The protocol to use.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The server's host, or `None` for a socket file.
    pub fn host(&self) -> Option<&UrlHost> {
        match &self.place {
            UpstreamTarget::Network(authority) => Some(&authority.host),
            UpstreamTarget::Socket(_) => None,
        }
    }

    /// The server's port, explicit or default, or `None` for a socket file.
    pub fn port(&self) -> Option<Port> {
        match &self.place {
            UpstreamTarget::Network(authority) => Some(authority.port.unwrap_or(self.scheme.port())),
            UpstreamTarget::Socket(_) => None,
        }
    }

    /// The socket file, or `None` for a network address.
    pub fn socket(&self) -> Option<&HostPath> {
        match &self.place {
            UpstreamTarget::Network(_) => None,
            UpstreamTarget::Socket(path) => Some(path),
        }
    }

    /// The URI that replaces the route's path. It begins and ends with `/`.
    pub fn uri(&self) -> Option<&RoutePath> {
        self.uri.as_ref()
    }

    /// Whether the host is a name. nginx resolves it once, when it starts, and does not start if that fails.
    pub fn is_name(&self) -> bool {
        matches!(self.host(), Some(UrlHost::Name(_)))
    }

    /// A note for the user if the text was changed while it was parsed.
    pub fn note(&self) -> Option<String> {
        self.was_localhost.then(|| {
            "`localhost` is written as `127.0.0.1`: it may also mean `::1`, where a server on IPv4 does not listen"
                .to_owned()
        })
    }
}

impl FromText for Upstream {
    const TYPE_NAME: &'static str = "an upstream";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, suggest)
    }
}

fn read(text: &str) -> Result<Upstream, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| ParseError::new(format!("invalid upstream `{shown}`: {why}"));
    if let Some(c) = text.chars().find(|&c| c.is_whitespace() || "?#$'\"`;{}\\%".contains(c)) {
        return Err(invalid(&format!("it contains `{}`, which is not allowed", sanitize(&c.to_string()))));
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Scheme::read(scheme), rest),
        None => (text.starts_with("unix:").then_some(Scheme::Http), text),
    };
    let scheme = scheme.ok_or_else(|| invalid("it does not begin with `http://`, `https://` or `unix:`"))?;
    let (place, uri, was_localhost) = if let Some(rest) = rest.strip_prefix("unix:") {
        let (path, uri) = match rest.split_once(':') {
            Some((path, uri)) => (path, Some(uri)),
            None => (rest, None),
        };
        let path = HostPath::parse(path).map_err(|error| ParseError::new(error.message))?;
        if path.as_path().file_name().is_none() {
            return Err(invalid("it has no socket file"));
        }
        (UpstreamTarget::Socket(path), uri, false)
    } else {
        let (authority, uri) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut authority = HostPort::read(authority)?;
        let was_localhost = matches!(&authority.host, UrlHost::Name(name) if name.as_str() == "localhost");
        if was_localhost {
            authority.host = UrlHost::V4(Ipv4Addr::LOCALHOST);
        }
        authority.port = authority.port.filter(|port| *port != scheme.port());
        (UpstreamTarget::Network(authority), (!uri.is_empty()).then_some(uri), was_localhost)
    };
    let uri = uri.map(RoutePath::parse).transpose().map_err(|error| ParseError::new(error.message))?;
    Ok(Upstream { scheme, place, uri, was_localhost })
}

fn suggest(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.split(['?', '#', '$']).next()?;
    if let Some(at) = text.find("unix:") {
        let (path, uri) = text[at + 5..].split_once(':').unwrap_or((&text[at + 5..], ""));
        let path = format!("/{}", path.trim_matches('/'));
        return Some(if uri.is_empty() { format!("unix:{path}") } else { format!("unix:{path}:{uri}/") });
    }
    // A bare port, `3001` or `:3001`, is one on this host.
    let text = match text.trim_start_matches(':') {
        port if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => format!("127.0.0.1:{port}"),
        _ => text.to_owned(),
    };
    let text = if text.contains("://") { text } else { format!("http://{}", text.trim_start_matches('/')) };
    let has_uri = text.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    let mut url = url::suggest(&text)?;
    url.set_query(None);
    let url = url.to_string();
    let url = url.trim_end_matches('/');
    Some(if has_uri { format!("{url}/") } else { url.to_owned() })
}

/// Upstreams are equal if their `proxy_pass` is, no matter how they were written.
impl PartialEq for Upstream {
    fn eq(&self, other: &Self) -> bool {
        (self.scheme, &self.place, &self.uri) == (other.scheme, &other.place, &other.uri)
    }
}

impl Eq for Upstream {}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match (&self.place, &self.uri) {
            (UpstreamTarget::Network(authority), None) => authority.fmt(f),
            (UpstreamTarget::Network(authority), Some(uri)) => write!(f, "{authority}{uri}"),
            (UpstreamTarget::Socket(path), None) => write!(f, "unix:{path}"),
            (UpstreamTarget::Socket(path), Some(uri)) => write!(f, "unix:{path}:{uri}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn upstream_is_written_in_canonical_form() {
        for (text, upstream) in [
            ("http://127.0.0.1:3001", "http://127.0.0.1:3001"),
            ("http://127.0.0.1:3001/", "http://127.0.0.1:3001/"),
            ("HTTP://127.0.0.1:80/app/", "http://127.0.0.1/app/"),
            ("https://[::1]:8443/a/b/", "https://[::1]:8443/a/b/"),
            ("https://Grafana.internal", "https://grafana.internal"),
            ("unix:/run/app.sock", "http://unix:/run/app.sock"),
            ("http://unix:/run/app.sock:/api/", "http://unix:/run/app.sock:/api/"),
        ] {
            assert_eq!(canonical::<Upstream>(text), upstream);
        }
    }

    #[test]
    fn uri_of_one_slash_differs_from_no_uri() {
        let uri = |text| Upstream::parse(text).unwrap().uri().map(ToString::to_string);
        assert_eq!(uri("http://127.0.0.1:3001"), None);
        assert_eq!(uri("http://127.0.0.1:3001/"), Some("/".to_owned()));
        assert_ne!(Upstream::parse("http://a").unwrap(), Upstream::parse("http://a/").unwrap());
    }

    #[test]
    fn upstream_exposes_its_parts() {
        let upstream = Upstream::parse("https://10.0.0.2/x/").unwrap();
        assert_eq!(upstream.scheme(), Scheme::Https);
        assert_eq!(upstream.host(), Some(&UrlHost::V4(Ipv4Addr::new(10, 0, 0, 2))));
        assert_eq!(upstream.port(), Some(Port::HTTPS));
        assert_eq!(upstream.socket(), None);
        assert!(!upstream.is_name() && Upstream::parse("http://grafana").unwrap().is_name());
        let socket = Upstream::parse("unix:/run/a.sock").unwrap();
        assert_eq!((socket.host(), socket.port()), (None, None));
        assert_eq!(socket.socket().map(HostPath::as_str), Some("/run/a.sock"));
    }

    #[test]
    fn localhost_becomes_its_ipv4_address_with_a_note() {
        let upstream = Upstream::parse("http://LocalHost:3001").unwrap();
        assert_eq!(upstream.to_string(), "http://127.0.0.1:3001");
        assert!(upstream.note().is_some_and(|note| note.contains("`127.0.0.1`")));
        assert_eq!(Upstream::parse("http://127.0.0.1:3001").unwrap().note(), None);
        assert!(!upstream.is_name());
    }

    #[test]
    fn upstream_suggests_a_form_that_nginx_reads_alike() {
        for (text, upstream) in [
            ("http://127.1:3001", "http://127.0.0.1:3001"),
            ("http://0x7f.1", "http://127.0.0.1"),
            ("http://127.0.0.1:03001", "http://127.0.0.1:3001"),
            ("http://u:p@127.0.0.1:3001", "http://127.0.0.1:3001"),
            ("http://127.0.0.1:3001/app", "http://127.0.0.1:3001/app/"),
            ("http://127.0.0.1:3001/a//b/", "http://127.0.0.1:3001/a/b/"),
            ("http://127.0.0.1:3001/a/../b/", "http://127.0.0.1:3001/b/"),
            ("http://127.0.0.1:3001/?x#f", "http://127.0.0.1:3001/"),
            ("http://127.0.0.1:3001/$uri", "http://127.0.0.1:3001/"),
            ("http://127.0.0.1:3001/ ", "http://127.0.0.1:3001/"),
            ("ws://127.0.0.1:3001", "http://127.0.0.1:3001"),
            ("wss://10.0.0.2/", "https://10.0.0.2/"),
            ("127.0.0.1:3001", "http://127.0.0.1:3001"),
            ("localhost:3001/x", "http://127.0.0.1:3001/x/"),
            (":3001", "http://127.0.0.1:3001"),
            ("3001", "http://127.0.0.1:3001"),
            ("unix:/run/a.sock:/x", "http://unix:/run/a.sock:/x/"),
            ("unix:run/a.sock", "http://unix:/run/a.sock"),
        ] {
            assert_eq!(suggestion::<Upstream>(text), upstream, "{text}");
        }
    }

    #[test]
    fn upstream_rejects_other_texts() {
        for text in [
            "",
            "http://",
            "http:///x/",
            "http://$host",
            "http://a:0",
            "http://a:65536",
            "http://a:80a",
            "http://a b c%",
            "unix:",
            "unix:/",
            "http://a/%2e/",
            "http://a/;x/",
            "http://::1/",
            "http://[::1/",
            "/run/x y$",
        ] {
            parse_error::<Upstream>(text);
        }
    }

    #[test]
    fn any_text_is_an_upstream_or_a_clear_error() {
        properties::check::<Upstream>(
            "(https?://|unix:/|)([a-z0-9.]{1,9}|[0-9.]{1,7}|\\[::1\\])(:[0-9]{1,5})?(/[a-z.~]{0,4}){0,3}",
        );
    }
}
