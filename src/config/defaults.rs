//! The defaults that the schema declares, as values.

use std::sync::LazyLock;

use camino::Utf8Path;

use super::schema::{DefaultOrExample, KEYS, Key, ValueType};
use super::value::{MapEntry, Spanned, Value};
use super::yaml;
use crate::diagnostics::{Diagnostics, Location};

static DEFAULTS: LazyLock<Spanned> = LazyLock::new(|| map(KEYS));

/// The declared default of the parameter at `path`.
pub(super) fn at(path: &str) -> &'static Spanned {
    DEFAULTS.get(path).unwrap_or_else(|| panic!("the schema declares no default of `{path}`"))
}

fn map(keys: &[Key]) -> Spanned {
    let location = Location::Default("built-in".to_owned());
    let entry = |key: &Key| {
        let value = match (&key.value_type, key.sample) {
            (ValueType::Map(below) | ValueType::BoolOrMap(below), _) => map(below),
            (_, DefaultOrExample::Default(text)) => {
                yaml::read(Utf8Path::new("default"), text, &mut Diagnostics::default())
                    .expect("a declared default is YAML")
            }
            _ => return None,
        };
        Some(MapEntry { key: key.name.to_owned(), key_location: location.clone(), value })
    };
    Spanned { value: Value::Map(keys.iter().filter_map(entry).collect()), location: location.clone() }
}
