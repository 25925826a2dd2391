//! The hosts of a fleet that have a diagnostic.

use super::{Diagnostic, Diagnostics};

/// The most hosts that a diagnostic names.
const MAX_HOSTS: usize = 20;

impl Diagnostic {
    /// Adds a host that has it. The name is empty if it is not known.
    fn add_host(&mut self, host: &str) {
        match self.hosts.len() {
            _ if host.is_empty() => {}
            0..MAX_HOSTS => self.hosts.push(host.to_owned()),
            _ => self.more_hosts += 1,
        }
    }

    /// Names the hosts that have it.
    pub(crate) fn set_hosts(&mut self, hosts: &[String]) {
        self.hosts = hosts.iter().take(MAX_HOSTS).cloned().collect();
        self.more_hosts = hosts.len() - self.hosts.len();
    }

    /// Whether both say the same of the same place, maybe of different hosts.
    fn is_same(&self, other: &Self) -> bool {
        self.code == other.code
            && self.locations == other.locations
            && self.parameter == other.parameter
            && self.message == other.message
    }
}

impl Diagnostics {
    /// Adds all diagnostics of a host of a fleet. One that several hosts have is listed once.
    pub(crate) fn merge_of_host(&mut self, other: Self, host: Option<&str>) {
        for mut diagnostic in other.entries {
            let host = host.unwrap_or_default();
            if let Some(known) = self.entries.iter_mut().find(|known| known.is_same(&diagnostic)) {
                known.add_host(host);
            } else {
                diagnostic.add_host(host);
                self.push(diagnostic);
            }
        }
        self.more += other.more;
    }
}
