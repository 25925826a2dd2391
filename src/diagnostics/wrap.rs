//! Word wrapping and paragraphs of prose.

use unicode_width::UnicodeWidthStr as _;

/// Wraps `words` to lines of at most `width` columns. A longer word gets a line of its own.
pub fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The paragraphs of a text, separated by empty lines.
pub fn paragraphs(text: &str) -> Vec<String> {
    let joined = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    lines.join("\n").split("\n\n").map(joined).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_fills_lines_up_to_the_width() {
        assert_eq!(wrapped("aa bb cc dddddddd e", 5), ["aa bb", "cc", "dddddddd", "e"]);
        assert_eq!(wrapped("", 5), Vec::<String>::new());
    }

    #[test]
    fn paragraphs_are_separated_by_empty_lines() {
        assert_eq!(paragraphs(" one\n two.\n\n\n three\n"), ["one two.", "three"]);
    }
}
