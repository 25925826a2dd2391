//! Which validators are running, for the display of progress.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The names of the validators that are running.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Vec<&'static str>>>);

impl Running {
    /// Adds a validator until the guard is dropped.
    pub(super) fn start(&self, name: &'static str) -> RunningGuard<'_> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(name);
        RunningGuard { running: self, name }
    }
}

impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.is_empty() { f.write_str("validators") } else { f.write_str(&names.join(", ")) }
    }
}

/// A validator that is running.
pub(super) struct RunningGuard<'a> {
    running: &'a Running,
    name: &'static str,
}

impl Drop for RunningGuard<'_> {
    fn drop(&mut self) {
        let mut names = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = names.iter().position(|name| *name == self.name) {
            names.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_lists_the_validators_that_have_started_and_not_ended() {
        let running = Running::default();
        let nginx = running.start("nginx");
        let systemd = running.start("systemd");
        assert_eq!(running.to_string(), "nginx, systemd");
        drop(nginx);
        assert_eq!(running.clone().to_string(), "systemd");
        drop(systemd);
        assert_eq!(running.to_string(), "validators");
    }
}
