//! The name of a systemd unit.

use super::{FromText, ParseError, nearest, parse_with_suggestion, sanitize};

/// A unit name with its type, such as `name.service` or `name@instance.service`, in the characters that
/// systemd accepts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitName(String);

display_as_str!(UnitName);

/// The unit types.
const TYPES: &[&str] = &[
    "service",
    "socket",
    "timer",
    "target",
    "path",
    "mount",
    "automount",
    "swap",
    "device",
    "slice",
    "scope",
];

impl UnitName {
    /// The type, such as `service`.
    pub fn kind(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }
}

impl FromText for UnitName {
    const TYPE_NAME: &'static str = "a unit name";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let name = text.rsplit('/').next()?;
            Some(match name.rsplit_once('.') {
                _ if has_type(name) => name.to_owned(),
                Some((stem, unit_type)) => match nearest(&unit_type.to_lowercase(), TYPES.iter().copied()) {
                    Some(near) => format!("{stem}.{near}"),
                    None => format!("{name}.service"),
                },
                None => format!("{name}.service"),
            })
        })
    }
}

fn has_type(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, kind)| TYPES.contains(&kind))
}

fn read(text: &str) -> Result<UnitName, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| Err(ParseError::new(format!("invalid unit name `{shown}`: {why}")));
    if let Some(c) = text.chars().find(|&c| !c.is_ascii_alphanumeric() && !":-_.\\@".contains(c)) {
        return invalid(&format!("it contains `{}`", sanitize(&c.to_string())));
    }
    if !has_type(text) {
        return invalid("it has no type such as `.service`");
    }
    if text.starts_with(['.', '-', '@']) {
        return invalid("it does not begin with a letter, a digit or `_`");
    }
    if text.len() > 255 {
        return invalid("it is longer than 255 characters");
    }
    Ok(UnitName(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn unit_name_accepts_valid_names() {
        for text in
            ["faasd.service", "certbot-renew.timer", "getty@tty1.service", r"srv-my\x20data.mount", "x.slice"]
        {
            assert_eq!(canonical::<UnitName>(text), text);
        }
        assert_eq!(UnitName::parse("certbot-renew.timer").unwrap().kind(), "timer");
    }

    #[test]
    fn unit_name_suggests_a_missing_type() {
        assert_eq!(suggestion::<UnitName>("faasd"), "faasd.service");
        assert_eq!(suggestion::<UnitName>("/etc/systemd/system/faasd.service"), "faasd.service");
    }

    #[test]
    fn hint_corrects_the_type_when_it_is_misspelt() {
        assert_eq!(suggestion::<UnitName>("faasd.servce"), "faasd.service");
        assert_eq!(suggestion::<UnitName>("certbot-renew.tmier"), "certbot-renew.timer");
        assert_eq!(suggestion::<UnitName>("my.app"), "my.app.service");
    }

    #[test]
    fn unit_name_rejects_what_systemd_rejects() {
        for text in [
            "",
            ".service",
            "-x.service",
            "@x.service",
            "a b.service",
            "a%i.service",
            "é.service",
            "a.service\n[x]",
            "$x.service",
        ] {
            parse_error::<UnitName>(text);
        }
        parse_error::<UnitName>(&format!("{}.service", "a".repeat(248)));
    }

    #[test]
    fn any_text_is_a_unit_name_or_a_clear_error() {
        properties::check::<UnitName>("[a-z0-9@:_.-]{1,9}([.](service|timer|foo))?");
    }
}
