//! An account on the host, for the IDE to run as.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A Linux account name as `useradd` takes it, and never `root`: whoever opens the IDE has a shell as this
/// account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserName(String);

spelled!(UserName);

impl FromText for UserName {
    const TYPE_NAME: &'static str = "an account name";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            Some(
                text.to_ascii_lowercase()
                    .replace(|c: char| c.is_whitespace() || matches!(c, '.' | '/' | '@'), "-"),
            )
        })
    }
}

fn read(text: &str) -> Result<UserName, ParseError> {
    let said = sanitize(text);
    if text == "root" {
        return Err(ParseError::new("`root` would give everybody who opens the IDE a shell as root")
            .with_help("give an account of its own, for example `coder`"));
    }
    let begins_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let is_spelled_well =
        text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    if !begins_well || !is_spelled_well {
        return Err(ParseError::new(format!(
            "`{said}` is not an account name: a lower-case letter or `_`, then lower-case letters, digits, `_` and `-`"
        )));
    }
    if text.len() > 32 {
        return Err(ParseError::new(format!(
            "`{said}` has {} characters, and an account name has at most 32",
            text.len()
        )));
    }
    Ok(UserName(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_linux_account_is_read() {
        for text in ["coder", "_x", "a", "web-ide_2"] {
            assert_eq!(canonical::<UserName>(text), text);
        }
        canonical::<UserName>(&"a".repeat(32));
        refused::<UserName>(&"a".repeat(33));
    }

    #[test]
    fn root_is_refused_with_the_reason() {
        let (why, hint) = refused::<UserName>("root");
        assert!(why.contains("shell as root"), "{why}");
        assert_eq!(hint, "give an account of its own, for example `coder`");
    }

    #[test]
    fn another_spelling_is_mended_or_refused() {
        assert_eq!(suggestion::<UserName>("Coder"), "coder");
        assert_eq!(suggestion::<UserName>("web ide"), "web-ide");
        for text in ["", "1a", "-x", "a:b", "a$", "%i", "é", "Root", "1000"] {
            refused::<UserName>(text);
        }
    }

    #[test]
    fn any_text_is_an_account_or_well_refused() {
        claims::hold::<UserName>("[a-zA-Z_][a-zA-Z0-9_. -]{0,34}");
    }
}
