//! Labels: short texts that tell hosts apart. No file on a host has them; the fleet's inventory groups by them.

use std::collections::BTreeMap;

use super::Layer;
use crate::config::value::{MapEntry, Spanned, Value};
use crate::config::yaml::{with_key_snippet, with_snippet};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::{is_visible, sanitize};

/// The longest name or value.
const LONGEST: usize = 256;

/// Names that every host has a group by already.
const TAKEN: [&str; 2] = ["panel", "target"];

/// The labels of one host, by name.
pub type Labels = BTreeMap<String, String>;

/// Takes the labels out of what a host says: everything that is left are parameters. Told is where they stand, if there are any.
pub(super) fn take(layer: &mut Layer, report: &mut Diagnostics) -> (Labels, Option<Location>) {
    let Value::Map(pairs) = &mut layer.said.value else { return Default::default() };
    let Some(at) = pairs.iter().position(|pair| pair.key == "labels") else { return Default::default() };
    let said = pairs.remove(at).value;
    let place = said.location.clone();
    (read(said, layer, report), Some(place))
}

fn read(said: Spanned, layer: &Layer, report: &mut Diagnostics) -> Labels {
    let mut labels = Labels::new();
    let source = layer.source.snippet();
    let told = |message: String, pair: &MapEntry| {
        Diagnostic::new(Code::LabelsInvalid, message)
            .with_parameter(format!("labels.{}", sanitize(&pair.key)))
    };
    let hint = "for example `labels: {region: eu, ring: canary}`";
    let pairs = match said.value {
        Value::Map(pairs) => pairs,
        Value::Null => return labels,
        value => {
            let finding =
                Diagnostic::new(Code::LabelsInvalid, format!("takes a map, not {}", value.type_name()));
            report.push(with_snippet(
                finding.with_parameter("labels").with_location(said.location).with_hint(hint),
                source,
            ));
            return labels;
        }
    };
    for pair in pairs {
        if TAKEN.contains(&pair.key.as_str()) {
            let message = "every host has a group by this name already".to_owned();
            let finding = told(message, &pair)
                .with_location(pair.key_location.clone())
                .with_hint("give the label another name");
            report.push(with_key_snippet(finding, &pair.key, source));
        } else if !is_name(&pair.key) {
            let message = "a label's name is a letter, and then letters, digits, `_` and `-`".to_owned();
            let finding = told(message, &pair).with_location(pair.key_location.clone()).with_hint(hint);
            report.push(with_key_snippet(finding, &pair.key, source));
        } else {
            match &pair.value.value {
                Value::Null => {}
                Value::Text { text, .. } if is_value(text) => {
                    labels.insert(pair.key, text.clone());
                }
                Value::Text { text, .. } => {
                    let message = format!("`{}` is not one line of 1 to {LONGEST} bytes", sanitize(text));
                    let finding =
                        told(message, &pair).with_location(pair.value.location.clone()).with_hint(hint);
                    report.push(with_snippet(finding, source));
                }
                value => {
                    let message = format!("takes a text, not {}", value.type_name());
                    let finding =
                        told(message, &pair).with_location(pair.value.location.clone()).with_hint(hint);
                    report.push(with_snippet(finding, source));
                }
            }
        }
    }
    labels
}

fn is_name(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_value(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.chars().all(is_visible)
}
