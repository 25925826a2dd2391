//! The prefix of a route. Both ends are a slash: `location /x` also takes `/xyz`, and `/x` + `/y/z` makes
//! `/yz`-like paths that nobody meant. Only letters that no grammar on the way gives a meaning are taken.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A path prefix that begins and ends with `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoutePath(String);

spelled!(RoutePath);

impl RoutePath {
    /// The whole site, `/`.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Whether this is the whole site.
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// The path without its final slash: `/grafana`, and nothing for `/`.
    pub fn without_slash(&self) -> &str {
        self.0.trim_end_matches('/')
    }
}

impl FromText for RoutePath {
    const TYPE_NAME: &'static str = "a route path";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text = text.split(['?', '#']).next()?;
            let segments: Vec<&str> = text.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
            Some(if segments.is_empty() { "/".to_owned() } else { format!("/{}/", segments.join("/")) })
        })
    }
}

fn read(text: &str) -> Result<RoutePath, ParseError> {
    let said = sanitize(text);
    let refuse = |why: &str| Err(ParseError::new(format!("`{said}` {why}")));
    if let Some(c) = text.chars().find(|&c| !c.is_ascii_alphanumeric() && !"/-._~@:+,=!".contains(c)) {
        let c = c.to_string();
        let c = sanitize(&c);
        return refuse(&format!(
            "holds `{c}`, and a route path has letters, digits and `- . _ ~ @ : + , = !`"
        ));
    }
    if !text.starts_with('/') {
        return refuse("does not begin with `/`");
    }
    if !text.ends_with('/') {
        return refuse("does not end with `/`");
    }
    if text.contains("//") {
        return refuse("has `//` inside, and nginx joins slashes before it looks for a route");
    }
    if text.split('/').any(|segment| matches!(segment, "." | "..")) {
        return refuse("has `.` or `..` inside, and nginx resolves them before it looks for a route");
    }
    if text.len() > 1024 {
        return refuse("is longer than 1024 characters");
    }
    Ok(RoutePath(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_path_between_slashes_is_read() {
        for text in ["/", "/grafana/", "/a/b-c/d.e_f~g/", "/@x/", "/...x/", "/v1:run/"] {
            assert_eq!(canonical::<RoutePath>(text), text);
        }
        assert_eq!(RoutePath::parse("/"), Ok(RoutePath::root()));
        assert_eq!(RoutePath::parse("/a/b/").unwrap().without_slash(), "/a/b");
        assert_eq!(RoutePath::root().without_slash(), "");
    }

    #[test]
    fn missing_and_superfluous_slashes_are_mended() {
        for text in [
            "grafana",
            "/grafana",
            "grafana/",
            "//grafana/",
            "/grafana//",
            "/./grafana/",
            " /grafana/",
            "/grafana/?x",
            "/grafana#x",
        ] {
            assert_eq!(suggestion::<RoutePath>(text), "/grafana/", "{text:?}");
        }
    }

    #[test]
    fn what_some_grammar_gives_a_meaning_is_refused() {
        for c in "$%\\\"'{}; `*<>|^&()[]é\u{a0}".chars() {
            let (why, _) = refused::<RoutePath>(&format!("/a{c}b/"));
            assert!(why.contains("holds"), "{why}");
        }
        for text in ["", "/a/../b/", "/../", "~ ^/x$"] {
            refused::<RoutePath>(text);
        }
        refused::<RoutePath>(&format!("/{}/", "a".repeat(1024)));
    }

    #[test]
    fn any_text_is_a_route_path_or_well_refused() {
        claims::hold::<RoutePath>("/?([a-z0-9.~@-]{0,4}/){0,4}[a-z?#]{0,3}");
    }
}
