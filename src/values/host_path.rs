//! A path on the host, in normalized form: two paths that differ as text are different files, links aside.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// An absolute path without `.`, `..`, `//` or a trailing slash, and not `/` itself. At most 4095 bytes, 255
/// per component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPath(Utf8PathBuf);

impl HostPath {
    /// The path.
    pub fn as_path(&self) -> &Utf8Path {
        &self.0
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl AsRef<Utf8Path> for HostPath {
    fn as_ref(&self) -> &Utf8Path {
        &self.0
    }
}

impl FromText for HostPath {
    const TYPE_NAME: &'static str = "an absolute path";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let mut parts = Vec::new();
            for part in text.strip_prefix("file://").unwrap_or(text).split('/') {
                match part.trim_end() {
                    "" | "." => {}
                    ".." => drop(parts.pop()),
                    // `~` depends on the user, so it cannot be expanded here.
                    home if parts.is_empty() && home.starts_with('~') => return None,
                    _ => parts.push(part),
                }
            }
            Some(format!("/{}", parts.join("/")))
        })
    }
}

fn read(text: &str) -> Result<HostPath, ParseError> {
    let invalid = |why: &str| Err(ParseError::new(format!("invalid path `{}`: {why}", sanitize(text))));
    if text.len() > 4095 {
        return invalid("it is longer than 4095 bytes");
    }
    if !text.starts_with('/') {
        return invalid("it is not absolute");
    }
    if text.ends_with(char::is_whitespace) {
        return invalid("it ends with white space");
    }
    for part in text.split('/').skip(1) {
        match part {
            "" if text == "/" => {
                return invalid("it is the root directory, expected a file or directory below it");
            }
            "" => return invalid("it has `//` or a trailing slash"),
            "." | ".." => return invalid("it has `.` or `..` as a component"),
            _ if part.len() > 255 => return invalid("it has a component of more than 255 bytes"),
            _ => {}
        }
    }
    Ok(HostPath(text.into()))
}

impl fmt::Display for HostPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn host_path_keeps_absolute_paths_unchanged() {
        for text in ["/opt/panel", "/srv/my data", "/a/..b/.c", "/a\\b", "/dané", "/-x"] {
            assert_eq!(canonical::<HostPath>(text), text);
        }
        parse_error::<HostPath>("/");
        parse_error::<HostPath>("//");
        canonical::<HostPath>(&format!("/{}", "a".repeat(255)));
        parse_error::<HostPath>(&format!("/{}", "a".repeat(256)));
        parse_error::<HostPath>(&"/a".repeat(2048));
    }

    #[test]
    fn host_path_suggests_the_normalized_path() {
        for text in [
            "opt/panel",
            "/opt/panel/",
            "//opt//panel",
            "/opt/./panel",
            "/opt/x/../panel",
            "/../opt/panel",
            " /opt/panel",
            "/opt/panel\n",
            "file:///opt/panel",
        ] {
            assert_eq!(suggestion::<HostPath>(text), "/opt/panel", "{text:?}");
        }
    }

    #[test]
    fn host_path_rejects_home_directories_without_a_suggestion() {
        assert_eq!(
            parse_error::<HostPath>("~/panel"),
            ("invalid path `~/panel`: it is not absolute".to_owned(), String::new())
        );
        parse_error::<HostPath>("");
        parse_error::<HostPath>("/a\0b");
    }

    #[test]
    fn any_text_is_a_host_path_or_a_clear_error() {
        properties::check::<HostPath>("/?([a-z. ]{0,4}/){0,4}[a-z~]{0,3}");
    }
}
