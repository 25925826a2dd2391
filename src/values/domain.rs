//! A host name, as certificates, nginx's `server_name` and directories below `live/` take it.
//!
//! The grammar is that of the public CA's own policy (letters, digits and hyphens, labels of 1 to 63, 253 in
//! all) without its demand for a public suffix: an internal CA may well serve `panel.corp`. A name in any
//! script is taken as typed and turned into its `xn--` form by UTS 46, non-transitional, as browsers do.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use psl::{Psl, Type};

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A domain name in lower-case ASCII.
#[derive(Debug, Clone)]
pub struct Domain {
    name: String,
    typed: Option<String>,
}

impl Domain {
    /// The name as it lands in files.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The name in the operator's own script, where it had to be turned into its `xn--` form.
    pub fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    /// The labels, left to right.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.name.split('.')
    }

    /// Why the public CA would refuse to certify this name, if it would; an internal CA may not mind.
    pub fn public_ca_objection(&self) -> Option<String> {
        let name = &self.name;
        if let Some(special) = SPECIAL_USE.iter().find(|special| is_at_or_below(name, special)) {
            return Some(format!(
                "`{name}` lies under `{special}`, which is reserved and not on the public internet"
            ));
        }
        let Some(suffix) = icann_suffix(name) else {
            return Some(format!("`{name}` does not end in a public suffix such as `com` or `co.uk`"));
        };
        if suffix == name {
            return Some(format!("`{name}` is itself a public suffix"));
        }
        let labels = self.labels().count();
        (labels > PUBLIC_LABELS)
            .then(|| format!("`{name}` has {labels} labels, and the public CA takes at most {PUBLIC_LABELS}"))
    }
}

/// The most labels that the public CA takes.
const PUBLIC_LABELS: usize = 10;

/// Names that standards keep out of the public tree (RFC 2606, 6761, 6762, 7686, 8375, 9476; ICANN for
/// `internal`). Some of them stand in the public suffix list all the same.
const SPECIAL_USE: &[&str] =
    &["local", "localhost", "internal", "test", "example", "invalid", "onion", "alt", "home.arpa"];

fn is_at_or_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The longest suffix in the ICANN part of the public suffix list. A suffix from its private part
/// (`github.io`) can be certified, so the search goes on above it.
fn icann_suffix(name: &str) -> Option<&str> {
    let mut name = name;
    loop {
        let suffix = psl::List.suffix(name.as_bytes())?;
        let text = &name[name.len() - suffix.as_bytes().len()..];
        match suffix.typ() {
            Some(Type::Icann) => return Some(text),
            Some(Type::Private) => name = text.split_once('.')?.1,
            None => return None,
        }
    }
}

impl FromText for Domain {
    const TYPE_NAME: &'static str = "a domain";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, suggest)
    }
}

/// Longer texts are not even looked at: punycode takes time that grows with the square of a label.
const MAX_TYPED_LEN: usize = 1000;

fn read(text: &str) -> Result<Domain, ParseError> {
    if is_canonical(text) {
        return Ok(Domain { name: text.to_owned(), typed: None });
    }
    mapped(text)
}

fn mapped(text: &str) -> Result<Domain, ParseError> {
    if let Some(error) = not_a_name(text) {
        return Err(error);
    }
    let is_typed_in_ascii = text.is_ascii();
    let name = Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
        .map_err(|_| {
            let what = if is_typed_in_ascii {
                "an `xn--` label that is not valid punycode"
            } else {
                "letters that no domain may hold"
            };
            ParseError::new(format!("`{}` holds {what}", sanitize(text)))
        })?
        .into_owned();
    // Mapping may turn full-width letters and dots into plain ones, so the name is judged after it.
    if !is_typed_in_ascii && let Some(error) = not_a_name(&name) {
        return Err(error);
    }
    for label in name.split('.') {
        check_label(label).map_err(|why| ParseError::new(format!("`{}` {why}", sanitize(text))))?;
    }
    if name.len() > 253 {
        return Err(ParseError::new(format!(
            "`{}` has {} characters, and a domain has at most 253",
            sanitize(&name),
            name.len()
        )));
    }
    Ok(Domain { typed: (!is_typed_in_ascii).then(|| text.to_owned()), name })
}

