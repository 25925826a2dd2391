//! The JSON Schema of the parameters, for editors. It is generated from the table of keys, so it covers all
//! of them.
//!
//! It uses draft 7 instead of 2020-12, because the language server of most editors supports that one best and
//! nothing here needs more. The schema accepts everything that the program accepts. It leaves out what only
//! the program can check, such as public suffixes and port conflicts.

use serde_json::{Map, Value, json};

use crate::config::schema::{DefaultOrExample, KEYS, Key, TextParser, ValueType, fleet_key};
use crate::config::{SCHEMA_KEY, UNIT_SECTIONS};
use crate::diagnostics::Code;
use crate::facts::releases::STACKS;

/// The document that the schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// `panel.yaml`: the parameters of one host.
    Panel,
    /// `fleet.yaml`: the parameters of many hosts.
    Fleet,
}

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The text of the schema.
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
        "description": "The parameters of one panel, or one of its layers, read by panelgen.",
        "type": "object",
    });
    extend(&mut schema, head);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert(SCHEMA_KEY.to_owned(), schema_key());
    }
    schema
}

fn fleet_doc(name: &str) -> &'static str {
    fleet_key(name).map_or("", |key| key.doc)
}

/// The key with which a JSON document names its schema.
fn schema_key() -> Value {
    json!({ "description": "The schema of this document, for editors.", "type": "string" })
}

fn fleet() -> Value {
    let mut host = map(KEYS);
    if let Some(Value::Object(properties)) = host.get_mut("properties") {
        properties.insert("labels".to_owned(), labels());
    }
    extend(&mut host, json!({ "type": "object", "required": ["domain"] }));
    let mut defaults = map(KEYS);
    if let Some(Value::Object(properties)) = defaults.get_mut("properties") {
        properties.remove("domain");
    }
    extend(&mut defaults, json!({ "title": "defaults", "description": fleet_doc("defaults") }));
    json!({
        "$schema": DRAFT,
        "title": "fleet.yaml",
        "description": "The parameters of many panels, read by panelgen: one directory for each first domain.",
        "type": "object",
        "additionalProperties": false,
        "required": ["hosts"],
        "properties": {
            SCHEMA_KEY: schema_key(),
            "defaults": defaults,
            "hosts": {
                "title": "hosts",
                "description": fleet_doc("hosts"),
                "type": "array",
                "minItems": 1,
                "items": host,
            },
        },
    })
}

fn labels() -> Value {
    json!({
        "title": "labels",
        "description": fleet_doc("labels"),
        "examples": [{ "region": "eu", "ring": "canary" }],
        "type": ["object", "null"],
        "additionalProperties": { "type": ["string", "number", "boolean", "null"], "maxLength": 256 },
    })
}

/// The schema of a map with only these keys. An empty value means the default.
fn map(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties })
}

fn property(key: &Key) -> Value {
    let mut schema = kind(&key.value_type);
    let mut head = json!({ "title": key.name, "description": key.doc });
    match key.sample {
        DefaultOrExample::Default(value) => head["default"] = yaml(value),
        DefaultOrExample::Example(value) => head["examples"] = json!([yaml(value)]),
        // Of the stack that is the default.
        DefaultOrExample::Stack(version) => head["default"] = version(&STACKS[0]).into(),
        DefaultOrExample::None => {}
    }
    extend(&mut schema, head);
    schema
}

fn kind(kind: &ValueType) -> Value {
    match kind {
        ValueType::Text(grammar) => word(grammar),
        ValueType::Bool => json!({ "type": ["boolean", "null"] }),
        ValueType::Enum(choices) => {
            let (mut values, mut docs) = (Vec::new(), Vec::new());
            for choice in choices() {
                // YAML reads `panel: 0` as a number.
                let number = choice.value.parse::<u32>().ok().map(Value::from);
                for value in std::iter::once(Value::from(choice.value)).chain(number) {
                    values.push(value);
                    docs.push(match choice.alias_of {
                        Some(name) => format!("The same as `{name}`."),
                        None => choice.doc.to_owned(),
                    });
                }
            }
            values.push(Value::Null);
            docs.push("The default.".to_owned());
            // Editors read the second; validators ignore what they do not know.
            json!({ "enum": values, "markdownEnumDescriptions": docs })
        }
        // A single item counts as a list of one.
        ValueType::List(item) => {
            let item = self::kind(item);
            json!({ "anyOf": [{ "type": "array", "items": item }, item] })
        }
        ValueType::Map(keys) => self::map(keys),
        ValueType::BoolOrMap(keys) => json!({ "anyOf": [{ "type": "boolean" }, self::map(keys)] }),
        ValueType::PerArch(grammar, keys) => json!({ "anyOf": [word(grammar), self::map(keys)] }),
        ValueType::Secret(_) => json!({
            "anyOf": [
                { "type": ["string", "number", "null"] },
                {
                    "type": "object",
                    "properties": {
                        "file": { "description": "A file, relative to this one.", "type": ["string", "number"] },
                        "stdin": { "description": "Read from standard input.", "const": true },
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

/// The schema of parsed text. Whether numbers are accepted is found out by calling the parser.
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
    extend(&mut schema, more);
    schema
}

/// Parses a sample as an editor's YAML parser does.
fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("the samples in the table are valid YAML")
}

fn extend(schema: &mut Value, more: Value) {
    if let (Value::Object(schema), Value::Object(more)) = (schema, more) {
        schema.extend(more);
    }
}
