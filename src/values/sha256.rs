//! The SHA-256 checksum of a download.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sha256(String);

display_as_str!(Sha256);

impl FromText for Sha256 {
    const TYPE_NAME: &'static str = "a SHA-256 checksum";

    fn parse(text: &str) -> Result<Self, ParseError> {
        // `sha256:…`, or a line of a `.sha256` file: the checksum, then the file name.
        parse_with_suggestion(text, read, |text| {
            let text = text.split_whitespace().next()?;
            Some(text.strip_prefix("sha256:").unwrap_or(text).to_owned())
        })
    }
}

fn read(text: &str) -> Result<Sha256, ParseError> {
    let shown = sanitize(text);
    if let Some(c) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
        let c = c.to_string();
        let c = sanitize(&c);
        return Err(ParseError::new(format!(
            "invalid SHA-256 checksum `{shown}`: `{c}` is not a hexadecimal digit"
        )));
    }
    if text.len() != 64 {
        return Err(ParseError::new(format!(
            "invalid SHA-256 checksum `{shown}`: it has {} digits, expected 64",
            text.len()
        )));
    }
    Ok(Sha256(text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn sha256_is_lower_cased() {
        assert_eq!(canonical::<Sha256>(&"aB".repeat(32)), "ab".repeat(32));
    }

    #[test]
    fn sha256_suggests_the_checksum_inside_other_texts() {
        let sum = "0f".repeat(32);
        for text in [format!("sha256:{sum}"), format!("{sum}  runc.amd64\n"), format!(" {sum}")] {
            assert_eq!(suggestion::<Sha256>(&text), sum);
        }
    }

    #[test]
    fn sha256_rejects_other_lengths_and_letters() {
        for text in
            ["", "abc", &"a".repeat(63), &"a".repeat(65), &"g".repeat(64), &"a".repeat(40), &"é".repeat(32)]
        {
            parse_error::<Sha256>(text);
        }
    }

    #[test]
    fn any_text_is_a_sha256_or_a_clear_error() {
        properties::check::<Sha256>("[0-9a-fA-F]{63,65}");
    }
}
