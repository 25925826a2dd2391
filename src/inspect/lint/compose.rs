//! Checks the compose file of faasd and the configuration of Prometheus.

use std::collections::BTreeSet;

use super::document::{Document, expect_type, items, keys, pairs, text, text_at, type_error};
use super::{BundleView, Findings};
use crate::config::value::Spanned;
use crate::diagnostics::Code;
use crate::values::{FromText as _, ImageRef, sanitize};

/// The paths of both files.
pub(super) const COMPOSE: &str = "root/var/lib/faasd/docker-compose.yaml";
pub(super) const PROMETHEUS: &str = "root/var/lib/faasd/prometheus.yml";

/// The keys of a service that faasd reads, and other keys of compose, which faasd ignores silently.
const SERVICE: &[&str] =
    &["image", "command", "entrypoint", "environment", "volumes", "cap_add", "ports", "depends_on", "user"];

/// Keys that no service of the panel may have, with the reason.
const FORBIDDEN: &[(&str, &str)] = &[
    ("privileged", "makes the container root on the host"),
    ("network_mode", "shares the network of the host"),
    ("pid", "shows the processes of the host"),
    ("ipc", "shares the memory of the host"),
    ("devices", "gives access to devices of the host"),
    ("security_opt", "changes the isolation of the container"),
    ("userns_mode", "shares the users of the host"),
    ("cgroup_parent", "escapes the limits of the container"),
];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    if let Some(document) = subject.document(COMPOSE) {
        compose(document, subject, found);
    }
    if let Some(document) = subject.document(PROMETHEUS) {
        prometheus(document, subject, found);
    }
}

fn compose(document: &Document, subject: &BundleView<'_>, found: &mut Findings) {
    keys(&document.top, &["version", "services"], "faasd's compose file", found);
    let Some(services) = document.top.get("services") else {
        found.push(type_error(
            &document.top,
            Code::DocumentInvalid,
            "`services` is missing",
            "render the bundle again",
        ));
        return;
    };
    if !expect_type(services, "a map", "`services`", found) {
        return;
    }
    let names = names(services);
    let rows = |table, column| {
        let rows = subject.installer.iter().flat_map(move |installer| installer.rows(table));
        rows.map(move |row| row.word(column).to_owned())
    };
    let made = rows("secrets", 4).chain(rows("files", 6)).collect();
    for needed in ["gateway", "nats", "prometheus", "queue-worker"] {
        if !names.contains(needed) {
            let why = format!("the service `{needed}` is missing: functions cannot run without it");
            found.push(type_error(services, Code::DocumentInvalid, why, "render the bundle again"));
        }
    }
    for pair in pairs(services) {
        service(&pair.key, &pair.value, &names, &made, subject, found);
    }
}

/// Returns the names of the services.
fn names(services: &Spanned) -> BTreeSet<&str> {
    pairs(services).iter().map(|pair| pair.key.as_str()).collect()
}

