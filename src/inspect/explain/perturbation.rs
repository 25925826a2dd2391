//! Probes: which parameters there are to change, and to what, in order to see what each decides.

use crate::config::Params;
use crate::config::path::Spot;
use crate::config::schema::{KEYS, Key, Kind, Sample};
use crate::config::value::{Said, Value};
use crate::facts::releases::DIGESTS;

/// Values that are nobody's default. A test proves that every word takes at least two of them, so that one of
/// them always differs from what was said.
const POOL: &[&str] = &[
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
const TRIES: usize = 4;

/// A parameter and the values to try in its place; none is "as if it were unsaid".
#[derive(Debug)]
pub(super) struct Probe {
    /// Where.
    pub(super) spot: Spot,
    /// What its row of the table shows, for parameters that are one.
    pub(super) sample: Sample,
    /// The values.
    pub(super) tries: Vec<Option<Value>>,
}

/// Every parameter that this run has: those of the table, and of lists and drop-ins those that were said.
pub(super) fn all(params: &Params) -> Vec<Probe> {
    let mut probes = Vec::new();
    keys(params, KEYS, None, &mut probes);
    probes
}

fn keys(params: &Params, keys: &'static [Key], above: Option<&Spot>, probes: &mut Vec<Probe>) {
    for key in keys {
        let spot = above.map_or_else(|| Spot::at(key.name), |above| above.key(key.name));
        kind(params, &key.kind, key.sample, spot, probes);
    }
}

fn kind(params: &Params, kind: &'static Kind, sample: Sample, spot: Spot, probes: &mut Vec<Probe>) {
    let said = params.said_at(&spot);
    match kind {
        Kind::Map(below) => keys(params, below, Some(&spot), probes),
        Kind::SwitchOrMap(below) => {
            keys(params, below, Some(&spot), probes);
            probes.push(probe(spot, sample, said, &["true", "false"]));
        }
        Kind::Switch => probes.push(probe(spot, sample, said, &["true", "false"])),
        Kind::Integer(low, high) => {
            let (low, high) = (low.to_string(), high.to_string());
            probes.push(probe(spot, sample, said, &[&low, &high]));
        }
        Kind::Choice(choices) => {
            let choices = choices();
            let values: Vec<_> =
                choices.iter().filter(|choice| !choice.alias).map(|choice| choice.value).collect();
            probes.push(probe(spot, sample, said, &values));
        }
        Kind::Word(grammar) => probes.push(probe(spot, sample, said, &words(grammar.check))),
        Kind::Passinit => probes.push(probe(spot, sample, said, &["a password of a probe"])),
        Kind::List(item) => list(params, item, &spot, sample, probes),
        Kind::Units => units(said, &spot, probes),
    }
}

fn words(check: fn(&str) -> Result<(), crate::values::Refusal>) -> Vec<&'static str> {
    // Of some values we know something: an image has a digest here.
    let known = DIGESTS.first().map(|(image, _)| *image);
    POOL.iter().copied().chain(known).filter(|text| check(text).is_ok()).take(TRIES).collect()
}

/// A probe of one value: every other one of `values`, and none where something was said.
fn probe(spot: Spot, sample: Sample, said: Option<&Said>, values: &[&str]) -> Probe {
    let now = said.and_then(Said::text);
    let others = values.iter().filter(|value| Some(**value) != now).map(|value| Some(text(value)));
    let tries = said.map(|_| None).into_iter().chain(others).collect();
    Probe { spot, sample, tries }
}

/// Each item by itself, and each item's absence. A list that nobody said is probed as a list of one.
fn list(params: &Params, item: &'static Kind, spot: &Spot, sample: Sample, probes: &mut Vec<Probe>) {
    let items = match params.said_at(spot).map(|said| &said.value) {
        Some(Value::List(items)) => items.len(),
        Some(_) => 1,
        None => 0,
    };
    for index in 0..items {
        kind(params, item, sample, spot.item(index), probes);
        probes.push(Probe { spot: spot.item(index), sample, tries: vec![None] });
    }
    if items > 1 {
        probes.push(Probe { spot: spot.clone(), sample, tries: vec![None] });
    }
    if items == 0 {
        let tries = match item {
            Kind::Map(keys) => [0, 1].map(|turn| Some(one(keys, turn))).to_vec(),
            Kind::Word(grammar) => words(grammar.check).into_iter().map(|word| Some(text(word))).collect(),
            _ => Vec::new(),
        };
        probes.push(Probe { spot: spot.clone(), sample, tries });
    }
}

