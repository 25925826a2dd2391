//! A run that is interrupted reports what it leaves, then ends by the signal, as it would without this.

use std::fmt::Write as _;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::progress;
use super::reporter::Reporter;
use crate::diagnostics::Code;
use crate::fs::{self, RunState};
use crate::values::sanitize;

/// The most paths of a kind that are listed.
const MAX_LISTED: usize = 3;

/// Starts to wait for signals. One that is ignored, as in a background job or below `nohup`, stays ignored.
pub(super) fn watch(reporter: &Reporter) {
    let ignored = ignored_signals();
    let is_ignored = |signal: &i32| ignored >> (signal - 1) & 1 == 1;
    let signals: Vec<i32> =
        [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(signal)).collect();
    let Ok(mut signals) = Signals::new(signals) else { return };
    let reporter = reporter.clone();
    #[expect(clippy::disallowed_methods, reason = "a thread that waits for a signal")]
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            fs::on_interrupt(|state| {
                progress::erase();
                let (message, hint) = report(state);
                reporter.failure(&fs::conflict(Code::Interrupted, message, hint));
                let _ = emulate_default_handler(signal);
            });
        }
    });
}

/// The signals that are ignored, a bit for each.
fn ignored_signals() -> u64 {
    let status = fs::read("/proc/self/status".into(), 1 << 16).unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Returns the message, what is complete and what is left, and the hint.
fn report(state: &RunState) -> (String, String) {
    let quoted = |path: &camino::Utf8PathBuf| format!("`{}`", sanitize(path.as_str()));
    let list = |paths: &std::collections::BTreeSet<_>| {
        let mut text = paths.iter().take(MAX_LISTED).map(quoted).collect::<Vec<_>>().join(", ");
        if paths.len() > MAX_LISTED {
            let _ = write!(text, " and {} more", paths.len() - MAX_LISTED);
        }
        (text, if paths.len() == 1 { ("is", "has") } else { ("are", "have") })
    };
    let mut message = match (&state.written, state.count) {
        (Some(path), 1) => format!("the run was interrupted after {} was written", quoted(path)),
        (Some(path), count) => {
            format!("the run was interrupted after {} and {} more were written", quoted(path), count - 1)
        }
        (None, _) if state.has_output => {
            "the run was interrupted: the output on stdout may be incomplete".to_owned()
        }
        (None, _) => "the run was interrupted: nothing was written".to_owned(),
    };
    if !state.mixed.is_empty() {
        let (paths, (_, have)) = list(&state.mixed);
        let _ = write!(message, "; {paths} {have} files of the old and of the new bundle");
    }
    for paths in [&state.staged, &state.stuck].into_iter().filter(|paths| !paths.is_empty()) {
        let (paths, (is, _)) = list(paths);
        let _ = write!(message, "; {paths} {is} left");
    }
    let mut hint = match (state.staged.is_empty(), state.mixed.is_empty()) {
        (true, true) => "run the command again".to_owned(),
        (false, true) => "run the command again: it removes what is left".to_owned(),
        (_, false) => "run the command again: it completes the bundle".to_owned(),
    };
    if !state.stuck.is_empty() {
        let _ = write!(hint, "; remove {}", list(&state.stuck).0);
    }
    (message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_says_what_is_complete_and_what_is_left() {
        let paths = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
        let nothing = RunState::default();
        let output = RunState { has_output: true, ..RunState::default() };
        let staged = RunState { staged: paths(&[".bundle.panelgen"]), ..RunState::default() };
        let one = RunState { written: Some("bundle".into()), count: 1, ..RunState::default() };
        let fleet = RunState {
            written: Some("fleet/a.example".into()),
            count: 38,
            staged: paths(&[
                "fleet/.b.panelgen",
                "fleet/.c.panelgen",
                "fleet/.d.panelgen",
                "fleet/.e.panelgen",
            ]),
            ..RunState::default()
        };
        let mixed = RunState { mixed: paths(&["mnt"]), ..RunState::default() };
        let stuck = RunState { stuck: paths(&["/tmp/panelgen-check-1-0"]), ..RunState::default() };
        for (state, message, hint) in [
            (nothing, "the run was interrupted: nothing was written", "run the command again"),
            (
                output,
                "the run was interrupted: the output on stdout may be incomplete",
                "run the command again",
            ),
            (
                staged,
                "the run was interrupted: nothing was written; `.bundle.panelgen` is left",
                "run the command again: it removes what is left",
            ),
            (one, "the run was interrupted after `bundle` was written", "run the command again"),
            (
                fleet,
                "the run was interrupted after `fleet/a.example` and 37 more were written; `fleet/.b.panelgen`, \
                 `fleet/.c.panelgen`, `fleet/.d.panelgen` and 1 more are left",
                "run the command again: it removes what is left",
            ),
            (
                mixed,
                "the run was interrupted: nothing was written; `mnt` has files of the old and of the new bundle",
                "run the command again: it completes the bundle",
            ),
            (
                stuck,
                "the run was interrupted: nothing was written; `/tmp/panelgen-check-1-0` is left",
                "run the command again; remove `/tmp/panelgen-check-1-0`",
            ),
        ] {
            assert_eq!(report(&state), (message.to_owned(), hint.to_owned()));
        }
    }
}
