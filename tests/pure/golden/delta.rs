//! A case as what differs from its base: one text for all files, which a reviewer reads and [`apply`] turns into the
//! case's files again.
//!
//! It is a unified diff without line numbers, so that a line that both have does not move in it. A hunk begins at the
//! first place after the hunk before it where its lines are; it has as many lines of context as that takes, and one at
//! least. Modes are git's: executable or not. A file that is no text is base64.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::file_tree::Files;

/// What follows a line that ends the file without a newline, as diff(1) says it.
const NO_NEWLINE: &str = "\\ No newline at end of file\n";

/// What differs between the files of the case named `base` and these.
pub(crate) fn delta(base: &str, from: &Files, to: &Files) -> String {
    let mut text = format!("# Against snapshots/{base}; `cargo update-snapshots` writes this file.\n");
    let paths: BTreeSet<_> = from.keys().chain(to.keys()).collect();
    for path in paths {
        let (old, new) = (from.get(path), to.get(path));
        if old == new {
            continue;
        }
        let Some((content, is_executable)) = new else {
            writeln!(text, "removed {path}").unwrap();
            continue;
        };
        let word = if old.is_some() { "changed" } else { "added" };
        let mode = match (old, is_executable) {
            (Some((_, was)), is) if was == is => "",
            (_, true) => " mode 755",
            (_, false) => " mode 644",
        };
        writeln!(text, "{word} {path}{mode}").unwrap();
        let old = old.map_or(&[][..], |(content, _)| content);
        match (str::from_utf8(old), str::from_utf8(content)) {
            (Ok(old), Ok(new)) => hunks(old, new, &mut text),
            _ => writeln!(text, "base64 {}", STANDARD.encode(content)).unwrap(),
        }
    }
    text
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn hunks(old: &str, new: &str, text: &mut String) {
    let (old, new) = (lines(old), lines(new));
    // The end of the hunk before.
    let mut end = 0;
    // Neighbouring operations are one hunk.
    let mut hunks: Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> = Vec::new();
    for change in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if matches!(change, DiffOp::Equal { .. }) {
            continue;
        }
        let (from, to) = (change.old_range(), change.new_range());
        match hunks.last_mut() {
            Some(last) if last.0.end == from.start => {
                last.0.end = from.end;
                last.1.end = to.end;
            }
            _ => hunks.push((from, to)),
        }
    }
    for (from, to) in hunks {
        let mut start = from.start.saturating_sub(1).max(end);
        while find(&old, end, &old[start..from.end]) != Some(start) {
            start -= 1;
        }
        text.push_str("@@\n");
        old[start..from.start].iter().for_each(|line| push(text, ' ', line));
        old[from.clone()].iter().for_each(|line| push(text, '-', line));
        new[to].iter().for_each(|line| push(text, '+', line));
        end = from.end;
    }
}

fn push(text: &mut String, sign: char, line: &str) {
    text.push(sign);
    text.push_str(line);
    if !line.ends_with('\n') {
        text.push('\n');
        text.push_str(NO_NEWLINE);
    }
}

/// Where `wanted` is in `lines`, at `start` or after it.
fn find(lines: &[&str], start: usize, wanted: &[&str]) -> Option<usize> {
    (start..=lines.len().checked_sub(wanted.len())?).find(|at| lines[*at..].starts_with(wanted))
}

/// The files of a case: those of its base with `delta` applied.
pub(crate) fn apply(from: &Files, delta: &str) -> Files {
    let mut files = from.clone();
    let mut rest = lines(delta).into_iter().skip(1).peekable();
    while let Some(line) = rest.next() {
        let (word, path) = line.trim_end().split_once(' ').unwrap();
        let (path, mode) = path.split_once(" mode ").map_or((path, None), |(path, mode)| (path, Some(mode)));
        let old = files.remove(Utf8Path::new(path));
        assert_eq!(old.is_none(), word == "added", "{line:?}");
        if word == "removed" {
            continue;
        }
        let (content, was_executable) = old.unwrap_or_default();
        let is_executable = mode.map_or(was_executable, |mode| mode == "755");
        let content = if let Some(line) = rest.next_if(|line| line.starts_with("base64 ")) {
            STANDARD.decode(line["base64 ".len()..].trim_end()).unwrap()
        } else {
            let mut body = Vec::new();
            while let Some(line) = rest.next_if(|line| line.starts_with(['@', ' ', '+', '-', '\\'])) {
                body.push(line);
            }
            patch(&content, &body)
        };
        files.insert(path.into(), (content, is_executable));
    }
    files
}

