//! certbot reads the arguments of its units; it is asked for its plugins, which needs no network.

use anyhow::Result;

use super::{Answer, missing, version};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Program, Scratch};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

pub(super) fn ask(subject: &BundleView<'_>) -> Result<Answer> {
    let is_certbot = |words: &[String]| words[0].ends_with("/certbot");
    let units =
        subject.units.iter().flat_map(|file| file.commands().map(move |(said, words)| (file, said, words)));
    let units: Vec<_> =
        units.filter(|(_, said, words)| said.key == "ExecStart" && is_certbot(words)).collect();
    if units.is_empty() {
        return Ok(Answer::Idle);
    }
    let Some(certbot) = Program::find("certbot") else { return Ok(missing("certbot")) };
    let own = version(&certbot.clone().with(["--version"]).run()?.all());
    let scratch = Scratch::new()?;
    scratch.directory("webroot")?;
    let mut found = Vec::new();
    for (file, said, words) in units {
        let mut arguments = vec!["plugins".to_owned()];
        for name in ["config", "work", "logs"] {
            arguments.push(format!("--{name}-dir={}/{name}", scratch.path()));
        }
        arguments.push("--disable-hook-validation".to_owned());
        for word in words.iter().skip(1).filter(|word| !["certonly", "renew", "run"].contains(&word.as_str()))
        {
            // A plugin for DNS may not be installed here, and its credentials never are.
            if word.starts_with("--dns-") {
                continue;
            }
            if word.starts_with("--webroot-path=") {
                arguments.push(format!("--webroot-path={}/webroot", scratch.path()));
            } else {
                arguments.push(word.clone());
            }
        }
        let heard = certbot.clone().with(arguments).variable("HOME", scratch.path().as_str()).run()?;
        let error = heard.err.lines().find_map(|line| line.split_once("error: ").map(|(_, words)| words));
        if let Some(error) = error {
            // The target's certbot has ACME profiles; this machine's may be older.
            if own < (4, 0, 0) && error.contains("--preferred-profile") {
                return Ok(Answer::Absent(format!(
                    "certbot {}.{}.{} here is older than the target's",
                    own.0, own.1, own.2
                )));
            }
            let part = error.split_whitespace().find(|word| word.starts_with("--")).unwrap_or_default();
            let place = if part.is_empty() { at(&file.path, 1, 1) } else { said.place_of(&file.path, part) };
            found.push(
                Diagnostic::new(Code::CertbotRefuses, format!("certbot: {}", escape_all(error)))
                    .with_location(place)
                    .with_hint("certbot would end here, and no certificate is issued"),
            );
        }
    }
    Ok(Answer::Heard(found))
}
