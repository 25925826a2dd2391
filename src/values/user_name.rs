//! The Linux user that the IDE runs as.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A Linux user name as `useradd` accepts it, except `root`: everyone who opens the IDE has a shell as this
/// user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserName(String);

display_as_str!(UserName);

impl FromText for UserName {
    const TYPE_NAME: &'static str = "a user name";

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
    let shown = sanitize(text);
    if text == "root" {
        return Err(ParseError::new(
            "user `root` is not allowed: everyone who opens the IDE would have a root shell",
        )
        .with_help("use a separate user, for example `coder`"));
    }
    let begins_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let is_spelled_well =
        text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    if !begins_well || !is_spelled_well {
        return Err(ParseError::new(format!(
            "invalid user name `{shown}`: expected a lower-case letter or `_`, then lower-case letters, digits, `_` or `-`"
        )));
    }
    if text.len() > 32 {
        return Err(ParseError::new(format!(
            "invalid user name `{shown}`: it has {} characters, at most 32 are allowed",
            text.len()
        )));
    }
    Ok(UserName(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn user_name_accepts_linux_users() {
        for text in ["coder", "_x", "a", "web-ide_2"] {
            assert_eq!(canonical::<UserName>(text), text);
        }
        canonical::<UserName>(&"a".repeat(32));
        parse_error::<UserName>(&"a".repeat(33));
    }

    #[test]
    fn user_name_rejects_root_with_the_reason() {
        let (why, hint) = parse_error::<UserName>("root");
        assert!(why.contains("root shell"), "{why}");
        assert_eq!(hint, "use a separate user, for example `coder`");
    }

    #[test]
    fn user_name_suggests_or_rejects_other_spellings() {
        assert_eq!(suggestion::<UserName>("Coder"), "coder");
        assert_eq!(suggestion::<UserName>("web ide"), "web-ide");
        for text in ["", "1a", "-x", "a:b", "a$", "%i", "é", "Root", "1000"] {
            parse_error::<UserName>(text);
        }
    }

    #[test]
    fn any_text_is_a_user_name_or_a_clear_error() {
        properties::check::<UserName>("[a-zA-Z_][a-zA-Z0-9_. -]{0,34}");
    }
}
