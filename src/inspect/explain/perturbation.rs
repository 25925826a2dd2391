//! Probes: which parameters there are to change, and to what, in order to see what each decides.

use crate::config::Config;
use crate::config::path::ConfigPath;
use crate::config::schema::{DefaultOrExample, KEYS, Key, ValueType};
use crate::config::value::{Spanned, Value};
use crate::facts::releases::DIGESTS;

/// Values that are nobody's default. A test proves that every word takes at least two of them, so that one of
/// them always differs from what was said.
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
];

/// How many values of the pool a word is tried with.
const MAX_TRIALS: usize = 4;

/// A parameter and the values to try in its place; none is "as if it were unsaid".
#[derive(Debug)]
pub(super) struct Perturbation {
    /// Where.
    pub(super) spot: ConfigPath,
    /// What its row of the table shows, for parameters that are one.
    pub(super) sample: DefaultOrExample,
    /// The values.
    pub(super) tries: Vec<Option<Value>>,
}

/// Every parameter that this run has: those of the table, and of lists and drop-ins those that were said.
pub(super) fn all(config: &Config) -> Vec<Perturbation> {
    let mut probes = Vec::new();
    keys(config, KEYS, None, &mut probes);
    probes
}

fn keys(config: &Config, keys: &'static [Key], above: Option<&ConfigPath>, probes: &mut Vec<Perturbation>) {
    for key in keys {
        let spot = above.map_or_else(|| ConfigPath::at(key.name), |above| above.key(key.name));
        kind(config, &key.value_type, key.sample, spot, probes);
    }
}

fn kind(
    config: &Config,
    kind: &'static ValueType,
    sample: DefaultOrExample,
    spot: ConfigPath,
    probes: &mut Vec<Perturbation>,
) {
    let said = config.get_at(&spot);
    match kind {
        ValueType::Map(below) => keys(config, below, Some(&spot), probes),
        ValueType::BoolOrMap(below) => {
            keys(config, below, Some(&spot), probes);
            probes.push(probe(spot, sample, said, &["true", "false"]));
        }
        ValueType::Bool => probes.push(probe(spot, sample, said, &["true", "false"])),
        ValueType::Enum(choices) => {
            let choices = choices();
            let values: Vec<_> =
                choices.iter().filter(|choice| !choice.alias).map(|choice| choice.value).collect();
            probes.push(probe(spot, sample, said, &values));
        }
        ValueType::Text(grammar) => probes.push(probe(spot, sample, said, &words(grammar.check))),
        ValueType::InitialPassword => probes.push(probe(spot, sample, said, &["a password of a probe"])),
        ValueType::List(item) => list(config, item, &spot, sample, probes),
        ValueType::Units => units(said, &spot, probes),
    }
}

fn words(check: fn(&str) -> Result<(), crate::values::ParseError>) -> Vec<&'static str> {
    // Of some values we know something: an image has a digest here.
    let known = DIGESTS.first().map(|(image, _)| *image);
    SAMPLE_VALUES.iter().copied().chain(known).filter(|text| check(text).is_ok()).take(MAX_TRIALS).collect()
}

/// A probe of one value: every other one of `values`, and none where something was said.
fn probe(
    spot: ConfigPath,
    sample: DefaultOrExample,
    said: Option<&Spanned>,
    values: &[&str],
) -> Perturbation {
    let now = said.and_then(Spanned::text);
    let others = values.iter().filter(|value| Some(**value) != now).map(|value| Some(text(value)));
    let tries = said.map(|_| None).into_iter().chain(others).collect();
    Perturbation { spot, sample, tries }
}

/// Each item by itself, and each item's absence. A list that nobody said is probed as a list of one.
fn list(
    config: &Config,
    item: &'static ValueType,
    spot: &ConfigPath,
    sample: DefaultOrExample,
    probes: &mut Vec<Perturbation>,
) {
    let items = match config.get_at(spot).map(|said| &said.value) {
        Some(Value::List(items)) => items.len(),
        Some(_) => 1,
        None => 0,
    };
    for index in 0..items {
        kind(config, item, sample, spot.item(index), probes);
        probes.push(Perturbation { spot: spot.item(index), sample, tries: vec![None] });
    }
    if items > 1 {
        probes.push(Perturbation { spot: spot.clone(), sample, tries: vec![None] });
    }
    if items == 0 {
        let tries = match item {
            ValueType::Map(keys) => [0, 1].map(|turn| Some(one(keys, turn))).to_vec(),
            ValueType::Text(grammar) => {
                words(grammar.check).into_iter().map(|word| Some(text(word))).collect()
            }
            _ => Vec::new(),
        };
        probes.push(Perturbation { spot: spot.clone(), sample, tries });
    }
}

