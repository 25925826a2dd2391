//! An email address for the ACME account: the syntax that both certbot and the CA's server accept.

use std::fmt;

use super::{Domain, FromText, ParseError, parse_with_suggestion, sanitize};

/// An email address, `local@domain`. The domain is lower-cased, the local part is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmailAddress {
    local: String,
    domain: Domain,
}

impl EmailAddress {
    /// The part after the `@`.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Why the public CA would reject this address, or `None`.
    pub fn public_ca_objection(&self) -> Option<String> {
        if matches!(self.domain.as_str(), "example.com" | "example.net" | "example.org") {
            return Some(format!("`{self}` is reserved for documentation, the public CA rejects it"));
        }
        self.domain.public_ca_objection()
    }
}

impl FromText for EmailAddress {
    const TYPE_NAME: &'static str = "an email address";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            // `Ops <ops@example.com>`, `mailto:ops@example.com`, `ops@example.com.`
            let text = text.rsplit('<').next()?.split('>').next()?;
            let text = text.strip_prefix("mailto:").unwrap_or(text).trim();
            let (local, domain) = text.rsplit_once('@')?;
            Some(format!("{local}@{}", Domain::parse(domain.trim_end_matches('.')).ok()?))
        })
    }
}

fn read(text: &str) -> Result<EmailAddress, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| Err(ParseError::new(format!("invalid email address `{shown}`: {why}")));
    let Some((local, domain)) = text.rsplit_once('@') else {
        return invalid("it has no `@`");
    };
    if local.is_empty() || local.len() > 64 {
        return invalid("expected 1 to 64 characters before the `@`");
    }
    if let Some(c) = local.chars().find(|&c| !c.is_ascii_alphanumeric() && !"._%+-".contains(c)) {
        return invalid(&format!("certbot does not accept `{}` before the `@`", sanitize(&c.to_string())));
    }
    if local.starts_with(['.', '-']) || local.ends_with('.') || local.contains("..") {
        return invalid("certbot does not accept this dot or hyphen before the `@`");
    }
    if !domain.is_ascii() {
        return invalid("its domain has non-ASCII characters");
    }
    let domain = match Domain::parse(domain) {
        Ok(domain) => domain,
        Err(error) => return invalid(&error.message),
    };
    let email = EmailAddress { local: local.to_owned(), domain };
    if email.to_string().len() > 254 {
        return invalid("it is longer than 254 characters");
    }
    Ok(email)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn email_address_lower_cases_its_domain() {
        assert_eq!(canonical::<EmailAddress>("ops@corp.example"), "ops@corp.example");
        assert_eq!(canonical::<EmailAddress>("Ops+tls@Corp.Example"), "Ops+tls@corp.example");
        assert_eq!(canonical::<EmailAddress>("a.b_c%d-e@x"), "a.b_c%d-e@x");
        assert_eq!(EmailAddress::parse("a@b.example").unwrap().domain().as_str(), "b.example");
    }

    #[test]
    fn email_address_rejects_what_certbot_or_the_ca_rejects() {
        for text in [
            "",
            "ops",
            "@corp.example",
            "ops@",
            "a b@corp.example",
            ".a@corp.example",
            "a.@corp.example",
            "a..b@corp.example",
            "-a@corp.example",
            "a'b@corp.example",
            "\"a b\"@corp.example",
            "a@b@corp.example",
            "a@[192.0.2.1]",
            "a@192.0.2.1",
            "a@corp_x/",
            "ü@corp.example",
            "a,b@corp.example",
        ] {
            parse_error::<EmailAddress>(text);
        }
        parse_error::<EmailAddress>(&format!("{}@corp.example", "a".repeat(65)));
        parse_error::<EmailAddress>(&format!("a@{}", ["a".repeat(63).as_str(); 4].join(".")));
    }

    #[test]
    fn email_address_suggests_the_address_inside_other_texts() {
        for text in [
            "mailto:ops@corp.example",
            "Ops <ops@corp.example>",
            " ops@corp.example",
            "ops@corp.example\n",
            "ops@corp.example.",
        ] {
            assert_eq!(suggestion::<EmailAddress>(text), "ops@corp.example", "{text:?}");
        }
        assert_eq!(suggestion::<EmailAddress>("ops@münchen.de"), "ops@xn--mnchen-3ya.de");
    }

    #[test]
    fn public_ca_objection_is_some_for_documentation_and_private_domains() {
        for text in
            ["ops@example.com", "ops@example.net", "ops@example.org", "ops@corp.example", "root@localhost"]
        {
            assert!(EmailAddress::parse(text).unwrap().public_ca_objection().is_some(), "{text}");
        }
        assert_eq!(EmailAddress::parse("ops@debian.org").unwrap().public_ca_objection(), None);
    }

    #[test]
    fn any_text_is_an_email_address_or_a_clear_error() {
        properties::check::<EmailAddress>("[a-zA-Z0-9._%+-]{1,8}@[a-zA-Z0-9-]{1,5}([.][a-z]{1,4}){0,2}");
    }
}
