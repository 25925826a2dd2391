//! JSON Schema of the parameters, for editors. Made from the table of keys, so it knows every one of them.
//!
//! Draft 7 and not 2020-12: the language server behind most editors' YAML reads that one best, and nothing here
//! needs more. The schema takes everything that the program takes; what only the program can judge (a name under a
//! public suffix, two things on one port) it leaves to the program.

use serde_json::{Map, Value, json};

use crate::config::UNIT_SECTIONS;
use crate::config::schema::{DefaultOrExample, KEYS, Key, TextParser, ValueType};
use crate::diagnostics::Code;

/// Which file it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// `panel.yaml`: the parameters of one panel.
    Panel,
    /// `fleet.yaml`: those of many.
    Fleet,
}

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema's text.
pub fn text(about: Document) -> String {
    let schema = match about {
        Document::Panel => panel(),
        Document::Fleet => fleet(),
    };
    serde_json::to_string_pretty(&schema).expect("a schema is text, numbers and maps") + "\n"
}

fn panel() -> Value {
    let mut schema = map(KEYS);
    let head = json!({
        "$schema": DRAFT,
        "title": "panel.yaml",
        "description": "The parameters of one panel, read by panelgen.",
        "required": ["domain"],
        "type": "object",
    });
    lay(&mut schema, head);
    schema
}

fn fleet() -> Value {
    let mut host = map(KEYS);
    if let Some(Value::Object(properties)) = host.get_mut("properties") {
        properties.insert("labels".to_owned(), labels());
    }
    lay(&mut host, json!({ "type": "object", "required": ["domain"] }));
    let mut defaults = map(KEYS);
    lay(&mut defaults, json!({ "description": "What every host starts from." }));
    json!({
        "$schema": DRAFT,
        "title": "fleet.yaml",
        "description": "The parameters of many panels, read by panelgen: one directory for each first domain.",
        "type": "object",
        "additionalProperties": false,
        "required": ["hosts"],
        "properties": {
            "defaults": defaults,
            "hosts": {
                "description": "The hosts; what one of them says wins over the defaults.",
                "type": "array",
                "minItems": 1,
                "items": host,
            },
        },
    })
}

fn labels() -> Value {
    json!({
        "description": "Short texts that tell hosts apart; no file on the host has them.",
        "type": ["object", "null"],
        "additionalProperties": { "type": ["string", "number", "boolean", "null"], "maxLength": 256 },
    })
}

/// A map with these keys and no others. A key with nothing behind it is back to its default.
fn map(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties })
}

fn property(key: &Key) -> Value {
    let mut schema = kind(&key.value_type);
    let mut head = json!({ "description": key.doc });
    match key.sample {
        DefaultOrExample::Default(value) => head["default"] = yaml(value),
        DefaultOrExample::Example(value) => head["examples"] = json!([yaml(value)]),
        DefaultOrExample::Stack(_) | DefaultOrExample::None => {}
    }
    lay(&mut schema, head);
    schema
}

fn kind(kind: &ValueType) -> Value {
    match kind {
        ValueType::Text(grammar) => word(grammar),
        ValueType::Bool => json!({ "type": ["boolean", "null"] }),
        ValueType::Enum(choices) => {
            let values = choices().into_iter().flat_map(|choice| {
                // `panel: 0` is a number to YAML.
                let number = choice.value.parse::<u32>().ok().map(Value::from);
                std::iter::once(Value::from(choice.value)).chain(number)
            });
            let values: Vec<Value> = values.chain([Value::Null]).collect();
            json!({ "enum": values })
        }
        // One item alone counts as a list of one.
        ValueType::List(item) => {
            let item = self::kind(item);
            json!({ "anyOf": [{ "type": "array", "items": item }, item] })
        }
        ValueType::Map(keys) => self::map(keys),
        ValueType::BoolOrMap(keys) => json!({ "anyOf": [{ "type": "boolean" }, self::map(keys)] }),
        ValueType::InitialPassword => json!({
            "anyOf": [
                { "type": ["string", "number", "null"] },
                {
                    "type": "object",
                    "properties": {
                        "file": { "description": "A file, relative to this one.", "type": ["string", "number"] },
                        "stdin": { "description": "Standard input has it.", "const": true },
                    },
                    "additionalProperties": false,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ],
        }),
        ValueType::Units => {
            let text = json!(["string", "number", "boolean", "null"]);
            let directive = json!({
                "anyOf": [{ "type": text }, { "type": "array", "items": { "type": text } }],
            });
            let directives = json!({
                "type": ["object", "null"],
                "propertyNames": { "pattern": "^[A-Z][A-Za-z0-9]*$" },
                "additionalProperties": directive,
            });
            json!({
                "type": ["object", "null"],
                "additionalProperties": {
                    "type": ["object", "null"],
                    "propertyNames": { "enum": UNIT_SECTIONS },
                    "additionalProperties": directives,
                },
            })
        }
    }
}

/// Text with a grammar. Whether a number will do is the grammar's own word: it is asked.
fn word(grammar: &TextParser) -> Value {
    let takes = |text: &str| (grammar.check)(text).is_ok();
    let mut types = vec!["string", "null"];
    if takes("17.5") {
        types.push("number");
    } else if takes("0") || takes("17") {
        types.push("integer");
    }
    let mut schema = json!({ "type": types });
    let more = match grammar.code {
        Code::PortInvalid => {
            json!({ "minimum": 1, "maximum": 65535, "pattern": "^[0-9]{1,5}$" })
        }
        Code::Sha256Invalid => json!({ "pattern": "^[0-9A-Fa-f]{64}$" }),
        Code::PathInvalid => json!({ "pattern": "^/." }),
        Code::RouteInvalid => json!({ "pattern": "^/(.*/)?$" }),
        Code::MailInvalid => json!({ "pattern": "^[^@]+@[^@]+$" }),
        _ => json!({}),
    };
    lay(&mut schema, more);
    schema
}

/// A sample as an editor's reader of YAML sees it.
fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("the samples of the table are YAML")
}

fn lay(schema: &mut Value, more: Value) {
    if let (Value::Object(schema), Value::Object(more)) = (schema, more) {
        schema.extend(more);
    }
}
