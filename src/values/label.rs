//! A short label, fit for a file's name, an instance and a shell word alike.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// 1 to 63 letters, digits, dots, hyphens and underscores, with a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

spelled!(Label);

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
    let said = sanitize(text);
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins_well || !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return Err(ParseError::new(format!(
            "`{said}` is not a label: a letter or digit, then letters, digits, `.`, `_` and `-`"
        )));
    }
    if text.len() > 63 {
        return Err(ParseError::new(format!(
            "`{said}` has {} characters, and a label has at most 63",
            text.len()
        )));
    }
    Ok(Label(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_label_is_read() {
        for text in ["a", "TLS-1.3_x", "0"] {
            assert_eq!(canonical::<Label>(text), text);
        }
        canonical::<Label>(&"a".repeat(63));
        refused::<Label>(&"a".repeat(64));
    }

    #[test]
    fn another_spelling_is_mended_or_refused() {
        assert_eq!(suggestion::<Label>("my label"), "my-label");
        assert_eq!(suggestion::<Label>("-x"), "x");
        for text in ["", ".", "..", "é", "$x", "a;b"] {
            refused::<Label>(text);
        }
    }

    #[test]
    fn any_text_is_a_label_or_well_refused() {
        claims::hold::<Label>("[a-zA-Z0-9._ -]{1,65}");
    }
}
