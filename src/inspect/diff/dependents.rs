//! Units that systemd restarts together with another unit, because they declare a dependency on it.

use std::collections::{BTreeMap, BTreeSet};

use super::side::Side;
use crate::host::UNIT_DIRECTORY;
use crate::syntax::systemd::{self, Assignment, Item};

/// The keys by which restarting the named unit restarts the unit that names it.
const KEYS: &[&str] = &["Requires", "Requisite", "BindsTo", "PartOf"];

/// A unit that restarts together with another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependent {
    /// The name, as actions show it.
    pub unit: String,
    /// The component.
    pub component: String,
}

/// Returns the units of a side by the unit that they depend on.
pub(super) fn dependents(side: &Side<'_>) -> BTreeMap<String, BTreeSet<Dependent>> {
    let mut all: BTreeMap<String, BTreeSet<Dependent>> = BTreeMap::new();
    for (path, item) in &side.items {
        let host = Side::host(side.scope, path);
        let Some(below) = host.as_ref().and_then(|host| host.as_str().strip_prefix(UNIT_DIRECTORY)) else {
            continue;
        };
        let unit = below.split_once(".d/").map_or(below, |(unit, _)| unit);
        let text = item.content().and_then(|content| str::from_utf8(content).ok()).unwrap_or_default();
        for line in systemd::read(text) {
            let Item::Assignment(Assignment { key, value, .. }) = line else { continue };
            for other in value.split_whitespace().filter(|_| KEYS.contains(&key)) {
                let bound =
                    Dependent { unit: short_name(unit).to_owned(), component: item.component.clone() };
                all.entry(short_name(other).to_owned()).or_default().insert(bound);
            }
        }
    }
    all
}

/// Returns the name of a unit as actions show it.
fn short_name(unit: &str) -> &str {
    unit.strip_suffix(".service").unwrap_or(unit)
}
