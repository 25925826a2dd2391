//! The name of an HTTP header.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// 1 to 64 letters, digits and hyphens, with a letter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeaderName(String);

display_as_str!(HeaderName);

impl FromText for HeaderName {
    const TYPE_NAME: &'static str = "a header name";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            Some(text.split(':').next()?.trim().replace(|c: char| c == '_' || c.is_whitespace(), "-"))
        })
    }
}

fn read(text: &str) -> Result<HeaderName, ParseError> {
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins_well || text.len() > 64 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(ParseError::new(format!(
            "invalid header name `{}`: expected a letter, then at most 63 letters, digits or `-`",
            sanitize(text)
        )));
    }
    Ok(HeaderName(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn header_name_accepts_names_in_use() {
        for text in ["X-Forwarded-For", "CF-Connecting-IP", "True-Client-IP", "a"] {
            assert_eq!(canonical::<HeaderName>(text), text);
        }
    }

    #[test]
    fn header_name_suggests_or_rejects_other_spellings() {
        assert_eq!(suggestion::<HeaderName>("X-Real-IP:"), "X-Real-IP");
        assert_eq!(suggestion::<HeaderName>("x_real_ip"), "x-real-ip");
        for text in ["", "-", "$http_x", "a;b", "é"] {
            parse_error::<HeaderName>(text);
        }
    }

    #[test]
    fn any_text_is_a_header_name_or_a_clear_error() {
        properties::check::<HeaderName>("[a-zA-Z0-9_: -]{1,66}");
    }
}
