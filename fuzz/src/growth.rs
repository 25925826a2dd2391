//! Counts the basic blocks that run for an input of N and of 2N bytes, for every shape of large input. The count does not
//! depend on the machine or its load, so a step that grows with the square of its input is always found.
//!
//! `.ci/fuzz growth` builds and runs it. The exit code is 1 if a shape grows faster than its input.

#[path = "../../tests/support/hostile_shapes.rs"]
mod hostile_shapes;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use hostile_shapes::{INPUTS, SHAPES, good, grown};
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::inspect::lint::{BundleView, lint};

/// The number of blocks that ran.
static BLOCKS: AtomicU64 = AtomicU64::new(0);

/// LLVM calls it at the begin of every block.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_pc_guard(_guard: *mut u32) {
    BLOCKS.fetch_add(1, Ordering::Relaxed);
}

/// LLVM calls it once for every module.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_pc_guard_init(_start: *mut u32, _stop: *mut u32) {}

/// LLVM calls it at every indirect call.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_pc_indir(_callee: usize) {}

/// Twice the input may run this many times the blocks: sorting takes somewhat more than twice.
const MAX_RATIO: f64 = 2.5;

fn main() -> ExitCode {
    let part = std::env::args().nth(1).unwrap_or_default();
    let size = std::env::args().nth(2).and_then(|size| size.parse().ok()).unwrap_or(192) << 10;
    let good = good();
    let mut code = ExitCode::SUCCESS;
    let mut compare = |name: &str, run: &dyn Fn(usize)| {
        if !name.contains(&part) {
            return;
        }
        let [once, twice] = [size, 2 * size].map(|size| {
            let before = BLOCKS.load(Ordering::Relaxed);
            run(size);
            BLOCKS.load(Ordering::Relaxed) - before
        });
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs no more")]
        let ratio = twice as f64 / once.max(1) as f64;
        let is_bad = ratio > MAX_RATIO;
        println!("{name:<36} {once:>13} {twice:>13} {ratio:>6.2}{}", if is_bad { "  FASTER" } else { "" });
        if is_bad {
            code = ExitCode::FAILURE;
        }
    };
    for shape in SHAPES {
        compare(shape.0, &|size| {
            lint(&BundleView::new(&grown(&good, *shape, size), true, None), &mut Diagnostics::default());
        });
    }
    for (name, run) in INPUTS {
        compare(name, run);
    }
    assert!(BLOCKS.load(Ordering::Relaxed) > 0, "the build has no coverage callbacks");
    code
}
