//! Decodes the bytes of a parameters file.

/// Why bytes are not the text of a parameters file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodingError {
    /// What the bytes are.
    pub message: &'static str,
    /// How to change the file.
    pub hint: &'static str,
    /// The line and column of the first byte that is not text, both 1-based.
    pub position: (usize, usize),
}

#[cfg(feature = "cli")]
const NOT_UTF8: &str = "it is not UTF-8 text";
#[cfg(feature = "cli")]
const HINT_UTF8: &str = "save it as UTF-8 text";
const UTF16: EncodingError = EncodingError {
    message: "it is UTF-16 text",
    hint: "save it as UTF-8 text, for example with `iconv -f UTF-16 -t UTF-8`",
    position: (1, 1),
};

/// The error for the beginning of a file in UTF-16, with or without a byte order mark.
pub fn utf16(head: &[u8]) -> Option<EncodingError> {
    let is_utf16 = match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, 0, ..] => first.is_ascii_graphic(),
        [0, second, ..] => second.is_ascii_graphic(),
        _ => false,
    };
    is_utf16.then_some(UTF16)
}

/// The text of a file. A byte order mark stays: the YAML parser skips it.
#[cfg(feature = "cli")]
pub fn decode(bytes: Vec<u8>) -> Result<String, EncodingError> {
    if let Some(error) = utf16(&bytes) {
        return Err(error);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let valid = String::from_utf8_lossy(valid);
        let line = valid.matches('\n').count() + 1;
        let column = valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        EncodingError { message: NOT_UTF8, hint: HINT_UTF8, position: (line, column) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> (&'static str, (usize, usize)) {
        let error = decode(bytes.to_vec()).unwrap_err();
        (error.message, error.position)
    }

    #[test]
    fn decode_names_the_encoding_when_a_file_is_not_utf8() {
        let wide = |big: bool| -> Vec<u8> {
            let units = "domain: a.example.org\n".encode_utf16();
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        for mark in [&[][..], &[0xff, 0xfe]] {
            assert_eq!(error(&[mark, &wide(false)].concat()), ("it is UTF-16 text", (1, 1)));
        }
        for mark in [&[][..], &[0xfe, 0xff]] {
            assert_eq!(error(&[mark, &wide(true)].concat()), ("it is UTF-16 text", (1, 1)));
        }
        assert_eq!(error(b"domain: a.org\nmail: \xfc@b.org\n"), ("it is not UTF-8 text", (2, 7)));
        for text in ["", "a", "\u{feff}domain: a.org\n", "domain: b\u{fc}ro.example.org\n"] {
            assert_eq!(decode(text.as_bytes().to_vec()).as_deref(), Ok(text));
        }
    }
}
