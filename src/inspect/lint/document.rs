//! The YAML and JSON documents of a bundle, each value with its place.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};

use super::{BundleView, Findings, at};
use crate::config::value::{MapEntry, Spanned, Value};
use crate::config::yaml;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::values::sanitize;

/// A document that could be read.
pub struct Document {
    /// The path in the bundle.
    pub path: Utf8PathBuf,
    /// What it says.
    pub top: Spanned,
}

/// What a document is written in.
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
    /// Every document that can be read; what is wrong with the others goes into the report.
    pub(super) fn all(subject: &BundleView<'_>, diagnostics: &mut Diagnostics) -> Vec<Self> {
        let documents = subject.texts().filter_map(|(path, text)| {
            let grammar = Grammar::of(path).filter(|_| path != "panel.yaml" && path != "fleet.yaml")?;
            if grammar == Grammar::Json
                && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text)
            {
                let why = error.to_string();
                let why = why.split(" at line ").next().unwrap_or(&why);
                diagnostics.push(
                    Diagnostic::new(Code::JsonSyntax, format!("`{path}` is no JSON: {why}"))
                        .with_location(at(path, error.line(), error.column()))
                        .with_hint("its reader refuses the whole file"),
                );
                return None;
            }
            // Ansible's word for a text that is no template; other readers know no tags.
            let text = if path.starts_with("ansible") {
                Cow::Owned(text.replace("!unsafe", "       "))
            } else {
                Cow::Borrowed(text)
            };
            // A tab is told by its own line.
            let mut own = Diagnostics::default();
            let top = yaml::read(path, &text, &mut own);
            for finding in own.entries() {
                let mut finding = finding.clone();
                finding.hint = Some(hint(finding.code).to_owned());
                diagnostics.push(finding);
            }
            Some(Self { path: path.to_owned(), top: top? })
        });
        documents.collect()
    }
}

fn hint(code: Code) -> &'static str {
    match code {
        Code::KeyDuplicate => "keep one of the two: readers disagree on which counts",
        _ => {
            "indent by spaces alone, close every bracket and quote, and quote a value with `: ` or ` #` in it"
        }
    }
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    found.extend(subject.unread.entries().iter().cloned());
}

/// The keys of a map; none where it is something else.
pub(super) fn pairs(said: &Spanned) -> &[MapEntry] {
    match &said.value {
        Value::Map(pairs) => pairs,
        _ => &[],
    }
}

/// The items of a list; none where it is something else.
pub(super) fn items(said: &Spanned) -> &[Spanned] {
    match &said.value {
        Value::List(items) => items,
        _ => &[],
    }
}

/// The text of a value; empty where it is something else.
pub(super) fn text(said: &Spanned) -> &str {
    match &said.value {
        Value::Text { text, .. } => text,
        _ => "",
    }
}

/// The text below a dotted path.
pub(super) fn text_at<'s>(said: &'s Spanned, path: &str) -> &'s str {
    said.get(path).map_or("", text)
}

/// Tells every key of a map that is none of these.
pub(super) fn keys(said: &Spanned, known: &[&str], whose: &str, found: &mut Findings) {
    for pair in pairs(said).iter().filter(|pair| !known.contains(&pair.key.as_str())) {
        let finding = Diagnostic::new(
            Code::DocumentKeyUnknown,
            format!("{whose} has no key `{}`", sanitize(&pair.key)),
        )
        .with_location(pair.key_location.clone());
        found.push(finding.with_suggestion(
            &pair.key,
            known.iter().copied(),
            "remove it: its reader ignores it, or refuses the whole file",
        ));
    }
}

/// Tells a value that is no map where one is meant, or no list.
pub(super) fn expect_type(said: &Spanned, wanted: &str, whose: &str, found: &mut Findings) -> bool {
    let fits = said.value.type_name() == wanted;
    if !fits {
        found.push(
            Diagnostic::new(
                Code::DocumentInvalid,
                format!("{whose} is {wanted}, not {}", said.value.type_name()),
            )
            .with_location(said.location.clone())
            .with_hint("its reader refuses the whole file"),
        );
    }
    fits
}

/// A finding about a value.
pub(super) fn type_error(
    said: &Spanned,
    code: Code,
    why: impl Into<String>,
    hint: impl Into<String>,
) -> Diagnostic {
    Diagnostic::new(code, why).with_location(said.location.clone()).with_hint(hint)
}
