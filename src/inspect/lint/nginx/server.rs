//! Checks servers and their locations: names, the redirect from plain HTTP, and prefixes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{BundleView, Findings};
use super::tls::port;
use super::{Argument, Directive};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::{Domain, FromText as _, sanitize};

/// Parameters of `listen`, up to their `=`.
const LISTEN: &[&str] = &[
    "default_server",
    "ssl",
    "http2",
    "quic",
    "proxy_protocol",
    "setfib",
    "fastopen",
    "backlog",
    "rcvbuf",
    "sndbuf",
    "accept_filter",
    "deferred",
    "bind",
    "ipv6only",
    "reuseport",
    "so_keepalive",
    "multipath",
];

/// The maximum number of names of a server in a message.
const MAX_SHOWN_NAMES: usize = 8;

/// The maximum number of addresses of a server that are compared.
const MAX_ADDRESSES: usize = 16;

/// The public ports.
const PORTS: [u16; 2] = [80, 443];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for server in subject.servers() {
        for listen in server.all("listen") {
            self::listen(listen, subject, found);
        }
        locations(server, found);
        names_of(server, found);
        if server.first_named("server_tokens").is_none_or(|setting| setting.first() != "off") {
            found.push(
                Diagnostic::new(
                    Code::VersionExposed,
                    "every response shows the version of nginx: `server_tokens` is not off",
                )
                .with_location(server.first_named("server_tokens").unwrap_or(server).place.clone())
                .with_hint("add `server_tokens off;`"),
            );
        }
        plain(server, found);
    }
    catch_all(subject, found);
    check_duplicates(subject, found);
}

/// Returns the names of a server.
pub(super) fn names(server: &Directive) -> impl Iterator<Item = &Argument> {
    server
        .all("server_name")
        .flat_map(|setting| &setting.arguments)
        .filter(|word| !word.text.is_empty() && word.text != "_")
}

fn listen(listen: &Directive, subject: &BundleView<'_>, found: &mut Findings) {
    let mut report = |code: Code, why: String, hint: &str| {
        found.push(Diagnostic::new(code, why).with_location(listen.place.clone()).with_hint(hint));
    };
    let address = listen.first();
    let is_socket = address.starts_with("unix:");
    match port(address) {
        _ if is_socket => {}
        None if !address.is_empty()
            && !address.starts_with(|c: char| c.is_ascii_digit() || c == '*' || c == '[') =>
        {
            report(
                Code::NginxValueInvalid,
                format!("`{}` is not an address to listen on", sanitize(address)),
                "write `listen 443 ssl;`",
            );
        }
        Some(0) => report(Code::NginxValueInvalid, "0 is not a port".to_owned(), "write `listen 443 ssl;`"),
        None if address.chars().all(|c| c.is_ascii_digit())
            || address.contains("]:")
            || address.matches(':').count() == 1 =>
        {
            report(
                Code::NginxValueInvalid,
                format!("`{}` has no valid port", sanitize(address)),
                "use a port from 1 to 65535",
            );
        }
        Some(number) if !PORTS.contains(&number) && !is_loopback(address) => report(
            Code::ListenerExposed,
            format!("nginx would be public on port {number}: only 80 and 443 may be"),
            "listen on 80 and 443, or on 127.0.0.1",
        ),
        _ => {}
    }
    for word in listen.arguments.iter().skip(1) {
        let name = word.text.split('=').next().unwrap_or_default();
        if !LISTEN.contains(&name) {
            let finding = Diagnostic::new(
                Code::NginxArguments,
                format!("`listen` has no parameter `{}`", sanitize(name)),
            )
            .with_location(word.place.clone());
            found.push(finding.with_suggestion(
                name,
                LISTEN.iter().copied(),
                "remove it: nginx rejects the whole file",
            ));
        }
        if name == "http2" && subject.target.is_some_and(crate::facts::target::Target::http2_directive) {
            found.push(
                Diagnostic::new(
                    Code::NginxDirectiveGone,
                    "`http2` in `listen` is deprecated since nginx 1.25.1, which warns at each start",
                )
                .with_location(word.place.clone())
                .with_hint("write `http2 on;` in the server"),
            );
        }
        if name == "quic" && subject.target.is_some_and(|target| target.nginx < (1, 25, 0)) {
            found.push(
                Diagnostic::new(
                    Code::NginxDirectiveNewer,
                    "`quic` requires nginx 1.25.0, but the target has an older version",
                )
                .with_location(word.place.clone())
                .with_hint("remove it, or choose a newer target"),
            );
        }
    }
}

fn is_loopback(address: &str) -> bool {
    address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("localhost")
}

