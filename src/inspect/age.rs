//! What is out of date in a bundle on a given day. No clock is read: the day is an argument.

use super::lint::{BundleView, at, excerpt};
use crate::bundle::manifest::MANIFEST_FILE;
use crate::config::value::{Spanned, Value};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, Severity};
use crate::facts::target::Target;
use crate::facts::upstream::{UPSTREAM, split};
use crate::values::{Date, FromText, Version, sanitize};

/// The path of the lock file in a bundle.
const LOCK: &str = "assets.lock";

/// Compares a bundle with the facts of this program as of a day. The diagnostics are warnings, or errors if `strict`.
pub fn check(subject: &BundleView<'_>, as_of: Date, strict: bool) -> Diagnostics {
    let mut found = Vec::new();
    found.extend(subject.target.and_then(|target| target_end(target, as_of)));
    if let Some(finding) = found.first_mut() {
        let text = subject.meta_file(MANIFEST_FILE).unwrap_or_default();
        let line = text.lines().position(|line| line.contains("\"target\":")).map_or(1, |line| line + 1);
        finding.locations.push(at(MANIFEST_FILE, line, 1));
    }
    let lock = subject.document(LOCK);
    let rows = |key: &str| lock.and_then(|lock| lock.top.get(key)).map(list).unwrap_or_default();
    for download in rows("downloads") {
        program(download, as_of, &mut found);
    }
    for image in rows("images") {
        self::image(image, as_of, &mut found);
    }
    found.extend(facts_age(as_of));
    let mut diagnostics = Diagnostics::default();
    for mut finding in found {
        finding.severity = if strict { Severity::Error } else { Severity::Warning };
        excerpt(subject, &mut finding);
        diagnostics.push(finding);
    }
    diagnostics.sort();
    diagnostics
}

/// The finding for a target without updates.
pub fn target_end(target: &Target, as_of: Date) -> Option<Diagnostic> {
    let Target { title, end_of_life, extended_support, .. } = target;
    let state = if as_of > *extended_support {
        format!(
            "{title} got its last updates on {end_of_life}, and extended support ended on {extended_support}"
        )
    } else if as_of > *end_of_life {
        format!("{title} got its last updates on {end_of_life}; extended support ends on {extended_support}")
    } else {
        return None;
    };
    Some(
        Diagnostic::new(Code::TargetEndOfLife, state)
            .with_hint("move to a newer release of the distribution; `panelgen targets` lists the dates"),
    )
}

fn list(spanned: &Spanned) -> &[Spanned] {
    if let Value::List(items) = &spanned.value { items } else { &[] }
}

fn text<'a>(row: &'a Spanned, key: &str) -> Option<(&'a str, &'a Location)> {
    let value = row.get(key)?;
    Some((value.text()?, &value.location))
}

fn program(download: &Spanned, as_of: Date, found: &mut Vec<Diagnostic>) {
    let (Some((name, _)), Some((version, location))) = (text(download, "name"), text(download, "version"))
    else {
        return;
    };
    let Ok(parsed) = Version::parse(version) else { return };
    if UPSTREAM.release(name, &parsed).is_none() {
        let message = format!("{} {} is not a known version", sanitize(name), sanitize(version));
        found.push(
            Diagnostic::new(Code::VersionUnknown, message)
                .with_location(location.clone())
                .with_hint("check that it exists; `panelgen facts` lists the known versions"),
        );
    }
    versions(name, &parsed, as_of, location, found);
}

fn image(row: &Spanned, as_of: Date, found: &mut Vec<Diagnostic>) {
    let Some((reference, location)) = text(row, "name") else { return };
    let Some(known) = UPSTREAM.image(reference) else {
        let message = format!("the image `{}` is not known", sanitize(reference));
        found.push(
            Diagnostic::new(Code::ImageUnknown, message)
                .with_location(location.clone())
                .with_hint("check that its registry has it; `panelgen facts` lists the known images"),
        );
        return;
    };
    // A copy on another registry is not affected by what upstream removes.
    let is_original = split(reference).0 == known.name;
    if let Some(removed) = known.removed.filter(|removed| is_original && *removed <= as_of) {
        let message = format!(
            "the image `{}` is not at its registry any more: its removal was reported on {removed}",
            sanitize(reference)
        );
        found.push(
            Diagnostic::new(Code::ImageUnknown, message)
                .with_location(location.clone())
                .with_hint("use a newer image in `faasd.images`, or import a copy of it"),
        );
    }
    if let Ok(version) = Version::parse(known.tag.trim_start_matches('v')) {
        versions(&known.name, &version, as_of, location, found);
    }
}

/// The end of support and the vulnerabilities of a version.
fn versions(name: &str, version: &Version, as_of: Date, location: &Location, found: &mut Vec<Diagnostic>) {
    if let Some(support) = UPSTREAM.support(name, version).filter(|support| support.until < as_of) {
        let message = format!(
            "{name} {version} gets no more fixes: support of {} ended on {}",
            support.series, support.until
        );
        found.push(
            Diagnostic::new(Code::VersionUnsupported, message)
                .with_location(location.clone())
                .with_hint("use a version of a supported series, or a newer panelgen"),
        );
    }
    let advisories = UPSTREAM.advisories(name, version, as_of);
    if !advisories.is_empty() {
        let ids: Vec<&str> = advisories.iter().map(|advisory| advisory.id.as_str()).collect();
        let mut fixed: Vec<&str> =
            advisories.iter().flat_map(|advisory| &advisory.fixed).map(String::as_str).collect();
        fixed.sort_unstable();
        fixed.dedup();
        let message = format!("{name} {version} has known vulnerabilities: {}", ids.join(", "));
        found.push(
            Diagnostic::new(Code::VersionVulnerable, message)
                .with_location(location.clone())
                .with_hint(format!("use a newer version; they were fixed in {}", fixed.join(", "))),
        );
    }
}

/// The finding for facts that are older than a year.
fn facts_age(as_of: Date) -> Option<Diagnostic> {
    let newest = UPSTREAM.newest();
    (as_of > newest.next_year()).then(|| {
        let message =
            format!("the facts of this program were read on {newest}, more than a year before {as_of}");
        Diagnostic::new(Code::FactsOld, message)
            .with_location(at(LOCK, 1, 1))
            .with_hint("use a newer panelgen, which knows newer versions and vulnerabilities")
    })
}
