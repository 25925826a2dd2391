//! The path of a parameter, list items included, and a copy of the parameters with one value changed.

use std::fmt;

use super::Config;
use super::value::{MapEntry, Spanned, Value};
use crate::diagnostics::Location;

/// One segment of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum PathSegment {
    Key(String),
    Item(usize),
}

/// The path of a value: `faasd.gateway_port`, `routes[1].path`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ConfigPath(Vec<PathSegment>);

impl ConfigPath {
    /// Parses a dotted path.
    pub fn at(path: &str) -> Self {
        Self(path.split('.').map(|name| PathSegment::Key(name.to_owned())).collect())
    }

    /// The path of a key below this one.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.with(PathSegment::Key(name.to_owned()))
    }

    /// The path of a list item below this one. A single value counts as the first item.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.with(PathSegment::Item(index))
    }

    /// The path without a trailing index: the name of a list of one.
    #[must_use]
    pub fn without_index(&self) -> Self {
        let mut segments = self.0.clone();
        if let Some(PathSegment::Item(_)) = segments.last() {
            segments.pop();
        }
        Self(segments)
    }

    /// Whether this path is `other` or below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The dotted path of the parameter, without the numbers of list items: `routes.path`.
    pub fn parameter(&self) -> String {
        let keys = self.0.iter().filter_map(|segment| match segment {
            PathSegment::Key(name) => Some(name.as_str()),
            PathSegment::Item(_) => None,
        });
        keys.collect::<Vec<_>>().join(".")
    }

    fn with(&self, segment: PathSegment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

impl fmt::Display for ConfigPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                PathSegment::Key(name) if at > 0 => write!(f, ".{name}")?,
                PathSegment::Key(name) => f.write_str(name)?,
                PathSegment::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Config {
    /// The value at a path. An empty value counts as not set.
    pub(crate) fn get_at(&self, path: &ConfigPath) -> Option<&Spanned> {
        let mut spanned = &self.tree;
        for segment in &path.0 {
            spanned = match (segment, &spanned.value) {
                (PathSegment::Key(name), Value::Map(entries)) => {
                    &entries.iter().find(|entry| entry.key == *name)?.value
                }
                (PathSegment::Item(index), Value::List(items)) => items.get(*index)?,
                (PathSegment::Item(0), _) => spanned,
                _ => return None,
            };
        }
        Some(spanned).filter(|spanned| spanned.value != Value::Null)
    }

    /// The same parameters with another value at one path, or without a value there. Used to find out what a
    /// parameter affects. The copy has no source text for snippets.
    #[must_use]
    pub(crate) fn with_override(&self, path: &ConfigPath, value: Option<Value>) -> Self {
        let mut tree = self.tree.clone();
        set_at(&mut tree, &path.0, value);
        Self { tree, sources: Vec::new(), registry_auth: self.registry_auth.clone() }
    }
}

fn set_at(spanned: &mut Spanned, segments: &[PathSegment], value: Option<Value>) {
    let location = Location::Default("override".to_owned());
    let nothing = || Spanned { value: Value::Null, location: location.clone() };
    let Some((segment, rest)) = segments.split_first() else {
        spanned.value = value.unwrap_or(Value::Null);
        return;
    };
    match segment {
        PathSegment::Key(name) => {
            if !matches!(spanned.value, Value::Map(_)) {
                spanned.value = Value::Map(Vec::new());
            }
            let Value::Map(entries) = &mut spanned.value else { return };
            let at = entries.iter().position(|entry| entry.key == *name);
            if rest.is_empty() && value.is_none() {
                if let Some(at) = at {
                    entries.remove(at);
                }
                return;
            }
            let at = at.unwrap_or_else(|| {
                entries.push(MapEntry {
                    key: name.clone(),
                    key_location: location.clone(),
                    value: nothing(),
                });
                entries.len() - 1
            });
            set_at(&mut entries[at].value, rest, value);
        }
        PathSegment::Item(index) => {
            if !matches!(spanned.value, Value::List(_)) {
                let alone = (spanned.value != Value::Null).then(|| spanned.clone());
                spanned.value = Value::List(alone.into_iter().collect());
            }
            let Value::List(items) = &mut spanned.value else { return };
            if rest.is_empty() && value.is_none() {
                if *index < items.len() {
                    items.remove(*index);
                }
                return;
            }
            if *index >= items.len() {
                items.push(nothing());
            }
            let at = (*index).min(items.len() - 1);
            set_at(&mut items[at], rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Diagnostics;

    fn config(text: &str) -> Config {
        let mut diagnostics = Diagnostics::default();
        let mut config = Config::default();
        config.merge_yaml("x.yaml".into(), text, &mut diagnostics);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        config
    }

    fn text(text: &str) -> Value {
        Value::Text { text: text.to_owned(), plain: true }
    }

    #[test]
    fn with_override_changes_only_the_given_path() {
        let spanned =
            config("domain: a.example\nroutes: [{path: /a/, upstream: u}, {path: /b/, upstream: v}]\n");
        let path = ConfigPath::at("routes").item(1).key("path");
        assert_eq!(path.to_string(), "routes[1].path");
        assert_eq!(
            spanned.with_override(&path, Some(text("/c/"))).canonical(),
            ".domain=a.example\n.routes[0].path=/a/\n.routes[0].upstream=u\n.routes[1].path=/c/\n.routes[1].upstream=v\n"
        );
        assert_eq!(
            spanned.with_override(&ConfigPath::at("routes").item(0), None).canonical(),
            ".domain=a.example\n.routes.path=/b/\n.routes.upstream=v\n"
        );
        assert_eq!(
            spanned
                .with_override(&ConfigPath::at("faasd.user"), Some(text("x")))
                .get_at(&ConfigPath::at("faasd.user"))
                .and_then(Spanned::text),
            Some("x")
        );
    }

    #[test]
    fn single_value_counts_as_a_list_of_one() {
        let spanned = config("domain: a.example\n");
        assert_eq!(
            spanned.get_at(&ConfigPath::at("domain").item(0)).and_then(Spanned::text),
            Some("a.example")
        );
        assert_eq!(
            spanned.with_override(&ConfigPath::at("domain").item(0), Some(text("b"))).canonical(),
            ".domain=b\n"
        );
        assert_eq!(
            spanned.with_override(&ConfigPath::at("domain").item(1), Some(text("b"))).canonical(),
            ".domain[0]=a.example\n.domain[1]=b\n"
        );
    }
}
