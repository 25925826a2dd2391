//! Validated types for every value that a user can set. Input is parsed once; nothing downstream checks it
//! again.

use std::fmt::{self, Write as _};

/// Implements `as_str` and `Display` for a newtype over its canonical text.
macro_rules! display_as_str {
    ($word:ident) => {
        impl $word {
            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $word {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub mod acme_url;
pub mod base_url;
pub mod byte_size;
pub mod calendar_spec;
pub mod date;
pub mod domain;
pub mod duration;
pub mod email_address;
pub mod gateway_user;
pub mod header_name;
pub mod host_path;
mod host_port;
pub mod image_digest;
pub mod image_prefix;
pub mod image_ref;
pub mod ip_address;
pub mod label;
mod nearest;
pub mod network;
pub mod nginx_directive;
pub mod port;
pub mod proxy_exception;
pub mod proxy_url;
pub mod registry_auth;
pub mod route_path;
pub mod secret;
pub mod sha256;
pub mod timeout;
pub mod unit_name;
pub mod upstream;
pub mod url;
pub mod user_name;
pub mod version;
pub mod work_budget;

pub use acme_url::AcmeUrl;
pub use base_url::BaseUrl;
pub use byte_size::ByteSize;
pub use calendar_spec::CalendarSpec;
pub use date::Date;
pub use domain::{Domain, DomainOrWildcard};
pub use duration::Duration;
pub use email_address::EmailAddress;
pub use gateway_user::GatewayUser;
pub use header_name::HeaderName;
pub use host_path::HostPath;
pub use host_port::UrlHost;
pub use image_digest::ImageDigest;
pub use image_prefix::ImagePrefix;
pub use image_ref::ImageRef;
pub use ip_address::IpAddress;
pub use label::Label;
pub use nearest::nearest;
pub use network::Network;
pub use nginx_directive::NginxDirective;
pub use port::Port;
pub use proxy_exception::ProxyException;
pub use proxy_url::ProxyUrl;
pub use registry_auth::RegistryAuth;
pub use route_path::RoutePath;
pub use secret::Secret;
pub use sha256::Sha256;
pub use timeout::Timeout;
pub use unit_name::UnitName;
pub use upstream::Upstream;
pub use user_name::UserName;
pub use version::Version;

/// Why a text is not a valid value of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, in lower case and without a full stop: `` invalid port `0`: expected a number from 1 to
    /// 65535 ``.
    pub message: String,
    /// How to fix it, if known: an imperative, with the corrected value ready to paste.
    pub help: Option<String>,
}

impl ParseError {
    /// An error without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// The same error with a hint.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// A value parsed from text. `Display` writes its canonical form, the one written to files.
pub trait FromText: Sized + Clone + fmt::Display {
    /// The type's name with its article, for messages and the schema: `a port`.
    const TYPE_NAME: &'static str;

    /// Parses the text. The error describes what is wrong with it.
    fn parse(text: &str) -> Result<Self, ParseError>;
}

/// Longer texts are rejected without a suggestion, since they are not typing errors.
const MAX_SUGGESTION_INPUT: usize = 4096;

/// Parses a value: visible characters only, then the type's own grammar in `read`. On an error, `suggest`
/// guesses what was meant. The hint shows that guess only if `read` accepts it.
fn parse_with_suggestion<W: FromText>(
    text: &str,
    read: impl Fn(&str) -> Result<W, ParseError>,
    suggest: impl Fn(&str) -> Option<String>,
) -> Result<W, ParseError> {
    let error = match reject_invisible(text) {
        Ok(()) if text.is_empty() => ParseError::new(format!("empty value: expected {}", W::TYPE_NAME)),
        Ok(()) => match read(text) {
            Ok(word) => return Ok(word),
            Err(error) => error,
        },
        Err(error) => error,
    };
    let text = text.trim();
    if text.len() > MAX_SUGGESTION_INPUT {
        return Err(error);
    }
    let suggestion = [Some(text.to_owned()), suggest(text)]
        .into_iter()
        .flatten()
        .filter(|suggestion| !suggestion.is_empty() && reject_invisible(suggestion).is_ok())
        .find_map(|suggestion| read(&suggestion).ok());
    Err(match suggestion {
        Some(word) => error.with_help(format!("write `{word}`")),
        None => error,
    })
}

/// Rejects a text with invisible or reordering characters. Such a text does not read the same in a message, a
/// diff and a file.
pub fn reject_invisible(text: &str) -> Result<(), ParseError> {
    match text.chars().find_map(|c| Some((c, invisible_char(c)?))) {
        None => Ok(()),
        Some((c, kind)) => Err(ParseError::new(format!(
            "`{}` contains {} (U+{:04X})",
            sanitize(text),
            kind.name(),
            u32::from(c)
        ))),
    }
}

/// Whether a character is visible.
pub fn is_visible(c: char) -> bool {
    invisible_char(c).is_none()
}

/// The kinds of invisible characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InvisibleChar {
    Control,
    LineSeparator,
    Bidi,
    ByteOrderMark,
    ZeroWidth,
    Noncharacter,
}

impl InvisibleChar {
    fn name(self) -> &'static str {
        match self {
            Self::Control => "a control character",
            Self::LineSeparator => "a line separator",
            Self::Bidi => "a bidirectional control character",
            Self::ByteOrderMark => "a byte order mark",
            Self::ZeroWidth => "a zero-width character",
            Self::Noncharacter => "a Unicode noncharacter",
        }
    }
}

fn invisible_char(c: char) -> Option<InvisibleChar> {
    match c {
        c if c.is_control() => Some(InvisibleChar::Control),
        '\u{2028}' | '\u{2029}' => Some(InvisibleChar::LineSeparator),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}' => {
            Some(InvisibleChar::Bidi)
        }
        '\u{feff}' => Some(InvisibleChar::ByteOrderMark),
        '\u{200b}'..='\u{200d}' | '\u{2060}' => Some(InvisibleChar::ZeroWidth),
        '\u{fdd0}'..='\u{fdef}' => Some(InvisibleChar::Noncharacter),
        c if u32::from(c) & 0xfffe == 0xfffe => Some(InvisibleChar::Noncharacter),
        _ => None,
    }
}

