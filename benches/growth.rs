//! How the work of a check grows with its input, for every way in which a stranger can make a bundle large.
//!
//!     cargo bench --bench growth              # each shape at 128 and 256 KiB
//!     cargo bench --bench growth -- 1024 unit # at 1 and 2 MiB, the shapes with `unit` in their names
//!
//! Twice the input takes about twice the time. A shape that takes more than three times is reported, and so is one that
//! takes more than 2 s for each MiB; then the exit code is 1.
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

/// Less is noise.
const SHORT: Duration = Duration::from_millis(40);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let size = words.first().and_then(|word| word.parse::<usize>().ok()).unwrap_or(128) << 10;
    let part = words.last().filter(|word| word.parse::<usize>().is_err()).map_or("", |word| word);
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

/// The fastest of three: what else the machine does only adds.
fn fastest(good: &FileTree, shape: Shape, size: usize) -> Duration {
    let tree = grown(good, shape, size);
    let check = || {
        let begin = Instant::now();
        let view = BundleView::new(&tree, true, None);
        lint(&view, &mut Diagnostics::default());
        begin.elapsed()
    };
    let first = check();
    // A run that is far too slow needs no other.
    if first > Duration::from_secs(4) { first } else { first.min(check()) }
}
