//! Labels: short texts that tell hosts apart. No file on a host has them; the fleet's inventory groups by them.

use std::collections::BTreeMap;

use super::Layer;
use crate::config::value::{Pair, Said, Value};
use crate::config::yaml::{excerpted, excerpted_to_key};
use crate::diagnostics::{Code, Finding, Origin, Report};
use crate::values::{is_plain, shown};

/// The longest name or value.
const LONGEST: usize = 256;

/// Names that every host has a group by already.
const TAKEN: [&str; 2] = ["panel", "target"];

/// The labels of one host, by name.
pub type Labels = BTreeMap<String, String>;

/// Takes the labels out of what a host says: everything that is left are parameters. Told is where they stand, if there are any.
pub(super) fn take(layer: &mut Layer, report: &mut Report) -> (Labels, Option<Origin>) {
    let Value::Map(pairs) = &mut layer.said.value else { return Default::default() };
    let Some(at) = pairs.iter().position(|pair| pair.key == "labels") else { return Default::default() };
    let said = pairs.remove(at).said;
    let place = said.origin.clone();
    (read(said, layer, report), Some(place))
}

fn read(said: Said, layer: &Layer, report: &mut Report) -> Labels {
    let mut labels = Labels::new();
    let source = layer.source.excerpt();
    let told = |message: String, pair: &Pair| {
        Finding::new(Code::LabelsInvalid, message).about(format!("labels.{}", shown(&pair.key)))
    };
    let hint = "for example `labels: {region: eu, ring: canary}`";
    let pairs = match said.value {
        Value::Map(pairs) => pairs,
        Value::Nothing => return labels,
        value => {
            let finding = Finding::new(Code::LabelsInvalid, format!("takes a map, not {}", value.shape()));
            report.push(excerpted(finding.about("labels").at(said.origin).hint(hint), source));
            return labels;
        }
    };
    for pair in pairs {
        if TAKEN.contains(&pair.key.as_str()) {
            let message = "every host has a group by this name already".to_owned();
            let finding =
                told(message, &pair).at(pair.key_origin.clone()).hint("give the label another name");
            report.push(excerpted_to_key(finding, &pair.key, source));
        } else if !is_name(&pair.key) {
            let message = "a label's name is a letter, and then letters, digits, `_` and `-`".to_owned();
            let finding = told(message, &pair).at(pair.key_origin.clone()).hint(hint);
            report.push(excerpted_to_key(finding, &pair.key, source));
        } else {
            match &pair.said.value {
                Value::Nothing => {}
                Value::Text { text, .. } if is_value(text) => {
                    labels.insert(pair.key, text.clone());
                }
                Value::Text { text, .. } => {
                    let message = format!("`{}` is not one line of 1 to {LONGEST} bytes", shown(text));
                    let finding = told(message, &pair).at(pair.said.origin.clone()).hint(hint);
                    report.push(excerpted(finding, source));
                }
                value => {
                    let message = format!("takes a text, not {}", value.shape());
                    let finding = told(message, &pair).at(pair.said.origin.clone()).hint(hint);
                    report.push(excerpted(finding, source));
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
    (1..=LONGEST).contains(&text.len()) && text.chars().all(is_plain)
}
