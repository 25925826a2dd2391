//! A path on the host. It is written in one way only, so that two paths are the same place exactly when
//! their texts are the same, as far as a text can tell.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// An absolute path without `.`, `..`, `//` or a final slash, and not `/` alone; 4095 bytes in all, 255 in each part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPath(Utf8PathBuf);

impl HostPath {
    /// The path.
    pub fn as_path(&self) -> &Utf8Path {
        &self.0
    }

    /// The path's text.
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
                    // A home directory is somebody's; which path it is cannot be said here.
                    home if parts.is_empty() && home.starts_with('~') => return None,
                    _ => parts.push(part),
                }
            }
            Some(format!("/{}", parts.join("/")))
        })
    }
}

fn read(text: &str) -> Result<HostPath, ParseError> {
    let refuse = |why: &str| Err(ParseError::new(format!("`{}` {why}", sanitize(text))));
    if text.len() > 4095 {
        return refuse("is longer than 4095 bytes");
    }
    if !text.starts_with('/') {
        return refuse("is not an absolute path");
    }
    if text.ends_with(char::is_whitespace) {
        return refuse("ends with white space");
    }
    for part in text.split('/').skip(1) {
        match part {
            "" if text == "/" => {
                return refuse("is the root of everything; name a file or directory below it");
            }
            "" => return refuse("has `//` inside or a slash at its end"),
            "." | ".." => return refuse("has `.` or `..` inside"),
            _ if part.len() > 255 => return refuse("has a part of more than 255 bytes"),
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
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn an_absolute_path_is_read_as_it_stands() {
        for text in ["/opt/panel", "/srv/my data", "/a/..b/.c", "/a\\b", "/dané", "/-x"] {
            assert_eq!(canonical::<HostPath>(text), text);
        }
        refused::<HostPath>("/");
        refused::<HostPath>("//");
        canonical::<HostPath>(&format!("/{}", "a".repeat(255)));
        refused::<HostPath>(&format!("/{}", "a".repeat(256)));
        refused::<HostPath>(&"/a".repeat(2048));
    }

    #[test]
    fn another_spelling_is_mended() {
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
    fn a_home_directory_is_refused_without_a_guess() {
        assert_eq!(
            refused::<HostPath>("~/panel"),
            ("`~/panel` is not an absolute path".to_owned(), String::new())
        );
        refused::<HostPath>("");
        refused::<HostPath>("/a\0b");
    }

    #[test]
    fn any_text_is_a_path_or_well_refused() {
        claims::hold::<HostPath>("/?([a-z. ]{0,4}/){0,4}[a-z~]{0,3}");
    }
}
