//! A host name, as used in certificates, nginx's `server_name` and the directories below `live/`.
//!
//! The grammar is the public CA's own policy: letters, digits and hyphens, labels of 1 to 63 characters, 253
//! in all. It does not require a public suffix, since an internal CA may serve `panel.corp`. A name in any
//! script is accepted and converted to its `xn--` form by UTS 46, non-transitional, as browsers do.

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
    /// The name as it is written to files.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The name as typed, if it was converted to its `xn--` form.
    pub fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    /// Whether it stands for every name one label below.
    pub fn is_wildcard(&self) -> bool {
        self.name.starts_with("*.")
    }

    /// Whether it is a wildcard that stands for `name`.
    pub fn covers(&self, name: &Self) -> bool {
        let parent = name.as_str().split_once('.').map(|(_, parent)| parent);
        !name.is_wildcard() && parent.is_some() && self.as_str().strip_prefix("*.") == parent
    }

    /// The labels, left to right.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.name.split('.')
    }

    /// Why the public CA would not certify this name, or `None`. An internal CA may accept it.
    pub fn public_ca_objection(&self) -> Option<String> {
        let name = self.name.trim_start_matches("*.");
        if let Some(special) = SPECIAL_USE.iter().find(|special| is_at_or_below(name, special)) {
            return Some(format!(
                "`{name}` is below `{special}`, which is reserved and not on the public internet"
            ));
        }
        let Some(suffix) = icann_suffix(name) else {
            return Some(format!("`{name}` does not end in a public suffix such as `com` or `co.uk`"));
        };
        if suffix == name {
            return Some(format!("`{name}` is itself a public suffix"));
        }
        let labels = self.labels().count();
        (labels > PUBLIC_LABELS).then(|| {
            format!("`{name}` has {labels} labels, but the public CA accepts at most {PUBLIC_LABELS}")
        })
    }
}

/// The maximum number of labels that the public CA accepts.
const PUBLIC_LABELS: usize = 10;

/// Names that standards exclude from the public DNS (RFC 2606, 6761, 6762, 7686, 8375, 9476; ICANN for
/// `internal`). Some of them are in the public suffix list anyway.
const SPECIAL_USE: &[&str] =
    &["local", "localhost", "internal", "test", "example", "invalid", "onion", "alt", "home.arpa"];

fn is_at_or_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The longest suffix in the ICANN part of the public suffix list. A suffix from its private part
/// (`github.io`) can be certified, so the search continues above it.
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

/// A domain, or a wildcard: `*.` and a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainOrWildcard(pub Domain);

impl fmt::Display for DomainOrWildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromText for DomainOrWildcard {
    const TYPE_NAME: &'static str = "a domain";

    fn parse(text: &str) -> Result<Self, ParseError> {
        let Some(parent) = text.strip_prefix("*.") else { return Domain::parse(text).map(Self) };
        let Domain { name, typed } = Domain::parse(parent)?;
        let typed = typed.map(|_| text.to_owned());
        Ok(Self(Domain { name: format!("*.{name}"), typed }))
    }
}

impl FromText for Domain {
    const TYPE_NAME: &'static str = "a domain";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, suggest)
    }
}

/// Longer texts are rejected unread: decoding punycode takes time quadratic in the length of a label.
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
                "an `xn--` label with invalid punycode"
            } else {
                "letters that are not allowed in a domain"
            };
            ParseError::new(format!("invalid domain `{}`: it contains {what}", sanitize(text)))
        })?
        .into_owned();
    // The mapping may turn full-width letters and dots into ASCII, so the checks follow it.
    if !is_typed_in_ascii && let Some(error) = not_a_name(&name) {
        return Err(error);
    }
    for label in name.split('.') {
        check_label(label)
            .map_err(|why| ParseError::new(format!("invalid domain `{}`: {why}", sanitize(text))))?;
    }
    if name.len() > 253 {
        return Err(ParseError::new(format!(
            "invalid domain `{}`: it has {} characters, at most 253 are allowed",
            sanitize(&name),
            name.len()
        )));
    }
    Ok(Domain { typed: (!is_typed_in_ascii).then(|| text.to_owned()), name })
}

