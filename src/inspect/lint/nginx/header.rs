//! Headers: those that upstreams trust are set and never passed on, and no location silently drops them all.

use super::super::{BundleView, Findings};
use super::Directive;
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// What every upstream hears, and the variables that may say it.
const FORWARDED: &[(&str, &[&str])] = &[
    ("Host", &["$host", "$server_name", "$http_host"]),
    ("X-Real-IP", &["$remote_addr"]),
    ("X-Forwarded-For", &["$remote_addr"]),
    ("X-Forwarded-Host", &["$host", "$server_name"]),
    ("X-Forwarded-Port", &["$server_port", "443"]),
    ("X-Forwarded-Proto", &["$scheme", "https"]),
    ("X-Forwarded-Prefix", &[""]),
    ("X-Forwarded-Server", &[""]),
    ("Forwarded", &[""]),
    ("Proxy", &[""]),
];

/// The shortest time for which browsers keep to HTTPS, in seconds: 180 days.
const HSTS: u64 = 180 * 86_400;

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for server in subject.servers() {
        let mut proxies = false;
        server.visit(&mut |directive| proxies |= directive.name == "proxy_pass");
        let is_tls = server.all("listen").any(|listen| listen.has_arg("ssl"));
        if proxies && is_tls {
            forwarded(server, found);
        }
        for name in ["proxy_set_header", "add_header"] {
            if server.first_named(name).is_some() {
                dropped(server, name, found);
            }
        }
        hsts(server, is_tls, found);
    }
}

fn forwarded(server: &Directive, found: &mut Findings) {
    for (name, values) in FORWARDED {
        let said = server.all("proxy_set_header").find(|said| said.first().eq_ignore_ascii_case(name));
        let Some(said) = said else {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderMissing,
                    format!("upstreams hear whatever a client says in `{name}`: the server does not set it"),
                )
                .with_location(server.place.clone())
                .with_hint(format!(
                    "proxy_set_header {name} {};",
                    if values[0].is_empty() { "\"\"" } else { values[0] }
                )),
            );
            continue;
        };
        let value = said.arguments.get(1).map_or("", |argument| argument.text.as_str());
        if !values.contains(&value) {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderMissing,
                    format!("`{name}: {}` lets a client say what upstreams trust", sanitize(value)),
                )
                .with_location(said.place.clone())
                .with_hint(format!(
                    "proxy_set_header {name} {};",
                    if values[0].is_empty() { "\"\"" } else { values[0] }
                )),
            );
        }
    }
    for name in ["Upgrade", "Connection"] {
        if !server.all("proxy_set_header").any(|said| said.first().eq_ignore_ascii_case(name)) {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderMissing,
                    format!("the server does not set `{name}`: WebSockets fail, and other upgrades may pass unseen"),
                )
                .with_location(server.place.clone())
                .with_hint("set it from `$panel_upgrade` and `$panel_connection`, or to \"\""),
            );
        }
    }
}

/// One header in a location, and every header of its server is gone there.
fn dropped(server: &Directive, name: &str, found: &mut Findings) {
    for location in server.all("location") {
        let own: Vec<_> = location.all(name).collect();
        let inherited =
            location.first_named("add_header_inherit").is_some_and(|inherit| inherit.first() == "merge");
        if let Some(first) = own.first().filter(|_| !inherited) {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderDropped,
                    format!("`{name}` in a location drops all that the server says by `{name}`"),
                )
                .with_location(first.place.clone())
                .with_hint("say it at server level, or repeat them all here"),
            );
        }
    }
}

fn hsts(server: &Directive, is_tls: bool, found: &mut Findings) {
    let said =
        server.all("add_header").find(|said| said.first().eq_ignore_ascii_case("Strict-Transport-Security"));
    let Some(said) = said else { return };
    let value = said.arguments.get(1).map_or("", |argument| argument.text.as_str());
    let mut refuse = |why: String, hint: &str| {
        found.push(Diagnostic::new(Code::HstsWeak, why).with_location(said.place.clone()).with_hint(hint));
    };
    let age = value.split(';').find_map(|part| part.trim().strip_prefix("max-age="));
    match age.map(|age| age.trim_matches('"').parse::<u64>()) {
        Some(Ok(seconds)) if seconds >= HSTS => {}
        Some(Ok(seconds)) => refuse(
            format!("browsers keep to HTTPS for {seconds} seconds only: less than 180 days"),
            "say `max-age=63072000`",
        ),
        _ => refuse(
            format!("`{}` has no `max-age`: browsers ignore it", sanitize(value)),
            "say `max-age=63072000`",
        ),
    }
    if !said.has_arg("always") {
        refuse(
            "it is missing on error pages: `always` is not said".to_owned(),
            "write `always` behind the value",
        );
    }
    if !is_tls {
        refuse(
            "over plain HTTP browsers ignore it".to_owned(),
            "say it in the server that listens with `ssl`",
        );
    }
}
