//! Labels: short texts that tell hosts apart. No file on a host has them; the fleet's inventory groups by them.

use std::collections::BTreeMap;

use super::HostEntry;
use crate::config::value::{MapEntry, Spanned, Value};
use crate::config::yaml::{with_key_snippet, with_snippet};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::{is_visible, sanitize};

/// The longest name or value.
const MAX_LABEL_LEN: usize = 256;

/// Names that every host has a group by already.
const RESERVED_NAMES: [&str; 2] = ["panel", "target"];

/// The labels of one host, by name.
pub type Labels = BTreeMap<String, String>;

/// Takes the labels out of what a host says: everything that is left are parameters. Told is where they stand, if there are any.
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
    let told = |message: String, entry: &MapEntry| {
        Diagnostic::new(Code::LabelsInvalid, message)
            .with_parameter(format!("labels.{}", sanitize(&entry.key)))
    };
    let hint = "for example `labels: {region: eu, ring: canary}`";
    let entries = match spanned.value {
        Value::Map(entries) => entries,
        Value::Null => return labels,
        value => {
            let finding =
                Diagnostic::new(Code::LabelsInvalid, format!("takes a map, not {}", value.type_name()));
            diagnostics.push(with_snippet(
                finding.with_parameter("labels").with_location(spanned.location).with_hint(hint),
                source,
            ));
            return labels;
        }
    };
    for entry in entries {
        if RESERVED_NAMES.contains(&entry.key.as_str()) {
            let message = "every host has a group by this name already".to_owned();
            let finding = told(message, &entry)
                .with_location(entry.key_location.clone())
                .with_hint("give the label another name");
            diagnostics.push(with_key_snippet(finding, &entry.key, source));
        } else if !is_name(&entry.key) {
            let message = "a label's name is a letter, and then letters, digits, `_` and `-`".to_owned();
            let finding = told(message, &entry).with_location(entry.key_location.clone()).with_hint(hint);
            diagnostics.push(with_key_snippet(finding, &entry.key, source));
        } else {
            match &entry.value.value {
                Value::Null => {}
                Value::Text { text, .. } if is_value(text) => {
                    labels.insert(entry.key, text.clone());
                }
                Value::Text { text, .. } => {
                    let message =
                        format!("`{}` is not one line of 1 to {MAX_LABEL_LEN} bytes", sanitize(text));
                    let finding =
                        told(message, &entry).with_location(entry.value.location.clone()).with_hint(hint);
                    diagnostics.push(with_snippet(finding, source));
                }
                value => {
                    let message = format!("takes a text, not {}", value.type_name());
                    let finding =
                        told(message, &entry).with_location(entry.value.location.clone()).with_hint(hint);
                    diagnostics.push(with_snippet(finding, source));
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
