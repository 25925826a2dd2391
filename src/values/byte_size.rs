//! A number of bytes, in the units that nginx and systemd share: `k`, `m` and `g`, each 1024 times the one
//! before. nginx rejects `500MB` and systemd silently ignores it, so it is an error here.

use std::cmp::Ordering;
use std::fmt;

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A size: `64m`, `500M`, `1G`, `512k`, `0`. Sizes compare by their bytes; each keeps the unit it was written
/// in.
#[derive(Debug, Clone, Copy)]
pub struct ByteSize {
    count: u64,
    unit: Option<char>,
}

impl ByteSize {
    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        // The parser has checked this product for overflow.
        self.count * factor(self.unit).unwrap_or(1)
    }

    /// The size in nginx's syntax: `64m`.
    pub fn nginx(self) -> String {
        Self { unit: self.unit.map(|unit| unit.to_ascii_lowercase()), ..self }.to_string()
    }

    /// The size in systemd's syntax: `64M`.
    pub fn systemd(self) -> String {
        Self { unit: self.unit.map(|unit| unit.to_ascii_uppercase()), ..self }.to_string()
    }
}

fn factor(unit: Option<char>) -> Option<u64> {
    match unit.map(|unit| unit.to_ascii_lowercase()) {
        None => Some(1),
        Some('k') => Some(1 << 10),
        Some('m') => Some(1 << 20),
        Some('g') => Some(1 << 30),
        Some(_) => None,
    }
}

impl FromText for ByteSize {
    const TYPE_NAME: &'static str = "a size";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, suggest)
    }
}

fn read(text: &str) -> Result<ByteSize, ParseError> {
    let invalid = |why: &str| ParseError::new(format!("invalid size `{}`: {why}", sanitize(text)));
    let (digits, unit) = match text.char_indices().last() {
        Some((at, unit)) if !unit.is_ascii_digit() => (&text[..at], Some(unit)),
        _ => (text, None),
    };
    let factor = factor(unit);
    let is_plain = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    let (Some(factor), true) = (factor, is_plain) else {
        return Err(invalid("expected digits followed by `k`, `m` or `g`")
            .with_help("write digits and one letter, for example `64m`"));
    };
    // nginx and systemd both hold sizes in a signed 64-bit number.
    let count: Option<u64> = digits.parse().ok();
    match count.filter(|count| count.checked_mul(factor).is_some_and(|bytes| i64::try_from(bytes).is_ok())) {
        Some(count) => Ok(ByteSize { count, unit }),
        None => Err(invalid("it does not fit in 64 bits")),
    }
}

/// `500MB`, `500 MiB`, `1.5G`, `2T`, `064m`, `1_000`.
fn suggest(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '\'')).collect();
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    let letter = unit.chars().next().filter(|c| !matches!(c, 'b' | 'B'));
    let after_letter = letter.map_or(unit, |letter| &unit[letter.len_utf8()..]);
    if !["", "b", "ib", "byte", "bytes"].contains(&after_letter.to_ascii_lowercase().as_str()) {
        return None;
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let count: u64 = whole.parse().ok()?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        return match letter {
            Some('t' | 'T') => Some(format!("{}G", count.checked_mul(1024)?)),
            Some(letter) => Some(format!("{count}{letter}")),
            None => Some(count.to_string()),
        };
    }
    // 1.5G is 1536M, if that is a whole number.
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let scaled = count.checked_mul(scale)?.checked_add(fraction.parse().ok()?)?.checked_mul(1024)?;
    let smaller = match letter? {
        'k' | 'K' => "",
        'm' => "k",
        'M' => "K",
        'g' => "m",
        'G' => "M",
        't' | 'T' => "G",
        _ => return None,
    };
    (scaled % scale == 0).then(|| format!("{}{smaller}", scaled / scale))
}

impl PartialEq for ByteSize {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for ByteSize {}

impl PartialOrd for ByteSize {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByteSize {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(&other.bytes())
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.count)?;
        self.unit.map_or(Ok(()), |unit| write!(f, "{unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn size_keeps_its_unit() {
        for (text, bytes, nginx, systemd) in [
            ("64m", 64 << 20, "64m", "64M"),
            ("500M", 500 << 20, "500m", "500M"),
            ("1G", 1 << 30, "1g", "1G"),
            ("512k", 512 << 10, "512k", "512K"),
            ("0", 0, "0", "0"),
            ("1048576", 1 << 20, "1048576", "1048576"),
        ] {
            let size = ByteSize::parse(text).unwrap();
            assert_eq!(canonical::<ByteSize>(text), text);
            assert_eq!(
                (size.bytes(), size.nginx().as_str(), size.systemd().as_str()),
                (bytes, nginx, systemd)
            );
        }
    }

    #[test]
    fn sizes_compare_by_bytes() {
        let size = |text| ByteSize::parse(text).unwrap();
        assert_eq!(size("1024k"), size("1M"));
        assert!(size("1g") > size("1000M"));
    }

    #[test]
    fn size_suggests_a_valid_form_for_other_spellings() {
        for (text, size) in [
            ("500MB", "500M"),
            ("500 MiB", "500M"),
            ("64mb", "64m"),
            ("1.5G", "1536M"),
            ("0.5g", "512m"),
            ("1.0G", "1G"),
            ("1 G", "1G"),
            ("2T", "2048G"),
            ("064m", "64m"),
            ("1_000k", "1000k"),
            ("100 bytes", "100"),
            ("64m\n", "64m"),
        ] {
            assert_eq!(suggestion::<ByteSize>(text), size, "{text}");
        }
    }

    #[test]
    fn size_rejects_other_texts() {
        for text in ["", "m", "-1m", "+1m", "0.3G", "1.5", "64x", "infinity", "50%", "64é", "1m1m"] {
            parse_error::<ByteSize>(text);
        }
        canonical::<ByteSize>("9223372036854775807");
        parse_error::<ByteSize>("9223372036854775808");
        parse_error::<ByteSize>("9999999999g");
        parse_error::<ByteSize>("99999999999999999999999m");
    }

    #[test]
    fn any_text_is_a_size_or_a_clear_error() {
        properties::check::<ByteSize>("[0-9]{1,21}([.][0-9]{1,3})?( ?[kKmMgGtT]i?B?)?");
    }
}
