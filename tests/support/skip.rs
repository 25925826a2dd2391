//! Tests that cannot run here. Each says so, and `tests/summary.rs`, the last executable of `cargo test`, prints them all.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::parent_id;

use camino::{Utf8Path, Utf8PathBuf};

/// Where the executables that one `cargo test` starts keep their records: they have their parent in common.
pub(crate) fn records() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped").join(parent_id().to_string())
}

/// Whether a test that cannot run is a failure, as in CI.
pub(crate) fn is_everything_required() -> bool {
    std::env::var("PANELGEN_REQUIRE_ALL").as_deref() == Ok("1")
}

/// Records that the test of this thread, or a part of it, cannot run here.
#[track_caller]
pub(crate) fn skip(why: &str) {
    assert!(!is_everything_required(), "{why}, and PANELGEN_REQUIRE_ALL=1 makes a skipped test a failure");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a thread of a test");
    eprintln!("SKIPPED: {test}: {why}");
    let records = records();
    fs::create_dir_all(&records).unwrap();
    let record = records.join(format!("{}.txt", std::process::id()));
    let mut file = fs::OpenOptions::new().create(true).append(true).open(record).unwrap();
    // One call: tests run at once.
    file.write_all(format!("{why}\t{test}\n").as_bytes()).unwrap();
}
