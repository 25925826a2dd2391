//! A mail address for the ACME account: the part that both certbot and the CA's server understand.

use std::fmt;

use super::{Domain, FromText, ParseError, parse_with_suggestion, sanitize};

/// A mail address, `local@domain`. The domain is lower-cased, the local part kept as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmailAddress {
    local: String,
    domain: Domain,
}

impl EmailAddress {
    /// The part behind the `@`.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Why the public CA would refuse this address, if it would.
    pub fn public_ca_objection(&self) -> Option<String> {
        if matches!(self.domain.as_str(), "example.com" | "example.net" | "example.org") {
            return Some(format!("`{self}` is an address for documentation, and the public CA forbids it"));
        }
        self.domain.public_ca_objection()
    }
}

impl FromText for EmailAddress {
    const TYPE_NAME: &'static str = "a mail address";

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
    let said = sanitize(text);
    let refuse = |why: &str| Err(ParseError::new(format!("`{said}` {why}")));
    let Some((local, domain)) = text.rsplit_once('@') else {
        return refuse("is not a mail address: it has no `@`");
    };
    if local.is_empty() || local.len() > 64 {
        return refuse("is not a mail address: 1 to 64 characters stand before the `@`");
    }
    if let Some(c) = local.chars().find(|&c| !c.is_ascii_alphanumeric() && !"._%+-".contains(c)) {
        return refuse(&format!(
            "is not a mail address certbot takes: `{}` stands before the `@`",
            sanitize(&c.to_string())
        ));
    }
    if local.starts_with(['.', '-']) || local.ends_with('.') || local.contains("..") {
        return refuse("is not a mail address certbot takes: a dot or hyphen is misplaced before the `@`");
    }
    if !domain.is_ascii() {
        return refuse("has letters outside ASCII in its domain");
    }
    let domain = match Domain::parse(domain) {
        Ok(domain) => domain,
        Err(error) => return refuse(&format!("is not a mail address: {}", error.message)),
    };
    let email = EmailAddress { local: local.to_owned(), domain };
    if email.to_string().len() > 254 {
        return refuse("is longer than 254 characters");
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
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn an_address_is_read_and_its_domain_lower_cased() {
        assert_eq!(canonical::<EmailAddress>("ops@corp.example"), "ops@corp.example");
        assert_eq!(canonical::<EmailAddress>("Ops+tls@Corp.Example"), "Ops+tls@corp.example");
        assert_eq!(canonical::<EmailAddress>("a.b_c%d-e@x"), "a.b_c%d-e@x");
        assert_eq!(EmailAddress::parse("a@b.example").unwrap().domain().as_str(), "b.example");
    }

    #[test]
    fn what_certbot_or_the_ca_would_refuse_is_refused() {
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
            refused::<EmailAddress>(text);
        }
        refused::<EmailAddress>(&format!("{}@corp.example", "a".repeat(65)));
        refused::<EmailAddress>(&format!("a@{}", ["a".repeat(63).as_str(); 4].join(".")));
    }

    #[test]
    fn an_address_in_a_wrapper_is_mended() {
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
    fn the_public_ca_forbids_documentation_and_private_addresses() {
        for text in
            ["ops@example.com", "ops@example.net", "ops@example.org", "ops@corp.example", "root@localhost"]
        {
            assert!(EmailAddress::parse(text).unwrap().public_ca_objection().is_some(), "{text}");
        }
        assert_eq!(EmailAddress::parse("ops@debian.org").unwrap().public_ca_objection(), None);
    }

    #[test]
    fn any_text_is_a_mail_address_or_well_refused() {
        claims::hold::<EmailAddress>("[a-zA-Z0-9._%+-]{1,8}@[a-zA-Z0-9-]{1,5}([.][a-z]{1,4}){0,2}");
    }
}