/// The text on one line, with invisible characters escaped and without a length limit. Meant for texts that
/// are short already.
pub fn escape_all(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        if is_visible(c) {
            escaped.push(c);
        } else {
            escaped.extend(c.escape_debug());
        }
        escaped
    })
}

/// How many characters of a value a message shows.
const MAX_SHOWN_CHARS: usize = 80;

/// The text as a message may show it: on one line, with invisible characters escaped, without the password of
/// a URL, and cut when long. Lazy: nothing is escaped until the value is formatted, since most values never
/// appear in a message.
pub fn sanitize(text: &str) -> Sanitized<'_> {
    Sanitized(text)
}

/// A text that is escaped when it is formatted; see [`sanitize`].
#[derive(Debug, Clone, Copy)]
pub struct Sanitized<'a>(&'a str);

impl fmt::Display for Sanitized<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (front, text) = without_userinfo(self.0);
        let mut width = 0;
        for c in front.chars().chain(text.chars()) {
            // Quotes and backslashes are visible as they are; escaping them would only confuse.
            let plain = matches!(c, '"' | '\'' | '\\');
            width += if plain { 1 } else { c.escape_debug().count() };
            if width >= MAX_SHOWN_CHARS {
                return to.write_char('…');
            }
            if plain { to.write_char(c)? } else { c.escape_debug().try_for_each(|c| to.write_char(c))? }
        }
        Ok(())
    }
}

/// Returns the text without the user and the password of a URL.
pub fn without_password(text: &str) -> String {
    // An image reference has an `@` and a `:` too.
    let (front, rest) = if text.contains("://") { without_userinfo(text) } else { (String::new(), text) };
    front + rest
}

/// Splits a URL into two parts, with `…` in place of its user and password. Any other text stays as it is.
fn without_userinfo(text: &str) -> (String, &str) {
    let after_scheme = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(after_scheme);
    match rest.rfind('@').map(|at| rest.split_at(at)) {
        Some((user, rest)) if user.contains(':') || (!scheme.is_empty() && !user.contains('/')) => {
            (format!("{scheme}…"), rest)
        }
        _ => (String::new(), text),
    }
}

/// Properties that every value type has, checked with random texts.
#[cfg(test)]
mod properties {
    use std::fmt::Debug;

    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::{FromText, ParseError, invisible_char};

