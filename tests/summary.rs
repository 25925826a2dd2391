//! The last executable of `cargo test`: what the others skipped, and why.
//!
//! It is no test harness, because a harness shows nothing of a test that passes.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it reads what the tests have recorded, and prints it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

#[path = "support/skip.rs"]
#[allow(dead_code, reason = "the tests record, this one reads")]
mod skip;

fn main() {
    // Other runners ask for a list of tests: there is none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let mut skipped: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let records = skip::records();
    for record in records.read_dir_utf8().into_iter().flatten() {
        for line in fs::read_to_string(record.unwrap().path()).unwrap().lines() {
            let (why, test) = line.split_once('\t').unwrap();
            skipped.entry(why.to_owned()).or_default().insert(test.to_owned());
        }
    }
    // Records of runs that ended before their summary, too.
    let _ = fs::remove_dir_all(records.parent().unwrap());
    if skipped.is_empty() {
        println!("\nno test was skipped\n");
        return;
    }
    let tests: BTreeSet<_> = skipped.values().flatten().collect();
    println!(
        "\n{} tests were skipped, or a part of each; `bash .ci/install` installs what they need:",
        tests.len()
    );
    for (why, tests) in &skipped {
        println!("  {why}");
        for test in tests {
            println!("      {test}");
        }
    }
    println!();
}
