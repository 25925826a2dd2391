//! Progress of long runs, only on a terminal and only after a second.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::reporter::write_stderr;
use crate::fs;

/// A shorter run shows nothing.
const DELAY: Duration = Duration::from_secs(1);

/// How often the display changes.
const TICK: Duration = Duration::from_millis(100);

/// The columns that stay empty: a terminal echoes Ctrl-C there, and a row that is wrapped cannot be erased.
const MARGIN: u16 = 3;

/// What is shown now, to be erased when the run is interrupted.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

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
        let template = match total {
            Some(_) => "{msg} {wide_bar} {pos}/{len} hosts",
            None => "{msg} {spinner} {pos} hosts",
        };
        Self::show(move || what.to_owned(), total, template)
    }

    /// Starts work whose parts have no number. `what` is asked for it again and again.
    pub(super) fn of(what: impl Fn() -> String + Send + 'static) -> Self {
        Self::show(what, None, "{spinner} {wide_msg}")
    }

    #[expect(clippy::disallowed_methods, reason = "what a terminal shows changes no rendered byte")]
    fn show(what: impl Fn() -> String + Send + 'static, total: Option<usize>, template: &str) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        if is_dumb || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let total = total.map(|total| total as u64);
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template).expect("the template is good");
        let bar = bar.with_style(style);
        let (end, ended) = mpsc::channel();
        let shown = bar.clone();
        let thread = thread::spawn(move || {
            if ended.recv_timeout(DELAY) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            shown.set_message(what());
            shown.set_draw_target(ProgressDrawTarget::term_like(Box::new(Row)));
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown.clone());
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                shown.set_message(what());
                shown.tick();
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
        erase();
        self.bar.finish_and_clear();
    }
}

/// stderr, a few columns narrower than it is.
#[derive(Debug)]
struct Row;

impl Row {
    fn control(count: usize, command: char) {
        if count > 0 {
            write_stderr(&format!("\x1b[{count}{command}"));
        }
    }
}

impl TermLike for Row {
    fn width(&self) -> u16 {
        let columns = fs::stderr_width().and_then(|width| u16::try_from(width).ok()).unwrap_or(80);
        columns.saturating_sub(MARGIN)
    }

    fn move_cursor_up(&self, rows: usize) -> io::Result<()> {
        Self::control(rows, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, rows: usize) -> io::Result<()> {
        Self::control(rows, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        Self::control(columns, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        Self::control(columns, 'D');
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        write_stderr(&format!("{text}\n"));
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        write_stderr(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        write_stderr("\r\x1b[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Erases what is shown, for good.
pub(super) fn erase() {
    if let Some(bar) = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        bar.finish_and_clear();
    }
}
