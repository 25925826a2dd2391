//! systemd understands when a timer elapses.

use std::process::Command;

use crate::case::{CASES, distinct};
use crate::program;
use crate::unit::{assignments, units};

#[test]
fn systemd_knows_when_every_timer_elapses() {
    if !program::all(&["systemd-analyze"]) {
        return;
    }
    let said = CASES.iter().flat_map(|case| {
        let timers = units(case).into_iter().filter(|(path, _)| path.ends_with(".timer"));
        timers.flat_map(|(_, text)| assignments(text)).map(|said| (case.name.as_str(), said))
    });
    for ((_, key, value), cases) in distinct(said) {
        let question = match key.as_str() {
            "OnCalendar" => "calendar",
            key if key.ends_with("Sec") => "timespan",
            _ => continue,
        };
        let said = program::run(Command::new("systemd-analyze").args([question, &value]));
        assert!(said.good && said.err.is_empty(), "{}: {key}={value}: {}", cases.join(", "), said.err);
        assert!(!said.out.contains("Next elapse: never"), "{}: {key}={value} never comes", cases.join(", "));
    }
}