/// Whether the text is a domain in its final form. Most domains are, and need no mapping. No label of it is
/// punycode.
fn is_canonical(text: &str) -> bool {
    let letter = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let label = |label: &str| label.bytes().all(|byte| letter(&byte)) && check_label(label).is_ok();
    text.len() <= 253
        && text.split('.').all(|part| label(part) && part.get(2..4) != Some("--"))
        && !text.rsplit('.').next().is_some_and(ends_in_a_number)
}

/// Recognizes other things that are often written in place of a domain.
fn not_a_name(text: &str) -> Option<ParseError> {
    let shown = sanitize(text);
    let last = text.rsplit('.').next().unwrap_or_default();
    let why = if text.len() > MAX_TYPED_LEN {
        format!("`{shown}` is too long for a domain")
    } else if text.contains([',', ';']) || text.contains(char::is_whitespace) {
        return Some(several(text));
    } else if text.contains("://") {
        format!("`{shown}` is a URL, not a domain")
    } else if is_address(text) {
        return Some(ParseError::new(format!("`{shown}` is an IP address, not a domain")).with_help(
            "use a name that resolves to this address: certificates and virtual hosts need a name",
        ));
    } else if text.contains('@') {
        format!("`{shown}` has a user before `@`, which is not allowed in a domain")
    } else if text.contains(['/', '\\', '?', '#']) {
        format!("`{shown}` has a path, which is not allowed in a domain")
    } else if text.contains(':') {
        format!("`{shown}` has a port, which is not allowed in a domain")
    } else if text.contains('*') {
        return Some(
            ParseError::new(format!("`{shown}` has a `*`, which is not allowed here"))
                .with_help("list each domain separately; `*.example.com` is a list item of `domain`"),
        );
    } else if text.contains('_') {
        format!("invalid domain `{shown}`: it contains `_`, only letters, digits and hyphens are allowed")
    } else if text.len() > 1 && text.ends_with('.') {
        format!("invalid domain `{shown}`: it ends with a dot")
    } else if text.split('.').any(str::is_empty) {
        format!("invalid domain `{shown}`: it has an empty label (two dots in a row, or one at either end)")
    } else if ends_in_a_number(last) {
        format!("invalid domain `{shown}`: its last label is a number, as in an IP address")
    } else {
        return None;
    };
    Some(ParseError::new(why))
}

/// The error for several names in one text, or for one name with spaces around or inside it.
fn several(text: &str) -> ParseError {
    let names: Vec<_> = text
        .split(|c: char| matches!(c, ',' | ';') || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(read)
        .collect();
    let shown = sanitize(text);
    match names.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(names) if names.len() > 1 => {
            let list = names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let more = if names.len() > 3 { ", …" } else { "" };
            ParseError::new(format!("`{shown}` is more than one domain"))
                .with_help(format!("list each separately: {list}{more}"))
        }
        _ => ParseError::new(format!("invalid domain `{shown}`: it contains a space or a comma")),
    }
}

/// Whether the text is an IP address, with or without brackets and a port.
fn is_address(text: &str) -> bool {
    let without_port = text.rsplit_once(':').map_or(text, |(host, _)| host);
    [text, without_port]
        .iter()
        .any(|host| host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok())
}

/// Whether resolvers would read the name as an IPv4 address because of its last label: `127.1`, `0x7f.1`,
/// `1.2.3.4.5`.
pub(super) fn ends_in_a_number(last_label: &str) -> bool {
    let hex = last_label.strip_prefix("0x").or_else(|| last_label.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !last_label.is_empty() && last_label.bytes().all(|b| b.is_ascii_digit()),
    }
}

