//! Fleets: what is promised of many hosts that is more than what is promised of each.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test runs the program in a directory of its own, looks at what it left there, and says aloud what it skips"
)]

mod again;
mod ansible;
mod diff;
mod equal;
mod killed;
mod part;
mod promised;
mod refused;
#[path = "../cli/stage.rs"]
#[allow(dead_code, reason = "the other tests ask more of it")]
mod stage;

use camino::Utf8Path;

/// A fleet of `count` hosts that differ in more than their names.
fn fleet(count: usize) -> String {
    let kinds = ["faasd", "none"];
    let targets = ["debian-12", "ubuntu-24.04", "rhel-9"];
    let host = |number: usize| {
        format!(
            "  - domain: h{number}.example.org\n    panel: {}\n    target: {}\n    labels: {{region: r{}}}\n",
            kinds[number % 2],
            targets[number % 3],
            number % 4
        )
    };
    format!("defaults:\n  mail: ops@corp.org\nhosts:\n{}", (0..count).map(host).collect::<String>())
}

/// Every path below a directory with everything by which a write would show.
fn looks(directory: &Utf8Path) -> Vec<(String, u64, i64, i64, i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    let mut paths = vec![directory.to_owned()];
    stage::below(directory, &mut paths);
    let look = |path: &camino::Utf8PathBuf| {
        let stat = path.as_std_path().symlink_metadata().unwrap();
        (path.to_string(), stat.ino(), stat.mtime(), stat.mtime_nsec(), stat.ctime(), stat.ctime_nsec())
    };
    paths.iter().map(look).collect()
}