/// Checks duplicate locations, prefixes without a final `/`, and upstreams that do not match their prefix.
fn locations(server: &Directive, found: &mut Findings) {
    let mut first_of: BTreeMap<Vec<&str>, &Directive> = BTreeMap::new();
    for location in server.all("location") {
        let key: Vec<&str> = location.arguments.iter().map(|word| word.text.as_str()).collect();
        if let Some(first) = first_of.insert(key.clone(), location) {
            found.push(
                Diagnostic::new(
                    Code::NginxLocationDuplicate,
                    format!("duplicate location `{}`: nginx rejects the file", sanitize(&key.join(" "))),
                )
                .with_location(location.place.clone())
                .with_location(first.place.clone())
                .with_hint("keep one of the two"),
            );
        }
        let (modifier, path) = match key[..] {
            [path] => ("", path),
            [modifier, path] => (modifier, path),
            _ => continue,
        };
        if !["", "=", "~", "~*", "^~"].contains(&modifier) {
            found.push(
                Diagnostic::new(
                    Code::NginxArguments,
                    format!("`{}` is not a modifier of `location`", sanitize(modifier)),
                )
                .with_location(location.place.clone())
                .with_hint("use `=`, `^~`, `~` or `~*`, or none"),
            );
            continue;
        }
        let is_prefix = ["", "^~"].contains(&modifier);
        if is_prefix && !path.starts_with(['/', '@']) {
            found.push(
                Diagnostic::new(
                    Code::NginxPrefixOpen,
                    format!("`{}` matches no request: the path must begin with `/`", sanitize(path)),
                )
                .with_location(location.place.clone())
                .with_hint("begin and end the prefix with `/`"),
            );
        }
        let Some(pass) = location.first_named("proxy_pass").filter(|_| is_prefix) else { continue };
        let upstream = pass.first();
        let uri = upstream.split_once("://").and_then(|(_, rest)| rest.find('/').map(|start| &rest[start..]));
        let open = if path.ends_with('/') { uri.is_some_and(|uri| !uri.ends_with('/')) } else { path != "/" };
        if open && !upstream.contains('$') && !upstream.contains("unix:") {
            found.push(
                Diagnostic::new(
                    Code::NginxPrefixOpen,
                    format!(
                        "`{}` and `{}` do not both end in `/`: `{0}x` would be proxied to another path",
                        sanitize(path),
                        sanitize(upstream)
                    ),
                )
                .with_location(pass.place.clone())
                .with_location(location.place.clone())
                .with_hint("end both the prefix and the upstream's path with `/`"),
            );
        }
    }
}

/// Checks names that nginx accepts silently but no request can have.
fn names_of(server: &Directive, found: &mut Findings) {
    let all: Vec<_> = names(server).collect();
    let mut first_of = BTreeSet::new();
    for word in all {
        let text = word.text.as_str();
        let good = text.starts_with('~')
            || Domain::parse(text.trim_start_matches("*."))
                .is_ok_and(|domain| domain.as_str() == text.trim_start_matches("*."));
        if !good {
            found.push(
                Diagnostic::new(
                    Code::NginxValueInvalid,
                    format!("`{}` cannot be the name in a request", sanitize(text)),
                )
                .with_location(word.place.clone())
                .with_hint("write a domain without scheme, port and path"),
            );
        }
        if !first_of.insert(text) {
            found.push(
                Diagnostic::new(Code::NginxServerDuplicate, format!("duplicate name `{text}`"))
                    .with_location(word.place.clone())
                    .with_hint("keep one of the two"),
            );
        }
    }
}

/// Checks that plain HTTP serves the challenge and redirects to HTTPS under the same name.
fn plain(server: &Directive, found: &mut Findings) {
    let own: Vec<&str> = names(server).map(|word| word.text.as_str()).collect();
    let known: BTreeSet<&str> = own.iter().copied().collect();
    let shown = own.iter().take(MAX_SHOWN_NAMES).copied().collect::<Vec<_>>().join(" ");
    let shown = if own.len() > MAX_SHOWN_NAMES { format!("{shown} …") } else { shown };
    if server.all("listen").any(|listen| listen.has_arg("ssl")) || own.is_empty() {
        return;
    }
    let mut leads = false;
    server.visit(&mut |directive| {
        if directive.name == "return" {
            let target = directive
                .arguments
                .get(1)
                .unwrap_or_else(|| directive.arguments.first().expect("a return has an argument"));
            let Some((scheme, rest)) = target.text.split_once("://") else { return };
            let host = rest.split(['/', '$', ':', '?']).next().unwrap_or_default();
            leads = true;
            if scheme != "https" {
                found.push(
                    Diagnostic::new(
                        Code::RedirectWrong,
                        "plain HTTP redirects to plain HTTP: an endless loop",
                    )
                    .with_location(target.place.clone())
                    .with_hint("redirect to `https://`"),
                );
            }
            // The names of a wildcard are no list. nginx has compared the request's with it.
            let is_wildcard = own.iter().all(|name| name.starts_with("*."));
            if host.is_empty() && is_wildcard && rest == "$host$request_uri" {
                return;
            }
            if host.is_empty() {
                found.push(
                    Diagnostic::new(Code::RedirectWrong, "the redirect uses the `Host` of the request")
                        .with_location(target.place.clone())
                        .with_hint(format!("redirect to `https://{}$request_uri`", own[0])),
                );
            } else if !known.contains(host) {
                found.push(
                    Diagnostic::new(
                        Code::RedirectWrong,
                        format!("`{shown}` is redirected to `{}`, which is another name", sanitize(host)),
                    )
                    .with_location(target.place.clone())
                    .with_hint(format!("redirect to `https://{}`", own[0])),
                );
            }
        }
    });
    if !leads {
        found.push(
            Diagnostic::new(
                Code::RedirectWrong,
                format!("plain HTTP for `{shown}` does not redirect to HTTPS"),
            )
            .with_location(server.place.clone())
            .with_hint(format!("return 301 https://{}$request_uri;", own[0])),
        );
    }
    for location in
        server.all("location").filter(|location| !location.has_arg("/.well-known/acme-challenge/"))
    {
        for name in ["proxy_pass", "root", "alias"] {
            if let Some(setting) = location.first_named(name) {
                found.push(
                    Diagnostic::new(
                        Code::RedirectWrong,
                        "content is served over plain HTTP: only the ACME challenge may be",
                    )
                    .with_location(setting.place.clone())
                    .with_hint("serve it from the server that listens with `ssl`"),
                );
            }
        }
    }
}

