//! Labels: short texts to group hosts by. They are not in any file on the host, only in the fleet's
//! inventory.

use std::collections::BTreeMap;

use super::HostEntry;
use crate::config::value::{MapEntry, Spanned, Value};
use crate::config::yaml::{with_key_snippet, with_snippet};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::{is_visible, sanitize};

/// The maximum length of a name or value, in bytes.
const MAX_LABEL_LEN: usize = 256;

/// Names of groups that every host already has.
const RESERVED_NAMES: [&str; 2] = ["panel", "target"];

/// The labels of one host, by name.
pub type Labels = BTreeMap<String, String>;

/// Removes `labels` from a host's entry so that only parameters remain. Returns the labels and their
/// location, if present.
pub(super) fn take(layer: &mut HostEntry, diagnostics: &mut Diagnostics) -> (Labels, Option<Location>) {
    let Value::Map(entries) = &mut layer.spanned.value else { return Default::default() };
    let Some(at) = entries.iter().position(|entry| entry.key == "labels") else { return Default::default() };
    let spanned = entries.remove(at).value;
    let place = spanned.location.clone();
    (read(spanned, layer, diagnostics), Some(place))
}

fn read(spanned: Spanned, layer: &HostEntry, diagnostics: &mut Diagnostics) -> Labels {
    let mut labels = Labels::new();
    let source = layer.source.snippet();
    let invalid = |message: String, entry: &MapEntry| {
        Diagnostic::new(Code::LabelsInvalid, message)
            .with_parameter(format!("labels.{}", sanitize(&entry.key)))
    };
    let hint = "write for example `labels: {region: eu, ring: canary}`";
    let entries = match spanned.value {
        Value::Map(entries) => entries,
        Value::Null => return labels,
        value => {
            let diagnostic =
                Diagnostic::new(Code::LabelsInvalid, format!("expected a map, found {}", value.type_name()));
            diagnostics.push(with_snippet(
                diagnostic.with_parameter("labels").with_location(spanned.location).with_hint(hint),
                source,
            ));
            return labels;
        }
    };
    for entry in entries {
        if RESERVED_NAMES.contains(&entry.key.as_str()) {
            let message = "this label name is reserved for an automatic group".to_owned();
            let diagnostic = invalid(message, &entry)
                .with_location(entry.key_location.clone())
                .with_hint("rename the label");
            diagnostics.push(with_key_snippet(diagnostic, &entry.key, source));
        } else if !is_name(&entry.key) {
            let message =
                "invalid label name: expected a letter, then letters, digits, `_` or `-`".to_owned();
            let diagnostic =
                invalid(message, &entry).with_location(entry.key_location.clone()).with_hint(hint);
            diagnostics.push(with_key_snippet(diagnostic, &entry.key, source));
        } else {
            match &entry.value.value {
                Value::Null => {}
                Value::Text { text, .. } if is_value(text) => {
                    labels.insert(entry.key, text.clone());
                }
                Value::Text { text, .. } => {
                    let message = format!(
                        "invalid label `{}`: expected one line of 1 to {MAX_LABEL_LEN} bytes",
                        sanitize(text)
                    );
                    let diagnostic =
                        invalid(message, &entry).with_location(entry.value.location.clone()).with_hint(hint);
                    diagnostics.push(with_snippet(diagnostic, source));
                }
                value => {
                    let message = format!("expected text, found {}", value.type_name());
                    let diagnostic =
                        invalid(message, &entry).with_location(entry.value.location.clone()).with_hint(hint);
                    diagnostics.push(with_snippet(diagnostic, source));
                }
            }
        }
    }
    labels
}

fn is_name(name: &str) -> bool {
    name.len() <= MAX_LABEL_LEN
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_value(text: &str) -> bool {
    (1..=MAX_LABEL_LEN).contains(&text.len()) && text.chars().all(is_visible)
}
