//! The actions that an operator has to take on the host, in order, and their effect on connections.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::action::Action;
use super::comparison::{ChangeKind, Comparison, FileChange};
use super::dependents::Dependent;
use super::lock::{self, LockChanges};
use super::side::SideEntry;
use crate::components::{COMPONENTS, Component};
use crate::delivery::cloud_config::CLOUD_CONFIG_FILE;

/// A step and the paths that require it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionStep {
    /// The action.
    pub act: Action,
    /// The paths on the host that require it. Empty for a download.
    pub because: Vec<Utf8PathBuf>,
}

/// The impact of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// The steps in order, without duplicates.
    pub steps: Vec<ActionStep>,
    /// The programs and images that change.
    pub others: LockChanges,
}

/// Derives the steps. Units come and go with their files and restart when something they read changes; a
/// restart makes a reload unnecessary. systemd restarts dependent units together with a unit. Changed
/// permissions and owners count like changed contents, as in panel.sh.
pub fn impact(comparison: &Comparison<'_>) -> Impact {
    let mut steps = Steps::default();
    for change in &comparison.changes {
        let Some(host) = &change.host else {
            if change.path == CLOUD_CONFIG_FILE && change.new.is_some() {
                steps.add(Action::Provision, usize::MAX, None);
            }
            continue;
        };
        if change.kind() == ChangeKind::Unreadable && change.mode.is_none() && change.owner.is_none() {
            continue;
        }
        let order = order(&change.property(|item| item.component.clone()));
        for act in Action::parse(&change.property(|item| item.on_change.clone())) {
            steps.add(for_unit(act, host, change.kind()), order, Some(host));
        }
        if let Some(text) = extra_actions(change, host) {
            steps.add(Action::Further(text), order, Some(host));
        }
    }
    let others = comparison.locks.map(|(old, new)| lock::lock_changes(old, new)).unwrap_or_default();
    let fetched: Vec<_> = others.downloads.iter().filter(|other| other.to.is_some()).collect();
    if !fetched.is_empty() {
        let words: Vec<_> = fetched.iter().map(|other| other.words()).collect();
        steps.add(Action::Fetch(words.join(", ")), 0, None);
    }
    for other in fetched {
        for act in Action::parse(&other.on_change) {
            steps.add(act, order(&other.component), None);
        }
    }
    steps.spread(&comparison.bound);
    Impact { steps: steps.merged(), others }
}

/// Returns the additional actions of the component for a change, if both sides are text.
fn extra_actions(change: &FileChange<'_>, host: &Utf8Path) -> Option<String> {
    let text = |item: &Option<SideEntry<'_>>| -> Option<String> {
        let content = item.as_ref().and_then(SideEntry::content)?;
        str::from_utf8(content).ok().map(str::to_owned)
    };
    let (old, new) = (text(&change.old), text(&change.new)?);
    COMPONENTS.iter().find_map(|component| (component.extra_actions)(host.as_str(), old.as_deref(), &new))
}

/// A unit with a new file starts; one whose file was removed stops.
fn for_unit(act: Action, host: &Utf8Path, fate: ChangeKind) -> Action {
    let Action::Restart(unit) = act else { return act };
    let is_its_file =
        host.file_name().is_some_and(|name| name == unit || name.strip_suffix(".service") == Some(&unit));
    match fate {
        ChangeKind::Added if is_its_file => Action::Enable(unit),
        ChangeKind::Removed if is_its_file => Action::Stop(unit),
        _ => Action::Restart(unit),
    }
}

/// Returns the position of a component in the start order.
fn order(component: &str) -> usize {
    COMPONENTS.iter().position(|known| known.name == component).unwrap_or(COMPONENTS.len())
}

/// Orders the units of a component as the component lists their disruptions.
fn turn(act: &Action) -> usize {
    let act = act.to_string();
    let position = |component: &Component| component.disruptions.iter().position(|(known, _)| *known == act);
    COMPONENTS.iter().find_map(position).unwrap_or(usize::MAX)
}

/// Collects steps with their position.
#[derive(Default)]
struct Steps {
    steps: BTreeMap<Action, (usize, usize, Vec<Utf8PathBuf>)>,
}

impl Steps {
    fn add(&mut self, act: Action, order: usize, because: Option<&Utf8PathBuf>) {
        let arrival = self.steps.len();
        let (_, _, paths) = self.steps.entry(act).or_insert((order, arrival, Vec::new()));
        paths.extend(because.cloned());
    }

    /// A restarted unit also restarts the units that depend on it, transitively.
    fn spread(&mut self, bound: &BTreeMap<String, BTreeSet<Dependent>>) {
        let restarts = |act: &Action| match act {
            Action::Restart(unit) => Some(unit.clone()),
            _ => None,
        };
        let mut all: Vec<String> = self.steps.keys().filter_map(restarts).collect();
        while let Some(unit) = all.pop() {
            for Dependent { unit, component } in bound.get(&unit).into_iter().flatten() {
                if !self.steps.contains_key(&Action::Restart(unit.clone())) {
                    self.add(Action::Restart(unit.clone()), order(component), None);
                    all.push(unit.clone());
                }
            }
        }
    }

    fn merged(mut self) -> Vec<ActionStep> {
        let acts: Vec<Action> = self.steps.keys().cloned().collect();
        for act in acts {
            match act {
                Action::Stop(unit) | Action::Enable(unit) => {
                    self.steps.remove(&Action::Restart(unit.clone()));
                    self.steps.remove(&Action::Reload(unit));
                }
                Action::Restart(unit) => {
                    self.steps.remove(&Action::Reload(unit));
                }
                _ => {}
            }
        }
        let mut steps: Vec<_> = self.steps.into_iter().collect();
        steps.sort_by_key(|(act, (order, arrival, _))| (act.rank(), *order, turn(act), *arrival));
        steps.into_iter().map(|(act, (_, _, because))| ActionStep { act, because }).collect()
    }
}