/// A map with a word under each of its keys, another one each turn.
fn one(keys: &[Key], turn: usize) -> Value {
    let origin = crate::diagnostics::Origin::Default("what if".to_owned());
    let pair = |key: &Key| {
        let value = match &key.kind {
            Kind::Word(grammar) => words(grammar.check).into_iter().cycle().nth(turn)?,
            Kind::Switch if turn == 0 => "true",
            _ => return None,
        };
        let said = Said { value: text(value), origin: origin.clone() };
        Some(crate::config::value::Pair { key: key.name.to_owned(), key_origin: origin.clone(), said })
    };
    Value::Map(keys.iter().filter_map(pair).collect())
}

/// Every directive of the operator's drop-ins, every section, every unit.
fn units(said: Option<&Said>, spot: &Spot, probes: &mut Vec<Probe>) {
    let mut probe =
        |spot: &Spot, tries| probes.push(Probe { spot: spot.clone(), sample: Sample::None, tries });
    let Some(said) = said else { return };
    probe(spot, vec![None]);
    match &said.value {
        Value::Map(pairs) => {
            for pair in pairs {
                units(Some(&pair.said), &spot.key(&pair.key), probes);
            }
        }
        Value::List(items) => {
            for index in 0..items.len() {
                probe(&spot.item(index), vec![Some(text("probe")), None]);
            }
        }
        Value::Text { .. } => probe(spot, vec![Some(text("probe"))]),
        Value::Nothing => {}
    }
}

fn text(text: &str) -> Value {
    Value::Text { text: text.to_owned(), plain: true }
}

/// What else may have to be said for a value to make sense: the neighbours of `spot` and what lies below them,
/// each with the value that the table shows for it, where nothing was said.
pub(super) fn companions(params: &Params, spot: &Spot) -> Vec<(Spot, Value)> {
    let mut found = Vec::new();
    neighbours(params, KEYS, None, spot, &mut found);
    found
}

fn neighbours(
    params: &Params,
    keys: &'static [Key],
    above: Option<&Spot>,
    spot: &Spot,
    found: &mut Vec<(Spot, Value)>,
) {
    // Words of the same map stand together; of the top level only the words themselves do.
    let here: Vec<_> = keys
        .iter()
        .map(|key| (above.map_or_else(|| Spot::at(key.name), |above| above.key(key.name)), key))
        .collect();
    let direct = here.iter().any(|(candidate, key)| {
        candidate == spot || spot.is_within(candidate) && matches!(key.kind, Kind::List(_))
    });
    for (candidate, key) in &here {
        match &key.kind {
            Kind::Map(below) | Kind::SwitchOrMap(below) => {
                if spot.is_within(candidate) && candidate != spot {
                    neighbours(params, below, Some(candidate), spot, found);
                } else if direct && above.is_some() {
                    leaves(params, below, candidate, found);
                }
            }
            _ if direct && candidate != spot => leaf(params, key, candidate, found),
            _ => {}
        }
    }
}

fn leaves(params: &Params, keys: &'static [Key], above: &Spot, found: &mut Vec<(Spot, Value)>) {
    for key in keys {
        leaf(params, key, &above.key(key.name), found);
    }
}

fn leaf(params: &Params, key: &Key, spot: &Spot, found: &mut Vec<(Spot, Value)>) {
    if params.said_at(spot).is_some() {
        return;
    }
    match (&key.kind, key.sample) {
        (Kind::Switch, _) => found.push((spot.clone(), text("true"))),
        (Kind::Word(_), Sample::Example(example)) => found.push((spot.clone(), text(example))),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammars(keys: &'static [Key], path: &str, seen: &mut usize) {
        for key in keys {
            let path = format!("{path}.{}", key.name);
            grammar(&key.kind, &path, seen);
        }
    }

    fn grammar(kind: &'static Kind, path: &str, seen: &mut usize) {
        match kind {
            Kind::Word(grammar) => {
                *seen += 1;
                assert!(
                    words(grammar.check).len() >= 2,
                    "{path}: the pool has no two values for {}",
                    grammar.what
                );
            }
            Kind::List(item) => grammar(item, path, seen),
            Kind::Map(below) | Kind::SwitchOrMap(below) => grammars(below, path, seen),
            _ => {}
        }
    }

    #[test]
    fn the_pool_has_two_values_for_every_word() {
        let mut seen = 0;
        grammars(KEYS, "", &mut seen);
        assert!(seen > 40, "only {seen} words were looked at");
    }
}
