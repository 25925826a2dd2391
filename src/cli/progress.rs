//! A progress bar for long runs, only on a terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on stderr, or none.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Starts to count hosts. `total` is their number, if known.
    pub(super) fn begin(what: &'static str, total: Option<usize>) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar =
            ProgressBar::with_draw_target(total.map(|total| total as u64), ProgressDrawTarget::stderr());
        let template = if total.is_some() {
            "{msg} {wide_bar} {pos}/{len} hosts"
        } else {
            "{msg} {spinner} {pos} hosts"
        };
        let style = ProgressStyle::with_template(template).expect("the template is good");
        Self(Some(bar.with_style(style).with_message(what)))
    }

    /// Counts one host.
    pub(super) fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
