//! Checks certificate renewal: exactly one mechanism renews the certificate.

use super::{BundleView, Findings, at, unit};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::sanitize;

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let mut ways: Vec<(String, Location)> = Vec::new();
    for timer in subject.units.iter().filter(|unit| unit.kind() == "timer" && !unit.is_drop_in) {
        let started = timer
            .last("Timer", "Unit")
            .map_or_else(|| timer.name.replace(".timer", ".service"), |assignment| assignment.value.clone());
        let renews = subject.unit(&started).is_some_and(renews)
            || (timer.name.contains("certbot") || timer.name.contains("renew"));
        if renews {
            ways.push((timer.name.clone(), at(&timer.path, 1, 1)));
        }
    }
    for (path, host, text) in subject.hosts() {
        let is_cron = host.contains("/cron") || host.contains("/anacrontab");
        let line = text.lines().position(|line| {
            !line.trim().starts_with('#') && line.contains("certbot") && line.contains("renew")
        });
        if let Some(line) = line.filter(|_| is_cron) {
            ways.push((host.to_owned(), at(path, line + 1, 1)));
        }
    }
    let issue = subject.unit("certbot-issue.service");
    let acme = subject
        .installer
        .as_ref()
        .and_then(|installer| installer.value("ACME"))
        .map(|word| word.text.as_str());
    let wanted = issue.is_some() || acme.is_some_and(|acme| acme != "none");
    if wanted && ways.is_empty() {
        found.push(
            Diagnostic::new(Code::RenewalMissing, "nothing renews the certificate: it expires after 90 days")
                .with_location(issue.map_or_else(|| at("panel.sh", 1, 1), |unit| at(&unit.path, 1, 1)))
                .with_hint("restore certbot-renew.timer and certbot-renew.service: render the bundle again"),
        );
    }
    if let [(first, place), rest @ ..] = &ways[..] {
        for (more, other) in rest {
            found.push(
                Diagnostic::new(
                    Code::RenewalDuplicate,
                    format!("both `{first}` and `{}` renew the certificate", sanitize(more)),
                )
                .with_location(other.clone())
                .with_location(place.clone())
                .with_hint(
                    "keep one: two at the same time fail on certbot's lock and request the certificate twice",
                ),
            );
        }
    }
    if let (Some(issue), None) = (issue, subject.unit("certbot-renew.service")) {
        found.push(
            Diagnostic::new(
                Code::RenewalMissing,
                "certbot-renew.service is missing: nothing renews the certificate",
            )
            .with_location(at(&issue.path, 1, 1))
            .with_hint("render the bundle again"),
        );
    }
    if let Some(service) = subject.unit("certbot-renew.service") {
        self::service(service, subject, found);
    }
}

/// Whether a service runs `certbot renew`.
fn renews(file: &unit::UnitFile) -> bool {
    file.commands()
        .any(|(_, words)| words[0].ends_with("certbot") && words.iter().any(|word| word == "renew"))
}

fn service(file: &unit::UnitFile, subject: &BundleView<'_>, found: &mut Findings) {
    if !renews(file) {
        found.push(
            Diagnostic::new(Code::RenewalBroken, "certbot-renew.service does not run `certbot renew`")
                .with_location(
                    file.last("Service", "ExecStart")
                        .map_or_else(|| at(&file.path, 1, 1), |assignment| assignment.place.clone()),
                )
                .with_hint("write `ExecStart=/usr/bin/certbot renew --quiet`"),
        );
    }
    for (assignment, words) in file.commands() {
        for (word, why) in [
            ("--dry-run", "only tests the renewal"),
            ("--force-renewal", "renews every time, until the ACME server rejects further requests"),
            ("--no-directory-hooks", "does not reload nginx with the new certificate"),
            ("--disable-hook-validation", "hides a hook that cannot run"),
            ("--staging", "requests certificates that no browser trusts"),
            ("--test-cert", "requests certificates that no browser trusts"),
        ] {
            if words.iter().any(|own| own == word) {
                found.push(
                    Diagnostic::new(Code::RenewalBroken, format!("`certbot renew {word}` {why}"))
                        .with_location(assignment.place_of(&file.path, word))
                        .with_hint("remove `{word}`"),
                );
            }
        }
        let all = words.iter().any(|word| word == "renew")
            && !words.iter().any(|word| word.starts_with("--cert-name"));
        if all {
            found.push(
                Diagnostic::new(
                    Code::RenewalBroken,
                    "`certbot renew` without `--cert-name` renews the certificates of other sites too: their hooks and plugins fail in this unit",
                )
                .with_location(assignment.place.clone())
                .with_hint("add `--cert-name=` with the name of the panel's certificate"),
            );
        }
        let sleeps = words.iter().any(|word| word == "renew")
            && !words.iter().any(|word| word == "--no-random-sleep-on-renew");
        if sleeps && subject.target.is_some_and(crate::facts::target::Target::renew_without_sleep) {
            found.push(
                Diagnostic::new(
                    Code::RenewalBroken,
                    "certbot sleeps for up to eight minutes, in addition to the delay of the timer",
                )
                .with_location(assignment.place.clone())
                .with_hint("add `--no-random-sleep-on-renew`"),
            );
        }
    }
}
