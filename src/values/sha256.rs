//! The SHA-256 sum of a download.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sha256(String);

spelled!(Sha256);

impl FromText for Sha256 {
    const TYPE_NAME: &'static str = "a sha256 sum";

    fn parse(text: &str) -> Result<Self, ParseError> {
        // `sha256:…`, or a line of a `.sha256` file: the sum, then the file's name.
        parse_with_suggestion(text, read, |text| {
            let text = text.split_whitespace().next()?;
            Some(text.strip_prefix("sha256:").unwrap_or(text).to_owned())
        })
    }
}

fn read(text: &str) -> Result<Sha256, ParseError> {
    let said = sanitize(text);
    if let Some(c) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
        let c = c.to_string();
        let c = sanitize(&c);
        return Err(ParseError::new(format!(
            "`{said}` is not a sha256 sum: `{c}` is not a hexadecimal digit"
        )));
    }
    if text.len() != 64 {
        return Err(ParseError::new(format!(
            "`{said}` is not a sha256 sum: it has {} digits, not 64",
            text.len()
        )));
    }
    Ok(Sha256(text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_sum_is_read_and_lower_cased() {
        assert_eq!(canonical::<Sha256>(&"aB".repeat(32)), "ab".repeat(32));
    }

    #[test]
    fn a_sum_with_something_around_it_is_mended() {
        let sum = "0f".repeat(32);
        for text in [format!("sha256:{sum}"), format!("{sum}  runc.amd64\n"), format!(" {sum}")] {
            assert_eq!(suggestion::<Sha256>(&text), sum);
        }
    }

    #[test]
    fn another_length_or_letter_is_refused() {
        for text in
            ["", "abc", &"a".repeat(63), &"a".repeat(65), &"g".repeat(64), &"a".repeat(40), &"é".repeat(32)]
        {
            refused::<Sha256>(text);
        }
    }

    #[test]
    fn any_text_is_a_sum_or_well_refused() {
        claims::hold::<Sha256>("[0-9a-fA-F]{63,65}");
    }
}
