//! Perturbations: every parameter and the other values to try for it, to find what it determines.

use std::sync::LazyLock;

use crate::config::Config;
use crate::config::path::ConfigPath;
use crate::config::schema::{DefaultOrExample, KEYS, Key, ValueType};
use crate::config::value::{Spanned, Value};
use crate::facts::upstream::{Image, UPSTREAM};

/// Values that are not the default of any parameter. A test proves that every text type accepts at least two of them, so that one
/// always differs from the current value.
const SAMPLE_VALUES: &[&str] = &[
    "47011",
    "47012",
    "/probe/",
    "/",
    "/srv/probe",
    "/srv/probe-2",
    "0.9.5",
    "0.16.9",
    "1.7.0",
    "4.99.0",
    "7919h",
    "7907h",
    "17m",
    "19m",
    "probe.example.org",
    "probe-2.example.org",
    "probe@probe.example.org",
    "probe-2@probe.example.org",
    "http://127.0.0.1:47011",
    "http://127.0.0.1:47012/probe/",
    "https://probe.example.org/probe",
    "https://probe-2.example.org/probe",
    "192.0.2.17",
    "2001:db8::17",
    "probe",
    "probe-2",
    "registry.example.org/probe:17",
    "registry.example.org/probe:19",
    "*-*-* 17:17:17",
    "*-*-* 19:19:19",
    "probe_one on;",
    "probe_two on;",
    "1111111111111111111111111111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222222222222222222222222222",
    "http://127.0.0.1:47013",
    "sha256:1111111111111111111111111111111111111111111111111111111111111111",
    "sha256:2222222222222222222222222222222222222222222222222222222222222222",
];

/// The most sample values that are tried for one parameter.
const MAX_TRIALS: usize = 4;

/// A parameter and the values to try for it. `None` unsets it.
#[derive(Debug)]
pub(super) struct Perturbation {
    /// The path of the parameter.
    pub(super) spot: ConfigPath,
    /// Its default or example in the schema.
    pub(super) sample: DefaultOrExample,
    /// The values to try.
    pub(super) values: Vec<Option<Value>>,
}

/// Returns a perturbation for every parameter of the schema, and for every item and drop-in that is set.
pub(super) fn all(config: &Config) -> Vec<Perturbation> {
    let mut perturbations = Vec::new();
    keys(config, KEYS, None, &mut perturbations);
    perturbations
}

fn keys(
    config: &Config,
    keys: &'static [Key],
    above: Option<&ConfigPath>,
    perturbations: &mut Vec<Perturbation>,
) {
    for key in keys {
        let spot = above.map_or_else(|| ConfigPath::at(key.name), |above| above.key(key.name));
        kind(config, &key.value_type, key.sample, spot, perturbations);
    }
}

fn kind(
    config: &Config,
    kind: &'static ValueType,
    sample: DefaultOrExample,
    spot: ConfigPath,
    perturbations: &mut Vec<Perturbation>,
) {
    let current = config.get_at(&spot);
    match kind {
        ValueType::Map(below) => keys(config, below, Some(&spot), perturbations),
        ValueType::BoolOrMap(below) => {
            keys(config, below, Some(&spot), perturbations);
            perturbations.push(perturbation(spot, sample, current, &["true", "false"]));
        }
        ValueType::PerArch(grammar, below) => {
            keys(config, below, Some(&spot), perturbations);
            perturbations.push(perturbation(spot, sample, current, &words(grammar.check)));
        }
        ValueType::Bool => perturbations.push(perturbation(spot, sample, current, &["true", "false"])),
        ValueType::Enum(choices) => {
            let choices = choices();
            let values: Vec<_> = choices
                .iter()
                .filter(|choice| choice.alias_of.is_none())
                .map(|choice| choice.value)
                .collect();
            perturbations.push(perturbation(spot, sample, current, &values));
        }
        ValueType::Text(grammar) => {
            perturbations.push(perturbation(spot, sample, current, &words(grammar.check)));
        }
        ValueType::Secret(grammar) => {
            let values = ["a password of a probe", "{\"auths\":{\"probe.example.org\":{\"auth\":\"cDpw\"}}}"];
            let values: Vec<_> =
                values.into_iter().filter(|text| (grammar.check)(text).is_ok()).take(1).collect();
            perturbations.push(perturbation(spot, sample, current, &values));
        }
        ValueType::List(item) => list(config, item, &spot, sample, perturbations),
        ValueType::Units => units(current, &spot, perturbations),
    }
}