/// Checks that every address has a server for unknown names, which sends no content.
fn catch_all(subject: &BundleView<'_>, found: &mut Findings) {
    let servers: Vec<_> = subject.servers().collect();
    let defaults: BTreeSet<&str> = servers
        .iter()
        .flat_map(|server| server.all("listen"))
        .filter(|listen| listen.has_arg("default_server"))
        .map(Directive::first)
        .collect();
    // Without any, `nginx.default_server` is false: another file of the host has it.
    let elsewhere = defaults.is_empty();
    let mut addresses = BTreeSet::new();
    for listen in servers.iter().flat_map(|server| server.all("listen")) {
        if !elsewhere
            && !is_loopback(listen.first())
            && !defaults.contains(listen.first())
            && addresses.insert(listen.first())
        {
            found.push(
                Diagnostic::new(
                    Code::CatchAllMissing,
                    format!(
                        "no `default_server` on `{}`: requests for other names reach this site",
                        sanitize(listen.first())
                    ),
                )
                .with_location(listen.place.clone())
                .with_hint("let the catch-all server listen there too, with `default_server`"),
            );
        }
    }
    for server in &servers {
        let Some(listen) = server.all("listen").find(|listen| listen.has_arg("default_server")) else {
            continue;
        };
        let closes = server.first_named("return").is_some_and(|setting| setting.first() == "444");
        if let Some(name) = names(server).next() {
            found.push(
                Diagnostic::new(
                    Code::CatchAllMissing,
                    format!(
                        "the catch-all has the name `{}`: requests for other names reach this site",
                        name.text
                    ),
                )
                .with_location(listen.place.clone())
                .with_hint("set `default_server` only in the server that sends no content"),
            );
        } else if !closes {
            found.push(
                Diagnostic::new(Code::CatchAllMissing, "the catch-all sends content for unknown names")
                    .with_location(server.place.clone())
                    .with_hint("write `return 444;`"),
            );
        }
    }
    let mut addresses: BTreeMap<&str, &Directive> = BTreeMap::new();
    for server in &servers {
        for listen in server.all("listen").filter(|listen| listen.has_arg("default_server")) {
            if let Some(first) = addresses.insert(listen.first(), listen) {
                found.push(
                    Diagnostic::new(
                        Code::NginxServerDuplicate,
                        format!(
                            "`{}` has two default servers: nginx rejects the file",
                            sanitize(listen.first())
                        ),
                    )
                    .with_location(listen.place.clone())
                    .with_location(first.place.clone())
                    .with_hint("keep `default_server` in one of the two"),
                );
            }
        }
    }
}

/// Checks for one name on one address in two servers: nginx warns and ignores the second.
fn check_duplicates(subject: &BundleView<'_>, found: &mut Findings) {
    let mut first_of: BTreeMap<(&str, &str), &Argument> = BTreeMap::new();
    for server in subject.servers() {
        for listen in server.all("listen").take(MAX_ADDRESSES) {
            for name in names(server) {
                let key = (listen.first(), name.text.as_str());
                if let Some(first) = first_of.insert(key, name)
                    && first.place != name.place
                {
                    found.push(
                        Diagnostic::new(
                            Code::NginxServerDuplicate,
                            format!(
                                "duplicate `{}` on `{}`: nginx ignores the second server",
                                name.text,
                                listen.first()
                            ),
                        )
                        .with_location(name.place.clone())
                        .with_location(first.place.clone())
                        .with_hint("keep one of the two servers"),
                    );
                }
            }
        }
    }
}
