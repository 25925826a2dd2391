//! Checks files as text, whatever their syntax: traces of merges, editors and copying.

use camino::Utf8Path;

use super::{BundleView, Findings, at};
use crate::bundle::file_tree::TreeNode;
use crate::bundle::manifest::ROOT_DIR;
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// Placeholders that should have been replaced.
const PLACEHOLDERS: &[&str] = &[
    "CHANGEME",
    "CHANGE_ME",
    "CHANGE-ME",
    "REPLACEME",
    "REPLACE_ME",
    "FIXME",
    "TODO",
    "XXX",
    "YOUR_DOMAIN",
    "your-domain",
    "yourdomain.com",
    "<no value>",
    "%%DOMAIN%%",
];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for (path, entry) in subject.tree.entries() {
        let TreeNode::File(bytes) = &entry.kind else { continue };
        match str::from_utf8(bytes) {
            Ok(text) => file(path, text, subject.may_hold_secret(path), found),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
                found.push(
                    Diagnostic::new(
                        Code::TextEncoding,
                        format!("`{}` is not UTF-8 text", sanitize(path.as_str())),
                    )
                    .with_location(at(path, line, 1))
                    .with_hint("render the bundle again, or convert the file to UTF-8"),
                );
            }
        }
    }
}

fn file(path: &Utf8Path, text: &str, closed: bool, found: &mut Findings) {
    if text.starts_with('\u{feff}') {
        found.push(
            Diagnostic::new(
                Code::TextEncoding,
                "the file begins with a byte order mark, which most programs read as text",
            )
            .with_location(at(path, 1, 1))
            .with_hint("save it as UTF-8 without a byte order mark"),
        );
    }
    // A secret is the whole content of its file, without a final newline.
    let one_word = path.as_str().contains("/secrets/") || (closed && path.starts_with(ROOT_DIR));
    if !text.is_empty() && !text.ends_with('\n') && !one_word {
        let line = text.lines().count();
        found.push(
            Diagnostic::new(
                Code::FinalNewlineMissing,
                "the last line has no newline: the file is truncated or was edited",
            )
            .with_location(at(path, line, text.lines().last().map_or(1, |line| line.chars().count() + 1)))
            .with_hint("end the file with a newline"),
        );
    }
    let mut crlf = false;
    for (number, line) in text.split('\n').enumerate() {
        let number = number + 1;
        if line.ends_with('\r') && !std::mem::replace(&mut crlf, true) {
            found.push(
                Diagnostic::new(
                    Code::LineEnding,
                    "lines end in CR LF: a shell reads `\\r` as part of the last word",
                )
                .with_location(at(path, number, line.chars().count()))
                .with_hint("convert it to LF, and prevent git from converting it (`core.autocrlf`)"),
            );
        }
        let marker = ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|mark| line.starts_with(mark))
            || line.trim_end() == "=======";
        if marker {
            found.push(
                Diagnostic::new(
                    Code::MergeMarker,
                    "a merge conflict marker is left: the file contains two versions of these lines",
                )
                .with_location(at(path, number, 1))
                .with_hint("keep one of the two versions and remove the three markers"),
            );
        }
        let control = |c: char| c.is_control() && c != '\t' && c != '\r';
        if let Some(column) = line.chars().position(|c| control(c) || ('\u{fdd0}'..='\u{fdef}').contains(&c))
        {
            found.push(
                Diagnostic::new(Code::TextEncoding, "the line contains a control character")
                    .with_location(at(path, number, column + 1))
                    .with_hint("remove it"),
            );
        }
        if !closed {
            placeholder(path, number, line, found);
        }
        let yaml = matches!(path.extension(), Some("yaml" | "yml" | "conflist" | "lock" | "json"));
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        if yaml && matches!(path.extension(), Some("yaml" | "yml")) && indent.contains('\t') {
            found.push(
                Diagnostic::new(Code::YamlSyntax, "a tab indents this line: YAML allows only spaces")
                    .with_location(at(path, number, indent.find('\t').unwrap_or(0) + 1))
                    .with_hint("replace it with spaces"),
            );
        }
    }
}

/// Finds placeholders of templates. Ansible's own files are templates, and panel.sh is a program.
fn placeholder(path: &Utf8Path, number: usize, line: &str, found: &mut Findings) {
    let below = path.as_str();
    let host = below.strip_prefix(ROOT_DIR).is_some();
    if !host && !["README.md", "assets.lock", "panel.yaml", "MANIFEST.json"].contains(&below) {
        return;
    }
    // Addresses and passwords may contain any word; comments and directives may not.
    let word = PLACEHOLDERS.iter().find_map(|word| {
        line.match_indices(word).find_map(|(start, _)| {
            let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let alone = !inside(line[..start].chars().next_back())
                && !inside(line[start + word.len()..].chars().next());
            alone.then_some((start, *word))
        })
    });
    let brackets = ["{{", "{%", "{#", "@@"].iter().find_map(|mark| {
        // `{%` and `{#` have no meaning outside a template; `@@` needs its end on the same line.
        let start = line.find(mark)?;
        let closed = match *mark {
            "{{" => line[start..].contains("}}"),
            "@@" => line[start + 2..].contains("@@"),
            _ => true,
        };
        closed.then_some((start, *mark))
    });
    if let Some((start, word)) = word.or(brackets) {
        let column = line[..start].chars().count() + 1;
        found.push(
            Diagnostic::new(Code::PlaceholderLeft, format!("the placeholder `{word}` was not replaced"))
                .with_location(at(path, number, column))
                .with_hint("write the value, or render the bundle again"),
        );
    }
}
