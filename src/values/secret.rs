//! A password. Its value is only available through `expose`, which is easy to search for.

use std::fmt;

use super::{FromText, InvisibleChar, ParseError, invisible_char};

/// 1 to 4096 characters, kept byte for byte. Control and bidirectional characters are rejected, because the
/// IDE's configuration ends at a line end and a person must be able to type the password. White space at
/// either end is rejected, because the gateway trims it. `Debug` and `Display` never show the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The password itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromText for Secret {
    const TYPE_NAME: &'static str = "a password";

    fn parse(text: &str) -> Result<Self, ParseError> {
        let length = text.chars().count();
        if text.is_empty() {
            return Err(ParseError::new("the password is empty"));
        }
        if length > 4096 {
            return Err(ParseError::new(format!(
                "the password has {length} characters, at most 4096 are allowed"
            )));
        }
        // Zero-width characters join letters in ordinary Persian or emoji text, so they are allowed.
        let unfit = text
            .chars()
            .filter_map(|c| Some((c, invisible_char(c)?)))
            .find(|(_, kind)| *kind != InvisibleChar::ZeroWidth);
        if let Some((c, kind)) = unfit {
            let error =
                ParseError::new(format!("the password contains {} (U+{:04X})", kind.name(), u32::from(c)));
            let is_line_end = text.trim_end_matches(['\r', '\n']).chars().all(|c| !c.is_control());
            return Err(if is_line_end { error.with_help("remove the line end at its end") } else { error });
        }
        if text.trim() != text {
            return Err(ParseError::new(
                "the password begins or ends with white space, which the gateway removes",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::parse_error;
    use super::*;

    #[test]
    fn secret_is_kept_byte_for_byte() {
        for text in [
            "x",
            "a b",
            "{{ 7*7 }}",
            "${HOME}`id`$(id)",
            "'\"\\#;%&",
            "=a=b=",
            "0123",
            "yes",
            "~",
            "пароль",
            "e\u{301}",
            "👩\u{200d}💻",
            "-p",
            "a\u{a0}b",
        ] {
            assert_eq!(Secret::parse(text).unwrap().expose(), text);
        }
        let longest = "é".repeat(4096);
        assert_eq!(Secret::parse(&longest).unwrap().expose(), longest);
        parse_error::<Secret>(&"é".repeat(4097));
    }

    #[test]
    fn secret_is_never_shown() {
        let secret = Secret::parse("hunter2").unwrap();
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "(secret) Secret(…) Some(Secret(…))");
        for text in ["hunter2\n", " hunter2", "hunter2\u{202e}", "hunter2\0x", &"hunter2".repeat(999)] {
            let (why, hint) = parse_error::<Secret>(text);
            assert!(!why.contains("hunter") && !hint.contains("hunter"), "{why}; {hint}");
        }
    }

    #[test]
    fn secret_rejects_what_a_file_would_cut_or_hide() {
        for c in [
            "\n", "\r", "\t", "\0", "\u{1b}", "\u{7f}", "\u{85}", "\u{2028}", "\u{2029}", "\u{202e}",
            "\u{feff}",
        ] {
            parse_error::<Secret>(&format!("a{c}b"));
        }
        for text in ["", " ", " a", "a ", "\u{a0}a", "a\u{3000}"] {
            parse_error::<Secret>(text);
        }
        assert_eq!(parse_error::<Secret>("hunter2\n").1, "remove the line end at its end");
        assert_eq!(parse_error::<Secret>("hun\nter2\n").1, "");
    }
}
