//! The actions that changed files require on the host, parsed from `on_change`.

use std::fmt;

use crate::components::{COMPONENTS, Disruption};
use crate::values::sanitize;

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Stop and disable a unit.
    Stop(String),
    /// Make systemd reload its units.
    DaemonReload,
    /// Apply the kernel settings.
    Sysctl,
    /// Download a program.
    Fetch(String),
    /// Restart a unit.
    Restart(String),
    /// Enable and start a new unit.
    Enable(String),
    /// Reload a unit.
    Reload(String),
    /// An action that only the component itself knows.
    Further(String),
    /// An unknown action from a manifest of another version.
    Other(String),
    /// New instances use another cloud-config.
    Provision,
}

impl Action {
    /// Parses the actions of an `on_change`: `daemon-reload, restart faasd`.
    pub fn parse(on_change: &str) -> impl Iterator<Item = Self> {
        on_change.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none").map(|word| {
            let unit = |unit: &str| sanitize(unit.trim()).to_string();
            match word.split_once(' ') {
                Some(("restart", name)) => Self::Restart(unit(name)),
                Some(("reload", name)) => Self::Reload(unit(name)),
                _ if word == "daemon-reload" => Self::DaemonReload,
                _ if word == "sysctl --system" => Self::Sysctl,
                _ => Self::Other(sanitize(word).to_string()),
            }
        })
    }

    /// Returns how the action affects connections, from the component of the unit. `None` if it has no effect
    /// or none is known.
    pub fn cost(&self) -> Option<Disruption> {
        let act = self.to_string();
        let mut costs = COMPONENTS.iter().flat_map(|component| component.disruptions);
        costs.find(|(known, _)| *known == act).map(|(_, cost)| *cost)
    }

    /// Whether connections are interrupted.
    pub fn breaks(&self) -> bool {
        matches!(self, Self::Stop(_)) || matches!(self.cost(), Some(Disruption::Disruptive(_)))
    }

    /// The order of actions: units stop while their files exist, systemd reloads before anything starts, and
    /// nginx reloads after everything that it proxies to.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Stop(_) => 0,
            Self::DaemonReload => 1,
            Self::Sysctl => 2,
            Self::Fetch(_) => 3,
            Self::Restart(_) | Self::Enable(_) => 4,
            Self::Reload(_) => 5,
            Self::Further(_) => 6,
            Self::Other(_) => 7,
            Self::Provision => 8,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop(unit) => write!(f, "stop and disable {unit}"),
            Self::DaemonReload => f.write_str("daemon-reload"),
            Self::Sysctl => f.write_str("sysctl --system"),
            Self::Fetch(what) => write!(f, "run panel.sh install to download {what}"),
            Self::Restart(unit) => write!(f, "restart {unit}"),
            Self::Enable(unit) => write!(f, "enable and start {unit}"),
            Self::Reload(unit) => write!(f, "reload {unit}"),
            Self::Further(text) | Self::Other(text) => f.write_str(text),
            Self::Provision => {
                f.write_str("new instances use the new cloud-config.yaml; running ones do not read it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::file_spec::OnChange;

    #[test]
    fn parse_returns_known_actions_for_every_on_change() {
        let all = [
            OnChange::Nothing,
            OnChange::Reload("nginx.service"),
            OnChange::Unit("faasd.service"),
            OnChange::DaemonReload,
            OnChange::Sysctl,
            OnChange::Modules,
        ];
        for on_change in all {
            let known = |act: Action| !matches!(act, Action::Other(_));
            assert!(Action::parse(&on_change.to_string()).all(known), "{on_change}");
        }
        let acts: Vec<String> = Action::parse("daemon-reload, restart faasd-provider, restart faasd")
            .map(|act| act.to_string())
            .collect();
        assert_eq!(acts, ["daemon-reload", "restart faasd-provider", "restart faasd"]);
        assert_eq!(Action::parse("none").count(), 0);
    }

    #[test]
    fn display_escapes_control_characters_of_hostile_on_change() {
        let acts: Vec<String> =
            Action::parse("restart \u{1b}[31m, do\u{7}").map(|act| act.to_string()).collect();
        assert_eq!(acts, ["restart \\u{1b}[31m", "do\\u{7}"]);
    }
}