/// A map with a word under each of its keys, another one each turn.
fn one(keys: &[Key], turn: usize) -> Value {
    let origin = crate::diagnostics::Location::Default("what if".to_owned());
    let pair = |key: &Key| {
        let value = match &key.value_type {
            ValueType::Text(grammar) => words(grammar.check).into_iter().cycle().nth(turn)?,
            ValueType::Bool if turn == 0 => "true",
            _ => return None,
        };
        let said = Spanned { value: text(value), location: origin.clone() };
        Some(crate::config::value::MapEntry {
            key: key.name.to_owned(),
            key_location: origin.clone(),
            value: said,
        })
    };
    Value::Map(keys.iter().filter_map(pair).collect())
}

/// Every directive of the operator's drop-ins, every section, every unit.
fn units(said: Option<&Spanned>, spot: &ConfigPath, probes: &mut Vec<Perturbation>) {
    let mut probe = |spot: &ConfigPath, tries| {
        probes.push(Perturbation { spot: spot.clone(), sample: DefaultOrExample::None, tries });
    };
    let Some(said) = said else { return };
    probe(spot, vec![None]);
    match &said.value {
        Value::Map(pairs) => {
            for pair in pairs {
                units(Some(&pair.value), &spot.key(&pair.key), probes);
            }
        }
        Value::List(items) => {
            for index in 0..items.len() {
                probe(&spot.item(index), vec![Some(text("probe")), None]);
            }
        }
        Value::Text { .. } => probe(spot, vec![Some(text("probe"))]),
        Value::Null => {}
    }
}

fn text(text: &str) -> Value {
    Value::Text { text: text.to_owned(), plain: true }
}

/// What else may have to be said for a value to make sense: the neighbours of `spot` and what lies below them,
/// each with the value that the table shows for it, where nothing was said.
pub(super) fn companions(config: &Config, spot: &ConfigPath) -> Vec<(ConfigPath, Value)> {
    let mut found = Vec::new();
    neighbours(config, KEYS, None, spot, &mut found);
    found
}

fn neighbours(
    config: &Config,
    keys: &'static [Key],
    above: Option<&ConfigPath>,
    spot: &ConfigPath,
    found: &mut Vec<(ConfigPath, Value)>,
) {
    // Words of the same map stand together; of the top level only the words themselves do.
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
                    neighbours(config, below, Some(candidate), spot, found);
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

    fn grammars(keys: &'static [Key], path: &str, seen: &mut usize) {
        for key in keys {
            let path = format!("{path}.{}", key.name);
            grammar(&key.value_type, &path, seen);
        }
    }

    fn grammar(kind: &'static ValueType, path: &str, seen: &mut usize) {
        match kind {
            ValueType::Text(grammar) => {
                *seen += 1;
                assert!(
                    words(grammar.check).len() >= 2,
                    "{path}: the pool has no two values for {}",
                    grammar.type_name
                );
            }
            ValueType::List(item) => grammar(item, path, seen),
            ValueType::Map(below) | ValueType::BoolOrMap(below) => grammars(below, path, seen),
            _ => {}
        }
    }

    #[test]
    fn the_pool_has_two_values_for_every_word() {
        let mut seen = 0;
        grammars(KEYS, "", &mut seen);
        assert!(seen > 40, "only {seen} words were looked at");
    }
    /// Configurations in which together every parameter has an effect.
    const GROUNDS: [&str; 4] = [
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
            ValueType::BoolOrMap(keys) => {
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
            for Perturbation { spot, tries, .. } in all(&config) {
                let changes =
                    |value: &Option<Value>| resolved(&config.with_override(&spot, value.clone())) != before;
                if tries.iter().any(changes) {
                    unread.remove(&spot.to_string().replace("[0]", ""));
                }
            }
        }
        assert!(unread.is_empty(), "nothing reads {unread:?}");
    }
}