/// Whether the text is a domain already, as it will land in files: of most hosts it is, and need not be mapped. No
/// label of it is punycode.
fn is_canonical(text: &str) -> bool {
    let letter = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let label = |label: &str| label.bytes().all(|byte| letter(&byte)) && check_label(label).is_ok();
    text.len() <= 253
        && text.split('.').all(|part| label(part) && part.get(2..4) != Some("--"))
        && !text.rsplit('.').next().is_some_and(ends_in_a_number)
}

/// What people write where a domain should be.
fn not_a_name(text: &str) -> Option<ParseError> {
    let said = sanitize(text);
    let last = text.rsplit('.').next().unwrap_or_default();
    let why = if text.len() > MAX_TYPED_LEN {
        format!("`{said}` is longer than any domain")
    } else if text.contains([',', ';']) || text.contains(char::is_whitespace) {
        return Some(several(text));
    } else if text.contains("://") {
        format!("`{said}` is a URL, not a domain")
    } else if is_address(text) {
        return Some(ParseError::new(format!("`{said}` is an IP address, not a domain")).with_help(
            "give a name that leads to this address: certificates and virtual hosts are for names",
        ));
    } else if text.contains('@') {
        format!("`{said}` has a user in front of `@`, and a domain has none")
    } else if text.contains(['/', '\\', '?', '#']) {
        format!("`{said}` has a path, and a domain has none")
    } else if text.contains(':') {
        format!("`{said}` has a port, and a domain has none")
    } else if text.contains('*') {
        return Some(
            ParseError::new(format!("`{said}` is a wildcard, and each domain is named by itself"))
                .with_help("name each domain by itself"),
        );
    } else if text.contains('_') {
        format!("`{said}` holds `_`, and a domain has only letters, digits and hyphens")
    } else if text.len() > 1 && text.ends_with('.') {
        format!("`{said}` ends in a dot")
    } else if text.split('.').any(str::is_empty) {
        format!("`{said}` has an empty label: two dots in a row, or one at an end")
    } else if ends_in_a_number(last) {
        format!("`{said}` ends in a number, as only an IP address does")
    } else {
        return None;
    };
    Some(ParseError::new(why))
}

/// Several names in one text, or one with spaces around or inside.
fn several(text: &str) -> ParseError {
    let names: Vec<_> = text
        .split(|c: char| matches!(c, ',' | ';') || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(read)
        .collect();
    let said = sanitize(text);
    match names.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(names) if names.len() > 1 => {
            let list = names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let more = if names.len() > 3 { ", …" } else { "" };
            ParseError::new(format!("`{said}` is more than one domain"))
                .with_help(format!("give each by itself: {list}{more}"))
        }
        _ => ParseError::new(format!("`{said}` holds a space or a comma, and a domain has none")),
    }
}

/// Whether the text is an IP address, also with brackets or a port.
fn is_address(text: &str) -> bool {
    let without_port = text.rsplit_once(':').map_or(text, |(host, _)| host);
    [text, without_port]
        .iter()
        .any(|host| host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok())
}

/// Resolvers read a name that ends so as an IPv4 address: `127.1`, `0x7f.1`, `1.2.3.4.5`.
pub(super) fn ends_in_a_number(last_label: &str) -> bool {
    let hex = last_label.strip_prefix("0x").or_else(|| last_label.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !last_label.is_empty() && last_label.bytes().all(|b| b.is_ascii_digit()),
    }
}

fn check_label(label: &str) -> Result<(), String> {
    if label.is_empty() {
        return Err("has an empty label".to_owned());
    }
    if label.len() > 63 {
        return Err(format!("has a label of {} characters, and a label has at most 63", label.len()));
    }
    if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        return Err(format!(
            "holds `{}`, and a domain has only letters, digits and hyphens",
            sanitize(&c.to_string())
        ));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err("has a label that begins or ends with a hyphen".to_owned());
    }
    if label.as_bytes().get(2..4) == Some(b"--") && !label.starts_with("xn--") {
        return Err(
            "has a label with `--` in its third and fourth place, where only `xn--` may stand".to_owned()
        );
    }
    Ok(())
}

