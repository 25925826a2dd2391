//! The installer's code as small as it gets, for user-data with a size limit.

use std::collections::BTreeMap;

/// Beginnings of names that the program composes when it runs, like `"row_$row_plan"`: they are not shortened.
const COMPOSED: &[&str] = &["plan_", "row_", "has_package_", "add_with_", "apply_", "undo_"];

/// Shell code without comments, indentation and empty lines, and with short names for the functions and variables that
/// it defines. It must not hold here-documents.
pub fn minified(code: &str) -> String {
    let names = short_names(code);
    let mut out = String::with_capacity(code.len());
    for line in code.lines().map(str::trim_start) {
        let needed = line.starts_with("#!") || line.starts_with("#---");
        if needed || !(line.is_empty() || line.starts_with('#')) {
            shorten(&mut out, without_remark(line), &names);
            out.push('\n');
        }
    }
    out
}

/// The code without comments and empty lines, and with one space for each level of indentation. Here-documents keep all their
/// lines.
pub fn uncommented(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut end = None;
    for line in code.lines() {
        let start = line.trim_start();
        if let Some(word) = end {
            end = Some(word).filter(|word| line != *word);
            out.push_str(line);
        } else if start.is_empty()
            || (start.starts_with('#') && !start.starts_with("#!") && !start.starts_with("#-"))
        {
            continue;
        } else {
            end = line.strip_suffix('\'').and_then(|line| line.split_once("<<'")).map(|(_, word)| word);
            out.extend(std::iter::repeat_n(' ', (line.len() - start.len()) / 4));
            out.push_str(without_remark(start));
        }
        out.push('\n');
    }
    out
}

/// A line without the remark at its end. A `#` in an open quote does not begin one.
fn without_remark(code: &str) -> &str {
    // Most lines have none, and one character is found much faster than three.
    if !code.contains('#') {
        return code;
    }
    let closed = |text: &str| ['"', '\''].iter().all(|quote| text.matches(*quote).count() % 2 == 0);
    match code.rsplit_once(" # ") {
        Some((head, _)) if closed(head) => head.trim_end(),
        _ => code,
    }
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A short name for every function and variable that the code defines. Only names with an underscore are shortened: other
/// ones may also be words of a message.
fn short_names(code: &str) -> BTreeMap<&str, String> {
    let mut names = BTreeMap::new();
    let mut rest = code;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_lowercase() || c == '_') {
        let from = &rest[begin..];
        let (name, after) = from.split_at(from.find(|c| !is_name_part(c)).unwrap_or(from.len()));
        let starts_word = rest[..begin].chars().next_back().is_none_or(|before| " \n{".contains(before));
        let is_defined = starts_word && (after.starts_with("() {") || after.starts_with('='));
        if is_defined && name.contains('_') && !COMPOSED.iter().any(|start| name.starts_with(start)) {
            let number = u32::try_from(names.len()).unwrap_or(u32::MAX);
            names.entry(name).or_insert_with(|| short_name(number));
        }
        rest = after;
    }
    names
}

/// `Aa`, `Ab` … `Zz`: no name of the program or of the environment has this form.
fn short_name(number: u32) -> String {
    assert!(number < 26 * 26, "the installer defines more names than there are short ones");
    let letter =
        |first: char, at: u32| char::from_u32(u32::from(first) + at).expect("a letter is a character");
    [letter('A', number / 26), letter('a', number % 26)].iter().collect()
}

fn shorten(out: &mut String, line: &str, names: &BTreeMap<&str, String>) {
    let mut rest = line;
    while !rest.is_empty() {
        let (name, after) = rest.split_at(rest.find(|c| !is_name_part(c)).unwrap_or(rest.len()));
        out.push_str(names.get(name).map_or(name, String::as_str));
        let (other, after) = after.split_at(after.find(is_name_part).unwrap_or(after.len()));
        out.push_str(other);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_indentation_and_empty_lines_are_removed() {
        assert_eq!(
            minified("#!/bin/sh\n# about\n\n    echo a # b\n#--- mark\n"),
            "#!/bin/sh\necho a\n#--- mark\n"
        );
        assert_eq!(without_remark("cd /x   # there"), "cd /x");
        assert_eq!(without_remark("say 'a # b'"), "say 'a # b'");
        assert_eq!(without_remark("say \"${x##*/}\" 'a # b' # so"), "say \"${x##*/}\" 'a # b'");
    }

    #[test]
    fn comments_are_removed_outside_of_here_documents() {
        assert_eq!(
            uncommented(
                "#!/bin/sh\n# about\n\n    echo a # b\ncat <<'END'\n\n# text # more\nEND\n#--- mark\n"
            ),
            "#!/bin/sh\n echo a\ncat <<'END'\n\n# text # more\nEND\n#--- mark\n"
        );
    }

    #[test]
    fn defined_names_are_shortened_everywhere_and_other_words_are_not() {
        let code = "first_one() {\n    a_b=1 c_d=$2\n    for_x other_name \"${a_b#x}\" my_a_b --a_b=c\n}\nrow_x() { first_one; }\n";
        assert_eq!(
            minified(code),
            "Aa() {\nAb=1 Ac=$2\nfor_x other_name \"${Ab#x}\" my_a_b --Ab=c\n}\nrow_x() { Aa; }\n"
        );
    }
}
