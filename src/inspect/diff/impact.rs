//! What an operator must do on the host, in order, and what it costs whoever is connected.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::action::Act;
use super::comparison::{Change, Comparison, Fate};
use super::dependents::Bound;
use super::lock::{self, Others};
use super::side::Item;
use crate::components::{COMPONENTS, Component};

/// One step, and the paths that ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub act: Act,
    /// The paths on the host that ask for it; none where a download does.
    pub because: Vec<Utf8PathBuf>,
}

/// Everything that a comparison asks of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// The steps, in order, each once.
    pub steps: Vec<Step>,
    /// Programs and images that are other ones.
    pub others: Others,
}

/// Units come and go with their files, restart when something they read has changed, and a restart makes a reload
/// needless. systemd restarts what needs a unit with that unit. Changed permissions and owners count like changed contents, as they do for panel.sh.
pub fn impact(comparison: &Comparison<'_>) -> Impact {
    let mut steps = Steps::default();
    for change in &comparison.changes {
        let Some(host) = &change.host else {
            if change.path == "cloud-config.yaml" && change.new.is_some() {
                steps.add(Act::Provision, usize::MAX, None);
            }
            continue;
        };
        if change.fate() == Fate::Unreadable && change.mode.is_none() && change.owner.is_none() {
            continue;
        }
        let order = order(&change.said(|item| item.component.clone()));
        for act in Act::parse(&change.said(|item| item.on_change.clone())) {
            steps.add(for_unit(act, host, change.fate()), order, Some(host));
        }
        if let Some(text) = further(change, host) {
            steps.add(Act::Further(text), order, Some(host));
        }
    }
    let others = comparison.locks.map(|(old, new)| lock::others(old, new)).unwrap_or_default();
    let fetched: Vec<_> = others.downloads.iter().filter(|other| other.to.is_some()).collect();
    if !fetched.is_empty() {
        let words: Vec<_> = fetched.iter().map(|other| other.words()).collect();
        steps.add(Act::Fetch(words.join(", ")), 0, None);
    }
    for other in fetched {
        for act in Act::parse(&other.on_change) {
            steps.add(act, order(&other.component), None);
        }
    }
    steps.spread(&comparison.bound);
    Impact { steps: steps.merged(), others }
}

/// What the component itself has to say of a change, where both sides are text.
fn further(change: &Change<'_>, host: &Utf8Path) -> Option<String> {
    let text = |item: &Option<Item<'_>>| -> Option<String> {
        let content = item.as_ref().and_then(Item::content)?;
        str::from_utf8(content).ok().map(str::to_owned)
    };
    let (old, new) = (text(&change.old), text(&change.new)?);
    COMPONENTS.iter().find_map(|component| (component.extra_actions)(host.as_str(), old.as_deref(), &new))
}

/// A unit whose own file is new starts; one whose file is no more stops.
fn for_unit(act: Act, host: &Utf8Path, fate: Fate) -> Act {
    let Act::Restart(unit) = act else { return act };
    let is_its_file =
        host.file_name().is_some_and(|name| name == unit || name.strip_suffix(".service") == Some(&unit));
    match fate {
        Fate::Added if is_its_file => Act::Enable(unit),
        Fate::Removed if is_its_file => Act::Stop(unit),
        _ => Act::Restart(unit),
    }
}

/// Components come up in their own order.
fn order(component: &str) -> usize {
    COMPONENTS.iter().position(|known| known.name == component).unwrap_or(COMPONENTS.len())
}

/// The units of a component restart in the order in which it tells their costs.
fn turn(act: &Act) -> usize {
    let act = act.to_string();
    let told = |component: &Component| component.disruptions.iter().position(|(known, _)| *known == act);
    COMPONENTS.iter().find_map(told).unwrap_or(usize::MAX)
}

/// Steps as they come, each with its place.
#[derive(Default)]
struct Steps {
    steps: BTreeMap<Act, (usize, usize, Vec<Utf8PathBuf>)>,
}

impl Steps {
    fn add(&mut self, act: Act, order: usize, because: Option<&Utf8PathBuf>) {
        let arrival = self.steps.len();
        let (_, _, paths) = self.steps.entry(act).or_insert((order, arrival, Vec::new()));
        paths.extend(because.cloned());
    }

    /// A unit that restarts takes those with it that are bound to it, and they theirs.
    fn spread(&mut self, bound: &BTreeMap<String, BTreeSet<Bound>>) {
        let restarts = |act: &Act| match act {
            Act::Restart(unit) => Some(unit.clone()),
            _ => None,
        };
        let mut all: Vec<String> = self.steps.keys().filter_map(restarts).collect();
        while let Some(unit) = all.pop() {
            for Bound { unit, component } in bound.get(&unit).into_iter().flatten() {
                if !self.steps.contains_key(&Act::Restart(unit.clone())) {
                    self.add(Act::Restart(unit.clone()), order(component), None);
                    all.push(unit.clone());
                }
            }
        }
    }

    fn merged(mut self) -> Vec<Step> {
        let acts: Vec<Act> = self.steps.keys().cloned().collect();
        for act in acts {
            match act {
                Act::Stop(unit) | Act::Enable(unit) => {
                    self.steps.remove(&Act::Restart(unit.clone()));
                    self.steps.remove(&Act::Reload(unit));
                }
                Act::Restart(unit) => {
                    self.steps.remove(&Act::Reload(unit));
                }
                _ => {}
            }
        }
        let mut steps: Vec<_> = self.steps.into_iter().collect();
        steps.sort_by_key(|(act, (order, arrival, _))| (act.rank(), *order, turn(act), *arrival));
        steps.into_iter().map(|(act, (_, _, because))| Step { act, because }).collect()
    }
}