fn words(check: fn(&str) -> Result<(), crate::values::ParseError>) -> Vec<&'static str> {
    /// An image with a known digest is rendered differently.
    static KNOWN: LazyLock<Option<String>> =
        LazyLock::new(|| UPSTREAM.images.iter().find(|image| image.amd64.is_some()).map(Image::reference));
    SAMPLE_VALUES
        .iter()
        .copied()
        .chain(KNOWN.as_deref())
        .filter(|text| check(text).is_ok())
        .take(MAX_TRIALS)
        .collect()
}

/// Returns a perturbation with every other one of `values`, and with `None` if the parameter is set.
fn perturbation(
    spot: ConfigPath,
    sample: DefaultOrExample,
    current: Option<&Spanned>,
    values: &[&str],
) -> Perturbation {
    let text_now = current.and_then(Spanned::text);
    let others = values.iter().filter(|value| Some(**value) != text_now).map(|value| Some(text(value)));
    let values = current.map(|_| None).into_iter().chain(others).collect();
    Perturbation { spot, sample, values }
}

/// Perturbs each item, and removes each item. An unset list is perturbed as a list of one.
fn list(
    config: &Config,
    item: &'static ValueType,
    spot: &ConfigPath,
    sample: DefaultOrExample,
    perturbations: &mut Vec<Perturbation>,
) {
    let items = match config.get_at(spot).map(|spanned| &spanned.value) {
        Some(Value::List(items)) => items.len(),
        Some(_) => 1,
        None => 0,
    };
    for index in 0..items {
        kind(config, item, sample, spot.item(index), perturbations);
        perturbations.push(Perturbation { spot: spot.item(index), sample, values: vec![None] });
    }
    if items > 1 {
        perturbations.push(Perturbation { spot: spot.clone(), sample, values: vec![None] });
    }
    if items == 0 {
        let values = match item {
            ValueType::Map(keys) => [0, 1].map(|turn| Some(one(keys, turn))).to_vec(),
            ValueType::Text(grammar) => {
                words(grammar.check).into_iter().map(|word| Some(text(word))).collect()
            }
            _ => Vec::new(),
        };
        perturbations.push(Perturbation { spot: spot.clone(), sample, values });
    }
}

/// Returns a map with a sample value for each of its keys, another value each turn.
fn one(keys: &[Key], turn: usize) -> Value {
    let origin = crate::diagnostics::Location::Default("what if".to_owned());
    let pair = |key: &Key| {
        let value = match &key.value_type {
            ValueType::Text(grammar) => words(grammar.check).into_iter().cycle().nth(turn)?,
            ValueType::Bool if turn == 0 => "true",
            _ => return None,
        };
        let spanned = Spanned { value: text(value), location: origin.clone() };
        Some(crate::config::value::MapEntry {
            key: key.name.to_owned(),
            key_location: origin.clone(),
            value: spanned,
        })
    };
    Value::Map(keys.iter().filter_map(pair).collect())
}

/// Perturbs every unit, section and directive of the operator's drop-ins.
fn units(current: Option<&Spanned>, spot: &ConfigPath, perturbations: &mut Vec<Perturbation>) {
    let mut push = |spot: &ConfigPath, values| {
        perturbations.push(Perturbation { spot: spot.clone(), sample: DefaultOrExample::None, values });
    };
    let Some(current) = current else { return };
    push(spot, vec![None]);
    match &current.value {
        Value::Map(pairs) => {
            for pair in pairs {
                units(Some(&pair.value), &spot.key(&pair.key), perturbations);
            }
        }
        Value::List(items) => {
            for index in 0..items.len() {
                push(&spot.item(index), vec![Some(text("probe")), None]);
            }
        }
        Value::Text { .. } => push(spot, vec![Some(text("probe"))]),
        Value::Null => {}
    }
}

fn text(text: &str) -> Value {
    Value::Text { text: text.to_owned(), plain: true }
}

/// Returns values that may have to be set for a value of `spot` to be valid: its unset neighbors and the keys below them,
/// each with its example from the schema.
pub(super) fn companions(config: &Config, spot: &ConfigPath) -> Vec<(ConfigPath, Value)> {
    let mut found = Vec::new();
    neighbors(config, KEYS, None, spot, &mut found);
    found
}

