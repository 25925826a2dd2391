//! A patch as rows of old and new lines, with the words that differ.

use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::diagnostics::escape::html;
use crate::values::work_budget;

/// The most characters of a line whose words are compared.
const MAX_COMPARED: usize = 2_000;

/// The rows of a patch in the unified form.
pub(super) fn rows(patch: &str) -> String {
    let mut out = String::from("<div class=\"diff\" tabindex=\"0\">");
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let (mut old_at, mut new_at) = (0, 0);
    let mut in_hunk = false;
    for line in patch.split('\n') {
        let (sign, text) = line.split_at_checked(1).unwrap_or(("", ""));
        match sign {
            "-" if in_hunk => old.push(text),
            "+" if in_hunk => new.push(text),
            _ => {
                flush(&mut out, &mut old, &mut new, &mut old_at, &mut new_at);
                if line.starts_with("@@") {
                    let start = |sign| {
                        let number = line.split(sign).nth(1)?.split([',', ' ']).next()?;
                        number.parse::<usize>().ok()
                    };
                    (old_at, new_at) = (start('-').unwrap_or(1), start('+').unwrap_or(1));
                    in_hunk = true;
                    let _ = write!(out, "<div class=\"gap\">{}</div>", html(line));
                } else if in_hunk && sign == " " {
                    let text = visible(text);
                    let _ = write!(
                        out,
                        "<div class=\"row same\"><div class=\"old\"><i>{old_at}</i><span>{text}</span></div>\
                         <div class=\"new\"><i>{new_at}</i><span>{text}</span></div></div>"
                    );
                    (old_at, new_at) = (old_at + 1, new_at + 1);
                } else if in_hunk && sign == "\\" {
                    let _ = write!(out, "<div class=\"gap\">{}</div>", html(text));
                } else if sign == "d" {
                    in_hunk = false;
                }
            }
        }
    }
    flush(&mut out, &mut old, &mut new, &mut old_at, &mut new_at);
    out.push_str("</div>");
    out
}

/// Writes removed and added lines next to each other.
fn flush(out: &mut String, old: &mut Vec<&str>, new: &mut Vec<&str>, old_at: &mut usize, new_at: &mut usize) {
    for at in 0..old.len().max(new.len()) {
        let (before, after) = (old.get(at), new.get(at));
        let (left, right) = match (before, after) {
            (Some(before), Some(after)) => words(before, after),
            (before, after) => (
                before.map(|text| visible(text)).unwrap_or_default(),
                after.map(|text| visible(text)).unwrap_or_default(),
            ),
        };
        out.push_str("<div class=\"row\">");
        for (class, sign, line, number, text) in
            [("old", '-', before, &mut *old_at, left), ("new", '+', after, &mut *new_at, right)]
        {
            if line.is_some() {
                let _ = write!(out, "<div class=\"{class}\"><i>{sign}{number}</i><span>{text}</span></div>");
                *number += 1;
            } else {
                out.push_str("<div class=\"none\"></div>");
            }
        }
        out.push_str("</div>");
    }
    old.clear();
    new.clear();
}

/// Both lines, with the words that differ marked.
fn words(old: &str, new: &str) -> (String, String) {
    if old.len().max(new.len()) > MAX_COMPARED {
        return (visible(old), visible(new));
    }
    let (before, after) = (tokens(old), tokens(new));
    if !work_budget::take(before.len() * after.len() / 16) {
        return (visible(old), visible(new));
    }
    let (mut left, mut right) = (String::new(), String::new());
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let is_same = matches!(op, DiffOp::Equal { .. });
        for (out, part) in
            [(&mut left, before[op.old_range()].concat()), (&mut right, after[op.new_range()].concat())]
        {
            if part.is_empty() {
                continue;
            }
            let part = visible(&part);
            let _ = if is_same { write!(out, "{part}") } else { write!(out, "<b>{part}</b>") };
        }
    }
    (left, right)
}

/// Words and the characters between them.
fn tokens(line: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut from = 0;
    let mut was_word = false;
    for (at, c) in line.char_indices() {
        let is_word = c.is_alphanumeric() || c == '_';
        if at > from && !(is_word && was_word) {
            tokens.push(&line[from..at]);
            from = at;
        }
        was_word = is_word;
    }
    if from < line.len() {
        tokens.push(&line[from..]);
    }
    tokens
}

/// A line as text of HTML. Tabs are kept.
fn visible(line: &str) -> String {
    line.split('\t').map(html).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_many_long_lines_are_compared_within_a_budget() {
        work_budget::reset();
        let line = |c: &str| format!("{c} ").repeat(1000);
        let patch = format!("@@ -1,1 +1,1 @@\n{}", format!("-{}\n+{}\n", line("a"), line("b")).repeat(600));
        let rows = rows(&patch);
        let marked = rows.matches("<b>").count();
        assert!(marked > 0 && marked < 600 * 1000, "{marked}");
        assert!(!work_budget::take(1 << 20), "the budget is used up");
        work_budget::reset();
    }

    #[test]
    fn differing_words_are_marked_and_markup_is_text() {
        let (old, new) = words("a <b> 10", "a <b> 12");
        assert_eq!((old.as_str(), new.as_str()), ("a &lt;b&gt; <b>10</b>", "a &lt;b&gt; <b>12</b>"));
        let rows =
            rows("diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -3,2 +3,2 @@\n same\n-<script>x\n+<script>y\n");
        assert!(
            !rows.contains("<script>") && rows.contains("<i>-4</i>") && rows.contains("<i>+4</i>"),
            "{rows}"
        );
        assert!(!rows.contains("a/f"), "{rows}");
    }
}
