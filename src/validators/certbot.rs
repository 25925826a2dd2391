//! certbot reads the arguments of its units; it is asked for its plugins, which needs no network.

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed, find, version};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::Deadline;
use crate::inspect::lint::input_rules::{allows_certbot, certbot_commands};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

/// Where certbot keeps what it writes.
const DIRECTORIES: [&str; 3] = ["--config-dir=/tmp/config", "--work-dir=/tmp/work", "--logs-dir=/tmp/logs"];

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let commands = certbot_commands(subject);
    if commands.is_empty() {
        return Err(NoResult::NotApplicable);
    }
    let certbot = find("certbot")?;
    if !allows_certbot(subject) {
        return Err(NoResult::Rejected);
    }
    let sandbox = Sandbox::new(deadline)?;
    let own = version(&sandbox.run(&certbot, ["--version"])?.all());
    let mut found = Vec::new();
    for command in commands {
        let mut arguments = vec!["plugins".to_owned(), "--disable-hook-validation".to_owned()];
        arguments.extend(DIRECTORIES.map(str::to_owned));
        for word in command.words.iter().skip(2) {
            // A plugin for DNS may not be installed here, and its credentials never are. Quiet, it does not answer.
            if word.starts_with("--dns-") || ["--quiet", "-q"].contains(&word.as_str()) {
                continue;
            }
            let is_webroot = word.starts_with("--webroot-path=");
            arguments.push(if is_webroot { "--webroot-path=/tmp".to_owned() } else { word.clone() });
        }
        let output = sandbox.run(&certbot, arguments)?;
        let error = output.err.lines().find_map(|line| line.split_once("error: ").map(|(_, words)| words));
        let Some(error) = error else {
            // It lists its plugins, each behind a `*`.
            let is_answer = output.is_good() && output.out.lines().any(|line| line.starts_with("* "));
            if !is_answer {
                return Err(failed(&output, "certbot"));
            }
            continue;
        };
        // The target's certbot has ACME profiles; this machine's may be older.
        if own < (4, 0, 0) && error.contains("--preferred-profile") {
            return Err(NoResult::Unavailable(format!(
                "certbot {}.{}.{} here is older than the target's",
                own.0, own.1, own.2
            )));
        }
        let part = error.split_whitespace().find(|word| word.starts_with("--")).unwrap_or_default();
        let part = part.trim_end_matches(':');
        let path = &command.file.path;
        let place = if part.is_empty() { at(path, 1, 1) } else { command.assignment.place_of(path, part) };
        found.push(
            Diagnostic::new(Code::CertbotRejects, format!("certbot: {}", escape_all(error)))
                .with_location(place)
                .with_hint("certbot would end here, and no certificate is issued"),
        );
    }
    Ok(found)
}
