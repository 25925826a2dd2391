//! Checks headers: those that upstreams trust are set by the server, and no location drops them silently.

use super::super::{BundleView, Findings};
use super::Directive;
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// The headers that every upstream needs, with the variables that may set them.
const FORWARDED: &[(&str, &[&str])] = &[
    ("Host", &["$host$panel_port_suffix", "$host", "$server_name", "$http_host"]),
    ("X-Real-IP", &["$remote_addr"]),
    ("X-Forwarded-For", &["$remote_addr"]),
    ("X-Forwarded-Host", &["$host$panel_port_suffix", "$host", "$server_name"]),
    ("X-Forwarded-Port", &["$panel_port", "$server_port", "443"]),
    ("X-Forwarded-Proto", &["$scheme", "https"]),
    ("X-Forwarded-Prefix", &[""]),
    ("X-Forwarded-Server", &[""]),
    ("Forwarded", &[""]),
    ("Proxy", &[""]),
];

/// The shortest accepted HSTS time in seconds: 180 days.
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
        let setting =
            server.all("proxy_set_header").find(|setting| setting.first().eq_ignore_ascii_case(name));
        let Some(setting) = setting else {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderMissing,
                    format!("upstreams receive `{name}` from the client: the server does not set it"),
                )
                .with_location(server.place.clone())
                .with_hint(format!(
                    "add `proxy_set_header {name} {};`",
                    if values[0].is_empty() { "\"\"" } else { values[0] }
                )),
            );
            continue;
        };
        let value = setting.arguments.get(1).map_or("", |argument| argument.text.as_str());
        if !values.contains(&value) {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderMissing,
                    format!(
                        "`{name}: {}` lets the client set a header that upstreams trust",
                        sanitize(value)
                    ),
                )
                .with_location(setting.place.clone())
                .with_hint(format!(
                    "write `proxy_set_header {name} {};`",
                    if values[0].is_empty() { "\"\"" } else { values[0] }
                )),
            );
        }
    }
    for name in ["Upgrade", "Connection"] {
        if !server.all("proxy_set_header").any(|setting| setting.first().eq_ignore_ascii_case(name)) {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderMissing,
                    format!("the server does not set `{name}`: WebSockets fail, and other upgrades may pass through"),
                )
                .with_location(server.place.clone())
                .with_hint("set it from `$panel_upgrade` and `$panel_connection`, or to \"\""),
            );
        }
    }
}

/// Checks that no location sets a header of this kind: a location that does drops all headers of its server.
fn dropped(server: &Directive, name: &str, found: &mut Findings) {
    for location in server.all("location") {
        let own: Vec<_> = location.all(name).collect();
        let inherited =
            location.first_named("add_header_inherit").is_some_and(|inherit| inherit.first() == "merge");
        if let Some(first) = own.first().filter(|_| !inherited) {
            found.push(
                Diagnostic::new(
                    Code::NginxHeaderDropped,
                    format!("`{name}` in a location drops every `{name}` of the server"),
                )
                .with_location(first.place.clone())
                .with_hint("set it in the server, or repeat all of them here"),
            );
        }
    }
}

fn hsts(server: &Directive, is_tls: bool, found: &mut Findings) {
    let setting = server
        .all("add_header")
        .find(|setting| setting.first().eq_ignore_ascii_case("Strict-Transport-Security"));
    let Some(setting) = setting else { return };
    let value = setting.arguments.get(1).map_or("", |argument| argument.text.as_str());
    let mut report = |why: String, hint: &str| {
        found.push(Diagnostic::new(Code::HstsWeak, why).with_location(setting.place.clone()).with_hint(hint));
    };
    let age = value.split(';').find_map(|part| part.trim().strip_prefix("max-age="));
    match age.map(|age| age.trim_matches('"').parse::<u64>()) {
        Some(Ok(seconds)) if seconds >= HSTS => {}
        Some(Ok(seconds)) => {
            report(format!("`max-age` is {seconds} seconds, less than 180 days"), "write `max-age=63072000`");
        }
        _ => report(
            format!("`{}` has no `max-age`: browsers ignore it", sanitize(value)),
            "write `max-age=63072000`",
        ),
    }
    if !setting.has_arg("always") {
        report(
            "the header is missing on error pages: `always` is not set".to_owned(),
            "add `always` after the value",
        );
    }
    if !is_tls {
        report(
            "browsers ignore the header over plain HTTP".to_owned(),
            "set it in the server that listens with `ssl`",
        );
    }
}
