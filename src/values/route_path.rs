//! The path prefix of a route. It begins and ends with a slash: nginx's `location /x` would also match
//! `/xyz`, and `/x` with `/y/z` would make `/yz`. Only characters without a meaning in any grammar downstream
//! are accepted.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A path prefix that begins and ends with `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoutePath(String);

display_as_str!(RoutePath);

impl RoutePath {
    /// `/`, which covers the whole site.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Whether the path is `/`.
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// The path without its trailing slash: `/grafana`, and an empty text for `/`.
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
    let shown = sanitize(text);
    let invalid = |why: &str| Err(ParseError::new(format!("invalid route path `{shown}`: {why}")));
    if let Some(c) = text.chars().find(|&c| !c.is_ascii_alphanumeric() && !"/-._~@:+,=!".contains(c)) {
        let c = c.to_string();
        let c = sanitize(&c);
        return invalid(&format!(
            "it contains `{c}`, only letters, digits and `- . _ ~ @ : + , = !` are allowed"
        ));
    }
    if !text.starts_with('/') {
        return invalid("it does not begin with `/`");
    }
    if !text.ends_with('/') {
        return invalid("it does not end with `/`");
    }
    if text.contains("//") {
        return invalid("it contains `//`, but nginx merges slashes before it selects a route");
    }
    if text.split('/').any(|segment| matches!(segment, "." | "..")) {
        return invalid("it has `.` or `..` as a segment, but nginx resolves them before it selects a route");
    }
    if text.len() > 1024 {
        return invalid("it is longer than 1024 characters");
    }
    Ok(RoutePath(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn route_path_accepts_a_path_between_slashes() {
        for text in ["/", "/grafana/", "/a/b-c/d.e_f~g/", "/@x/", "/...x/", "/v1:run/"] {
            assert_eq!(canonical::<RoutePath>(text), text);
        }
        assert_eq!(RoutePath::parse("/"), Ok(RoutePath::root()));
        assert_eq!(RoutePath::parse("/a/b/").unwrap().without_slash(), "/a/b");
        assert_eq!(RoutePath::root().without_slash(), "");
    }

    #[test]
    fn route_path_suggests_correct_slashes() {
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
    fn route_path_rejects_characters_with_a_meaning() {
        for c in "$%\\\"'{}; `*<>|^&()[]é\u{a0}".chars() {
            let (why, _) = parse_error::<RoutePath>(&format!("/a{c}b/"));
            assert!(why.contains("contains"), "{why}");
        }
        for text in ["", "/a/../b/", "/../", "~ ^/x$"] {
            parse_error::<RoutePath>(text);
        }
        parse_error::<RoutePath>(&format!("/{}/", "a".repeat(1024)));
    }

    #[test]
    fn any_text_is_a_route_path_or_a_clear_error() {
        properties::check::<RoutePath>("/?([a-z0-9.~@-]{0,4}/){0,4}[a-z?#]{0,3}");
    }
}