fn check_label(label: &str) -> Result<(), String> {
    if label.is_empty() {
        return Err("it has an empty label".to_owned());
    }
    if label.len() > 63 {
        return Err(format!("it has a label of {} characters, at most 63 are allowed", label.len()));
    }
    if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        return Err(format!(
            "it contains `{}`, only letters, digits and hyphens are allowed",
            sanitize(&c.to_string())
        ));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err("it has a label that begins or ends with a hyphen".to_owned());
    }
    if label.as_bytes().get(2..4) == Some(b"--") && !label.starts_with("xn--") {
        return Err(
            "it has a label with `--` as third and fourth character, which only `xn--` labels may have"
                .to_owned(),
        );
    }
    Ok(())
}

/// Extracts the name from a URL, a wildcard or an address with port or path. Underscores become hyphens.
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

/// Domains are equal if their ASCII names are, no matter how they were typed.
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

    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn domain_is_lower_cased() {
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
    fn domain_converts_idn_to_ascii_and_keeps_the_typed_name() {
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
    fn domain_limits_lengths_as_dns_does() {
        let label = "a".repeat(63);
        canonical::<Domain>(&format!("{label}.com"));
        parse_error::<Domain>(&format!("{label}a.com"));
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        canonical::<Domain>(&longest);
        parse_error::<Domain>(&format!("{longest}a"));
        parse_error::<Domain>(&"ü".repeat(60));
        parse_error::<Domain>(&"ü.".repeat(30_000));
    }

    #[test]
    fn domain_suggests_the_name_inside_other_texts() {
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
    fn domain_errors_describe_the_text() {
        for (text, why) in [
            ("https://example.com/", "`https://example.com/` is a URL, not a domain"),
            ("example.com.", "invalid domain `example.com.`: it ends with a dot"),
            ("example.com:443", "`example.com:443` has a port, which is not allowed in a domain"),
            ("example.com/x", "`example.com/x` has a path, which is not allowed in a domain"),
            ("192.0.2.1", "`192.0.2.1` is an IP address, not a domain"),
            ("192.0.2.1:80", "`192.0.2.1:80` is an IP address, not a domain"),
            ("2001:db8::1", "`2001:db8::1` is an IP address, not a domain"),
            ("[2001:db8::1]:443", "`[2001:db8::1]:443` is an IP address, not a domain"),
            (
                "１９２.0.2.1",
                "invalid domain `１９２.0.2.1`: its last label is a number, as in an IP address",
            ),
            ("127.1", "invalid domain `127.1`: its last label is a number, as in an IP address"),
            ("12345", "invalid domain `12345`: its last label is a number, as in an IP address"),
            (
                "a..b",
                "invalid domain `a..b`: it has an empty label (two dots in a row, or one at either end)",
            ),
            (".", "invalid domain `.`: it has an empty label (two dots in a row, or one at either end)"),
            ("", "empty value: expected a domain"),
            ("-a.com", "invalid domain `-a.com`: it has a label that begins or ends with a hyphen"),
            ("xn--a.com", "invalid domain `xn--a.com`: it contains an `xn--` label with invalid punycode"),
            (
                "$host",
                "invalid domain `$host`: it contains `$`, only letters, digits and hyphens are allowed",
            ),
            ("a.com b.com", "`a.com b.com` is more than one domain"),
        ] {
            assert_eq!(parse_error::<Domain>(text).0, why);
        }
        for text in
            ["..", "a-.com", "ab--cd.com", "a b", "~^x$", "\"a\"", "a\u{2024}b/c", "☃_.com", "a\0.com"]
        {
            parse_error::<Domain>(text);
        }
        assert_eq!(parse_error::<Domain>("a.com, b.com").1, "list each separately: `a.com`, `b.com`");
    }

    #[test]
    fn public_ca_objection_is_some_for_names_it_cannot_certify() {
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
    fn public_ca_objection_is_none_below_an_icann_suffix() {
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
    fn fast_path_matches_idna_mapping() {
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
    fn any_text_is_a_domain_or_a_clear_error() {
        properties::check::<Domain>(
            "([a-zA-Z0-9]{1,8}|xn--[a-z0-9-]{1,9}|[a-zü-]{1,5})([.][a-zé]{1,4}){0,4}[.]?",
        );
    }
}
