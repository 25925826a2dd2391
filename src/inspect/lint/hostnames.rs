//! Checks the domain names of the host: nginx, certbot, the deploy hook, panel.sh, Ansible and the README
//! must agree.

use std::collections::BTreeSet;

use super::document::{items, text};
use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::host::DEPLOY_HOOK;
use crate::values::sanitize;

/// A file and the names that it contains.
struct HostnameSource {
    owner: &'static str,
    names: BTreeSet<String>,
    place: Location,
    places: Vec<(String, Location)>,
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let sources = hostname_sources(subject);
    // The set that most sources share is expected; in a tie, the first in this order.
    let Some(expected) = sources
        .iter()
        .map(|source| &source.names)
        .max_by_key(|names| (sources.iter().filter(|other| other.names == **names).count(), names.len()))
        .cloned()
    else {
        return;
    };
    for source in &sources {
        for (name, place) in source.places.iter().filter(|(name, _)| !expected.contains(name)) {
            found.push(
                Diagnostic::new(
                    Code::NameDisagrees,
                    format!(
                        "{} has the name `{}`, but the other files have only `{}`",
                        source.owner,
                        sanitize(name),
                        joined(&expected)
                    ),
                )
                .with_location(place.clone())
                .with_hint("change `domain` and render again, so that all files have the same names"),
            );
        }
        let missing: BTreeSet<String> = expected.difference(&source.names).cloned().collect();
        if !missing.is_empty() {
            found.push(
                Diagnostic::new(
                    Code::NameDisagrees,
                    format!("{} lacks the name `{}`", source.owner, joined(&missing)),
                )
                .with_location(source.place.clone())
                .with_hint("change `domain` and render again, so that all files have the same names"),
            );
        }
    }
    check_primary_name(subject, &expected, found);
}

fn joined(names: &BTreeSet<String>) -> String {
    sanitize(&names.iter().map(String::as_str).collect::<Vec<_>>().join("`, `")).to_string()
}

fn hostname_sources(subject: &BundleView<'_>) -> Vec<HostnameSource> {
    let mut sources = Vec::new();
    let mut add = |owner: &'static str, places: Vec<(String, Location)>| {
        if let Some((_, place)) = places.first() {
            let names = places.iter().map(|(name, _)| name.clone()).collect();
            sources.push(HostnameSource { owner, names, place: place.clone(), places });
        }
    };
    for (owner, tls) in [("nginx (TLS)", true), ("nginx (plain HTTP)", false)] {
        let servers = subject
            .servers()
            .filter(|server| server.all("listen").any(|listen| listen.has_arg("ssl")) == tls);
        let named =
            servers.flat_map(|server| server.all("server_name").flat_map(|setting| &setting.arguments));
        add(
            owner,
            named
                .filter(|word| word.text.contains('.'))
                .map(|word| (word.text.clone(), word.place.clone()))
                .collect(),
        );
    }
    if let Some(unit) = subject.unit("certbot-issue.service") {
        let words =
            unit.commands().flat_map(|(setting, words)| words.into_iter().map(move |word| (setting, word)));
        let named = words.filter_map(|(setting, word)| {
            let name = word.strip_prefix("--domain=").or_else(|| word.strip_prefix("--domains="))?;
            Some((name.to_owned(), setting.place_of(&unit.path, &word)))
        });
        add("certbot", named.collect());
    }
    if let Some(word) = subject.installer.as_ref().and_then(|installer| installer.value("NAMES")) {
        add("panel.sh", word.text.split(' ').map(|name| (name.to_owned(), word.place.clone())).collect());
    }
    if let Some(names) =
        subject.document("ansible/roles/panel/vars/main.yml").and_then(|d| d.top.get("panel_names"))
    {
        add(
            "Ansible",
            items(names).iter().map(|setting| (text(setting).to_owned(), setting.location.clone())).collect(),
        );
    }
    sources
}

/// Checks the first name, which is that of the certificate and of the host.
fn check_primary_name(subject: &BundleView<'_>, expected: &BTreeSet<String>, found: &mut Findings) {
    let mut names: Vec<(&str, String, Location)> = Vec::new();
    if let Some(word) = subject.installer.as_ref().and_then(|installer| installer.value("DOMAIN")) {
        names.push(("DOMAIN of panel.sh", word.text.clone(), word.place.clone()));
    }
    let ansible =
        subject.document("ansible/roles/panel/vars/main.yml").and_then(|d| d.top.get("panel_domain"));
    if let Some(domain) = ansible {
        names.push(("panel_domain of Ansible", text(domain).to_owned(), domain.location.clone()));
    }
    if let Some(inventory) = subject.meta_file("ansible/inventory.ini") {
        let mut lines = inventory.lines().enumerate().skip_while(|(_, line)| !line.starts_with('['));
        lines.next();
        if let Some((number, line)) = lines.find(|(_, line)| !line.trim().is_empty()) {
            let name = line.split_whitespace().next().unwrap_or_default();
            names.push((
                "the inventory of Ansible",
                name.to_owned(),
                at("ansible/inventory.ini", number + 1, 1),
            ));
        }
    }
    if let Some(head) =
        subject.meta_file("README.md").and_then(|readme| readme.lines().next()?.strip_prefix("# "))
    {
        names.push(("the title of the README", head.to_owned(), at("README.md", 1, 3)));
    }
    if let Some(unit) = subject.unit("certbot-issue.service") {
        for (assignment, words) in unit.commands() {
            for word in words.iter().filter(|word| word.starts_with("--cert-name=")) {
                let name = word.trim_start_matches("--cert-name=").to_owned();
                names.push(("the certificate of certbot", name, assignment.place_of(&unit.path, word)));
            }
        }
    }
    if let Some(text) = subject.host(DEPLOY_HOOK) {
        for (number, line) in text.lines().enumerate() {
            if let Some(name) = line.strip_prefix("lineage=") {
                let place = at(super::bundle_view::bundled(DEPLOY_HOOK), number + 1, 9);
                names.push((
                    "the lineage of the deploy hook",
                    name.trim_matches(['\'', '"']).to_owned(),
                    place,
                ));
            }
        }
    }
    let counts = |name: &str| names.iter().filter(|(_, other, _)| other == name).count();
    let Some(first) = names
        .iter()
        .map(|(_, name, _)| name.clone())
        .max_by_key(|name| (counts(name), expected.contains(name)))
    else {
        return;
    };
    for (owner, name, place) in &names {
        if *name != first {
            found.push(
                Diagnostic::new(
                    Code::NameDisagrees,
                    format!("{owner} is `{}`, but the first name of the host is `{first}`", sanitize(name)),
                )
                .with_location(place.clone())
                .with_hint("change `domain` and render again, so that all files have the same names"),
            );
        }
    }
    if !expected.is_empty() && !expected.contains(&first) && !names.is_empty() {
        found.push(
            Diagnostic::new(
                Code::NameDisagrees,
                format!("`{}` is the first name of the host, but no server has this name", sanitize(&first)),
            )
            .with_location(names[0].2.clone())
            .with_hint("change `domain` and render again, so that all files have the same names"),
        );
    }
}
