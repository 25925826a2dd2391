//! The parameters as a tree. Every value and every key has its location.

use crate::diagnostics::Location;

/// A value and its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned {
    /// The value.
    pub value: Value,
    /// Where the value was set.
    pub location: Location,
}

/// The types of values. The key decides what a text means (a number, a boolean, a name).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `key:` without a value: the default.
    Null,
    /// Text.
    Text {
        /// The text, unchanged: `1.10` stays `1.10`.
        text: String,
        /// Whether it is written without quotes. Only then `true` is a boolean.
        plain: bool,
    },
    /// A list.
    List(Vec<Spanned>),
    /// A map, in the order of the document.
    Map(Vec<MapEntry>),
}

/// One entry of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapEntry {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub key_location: Location,
    /// Its value.
    pub value: Spanned,
}

impl MapEntry {
    /// Whether both have the same key and value, ignoring locations.
    pub fn eq_ignoring_location(&self, other: &Self) -> bool {
        self.key == other.key && self.value.value.eq_ignoring_location(&other.value.value)
    }
}

impl Value {
    /// Whether both are equal, ignoring locations.
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

    /// The type's name in messages.
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
    /// The value at a dotted path. List items are not addressed.
    pub fn get(&self, path: &str) -> Option<&Spanned> {
        path.split('.').try_fold(self, |spanned, key| match &spanned.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        })
    }

    /// Merges `upper` over this value: maps merge key by key, everything else is replaced. `Null`
    /// resets what lower layers set.
    pub fn merge(&mut self, upper: Spanned) {
        match (&mut self.value, upper.value) {
            // The first layer is taken as a whole, whatever its size.
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
