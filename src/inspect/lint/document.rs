//! The YAML and JSON documents of a bundle, each value with its location.

use camino::{Utf8Path, Utf8PathBuf};

use super::{BundleView, Findings, at};
use crate::config::value::{MapEntry, Spanned, Value};
use crate::config::yaml::{self, Snippet};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::values::sanitize;

/// A readable document.
pub struct Document {
    /// The path in the bundle.
    pub path: Utf8PathBuf,
    /// Its value.
    pub top: Spanned,
    /// Whether nothing of it was left out: of two values of a key, another reader may take the other one.
    pub is_whole: bool,
}

/// The syntax of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Yaml,
    Json,
}

impl Grammar {
    fn of(path: &Utf8Path) -> Option<Self> {
        match path.extension()? {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" | "conflist" | "conf.json" => Some(Self::Json),
            "lock" if path == "assets.lock" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Document {
    /// Returns every readable document and reports the errors of the others.
    pub(super) fn all(subject: &BundleView<'_>, diagnostics: &mut Diagnostics) -> Vec<Self> {
        let documents = subject.texts().filter_map(|(path, text)| {
            let grammar = Grammar::of(path).filter(|_| path != "panel.yaml" && path != "fleet.yaml")?;
            if grammar == Grammar::Json
                && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text)
            {
                let why = error.to_string();
                let why = why.split(" at line ").next().unwrap_or(&why);
                diagnostics.push(
                    Diagnostic::new(Code::JsonSyntax, format!("`{path}` is not JSON: {why}"))
                        .with_location(at(path, error.line(), error.column()))
                        .with_hint("fix the syntax: the program that reads it rejects the whole file"),
                );
                return None;
            }
            // A tab is reported with its line.
            let mut own = Diagnostics::default();
            // Ansible marks a text that is not a template with a tag; other readers know no tags.
            let tag = path.starts_with("ansible").then_some("unsafe");
            let top = yaml::read_tagged(path, Snippet { first: 1, text }, tag, &mut own);
            for finding in own.entries() {
                let mut finding = finding.clone();
                finding.hint = Some(hint(finding.code).to_owned());
                diagnostics.push(finding);
            }
            Some(Self { path: path.to_owned(), top: top?, is_whole: own.entries().is_empty() })
        });
        documents.collect()
    }
}

fn hint(code: Code) -> &'static str {
    match code {
        Code::KeyDuplicate => "keep one of the two: programs disagree on which one counts",
        _ => {
            "indent with spaces only, close every bracket and quote, and quote a value that contains `: ` or ` #`"
        }
    }
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    found.merge(subject.unread.clone());
}

/// Returns the entries of a map. Empty for any other value.
pub(super) fn pairs(spanned: &Spanned) -> &[MapEntry] {
    match &spanned.value {
        Value::Map(pairs) => pairs,
        _ => &[],
    }
}

/// Returns the items of a list. Empty for any other value.
pub(super) fn items(spanned: &Spanned) -> &[Spanned] {
    match &spanned.value {
        Value::List(items) => items,
        _ => &[],
    }
}

/// Returns the text of a value. Empty for any other value.
pub(super) fn text(spanned: &Spanned) -> &str {
    match &spanned.value {
        Value::Text { text, .. } => text,
        _ => "",
    }
}

/// Returns the text at a dotted path.
pub(super) fn text_at<'s>(spanned: &'s Spanned, path: &str) -> &'s str {
    spanned.get(path).map_or("", text)
}

/// Reports every key of a map that is not one of `known`.
pub(super) fn keys(spanned: &Spanned, known: &[&str], whose: &str, found: &mut Findings) {
    for pair in pairs(spanned).iter().filter(|pair| !known.contains(&pair.key.as_str())) {
        let finding = Diagnostic::new(
            Code::DocumentKeyUnknown,
            format!("unknown key `{}` in {whose}", sanitize(&pair.key)),
        )
        .with_location(pair.key_location.clone());
        found.push(finding.with_suggestion(
            &pair.key,
            known.iter().copied(),
            "remove it: the program that reads it ignores the key or rejects the whole file",
        ));
    }
}

/// Reports a value that is not a map or a list as expected. Returns whether it is.
pub(super) fn expect_type(spanned: &Spanned, wanted: &str, whose: &str, found: &mut Findings) -> bool {
    let fits = spanned.value.type_name() == wanted;
    if !fits {
        found.push(
            Diagnostic::new(
                Code::DocumentInvalid,
                format!("{whose} must be {wanted}, not {}", spanned.value.type_name()),
            )
            .with_location(spanned.location.clone())
            .with_hint("fix the type: the program that reads it rejects the whole file"),
        );
    }
    fits
}

/// Returns a diagnostic about a value.
pub(super) fn type_error(
    spanned: &Spanned,
    code: Code,
    why: impl Into<String>,
    hint: impl Into<String>,
) -> Diagnostic {
    Diagnostic::new(code, why).with_location(spanned.location.clone()).with_hint(hint)
}
