//! Progress of long runs, only on a terminal and only after a second.

use std::io::IsTerminal as _;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A shorter run shows nothing.
const DELAY: Duration = Duration::from_secs(1);

/// How often the display changes.
const TICK: Duration = Duration::from_millis(100);

/// A display on stderr, or none.
pub(super) struct Progress(Option<Display>);

struct Display {
    bar: ProgressBar,
    /// Dropped at the end of the run, which ends the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to count hosts. `total` is their number, if known.
    pub(super) fn begin(what: &'static str, total: Option<usize>) -> Self {
        let template = if total.is_some() {
            "{msg} {wide_bar} {pos}/{len} hosts"
        } else {
            "{msg} {spinner} {pos} hosts"
        };
        Self::show(what, total, template)
    }

    /// Starts work that has no parts.
    pub(super) fn of(what: &'static str) -> Self {
        Self::show(what, None, "{msg} {spinner} {elapsed}")
    }

    #[expect(clippy::disallowed_methods, reason = "what a terminal shows changes no rendered byte")]
    fn show(what: &'static str, total: Option<usize>, template: &str) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        if is_dumb || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let total = total.map(|total| total as u64);
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template).expect("the template is good");
        let bar = bar.with_style(style).with_message(what);
        let (end, ended) = mpsc::channel();
        let shown = bar.clone();
        let thread = thread::spawn(move || {
            if ended.recv_timeout(DELAY) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    shown.tick();
                }
            }
        });
        Self(Some(Display { bar, end: Some(end), thread: Some(thread) }))
    }

    /// Counts one host.
    pub(super) fn step(&self) {
        if let Some(display) = &self.0 {
            display.bar.inc(1);
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
