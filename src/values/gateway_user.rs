//! The user of the functions' gateway, who logs in by HTTP Basic authentication.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// 1 to 64 printable ASCII characters without `:`, which ends the name in Basic authentication (RFC 7617),
/// and without white space at the ends, which the gateway cuts off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GatewayUser(String);

spelled!(GatewayUser);

impl FromText for GatewayUser {
    const TYPE_NAME: &'static str = "a gateway user";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| Some(text.split(':').next()?.to_owned()))
    }
}

fn read(text: &str) -> Result<GatewayUser, ParseError> {
    let said = sanitize(text);
    let refuse = |why: &str| Err(ParseError::new(format!("`{said}` {why}")));
    if text.contains(':') {
        // What follows is often the password, so the text is not repeated.
        return Err(ParseError::new(
            "a gateway user has no `:`, which ends the name in HTTP Basic authentication",
        ));
    }
    if !text.is_ascii() {
        return refuse("holds letters outside ASCII, which browsers send in different ways");
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return refuse("begins or ends with a space, which the gateway cuts off");
    }
    if text.len() > 64 {
        return refuse("is longer than 64 characters");
    }
    Ok(GatewayUser(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_printable_name_is_read() {
        for text in ["admin", "Jo Do", "a@b", "$x", "'\"\\"] {
            assert_eq!(canonical::<GatewayUser>(text), text);
        }
        canonical::<GatewayUser>(&"a".repeat(64));
        refused::<GatewayUser>(&"a".repeat(65));
    }

    #[test]
    fn what_the_gateway_would_cut_is_refused() {
        assert_eq!(suggestion::<GatewayUser>("admin:hunter2"), "admin");
        assert!(!refused::<GatewayUser>("admin:hunter2").0.contains("hunter2"));
        assert_eq!(suggestion::<GatewayUser>("admin\n"), "admin");
        assert_eq!(suggestion::<GatewayUser>(" admin"), "admin");
        for text in ["", ":", "jürgen", "a\tb"] {
            refused::<GatewayUser>(text);
        }
    }

    #[test]
    fn any_text_is_a_gateway_user_or_well_refused() {
        claims::hold::<GatewayUser>("[ -~]{1,70}");
    }
}
