//! Quotes names in a patch as git does: bare if possible, otherwise like a C string.

use std::fmt::Write as _;

use crate::values::is_visible;

/// Returns the name with the prefix `a/` or `b/`.
pub fn quoted(side: &str, path: &str) -> String {
    let name = format!("{side}{path}");
    if is_bare(&name) { name } else { in_quotes(&name) }
}

/// Returns the name for a line with another name, where patch reads a space as the end of a name.
pub fn in_line(side: &str, path: &str) -> String {
    let name = format!("{side}{path}");
    if is_bare(&name) && !name.contains(' ') { name } else { in_quotes(&name) }
}

fn is_bare(name: &str) -> bool {
    name.chars().all(|c| is_visible(c) && c != '"' && c != '\\')
}

fn in_quotes(name: &str) -> String {
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c if is_visible(c) => text.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(text, "\\{byte:03o}");
                }
            }
        }
    }
    text.push('"');
    text
}

/// Returns the name for a `---` or `+++` line, where a tab ends a name with a space.
pub fn in_head(side: &str, path: &str) -> String {
    let name = quoted(side, path);
    if name.contains(' ') && !name.starts_with('"') { name + "\t" } else { name }
}

#[cfg(test)]
mod tests {
    use super::{in_head, in_line, quoted};

    #[test]
    fn names_are_quoted_only_when_necessary() {
        assert_eq!(quoted("a/", "etc/ä b"), "a/etc/ä b");
        assert_eq!(quoted("a/", "x\ty\"z\\\u{1b}"), r#""a/x\ty\"z\\\033""#);
        assert_eq!(quoted("b/", "\u{202e}"), r#""b/\342\200\256""#);
        assert_eq!(in_head("b/", "a b"), "b/a b\t");
        assert_eq!(in_line("b/", "a b"), "\"b/a b\"");
    }
}
