//! certbot: its options by name. Many others read files, write files or start programs.

use super::super::unit::{Assignment, UnitFile};
use super::super::{BundleView, Findings};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// Options of one word.
const SWITCHES: &[&str] = &[
    "--agree-tos",
    "--allow-subset-of-names",
    "--debug-challenges",
    "--dry-run",
    "--eff-email",
    "--expand",
    "--force-renewal",
    "--keep-until-expiring",
    "--must-staple",
    "--new-key",
    "--no-autorenew",
    "--no-directory-hooks",
    "--no-eff-email",
    "--no-random-sleep-on-renew",
    "--no-reuse-key",
    "--non-interactive",
    "--quiet",
    "--register-unsafely-without-email",
    "--renew-with-new-domains",
    "--reuse-key",
    "--staging",
    "--standalone",
    "--test-cert",
    "--verbose",
    "--webroot",
    "-n",
    "-q",
    "-v",
];

/// Options with a value, in the same word after `=` or in the next one.
const VALUES: &[&str] = &[
    "--cert-name",
    "--deploy-hook",
    "--domain",
    "--domains",
    "--elliptic-curve",
    "--email",
    "--http-01-address",
    "--http-01-port",
    "--issuance-timeout",
    "--key-type",
    "--max-log-backups",
    "--preferred-chain",
    "--preferred-challenges",
    "--preferred-profile",
    "--required-profile",
    "--rsa-key-size",
    "--server",
    "--webroot-path",
    "-d",
    "-m",
    "-w",
];

/// The subcommands in the units of the panel.
const COMMANDS: &[&str] = &["certonly", "renew"];

/// A command of certbot in a unit.
pub struct Command<'s> {
    /// The unit.
    pub file: &'s UnitFile,
    /// The location.
    pub assignment: &'s Assignment,
    /// The words, the program first.
    pub words: Vec<String>,
}

/// Returns every certbot command in the units of the bundle.
pub fn commands<'s>(subject: &'s BundleView<'_>) -> Vec<Command<'s>> {
    let all = subject
        .units
        .iter()
        .flat_map(|file| file.commands().map(move |(assignment, words)| (file, assignment, words)));
    all.filter(|(_, assignment, words)| assignment.key == "ExecStart" && words[0].ends_with("/certbot"))
        .map(|(file, assignment, words)| Command { file, assignment, words })
        .collect()
}

pub(super) fn check(subject: &BundleView<'_>, found: &mut Findings) {
    for command in commands(subject) {
        for word in unknown(&command.words[1..]) {
            let part = word.split('=').next().unwrap_or_default();
            let finding = Diagnostic::new(
                Code::CertbotOptionForbidden,
                format!("certbot option `{}` is not one that the panel uses", sanitize(part)),
            );
            let place = command.assignment.place_of(&command.file.path, part);
            found.push(
                finding
                    .with_location(place)
                    .with_hint("remove it, or set it in /etc/letsencrypt/cli.ini on the host"),
            );
        }
    }
}

/// Returns the words that are not allowed.
fn unknown(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut words = words.iter().map(String::as_str);
    if let Some(first) = words.next()
        && !COMMANDS.contains(&first)
    {
        found.push(first);
    }
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        if SWITCHES.contains(&word) {
            continue;
        }
        if !VALUES.contains(&name) && !is_dns(name) {
            found.push(word);
        } else if value.is_none() && !is_dns_plugin(name) {
            // The value is the next word, even if it looks like an option.
            if let Some(value) = words.next().filter(|value| value.starts_with('-')) {
                found.push(value);
            }
        }
    }
    found
}

/// `--dns-cloudflare` and its `-credentials` and `-propagation-seconds`.
fn is_dns(name: &str) -> bool {
    is_dns_plugin(name)
        || ["-credentials", "-propagation-seconds"]
            .iter()
            .any(|end| name.strip_suffix(end).is_some_and(is_dns_plugin))
}

fn is_dns_plugin(name: &str) -> bool {
    name.strip_prefix("--dns-")
        .is_some_and(|plugin| !plugin.is_empty() && plugin.chars().all(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        unknown(&words).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn options_of_a_panel_are_allowed() {
        for line in [
            "certonly --non-interactive --webroot --webroot-path=/var/www/acme --domain=a.example -d b.example",
            "renew --quiet --no-random-sleep-on-renew",
            "certonly --dns-rfc2136 --dns-rfc2136-credentials=/etc/x.ini --dns-rfc2136-propagation-seconds 60",
        ] {
            assert!(of(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn options_that_open_files_or_start_programs_are_reported() {
        for word in [
            "--config",
            "--config=/x",
            "-c",
            "--logs-dir=/x",
            "--config-dir=/x",
            "--work-dir",
            "--nginx-ctl",
            "--prepare",
            "--pre-hook=x",
            "--manual-auth-hook=x",
            "--conf",
            "--webroot-map={}",
            "--quiet=x",
            "-nv",
            "plugins",
        ] {
            assert_eq!(of(&format!("certonly {word}")), [word]);
        }
        assert_eq!(of("certonly --email --config"), ["--config"]);
        assert_eq!(of("plugins --quiet"), ["plugins"]);
    }
}
