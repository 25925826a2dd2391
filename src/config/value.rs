//! What was said, as a tree: every value and every key remembers where.

use crate::diagnostics::Location;

/// A value and where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned {
    /// The value.
    pub value: Value,
    /// Where it was said.
    pub location: Location,
}

/// The shapes a value can have. What a text means (a number, a switch, a name) is its key's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `key:` with nothing behind it: back to the default.
    Null,
    /// Text. `plain` tells that it was written without quotes.
    Text {
        /// The characters, exactly: `1.10` stays `1.10`.
        text: String,
        /// Without quotes: only then `true` is a switch.
        plain: bool,
    },
    /// A list.
    List(Vec<Spanned>),
    /// A map, in the order it was written.
    Map(Vec<MapEntry>),
}

/// One key of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapEntry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_location: Location,
    /// Its value.
    pub value: Spanned,
}

impl MapEntry {
    /// Whether both say the same, wherever.
    pub fn eq_ignoring_location(&self, other: &Self) -> bool {
        self.key == other.key && self.value.value.eq_ignoring_location(&other.value.value)
    }
}

impl Value {
    /// Whether both say the same, wherever.
    pub fn eq_ignoring_location(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(one), Self::List(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| one.value.eq_ignoring_location(&other.value))
            }
            (Self::Map(one), Self::Map(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| one.eq_ignoring_location(other))
            }
            (one, other) => one == other,
        }
    }

    /// What the shape is called in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text { .. } => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl Spanned {
    /// The value under a dotted path; list items are not addressed.
    pub fn get(&self, path: &str) -> Option<&Spanned> {
        path.split('.').try_fold(self, |spanned, key| match &spanned.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        })
    }

    /// Lays `upper` over this: maps merge key by key, everything else is replaced; nothing takes back.
    pub fn merge(&mut self, upper: Spanned) {
        match (&mut self.value, upper.value) {
            // The first layer, whatever its size, is taken as it is.
            (Value::Map(lower), Value::Map(entries)) if lower.is_empty() => *lower = entries,
            (Value::Map(lower), Value::Map(entries)) => {
                for entry in entries {
                    match lower.iter_mut().find(|have| have.key == entry.key) {
                        Some(have) => {
                            have.key_location = entry.key_location;
                            have.value.merge(entry.value);
                        }
                        None => lower.push(entry),
                    }
                }
            }
            (_, value) => *self = Spanned { value, location: upper.location },
        }
    }
}
