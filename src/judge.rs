//! The real programs read a bundle: nginx, systemd, cloud-init and the others, each by itself in a private place, at
//! the same time. What they say is mapped back to the bundle's own files and lines.
//!
//! Their exit codes lie both ways, so what they print is read: nginx ends with 0 for a warning and systemd for an
//! unknown key, and both fail for a certificate, a program or a name that is not there yet. So the private place has
//! a throw-away certificate, a stub for every program, an address for every name, and ports and privileges of its own.

mod ansible;
mod certbot;
mod cloud_init;
mod cni;
mod compose;
mod nft;
mod nginx;
mod prometheus;
mod room;
mod shell;
mod systemd;

use anyhow::Result;

use crate::check::verdict::{Outcome, Verdict};
use crate::check::{Subject, excerpt};
use crate::report::{Finding, Report};

/// What came of asking one program.
enum Answer {
    /// It was asked, and this is what it found.
    Heard(Vec<Finding>),
    /// It could not be asked, and why.
    Absent(String),
    /// The bundle has nothing for it.
    Idle,
}

/// A validator: its name, as `--require` says it, and how it is asked.
struct Judge {
    name: &'static str,
    ask: fn(&Subject<'_>) -> Result<Answer>,
}

/// Every validator, in the order in which they are told.
const JUDGES: &[Judge] = &[
    Judge { name: "nginx", ask: nginx::ask },
    Judge { name: "systemd", ask: systemd::ask },
    Judge { name: "cni", ask: cni::ask },
    Judge { name: "nft", ask: nft::ask },
    Judge { name: "cloud-init", ask: cloud_init::ask },
    Judge { name: "sh", ask: shell::ask_shell },
    Judge { name: "shellcheck", ask: shell::ask_shellcheck },
    Judge { name: "ansible", ask: ansible::ask },
    Judge { name: "certbot", ask: certbot::ask },
    Judge { name: "docker", ask: compose::ask },
    Judge { name: "promtool", ask: prometheus::ask },
];

/// The names of the validators.
pub fn names() -> impl Iterator<Item = &'static str> {
    JUDGES.iter().map(|judge| judge.name)
}

/// Asks every validator; their findings join the report.
pub fn ask(subject: &Subject<'_>, report: &mut Report) -> Vec<Verdict> {
    let answers: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = JUDGES.iter().map(|judge| scope.spawn(|| (judge.ask)(subject))).collect();
        asked.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let verdicts = JUDGES.iter().zip(answers).map(|(judge, answer)| {
        let outcome = match answer {
            Ok(Ok(Answer::Heard(findings))) if findings.is_empty() => Outcome::Passed,
            Ok(Ok(Answer::Heard(findings))) => {
                for mut finding in findings {
                    excerpt(subject, &mut finding);
                    report.push(finding);
                }
                Outcome::Failed
            }
            Ok(Ok(Answer::Absent(why))) => Outcome::Absent(why),
            Ok(Ok(Answer::Idle)) => Outcome::Idle,
            Ok(Err(error)) => Outcome::Absent(format!("{error:#}")),
            Err(_) => Outcome::Absent("it could not be asked".to_owned()),
        };
        Verdict { name: judge.name, outcome }
    });
    let verdicts = verdicts.collect();
    report.sort();
    verdicts
}

/// The answer where a program is missing.
fn missing(name: &str) -> Answer {
    Answer::Absent(format!("`{name}` is not on this machine"))
}

/// A version as programs print it: the first three numbers of a text.
fn version(text: &str) -> (u16, u16, u16) {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    (number(), number(), number())
}
