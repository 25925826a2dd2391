//! The user name for the function gateway, which uses HTTP Basic authentication.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// 1 to 64 printable ASCII characters. `:` is excluded, since it ends the name in Basic authentication (RFC
/// 7617), and white space at either end, since the gateway trims it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GatewayUser(String);

display_as_str!(GatewayUser);

impl FromText for GatewayUser {
    const TYPE_NAME: &'static str = "a gateway user";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| Some(text.split(':').next()?.to_owned()))
    }
}

fn read(text: &str) -> Result<GatewayUser, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| Err(ParseError::new(format!("invalid gateway user `{shown}`: {why}")));
    if text.contains(':') {
        // A password often follows the colon, so the message does not repeat the text.
        return Err(ParseError::new(
            "invalid gateway user: it contains `:`, which ends the name in HTTP Basic authentication",
        ));
    }
    if !text.is_ascii() {
        return invalid("it contains non-ASCII characters, which browsers encode differently");
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return invalid("it begins or ends with a space, which the gateway removes");
    }
    if text.len() > 64 {
        return invalid("it is longer than 64 characters");
    }
    Ok(GatewayUser(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn gateway_user_accepts_printable_names() {
        for text in ["admin", "Jo Do", "a@b", "$x", "'\"\\"] {
            assert_eq!(canonical::<GatewayUser>(text), text);
        }
        canonical::<GatewayUser>(&"a".repeat(64));
        parse_error::<GatewayUser>(&"a".repeat(65));
    }

    #[test]
    fn gateway_user_rejects_what_the_gateway_would_trim() {
        assert_eq!(suggestion::<GatewayUser>("admin:hunter2"), "admin");
        assert!(!parse_error::<GatewayUser>("admin:hunter2").0.contains("hunter2"));
        assert_eq!(suggestion::<GatewayUser>("admin\n"), "admin");
        assert_eq!(suggestion::<GatewayUser>(" admin"), "admin");
        for text in ["", ":", "jürgen", "a\tb"] {
            parse_error::<GatewayUser>(text);
        }
    }

    #[test]
    fn any_text_is_a_gateway_user_or_a_clear_error() {
        properties::check::<GatewayUser>("[ -~]{1,70}");
    }
}