fn patch(old: &[u8], body: &[&str]) -> Vec<u8> {
    if body.is_empty() {
        return old.to_vec();
    }
    let old = lines(str::from_utf8(old).unwrap());
    let (mut new, mut end) = (String::new(), 0);
    for hunk in body.split(|line| *line == "@@\n").skip(1) {
        let (mut before, mut after) = (Vec::new(), String::new());
        let mut hunk = hunk.iter().peekable();
        while let Some(line) = hunk.next() {
            let (sign, line) = line.split_at(1);
            let line = match hunk.next_if(|next| **next == NO_NEWLINE) {
                Some(_) => line.strip_suffix('\n').unwrap(),
                None => line,
            };
            if sign != "+" {
                before.push(line);
            }
            if sign != "-" {
                after.push_str(line);
            }
        }
        let start = find(&old, end, &before).unwrap_or_else(|| panic!("a hunk has no place: {before:?}"));
        new.extend(old[end..start].iter().copied());
        new.push_str(&after);
        end = start + before.len();
    }
    new.extend(old[end..].iter().copied());
    new.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lines that a careless reader of diffs takes for something else, and lines that repeat.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let words = [
            "a\n",
            "b\n",
            "}\n",
            "\n",
            "\r\n",
            "--- x\n",
            "-- x\n",
            "++ y\n",
            "@@\n",
            "\\ No newline at end of file\n",
        ];
        let ends = ["", "a", "changed x", "removed x\n", "\\", "\u{e9}\n"];
        let line = proptest::sample::select(words.to_vec());
        let end = proptest::sample::select(ends.to_vec());
        let text = (proptest::collection::vec(line, 0..30), end)
            .prop_map(|(lines, end)| (lines.concat() + end).into_bytes());
        prop_oneof![8 => text, 1 => Just(b"\x00\xff\n".to_vec()), 1 => Just(Vec::new())]
    }

    fn files() -> impl Strategy<Value = Files> {
        let path = proptest::sample::select(vec!["a", "a.b/c d", "z"]).prop_map(Into::into);
        proptest::collection::btree_map(path, (text(), any::<bool>()), 0..4)
    }

    proptest! {
        #[test]
        fn delta_restores_every_byte_and_mode_when_applied(from in files(), to in files()) {
            let text = delta("base", &from, &to);
            prop_assert_eq!(apply(&from, &text), to, "{}", text);
        }
    }

    fn one(content: &str) -> Files {
        Files::from([("a".into(), (content.as_bytes().to_vec(), false))])
    }

    #[test]
    fn delta_stays_the_same_when_another_line_changes_in_both() {
        let text = |head: &str| {
            let old = format!("{head}\n1\n2\n3\nlisten 80;\n}}\n");
            delta("base", &one(&old), &one(&old.replace("80", "443")))
        };
        assert_eq!(text("a"), text("b\nc"));
        assert!(text("a").ends_with("changed a\n@@\n 3\n-listen 80;\n+listen 443;\n"), "{}", text("a"));
    }

    #[test]
    fn hunk_has_more_context_when_its_lines_are_elsewhere_too() {
        let (old, new) = ("{\n}\n{\n}\n", "{\n}\n{\nx\n}\n");
        let text = delta("base", &one(old), &one(new));
        assert!(text.ends_with("@@\n }\n {\n+x\n"), "{text}");
    }
}
