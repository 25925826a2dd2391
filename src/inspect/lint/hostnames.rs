//! The host's names: nginx, certbot, the deploy hook, panel.sh, Ansible and the README speak of the same ones.

use std::collections::BTreeSet;

use super::document::{items, text};
use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::host::DEPLOY_HOOK;
use crate::values::sanitize;

/// The names by who says them.
struct HostnameSource {
    who: &'static str,
    names: BTreeSet<String>,
    place: Location,
    places: Vec<(String, Location)>,
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let tellings = hostname_sources(subject);
    // What most say is meant; where two stand against two, the first in this order.
    let Some(meant) = tellings
        .iter()
        .map(|telling| &telling.names)
        .max_by_key(|names| (tellings.iter().filter(|other| other.names == **names).count(), names.len()))
        .cloned()
    else {
        return;
    };
    for telling in &tellings {
        for (name, place) in telling.places.iter().filter(|(name, _)| !meant.contains(name)) {
            found.push(
                Diagnostic::new(
                    Code::NameDisagrees,
                    format!(
                        "{} says `{}`, and the others know only `{}`",
                        telling.who,
                        sanitize(name),
                        joined(&meant)
                    ),
                )
                .with_location(place.clone())
                .with_hint("use the same names everywhere: change `domain` and render again"),
            );
        }
        let missing: BTreeSet<String> = meant.difference(&telling.names).cloned().collect();
        if !missing.is_empty() {
            found.push(
                Diagnostic::new(Code::NameDisagrees, format!("{} lacks `{}`", telling.who, joined(&missing)))
                    .with_location(telling.place.clone())
                    .with_hint("use the same names everywhere: change `domain` and render again"),
            );
        }
    }
    check_primary_name(subject, &meant, found);
}

fn joined(names: &BTreeSet<String>) -> String {
    sanitize(&names.iter().map(String::as_str).collect::<Vec<_>>().join("`, `")).to_string()
}

fn hostname_sources(subject: &BundleView<'_>) -> Vec<HostnameSource> {
    let mut tellings = Vec::new();
    let mut tell = |who: &'static str, places: Vec<(String, Location)>| {
        if let Some((_, place)) = places.first() {
            let names = places.iter().map(|(name, _)| name.clone()).collect();
            tellings.push(HostnameSource { who, names, place: place.clone(), places });
        }
    };
    for (who, tls) in [("nginx, over TLS,", true), ("nginx, over plain HTTP,", false)] {
        let servers = subject
            .servers()
            .filter(|server| server.all("listen").any(|listen| listen.has_arg("ssl")) == tls);
        let named = servers.flat_map(|server| server.all("server_name").flat_map(|said| &said.arguments));
        tell(
            who,
            named
                .filter(|word| word.text.contains('.'))
                .map(|word| (word.text.clone(), word.place.clone()))
                .collect(),
        );
    }
    if let Some(unit) = subject.unit("certbot-issue.service") {
        let words = unit.commands().flat_map(|(said, words)| words.into_iter().map(move |word| (said, word)));
        let named = words.filter_map(|(said, word)| {
            let name = word.strip_prefix("--domain=").or_else(|| word.strip_prefix("--domains="))?;
            Some((name.to_owned(), said.place_of(&unit.path, &word)))
        });
        tell("certbot", named.collect());
    }
    if let Some(word) = subject.installer.as_ref().and_then(|installer| installer.value("NAMES")) {
        tell("panel.sh", word.text.split(' ').map(|name| (name.to_owned(), word.place.clone())).collect());
    }
    if let Some(names) =
        subject.document("ansible/roles/panel/vars/main.yml").and_then(|d| d.top.get("panel_names"))
    {
        tell(
            "Ansible",
            items(names).iter().map(|said| (text(said).to_owned(), said.location.clone())).collect(),
        );
    }
    tellings
}

/// The first name: the certificate's, and what the rest is called by.
fn check_primary_name(subject: &BundleView<'_>, meant: &BTreeSet<String>, found: &mut Findings) {
    let mut said: Vec<(&str, String, Location)> = Vec::new();
    if let Some(word) = subject.installer.as_ref().and_then(|installer| installer.value("DOMAIN")) {
        said.push(("panel.sh's DOMAIN", word.text.clone(), word.place.clone()));
    }
    let ansible =
        subject.document("ansible/roles/panel/vars/main.yml").and_then(|d| d.top.get("panel_domain"));
    if let Some(domain) = ansible {
        said.push(("Ansible's panel_domain", text(domain).to_owned(), domain.location.clone()));
    }
    if let Some(inventory) = subject.meta_file("ansible/inventory.ini") {
        let mut lines = inventory.lines().enumerate().skip_while(|(_, line)| !line.starts_with('['));
        lines.next();
        if let Some((number, line)) = lines.find(|(_, line)| !line.trim().is_empty()) {
            let name = line.split_whitespace().next().unwrap_or_default();
            said.push(("Ansible's inventory", name.to_owned(), at("ansible/inventory.ini", number + 1, 1)));
        }
    }
    if let Some(head) =
        subject.meta_file("README.md").and_then(|readme| readme.lines().next()?.strip_prefix("# "))
    {
        said.push(("the README", head.to_owned(), at("README.md", 1, 3)));
    }
    if let Some(unit) = subject.unit("certbot-issue.service") {
        for (assignment, words) in unit.commands() {
            for word in words.iter().filter(|word| word.starts_with("--cert-name=")) {
                let name = word.trim_start_matches("--cert-name=").to_owned();
                said.push(("certbot's certificate", name, assignment.place_of(&unit.path, word)));
            }
        }
    }
    if let Some(text) = subject.host(DEPLOY_HOOK) {
        for (number, line) in text.lines().enumerate() {
            if let Some(name) = line.strip_prefix("lineage=") {
                let place = at(super::bundle_view::bundled(DEPLOY_HOOK), number + 1, 9);
                said.push(("the deploy hook's lineage", name.trim_matches(['\'', '"']).to_owned(), place));
            }
        }
    }
    let counts = |name: &str| said.iter().filter(|(_, other, _)| other == name).count();
    let Some(first) =
        said.iter().map(|(_, name, _)| name.clone()).max_by_key(|name| (counts(name), meant.contains(name)))
    else {
        return;
    };
    for (who, name, place) in &said {
        if *name != first {
            found.push(
                Diagnostic::new(
                    Code::NameDisagrees,
                    format!("{who} is `{}`, and the host's first name `{first}`", sanitize(name)),
                )
                .with_location(place.clone())
                .with_hint("use the same names everywhere: change `domain` and render again"),
            );
        }
    }
    if !meant.is_empty() && !meant.contains(&first) && !said.is_empty() {
        found.push(
            Diagnostic::new(
                Code::NameDisagrees,
                format!("`{}` is called the host's first name, and nobody answers to it", sanitize(&first)),
            )
            .with_location(said[0].2.clone())
            .with_hint("use the same names everywhere: change `domain` and render again"),
        );
    }
}
