//! A short name, safe as a file name, a systemd instance and a shell word.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// 1 to 63 letters, digits, dots, hyphens and underscores, with a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

display_as_str!(Label);

impl FromText for Label {
    const TYPE_NAME: &'static str = "a label";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text = text.replace(|c: char| c.is_whitespace() || matches!(c, '/' | ':'), "-");
            Some(text.trim_matches(['-', '.', '_']).to_owned())
        })
    }
}

fn read(text: &str) -> Result<Label, ParseError> {
    let shown = sanitize(text);
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins_well || !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return Err(ParseError::new(format!(
            "invalid label `{shown}`: expected a letter or digit, then letters, digits, `.`, `_` or `-`"
        )));
    }
    if text.len() > 63 {
        return Err(ParseError::new(format!(
            "invalid label `{shown}`: it has {} characters, at most 63 are allowed",
            text.len()
        )));
    }
    Ok(Label(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn label_accepts_valid_names() {
        for text in ["a", "TLS-1.3_x", "0"] {
            assert_eq!(canonical::<Label>(text), text);
        }
        canonical::<Label>(&"a".repeat(63));
        parse_error::<Label>(&"a".repeat(64));
    }

    #[test]
    fn label_suggests_or_rejects_other_spellings() {
        assert_eq!(suggestion::<Label>("my label"), "my-label");
        assert_eq!(suggestion::<Label>("-x"), "x");
        for text in ["", ".", "..", "é", "$x", "a;b"] {
            parse_error::<Label>(text);
        }
    }

    #[test]
    fn any_text_is_a_label_or_a_clear_error() {
        properties::check::<Label>("[a-zA-Z0-9._ -]{1,65}");
    }
}