    /// Checks random texts and texts close to the pattern: the canonical form parses to the same value,
    /// errors contain no raw control character, and the hint's suggestion is valid.
    pub(super) fn check<W: FromText + PartialEq + Debug>(near: &str) {
        let near = || proptest::string::string_regex(near).expect("the test's own pattern");
        for piece in ["a", "1", "/..", ".", "ü", "é.", "[", "1d", "%", " ", "a,", "://", "@", "-", "\u{1b}"]
        {
            check_text::<W>(&piece.repeat(70_000));
            check_text::<W>(&piece.repeat(900));
        }
        let any_text = || prop::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter);
        let mistyped = (near(), any::<prop::sample::Index>(), any::<char>()).prop_map(|(text, at, c)| {
            let mut chars: Vec<char> = text.chars().collect();
            chars.insert(at.index(chars.len() + 1), c);
            String::from_iter(chars)
        });
        // No file of past failures, since it would be written below `src`. A failure prints its shrunk text.
        let config = Config { failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&prop_oneof![3 => near(), 2 => mistyped, 1 => any_text()], |text: String| {
                check_text::<W>(&text);
                Ok(())
            })
            .expect("the properties hold");
    }

    /// Checks the same properties for one text.
    pub(super) fn check_text<W: FromText + PartialEq + Debug>(text: &str) {
        match W::parse(text) {
            Ok(word) => {
                let canonical = word.to_string();
                let again = W::parse(&canonical).expect("the canonical form is such a word");
                assert_eq!(again, word);
                assert_eq!(again.to_string(), canonical);
            }
            Err(error) => check_error::<W>(&error),
        }
    }

    fn check_error<W: FromText>(error: &ParseError) {
        let ParseError { message, help } = error;
        let help = help.as_deref().unwrap_or_default();
        for text in [message.as_str(), help] {
            assert!(
                !text.chars().any(|c| invisible_char(c).is_some()),
                "a raw control character in {text:?}"
            );
            assert!(!text.ends_with('.'), "a full stop at the end of {text:?}");
        }
        assert!(!message.is_empty());
        assert!(message.chars().count() < 400, "a long message: {message}");
        if let Some(suggestion) = help.strip_prefix("write `").and_then(|rest| rest.strip_suffix('`')) {
            assert!(W::parse(suggestion).is_ok(), "the hint {help:?} suggests an invalid value");
        }
    }

    /// The error for an invalid text: its message and its hint, which may be empty.
    pub(super) fn parse_error<W: FromText>(text: &str) -> (String, String) {
        match W::parse(text) {
            Ok(word) => panic!("{text:?} was read as {} `{word}`", W::TYPE_NAME),
            Err(ParseError { message, help }) => (message, help.unwrap_or_default()),
        }
    }

    /// The value that the error's hint suggests.
    pub(super) fn suggestion<W: FromText>(text: &str) -> String {
        let (message, help) = parse_error::<W>(text);
        help.strip_prefix("write `")
            .and_then(|rest| rest.strip_suffix('`'))
            .unwrap_or_else(|| panic!("no suggestion for {text:?}: {message}; {help}"))
            .to_owned()
    }

    /// The canonical form of a text.
    pub(super) fn canonical<W: FromText>(text: &str) -> String {
        W::parse(text).unwrap_or_else(|error| panic!("{text:?} is rejected: {}", error.message)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{reject_invisible, sanitize};

    #[test]
    fn invisible_characters_are_rejected_and_shown_escaped() {
        for c in [
            '\0',
            '\t',
            '\n',
            '\r',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{200e}',
            '\u{200f}',
            '\u{61c}',
            '\u{feff}',
            '\u{200b}',
            '\u{200d}',
            '\u{2060}',
            '\u{fdd0}',
            '\u{fdef}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{1fffe}',
            '\u{10ffff}',
        ] {
            let error = reject_invisible(&format!("a{c}b")).expect_err("an invisible character");
            assert!(!error.message.contains(c), "{:?}", error.message);
            assert!(error.message.contains(&format!("U+{:04X}", u32::from(c))), "{:?}", error.message);
        }
    }

    #[test]
    fn visible_characters_are_accepted() {
        for text in ["", "a b", "münchen", "日本", "\u{fffd}", "\\\"'`$%{}", "🦀"] {
            assert_eq!(reject_invisible(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn sanitize_keeps_quotes_and_cuts_long_texts() {
        assert_eq!(sanitize(r#"a"b'c\d"#).to_string(), r#"a"b'c\d"#);
        assert_eq!(sanitize("a\nb\u{1b}[31m").to_string(), r"a\nb\u{1b}[31m");
        assert_eq!(sanitize(&"x".repeat(79)).to_string(), "x".repeat(79));
        assert_eq!(sanitize(&"x".repeat(5000)).to_string(), "x".repeat(79) + "…");
        assert!(sanitize(&"\u{1b}".repeat(5000)).to_string().chars().count() <= 80);
    }

    #[test]
    fn sanitize_hides_the_user_and_password_of_a_url() {
        assert_eq!(sanitize("https://u:p/w@host/x").to_string(), "https://…@host/x");
        assert_eq!(sanitize("https://token@host/x").to_string(), "https://…@host/x");
        assert_eq!(sanitize("u:p@host").to_string(), "…@host");
        assert_eq!(sanitize("ops@corp.example").to_string(), "ops@corp.example");
        assert_eq!(sanitize("https://host/@x").to_string(), "https://host/@x");
    }
}
