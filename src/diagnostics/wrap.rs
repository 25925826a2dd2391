//! Prose for people: lines of a width they can read.

/// The lines of `words`, none longer than `width` characters unless one word is.
pub fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The paragraphs of a text, which empty lines part.
pub fn paragraphs(text: &str) -> Vec<String> {
    let joined = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    lines.join("\n").split("\n\n").map(joined).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_they_may_be_and_no_longer() {
        assert_eq!(wrapped("aa bb cc dddddddd e", 5), ["aa bb", "cc", "dddddddd", "e"]);
        assert_eq!(wrapped("", 5), Vec::<String>::new());
    }

    #[test]
    fn empty_lines_part_paragraphs() {
        assert_eq!(paragraphs(" one\n two.\n\n\n three\n"), ["one two.", "three"]);
    }
}
