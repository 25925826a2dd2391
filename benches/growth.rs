//! Measures how the time of the lints grows with the size of a bundle, for every shape of a large bundle.
//!
//!     cargo bench --bench growth              # each shape at 128 and 256 KiB
//!     cargo bench --bench growth -- 1024 unit # at 1 and 2 MiB, the shapes with `unit` in their names
//!
//! Twice the input should take twice the time. A shape that takes more than three times as long, or more than 2 s for each
//! MiB, is marked, and the exit code is then 1.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark measures time and prints it"
)]

#[path = "../tests/support/hostile_shapes.rs"]
mod hostile_shapes;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use hostile_shapes::{SHAPES, Shape, good, grown};
use panelgen::internals::bundle::file_tree::FileTree;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::inspect::lint::{BundleView, lint};

/// Shorter times are noise.
const SHORT: Duration = Duration::from_millis(40);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let size = args.first().and_then(|arg| arg.parse::<usize>().ok()).unwrap_or(128) << 10;
    let part = args.last().filter(|arg| arg.parse::<usize>().is_err()).map_or("", |arg| arg);
    let good = good();
    let mut code = ExitCode::SUCCESS;
    for shape in SHAPES.iter().filter(|(name, _)| name.contains(part)) {
        let [once, twice] = [size, 2 * size].map(|size| fastest(&good, *shape, size));
        let ratio = twice.as_secs_f64() / once.as_secs_f64().max(1e-6);
        let limit = Duration::from_secs(2) * u32::try_from((2 * size).div_ceil(1 << 20)).unwrap_or(1);
        let is_slow = twice > limit || (ratio > 3.0 && twice > SHORT);
        println!(
            "{:<34} {once:>10.2?} {twice:>10.2?} {ratio:>6.2}{}",
            shape.0,
            if is_slow { "  SLOW" } else { "" }
        );
        if is_slow {
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Returns the faster of two runs: other processes only add time.
fn fastest(good: &FileTree, shape: Shape, size: usize) -> Duration {
    let tree = grown(good, shape, size);
    let check = || {
        let begin = Instant::now();
        let view = BundleView::new(&tree, true, None);
        lint(&view, &mut Diagnostics::default());
        begin.elapsed()
    };
    let first = check();
    // A run that is far too slow is not repeated.
    if first > Duration::from_secs(4) { first } else { first.min(check()) }
}