/// Checks a service. `names` are all services, `made` the paths that the installer creates.
fn service(
    name: &str,
    spanned: &Spanned,
    names: &BTreeSet<&str>,
    made: &BTreeSet<String>,
    subject: &BundleView<'_>,
    found: &mut Findings,
) {
    let known: Vec<&str> = SERVICE.iter().copied().chain(FORBIDDEN.iter().map(|(key, _)| *key)).collect();
    keys(spanned, &known, &format!("the service `{name}`"), found);
    for (key, why) in FORBIDDEN {
        if let Some(value) = spanned.get(key).filter(|value| {
            !["false", ""].contains(&text(value))
                || text(value).is_empty() && value.value.type_name() != "nothing"
        }) {
            found.push(type_error(
                value,
                Code::ContainerPrivileged,
                format!("`{key}` of the service `{name}` {why}"),
                format!("remove `{key}`"),
            ));
        }
    }
    for capability in spanned.get("cap_add").map(items).unwrap_or_default() {
        if text(capability) != "CAP_NET_RAW" {
            let why =
                format!("`{name}` has the capability {}, which it does not need", sanitize(text(capability)));
            found.push(type_error(capability, Code::ContainerPrivileged, why, "remove it"));
        }
    }
    match spanned.get("image") {
        None => found.push(type_error(
            spanned,
            Code::DocumentInvalid,
            format!("`{name}` has no `image`"),
            "render the bundle again",
        )),
        Some(image) => self::image(name, image, found),
    }
    for port in spanned.get("ports").map(items).unwrap_or_default() {
        self::port(name, port, found);
    }
    for variable in spanned.get("environment").map(items).unwrap_or_default() {
        if !text(variable).contains('=') {
            let why =
                format!("`{}` has no value: faasd would set it to two quotes", sanitize(text(variable)));
            found.push(type_error(variable, Code::DocumentInvalid, why, "write `NAME=value`"));
        }
        lone_dollar(variable, found);
    }
    for word in spanned.get("command").map(items).unwrap_or_default() {
        lone_dollar(word, found);
    }
    for volume in spanned.get("volumes").map(items).unwrap_or_default() {
        self::volume(name, volume, made, subject, found);
    }
    for needed in spanned.get("depends_on").map(items).unwrap_or_default() {
        if !names.contains(text(needed)) {
            let why = format!(
                "`{name}` depends on `{}`, which is not a service of this file",
                sanitize(text(needed))
            );
            found.push(type_error(needed, Code::DocumentInvalid, why, "name a service of this file"));
        }
    }
    if name == "gateway" {
        let on = spanned
            .get("environment")
            .map(items)
            .unwrap_or_default()
            .iter()
            .any(|v| text(v) == "basic_auth=true");
        if !on {
            let place = spanned.get("environment").unwrap_or(spanned);
            let why = "the gateway requires no password: everyone who reaches it can deploy functions";
            found.push(type_error(place, Code::AuthMissing, why, "set `basic_auth=true` in its environment"));
        }
    }
}

fn image(name: &str, image: &Spanned, found: &mut Findings) {
    let last = text(image).rsplit('/').next().unwrap_or_default();
    if !last.contains([':', '@']) {
        let why = format!("the image of `{name}` has no tag: hosts would run different versions");
        found.push(type_error(image, Code::ImageUnpinned, why, "use the version as the tag"));
        return;
    }
    match ImageRef::parse(text(image)) {
        Err(error) => {
            found.push(type_error(
                image,
                Code::DocumentInvalid,
                error.message,
                "write it as `registry/name:tag`",
            ));
        }
        Ok(word) if word.tag() == Some("latest") && word.digest().is_none() => {
            let why = format!("the image of `{name}` is `latest`: hosts would run different versions");
            found.push(type_error(image, Code::ImageUnpinned, why, "use the version as the tag"));
        }
        Ok(_) => {}
    }
}

fn port(name: &str, port: &Spanned, found: &mut Findings) {
    let parts: Vec<&str> = text(port).split(':').collect();
    let numbers =
        parts.iter().rev().take(2).all(|number| number.parse::<u16>().is_ok_and(|number| number > 0));
    if !numbers || parts.len() < 2 {
        let why = format!("`{}` is not a pair of ports", sanitize(text(port)));
        found.push(type_error(port, Code::PortInvalid, why, "write `127.0.0.1:HOST:CONTAINER`"));
    } else if parts.len() == 2 || parts[0] != "127.0.0.1" {
        let why = format!(
            "`{name}` is reachable from outside on port {}, without the password of nginx",
            parts[parts.len() - 2]
        );
        found.push(type_error(
            port,
            Code::ListenerExposed,
            why,
            format!("write `127.0.0.1:{}`", parts[parts.len() - 2..].join(":")),
        ));
    }
}

/// Finds a single `$`. compose-go reads `$x` as a variable, and rejects the file for a `$` before anything
/// else.
fn lone_dollar(spanned: &Spanned, found: &mut Findings) {
    if text(spanned).replace("$$", "").contains('$') {
        found.push(type_error(
            spanned,
            Code::DocumentInvalid,
            "compose reads a single `$` as a variable",
            "write `$$`",
        ));
    }
}

