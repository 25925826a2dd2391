//! A commented panel.yaml: every parameter with what it means, at its default or with an example.

use crate::config::schema::{DefaultOrExample, KEYS, Key, ValueType};
use crate::facts::releases::STACKS;
use crate::values::Domain;

const HEAD: &str = "\
# yaml-language-server: $schema=panel.schema.json
#
# Parameters of panelgen. Only `domain` is needed; everything else shows its default, or an example, behind `#`.
#
#   panelgen render -f panel.yaml -o bundle/      render it
#   panelgen schema > panel.schema.json           the schema that the first line names: editors complete and check
";

/// The widest line.
const WIDTH: usize = 100;

/// The whole file; without a domain its place is left to fill in.
pub fn text(domain: Option<&Domain>) -> String {
    let mut text = HEAD.to_owned();
    for key in KEYS {
        text.push('\n');
        comment(&mut text, "# ", &described(key));
        if key.name == "domain" {
            match domain {
                Some(domain) => text.push_str(&["domain: ", domain.as_str(), "\n"].concat()),
                None => text.push_str("domain: # for example panel.example.org\n"),
            }
        } else {
            entry(&mut text, key, 0);
        }
    }
    text
}

/// One commented key with everything below it: without its `#`, a block is YAML again, and the remarks inside it
/// are still comments.
fn entry(text: &mut String, key: &Key, depth: usize) {
    let indent = "  ".repeat(depth);
    let name = key.name;
    match &key.value_type {
        ValueType::Map(keys) | ValueType::BoolOrMap(keys) => {
            text.push_str(&["#", &indent, name, ":\n"].concat());
            below(text, keys, depth);
        }
        ValueType::List(ValueType::Map(keys)) => {
            text.push_str(&["#", &indent, name, ":\n"].concat());
            let mut item = String::new();
            below(&mut item, keys, depth + 1);
            // The dash stands before the first key, not before the remark above it.
            let dash = format!("#{indent}    {}:", keys.first().map_or("", |key| key.name));
            text.push_str(&item.replacen(&dash, &dash.replacen("    ", "  - ", 1), 1));
        }
        _ => {
            let value = match key.sample {
                DefaultOrExample::Default(value) | DefaultOrExample::Example(value) => format!(" {value}"),
                DefaultOrExample::Stack(version) => format!(" {}", version(&STACKS[0])),
                DefaultOrExample::None => String::new(),
            };
            text.push_str(&["#", &indent, name, ":", &value, "\n"].concat());
        }
    }
}

fn below(text: &mut String, keys: &[Key], depth: usize) {
    let inner = "  ".repeat(depth + 1);
    for key in keys {
        comment(text, &format!("#{inner}# "), &described(key));
        entry(text, key, depth + 1);
    }
}

/// What a key means, what it takes where that is a few words, and whether the value shown is only an example.
fn described(key: &Key) -> String {
    let mut doc = key.doc.to_owned();
    if let ValueType::Enum(choices) = &key.value_type {
        let choices = choices();
        let names: Vec<_> =
            choices.iter().filter(|choice| !choice.alias).map(|choice| choice.value).collect();
        doc = format!("{doc} One of: {}.", names.join(", "));
    }
    match (&key.sample, &key.value_type) {
        (DefaultOrExample::Example(_), _) if key.name != "domain" => doc.push_str(" An example:"),
        (DefaultOrExample::None, ValueType::BoolOrMap(_)) => doc.push_str(" On by default."),
        (DefaultOrExample::None, ValueType::Text(_)) => doc.push_str(" Not set by default."),
        _ => {}
    }
    doc
}

/// `words` behind `lead`, wrapped.
fn comment(text: &mut String, lead: &str, words: &str) {
    let room = WIDTH.saturating_sub(lead.chars().count());
    for line in crate::diagnostics::wrap::wrapped(words, room) {
        text.push_str(lead);
        text.push_str(&line);
        text.push('\n');
    }
}
