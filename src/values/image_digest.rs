//! The digest of a container image.

use super::{FromText, ParseError, Sha256, sanitize};

/// `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageDigest(String);

display_as_str!(ImageDigest);

impl FromText for ImageDigest {
    const TYPE_NAME: &'static str = "an image digest";

    fn parse(text: &str) -> Result<Self, ParseError> {
        let sum = text.strip_prefix("sha256:").and_then(|sum| Sha256::parse(sum).ok());
        if let Some(sum) = sum {
            return Ok(Self(format!("sha256:{sum}")));
        }
        let error = ParseError::new(format!(
            "invalid image digest `{}`: expected `sha256:` and 64 hexadecimal digits",
            sanitize(text)
        ));
        Err(error.with_help(match Sha256::parse(text) {
            Ok(sum) => format!("write `sha256:{sum}`"),
            Err(_) => {
                "copy it from the registry, for example with `skopeo inspect` or `crane digest`".to_owned()
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn image_digest_is_lower_cased() {
        assert_eq!(
            canonical::<ImageDigest>(&format!("sha256:{}", "aB".repeat(32))),
            format!("sha256:{}", "ab".repeat(32))
        );
        assert_eq!(suggestion::<ImageDigest>(&"0f".repeat(32)), format!("sha256:{}", "0f".repeat(32)));
    }

    #[test]
    fn image_digest_rejects_other_texts() {
        for text in ["", "sha256:", "sha256:12", "md5:d41d8cd98f00b204e9800998ecf8427e", "a:1@sha256:0"] {
            parse_error::<ImageDigest>(text);
        }
    }

    #[test]
    fn any_text_is_an_image_digest_or_a_clear_error() {
        properties::check::<ImageDigest>("(sha256:)?[0-9a-f]{64}");
    }
}
