//! YAML from types. Every YAML reader gets back exactly each string.

use serde::Serialize;

pub mod compose;

/// Serializes `value` as a YAML document of plain lines. Text is never folded or split over lines, because
/// people compare these files line by line. A string is quoted only if a reader of YAML 1.1 or 1.2 would take
/// it for something else.
pub fn to_string(value: &impl Serialize) -> Result<String, serde_yaml::ser::Error> {
    let options = serde_yaml::ser_options! { prefer_block_scalars: false };
    serde_yaml::to_string_with_options(value, options)
}

/// A text as a scalar on one line.
pub fn scalar(text: &str) -> String {
    let mut line = to_string(&text).expect("a text always serializes");
    line.truncate(line.trim_end_matches('\n').len());
    line
}

/// Whether every reader takes `text` for the same literal block: plain lines, the first not indented, one
/// newline at the end.
pub fn is_block(text: &str) -> bool {
    let ascii = |byte: u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    let plain = |c: char| u8::try_from(c).is_ok_and(ascii) || ('\u{a1}'..'\u{2028}').contains(&c);
    text.ends_with('\n')
        && !text.ends_with("\n\n")
        && !text.starts_with([' ', '\t', '\n'])
        // A fast check first, since most texts are ASCII.
        && (text.bytes().fold(true, |all, byte| all & ascii(byte)) || text.chars().all(plain))
}

/// Writes `text` as the lines of a literal block (`|`). [`is_block`] must hold for it.
pub fn block(out: &mut String, indent: &str, text: &str) {
    let mut rest = text;
    while let Some(end) = memchr::memchr(b'\n', rest.as_bytes()) {
        let (line, after) = rest.split_at(end + 1);
        if end > 0 {
            out.push_str(indent);
        }
        out.push_str(line);
        rest = after;
    }
    out.push_str(rest);
}
