//! A commented panel.yaml that documents every parameter with its default or an example.

use crate::config::schema::{DefaultOrExample, KEYS, Key, ValueType, fleet_key};
use crate::facts::releases::STACKS;
use crate::values::Domain;

const HEAD: &str = "\
# yaml-language-server: $schema=panel.schema.json
#
# Parameters of panelgen. Only `domain` is required. Everything else is commented out and shows its default or an example.
#
#   panelgen render -f panel.yaml -o bundle/      renders the bundle
#   panelgen schema > panel.schema.json           writes the schema named in the first line, for editors
";

/// The maximum line width.
const WIDTH: usize = 100;

/// The whole file. Without a domain, its value is left to fill in.
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

const FLEET_HEAD: &str = "\
# yaml-language-server: $schema=fleet.schema.json
#
# A fleet: the parameters of many hosts. Each host takes every key of panel.yaml (`panelgen init`); its own values override
# the defaults. Labels group the hosts in the inventory.
#
#   panelgen render --fleet fleet.yaml -o fleet/   renders one bundle for each host
#   panelgen schema fleet > fleet.schema.json      writes the schema named in the first line, for editors

";

/// A commented fleet.yaml. Without a domain, the first host's is left to fill in.
pub fn fleet_text(domain: Option<&Domain>) -> String {
    let mut text = FLEET_HEAD.to_owned();
    comment(&mut text, "# ", fleet_key("defaults").map_or("", |key| key.doc));
    text.push_str("defaults:\n");
    // What all hosts of a fleet usually share.
    for key in KEYS.iter().filter(|key| ["mail", "panel", "target", "arch"].contains(&key.name)) {
        comment(&mut text, "  # ", &described(key));
        if key.name == "target" {
            let value = key.sample.text().unwrap_or_default();
            text.push_str(&["  target: ", value, "\n"].concat());
        } else {
            entry(&mut text, key, 1);
        }
    }
    text.push('\n');
    comment(&mut text, "# ", fleet_key("hosts").map_or("", |key| key.doc));
    text.push_str("hosts:\n");
    match domain {
        Some(domain) => text.push_str(&["  - domain: ", domain.as_str(), "\n"].concat()),
        None => text.push_str("  - domain: # for example eu1.example.org\n"),
    }
    comment(&mut text, "    # ", fleet_key("labels").map_or("", |key| key.doc));
    text.push_str(
        "    labels: {region: eu}\n#  - domain: us1.example.org\n#    labels: {region: us}\n#    panel: none\n",
    );
    text
}

/// Writes one commented key and everything below it. A block without its `#` is valid YAML, and the
/// documentation inside it is still a comment.
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
            // The dash goes before the first key, not before its comment.
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

/// The documentation of a key: its meaning, its accepted values if they are few, and whether the value is an
/// example.
fn described(key: &Key) -> String {
    let mut doc = key.doc.to_owned();
    if let ValueType::Enum(choices) = &key.value_type {
        let choices = choices();
        let names: Vec<_> =
            choices.iter().filter(|choice| choice.alias_of.is_none()).map(|choice| choice.value).collect();
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

/// Appends `words` as wrapped lines that begin with `prefix`.
fn comment(text: &mut String, prefix: &str, words: &str) {
    let room = WIDTH.saturating_sub(prefix.chars().count());
    for line in crate::diagnostics::wrap::wrapped(words, room) {
        text.push_str(prefix);
        text.push_str(&line);
        text.push('\n');
    }
}