fn neighbors(
    config: &Config,
    keys: &'static [Key],
    above: Option<&ConfigPath>,
    spot: &ConfigPath,
    found: &mut Vec<(ConfigPath, Value)>,
) {
    // Keys of the same map are neighbors. At the top level only keys that are not maps are.
    let here: Vec<_> = keys
        .iter()
        .map(|key| (above.map_or_else(|| ConfigPath::at(key.name), |above| above.key(key.name)), key))
        .collect();
    let direct = here.iter().any(|(candidate, key)| {
        candidate == spot || spot.is_within(candidate) && matches!(key.value_type, ValueType::List(_))
    });
    for (candidate, key) in &here {
        match &key.value_type {
            ValueType::Map(below) | ValueType::BoolOrMap(below) => {
                if spot.is_within(candidate) && candidate != spot {
                    neighbors(config, below, Some(candidate), spot, found);
                } else if direct && above.is_some() {
                    leaves(config, below, candidate, found);
                }
            }
            _ if direct && candidate != spot => leaf(config, key, candidate, found),
            _ => {}
        }
    }
}

fn leaves(config: &Config, keys: &'static [Key], above: &ConfigPath, found: &mut Vec<(ConfigPath, Value)>) {
    for key in keys {
        leaf(config, key, &above.key(key.name), found);
    }
}

fn leaf(config: &Config, key: &Key, spot: &ConfigPath, found: &mut Vec<(ConfigPath, Value)>) {
    if config.get_at(spot).is_some() {
        return;
    }
    match (&key.value_type, key.sample) {
        (ValueType::Bool, _) => found.push((spot.clone(), text("true"))),
        (ValueType::Text(_), DefaultOrExample::Example(example)) => found.push((spot.clone(), text(example))),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::diagnostics::Diagnostics;

    fn grammars(keys: &'static [Key], path: &str, count: &mut usize) {
        for key in keys {
            let path = format!("{path}.{}", key.name);
            grammar(&key.value_type, &path, count);
        }
    }

    fn grammar(kind: &'static ValueType, path: &str, count: &mut usize) {
        match kind {
            ValueType::Text(grammar) => {
                *count += 1;
                assert!(
                    words(grammar.check).len() >= 2,
                    "{path}: SAMPLE_VALUES has fewer than two values for {}",
                    grammar.type_name
                );
            }
            ValueType::List(item) => grammar(item, path, count),
            ValueType::Map(below) | ValueType::BoolOrMap(below) => grammars(below, path, count),
            _ => {}
        }
    }

    #[test]
    fn sample_values_contain_two_values_of_every_text_type() {
        let mut count = 0;
        grammars(KEYS, "", &mut count);
        assert!(count > 40, "only {count} parameters were checked");
    }
    /// Configurations in which together every parameter has an effect.
    const GROUNDS: [&str; 5] = [
        "arch: arm64\n",
        "{}",
        "tls: {acme: dns, dns: {plugin: cloudflare, credentials: /etc/c.ini}}\nfaasd: {version: 0.9.5}\n",
        "tls: {acme: none, certificate: /etc/c.pem, key: /etc/k.pem}\nfaasd: {version: 0.20.0}\n",
        "routes: {path: /a/, upstream: 'http://127.0.0.1:1'}\noverrides: {units: {a.service: {Service: {A: b}}}}\n",
    ];

    fn leaves_of(value_type: &'static ValueType, path: String, found: &mut BTreeSet<String>) {
        let below = |keys: &'static [Key], found: &mut _| {
            for key in keys {
                leaves_of(&key.value_type, format!("{path}.{}", key.name), found);
            }
        };
        match value_type {
            ValueType::Map(keys) | ValueType::List(ValueType::Map(keys)) => below(keys, found),
            ValueType::BoolOrMap(keys) | ValueType::PerArch(_, keys) => {
                below(keys, found);
                found.insert(path);
            }
            _ => {
                found.insert(path);
            }
        }
    }

    #[test]
    fn every_declared_parameter_changes_the_resolved_host() {
        let mut unread = BTreeSet::new();
        for key in KEYS {
            leaves_of(&key.value_type, key.name.to_owned(), &mut unread);
        }
        assert!(unread.len() > 50, "only {} parameters", unread.len());
        for ground in GROUNDS {
            let mut config = Config::default();
            config.merge_yaml("ground".into(), ground, &mut Diagnostics::default());
            let resolved = |config: &Config| {
                let mut diagnostics = Diagnostics::default();
                let host = crate::host::resolve(config, None, &mut diagnostics);
                let codes: Vec<_> = diagnostics.entries().iter().map(|diagnostic| diagnostic.code).collect();
                format!("{host:?} {codes:?}")
            };
            let before = resolved(&config);
            for Perturbation { spot, values, .. } in all(&config) {
                let changes =
                    |value: &Option<Value>| resolved(&config.with_override(&spot, value.clone())) != before;
                if values.iter().any(changes) {
                    unread.remove(&spot.to_string().replace("[0]", ""));
                }
            }
        }
        assert!(unread.is_empty(), "nothing reads {unread:?}");
    }
}