fn volume(
    name: &str,
    volume: &Spanned,
    made: &BTreeSet<String>,
    subject: &BundleView<'_>,
    found: &mut Findings,
) {
    let source = if pairs(volume).is_empty() {
        text(volume).split(':').next().unwrap_or_default()
    } else {
        text_at(volume, "source")
    };
    let place = volume.get("source").unwrap_or(volume);
    if pairs(volume).is_empty() || text_at(volume, "type") != "bind" {
        found.push(type_error(
            volume,
            Code::DocumentInvalid,
            "faasd accepts only bind mounts, as maps",
            "write `{type: bind, source: …, target: …}`",
        ));
    }
    if !source.starts_with("./") {
        let why = format!("`{name}` has access to `{}` of the host", sanitize(source));
        found.push(type_error(
            place,
            Code::ContainerPrivileged,
            why,
            "bind a path next to the compose file, with `./`",
        ));
        return;
    }
    // A path that looks like a file must be a file of the bundle; directories are created on the host.
    let below = source.trim_start_matches("./");
    let is_ours = below == "prometheus.yml" || below.starts_with("secrets/basic-auth-");
    let host = format!("/var/lib/faasd/{below}");
    let typo = below.contains('.') || below.contains('/');
    if !subject.has(&host) && !made.contains(&host) && (is_ours || typo) {
        let why = format!("`{name}` binds `{}`, which does not exist", sanitize(source));
        found.push(type_error(place, Code::FileMissing, why, "name a file of the bundle"));
    }
}

fn prometheus(document: &Document, subject: &BundleView<'_>, found: &mut Findings) {
    let top = &document.top;
    let known = [
        "global",
        "scrape_configs",
        "rule_files",
        "alerting",
        "remote_write",
        "remote_read",
        "storage",
        "tracing",
    ];
    keys(top, &known, "Prometheus' file", found);
    if let Some(global) = top.get("global") {
        let known =
            ["scrape_interval", "scrape_timeout", "evaluation_interval", "external_labels", "query_log_file"];
        keys(global, &known, "`global`", found);
        for pair in pairs(global)
            .iter()
            .filter(|pair| pair.key.ends_with("_interval") || pair.key.ends_with("_timeout"))
        {
            let value = text(&pair.value);
            let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            if digits.is_empty() || digits == value || digits.parse::<u32>().is_err() {
                let why = format!("invalid duration `{}`", sanitize(value));
                found.push(type_error(
                    &pair.value,
                    Code::DocumentInvalid,
                    why,
                    "write digits followed by ms, s, m or h",
                ));
            }
        }
    }
    let Some(jobs) = top.get("scrape_configs") else {
        found.push(type_error(
            top,
            Code::DocumentInvalid,
            "nothing is scraped: `scrape_configs` is missing",
            "render the bundle again",
        ));
        return;
    };
    if !expect_type(jobs, "a list", "`scrape_configs`", found) {
        return;
    }
    let services = subject.document(COMPOSE).and_then(|compose| compose.top.get("services"));
    let names = services.map(names).unwrap_or_default();
    for job in items(jobs) {
        let known = [
            "job_name",
            "scrape_interval",
            "scrape_timeout",
            "metrics_path",
            "static_configs",
            "scheme",
            "honor_labels",
            "params",
            "relabel_configs",
            "metric_relabel_configs",
            "basic_auth",
        ];
        keys(job, &known, "a job", found);
        if job.get("job_name").is_none() {
            found.push(type_error(
                job,
                Code::DocumentInvalid,
                "`job_name` is missing",
                "give the job a name",
            ));
        }
        for config in job.get("static_configs").map(items).unwrap_or_default() {
            keys(config, &["targets", "labels"], "a static config", found);
            for target in config.get("targets").map(items).unwrap_or_default() {
                let (host, port) = text(target).rsplit_once(':').unwrap_or((text(target), ""));
                let known = host == "localhost" || names.is_empty() || names.contains(host);
                if port.parse::<u16>().is_err() {
                    found.push(type_error(
                        target,
                        Code::PortInvalid,
                        format!("`{}` is not `host:port`", sanitize(text(target))),
                        "host:port",
                    ));
                } else if !known {
                    let why = format!("`{}` is not a service of the compose file", sanitize(host));
                    found.push(type_error(
                        target,
                        Code::NameDisagrees,
                        why,
                        "name a service, or `localhost`",
                    ));
                }
            }
        }
    }
}