/// The name inside a URL, a wildcard, an address with port or path; underscores become hyphens.
fn suggest(text: &str) -> Option<String> {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.trim_start_matches('/').split(['/', '\\', '?', '#']).next()?;
    let text = text.rsplit('@').next()?;
    let text = match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => text,
    };
    let text = text.trim_start_matches("*.").trim_matches(['.', ',', ';']);
    Some(text.replace('_', "-"))
}

/// Two domains are the same if the names in the files are, however they were typed.
impl PartialEq for Domain {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Domain {}

impl PartialOrd for Domain {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Domain {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::{Config, TestRunner};

    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_name_is_read_and_lower_cased() {
        for (text, name) in [
            ("example.com", "example.com"),
            ("Panel.Example.COM", "panel.example.com"),
            ("panel", "panel"),
            ("panel.corp", "panel.corp"),
            ("a-b.c--d.example", "a-b.c--d.example"),
            ("1and1.com", "1and1.com"),
            ("1.2.3.com", "1.2.3.com"),
            ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
            ("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de"),
        ] {
            assert_eq!(canonical::<Domain>(text), name);
            assert_eq!(Domain::parse(text).unwrap().typed(), None, "{text}");
        }
    }

    #[test]
    fn a_name_in_any_script_gets_its_xn_form_and_keeps_the_typed_one() {
        for (text, name) in [
            ("münchen.de", "xn--mnchen-3ya.de"),
            ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
            ("mu\u{308}nchen.de", "xn--mnchen-3ya.de"),
            ("straße.de", "xn--strae-oqa.de"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("ｅｘａｍｐｌｅ.com", "example.com"),
        ] {
            let domain = Domain::parse(text).unwrap();
            assert_eq!(domain.as_str(), name);
            assert_eq!(domain.typed(), Some(text));
            assert_eq!(domain, Domain::parse(name).unwrap());
        }
    }

    #[test]
    fn lengths_are_those_of_the_dns() {
        let label = "a".repeat(63);
        canonical::<Domain>(&format!("{label}.com"));
        refused::<Domain>(&format!("{label}a.com"));
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        canonical::<Domain>(&longest);
        refused::<Domain>(&format!("{longest}a"));
        refused::<Domain>(&"ü".repeat(60));
        refused::<Domain>(&"ü.".repeat(30_000));
    }

    #[test]
    fn what_holds_a_name_is_mended_to_it() {
        for text in [
            "https://example.com",
            "https://example.com/",
            "http://user:word@example.com:8443/path?query#part",
            "//example.com/",
            "example.com.",
            "example.com:443",
            "example.com/panel/",
            "example.com?x",
            "*.example.com",
            ".example.com",
            " example.com",
            "example.com\n",
            "ops@example.com",
            "example.com,",
        ] {
            assert_eq!(suggestion::<Domain>(text), "example.com", "{text:?}");
        }
        assert_eq!(suggestion::<Domain>("my_panel.example.com"), "my-panel.example.com");
        assert_eq!(suggestion::<Domain>("https://münchen.de/"), "xn--mnchen-3ya.de");
    }

    #[test]
    fn refusals_say_what_the_text_is() {
        for (text, why) in [
            ("https://example.com/", "`https://example.com/` is a URL, not a domain"),
            ("example.com.", "`example.com.` ends in a dot"),
            ("example.com:443", "`example.com:443` has a port, and a domain has none"),
            ("example.com/x", "`example.com/x` has a path, and a domain has none"),
            ("192.0.2.1", "`192.0.2.1` is an IP address, not a domain"),
            ("192.0.2.1:80", "`192.0.2.1:80` is an IP address, not a domain"),
            ("2001:db8::1", "`2001:db8::1` is an IP address, not a domain"),
            ("[2001:db8::1]:443", "`[2001:db8::1]:443` is an IP address, not a domain"),
            ("１９２.0.2.1", "`１９２.0.2.1` ends in a number, as only an IP address does"),
            ("127.1", "`127.1` ends in a number, as only an IP address does"),
            ("12345", "`12345` ends in a number, as only an IP address does"),
            ("a..b", "`a..b` has an empty label: two dots in a row, or one at an end"),
            (".", "`.` has an empty label: two dots in a row, or one at an end"),
            ("", "an empty text is not a domain"),
            ("-a.com", "`-a.com` has a label that begins or ends with a hyphen"),
            ("xn--a.com", "`xn--a.com` holds an `xn--` label that is not valid punycode"),
            ("$host", "`$host` holds `$`, and a domain has only letters, digits and hyphens"),
            ("a.com b.com", "`a.com b.com` is more than one domain"),
        ] {
            assert_eq!(refused::<Domain>(text).0, why);
        }
        for text in
            ["..", "a-.com", "ab--cd.com", "a b", "~^x$", "\"a\"", "a\u{2024}b/c", "☃_.com", "a\0.com"]
        {
            refused::<Domain>(text);
        }
        assert_eq!(refused::<Domain>("a.com, b.com").1, "give each by itself: `a.com`, `b.com`");
    }

    #[test]
    fn the_public_ca_objects_to_what_it_cannot_certify() {
        for (text, part) in [
            ("panel", "does not end in a public suffix"),
            ("panel.corp", "does not end in a public suffix"),
            ("nas.local", "reserved"),
            ("local", "reserved"),
            ("a.internal", "reserved"),
            ("a.test", "reserved"),
            ("a.example", "reserved"),
            ("a.invalid", "reserved"),
            ("a.localhost", "reserved"),
            ("a.onion", "reserved"),
            ("router.home.arpa", "reserved"),
            ("com", "itself a public suffix"),
            ("co.uk", "itself a public suffix"),
            ("a.b.c.d.e.f.g.h.i.example.com", "11 labels"),
        ] {
            let objection = Domain::parse(text).unwrap().public_ca_objection().unwrap_or_default();
            assert!(objection.contains(part), "{text}: {objection}");
        }
    }

    #[test]
    fn the_public_ca_takes_names_below_an_icann_suffix() {
        for text in [
            "example.com",
            "panel.example.co.uk",
            "github.io",
            "me.github.io",
            "x.compute.amazonaws.com",
            "münchen.de",
            "a.b.c.d.e.f.g.h.example.com",
            "mylocal.com",
        ] {
            assert_eq!(Domain::parse(text).unwrap().public_ca_objection(), None, "{text}");
        }
    }

    #[test]
    fn a_name_that_is_not_mapped_is_the_one_that_it_would_be_mapped_to() {
        let names = "([a-z0-9-]{1,4}|xn--[a-z0-9]{1,4}|[0-9]{1,3}|0x[0-9a-f]?|[a-z]{62,64}|[A-Z_ü:]?)([.]([a-z0-9-]{0,3}|[0-9]{1,3})){0,4}";
        let names = proptest::string::string_regex(names).unwrap();
        let config = Config { failure_persistence: None, cases: 4_000, ..Config::default() };
        let taken = std::cell::Cell::new(0);
        TestRunner::new(config)
            .run(&names, |text| {
                if is_canonical(&text) {
                    let domain = mapped(&text).unwrap_or_else(|error| panic!("{text}: {}", error.message));
                    assert_eq!((domain.as_str(), domain.typed()), (text.as_str(), None));
                    taken.set(taken.get() + 1);
                }
                Ok(())
            })
            .unwrap();
        assert!(taken.get() > 100, "{taken:?}");
    }

    #[test]
    fn any_text_is_a_domain_or_well_refused() {
        claims::hold::<Domain>("([a-zA-Z0-9]{1,8}|xn--[a-z0-9-]{1,9}|[a-zü-]{1,5})([.][a-zé]{1,4}){0,4}[.]?");
    }
}
