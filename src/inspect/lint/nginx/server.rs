//! Servers and their locations: who answers which name, where plain HTTP leads, what a prefix lets through.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{BundleView, Findings};
use super::tls::port;
use super::{Argument, Directive};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::{Domain, FromText as _, sanitize};

/// Words that may stand behind the address of a `listen`, up to their `=`.
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

/// The ports of the edge.
const PORTS: [u16; 2] = [80, 443];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for server in subject.servers() {
        for listen in server.all("listen") {
            self::listen(listen, subject, found);
        }
        locations(server, found);
        names_of(server, found);
        if server.first_named("server_tokens").is_none_or(|said| said.first() != "off") {
            found.push(
                Diagnostic::new(
                    Code::VersionExposed,
                    "every answer would tell nginx's version: `server_tokens` is not off",
                )
                .with_location(server.first_named("server_tokens").unwrap_or(server).place.clone())
                .with_hint("server_tokens off;"),
            );
        }
        plain(server, found);
    }
    catch_all(subject, found);
    check_duplicates(subject, found);
}

/// The names of a server.
pub(super) fn names(server: &Directive) -> impl Iterator<Item = &Argument> {
    server
        .all("server_name")
        .flat_map(|said| &said.arguments)
        .filter(|word| !word.text.is_empty() && word.text != "_")
}

fn listen(listen: &Directive, subject: &BundleView<'_>, found: &mut Findings) {
    let mut refuse = |code: Code, why: String, hint: &str| {
        found.push(Diagnostic::new(code, why).with_location(listen.place.clone()).with_hint(hint));
    };
    let address = listen.first();
    let is_socket = address.starts_with("unix:");
    match port(address) {
        _ if is_socket => {}
        None if !address.is_empty()
            && !address.starts_with(|c: char| c.is_ascii_digit() || c == '*' || c == '[') =>
        {
            refuse(
                Code::NginxValueInvalid,
                format!("`{}` is no address to listen on", sanitize(address)),
                "listen 443 ssl;",
            );
        }
        Some(0) => refuse(Code::NginxValueInvalid, "0 is no port".to_owned(), "listen 443 ssl;"),
        None if address.chars().all(|c| c.is_ascii_digit())
            || address.contains("]:")
            || address.matches(':').count() == 1 =>
        {
            refuse(
                Code::NginxValueInvalid,
                format!("`{}` has no port that there is", sanitize(address)),
                "a port is a number from 1 to 65535",
            );
        }
        Some(number) if !PORTS.contains(&number) && !is_loopback(address) => refuse(
            Code::ListenerExposed,
            format!("nginx would be open to everybody on port {number}: the edge is on 80 and 443"),
            "listen on 80 and 443, or on 127.0.0.1",
        ),
        _ => {}
    }
    for word in listen.arguments.iter().skip(1) {
        let name = word.text.split('=').next().unwrap_or_default();
        if !LISTEN.contains(&name) {
            let finding =
                Diagnostic::new(Code::NginxArguments, format!("`listen` has no word `{}`", sanitize(name)))
                    .with_location(word.place.clone());
            found.push(finding.with_suggestion(name, LISTEN.iter().copied(), "nginx refuses the whole file"));
        }
        if name == "http2" && subject.target.is_some_and(crate::facts::target::Target::http2_directive) {
            found.push(
                Diagnostic::new(
                    Code::NginxDirectiveGone,
                    "`http2` is no word of `listen` since nginx 1.25.1: it warns at each start",
                )
                .with_location(word.place.clone())
                .with_hint("say `http2 on;` in the server"),
            );
        }
        if name == "quic" && subject.target.is_some_and(|target| target.nginx < (1, 25, 0)) {
            found.push(
                Diagnostic::new(
                    Code::NginxDirectiveNewer,
                    "`quic` came with nginx 1.25.0, and the target's is older",
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

/// Two locations with one path, prefixes that are open at their end, upstreams that do not fit their prefix.
fn locations(server: &Directive, found: &mut Findings) {
    let mut seen: BTreeMap<Vec<&str>, &Directive> = BTreeMap::new();
    for location in server.all("location") {
        let key: Vec<&str> = location.arguments.iter().map(|word| word.text.as_str()).collect();
        if let Some(first) = seen.insert(key.clone(), location) {
            found.push(
                Diagnostic::new(
                    Code::NginxLocationDuplicate,
                    format!("the location `{}` is there twice: nginx refuses it", sanitize(&key.join(" "))),
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
                    format!("`{}` is no way to match a location", sanitize(modifier)),
                )
                .with_location(location.place.clone())
                .with_hint("`=`, `^~`, `~` or `~*` may stand before the path"),
            );
            continue;
        }
        let is_prefix = ["", "^~"].contains(&modifier);
        if is_prefix && !path.starts_with(['/', '@']) {
            found.push(
                Diagnostic::new(
                    Code::NginxPrefixOpen,
                    format!("`{}` matches no request: a path begins with `/`", sanitize(path)),
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
                        "`{}` and `{}` do not both end in `/`: `{0}x` would lead to another path",
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

/// Names that nginx takes without a word, and that no request ever has.
fn names_of(server: &Directive, found: &mut Findings) {
    let all: Vec<_> = names(server).collect();
    let mut seen = BTreeSet::new();
    for word in all {
        let text = word.text.as_str();
        let good = text.starts_with('~')
            || Domain::parse(text.trim_start_matches("*."))
                .is_ok_and(|domain| domain.as_str() == text.trim_start_matches("*."));
        if !good {
            found.push(
                Diagnostic::new(
                    Code::NginxValueInvalid,
                    format!("`{}` is no name that a request could have", sanitize(text)),
                )
                .with_location(word.place.clone())
                .with_hint("a domain alone: no scheme, no port, no path"),
            );
        }
        if !seen.insert(text) {
            found.push(
                Diagnostic::new(Code::NginxServerDuplicate, format!("the name `{text}` is there twice"))
                    .with_location(word.place.clone())
                    .with_hint("keep one of the two"),
            );
        }
    }
}

/// Plain HTTP serves the challenge and leads to HTTPS, under the name that was asked for.
fn plain(server: &Directive, found: &mut Findings) {
    let own: Vec<&str> = names(server).map(|word| word.text.as_str()).collect();
    if server.all("listen").any(|listen| listen.has_arg("ssl")) || own.is_empty() {
        return;
    }
    let mut leads = false;
    server.visit(&mut |directive| {
        if directive.name == "return" {
            let target = directive
                .arguments
                .get(1)
                .unwrap_or_else(|| directive.arguments.first().expect("a return has a word"));
            let Some((scheme, rest)) = target.text.split_once("://") else { return };
            let host = rest.split(['/', '$', ':', '?']).next().unwrap_or_default();
            leads = true;
            if scheme != "https" {
                found.push(
                    Diagnostic::new(
                        Code::RedirectWrong,
                        "plain HTTP leads to plain HTTP: browsers would go round for ever",
                    )
                    .with_location(target.place.clone())
                    .with_hint("lead to `https://`"),
                );
            }
            if host.is_empty() {
                found.push(
                    Diagnostic::new(
                        Code::RedirectWrong,
                        "the redirect leads wherever a request's `Host` says",
                    )
                    .with_location(target.place.clone())
                    .with_hint(format!("name the host: `https://{}$request_uri`", own[0])),
                );
            } else if !own.contains(&host) {
                found.push(
                    Diagnostic::new(
                        Code::RedirectWrong,
                        format!("`{}` is led to `{}`, which is another name", own.join(" "), sanitize(host)),
                    )
                    .with_location(target.place.clone())
                    .with_hint(format!("lead to `https://{}`", own[0])),
                );
            }
        }
    });
    if !leads {
        found.push(
            Diagnostic::new(
                Code::RedirectWrong,
                format!("plain HTTP for `{}` does not lead to HTTPS", own.join(" ")),
            )
            .with_location(server.place.clone())
            .with_hint(format!("return 301 https://{}$request_uri;", own[0])),
        );
    }
    for location in
        server.all("location").filter(|location| !location.has_arg("/.well-known/acme-challenge/"))
    {
        for name in ["proxy_pass", "root", "alias"] {
            if let Some(said) = location.first_named(name) {
                found.push(
                    Diagnostic::new(
                        Code::RedirectWrong,
                        "content is served over plain HTTP: only the ACME challenge may be",
                    )
                    .with_location(said.place.clone())
                    .with_hint("serve it from the server that listens with `ssl`"),
                );
            }
        }
    }
}

/// Every address has a server for names that are not ours, and it answers nothing.
fn catch_all(subject: &BundleView<'_>, found: &mut Findings) {
    let servers: Vec<_> = subject.servers().collect();
    let defaults: BTreeSet<&str> = servers
        .iter()
        .flat_map(|server| server.all("listen"))
        .filter(|listen| listen.has_arg("default_server"))
        .map(Directive::first)
        .collect();
    let mut told = BTreeSet::new();
    for listen in servers.iter().flat_map(|server| server.all("listen")) {
        if !defaults.contains(listen.first()) && told.insert(listen.first()) {
            found.push(
                Diagnostic::new(
                    Code::CatchAllMissing,
                    format!(
                        "no `default_server` on `{}`: requests for any other name reach this site",
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
        let closes = server.first_named("return").is_some_and(|said| said.first() == "444");
        if let Some(name) = names(server).next() {
            found.push(
                Diagnostic::new(
                    Code::CatchAllMissing,
                    format!(
                        "the catch-all has the name `{}`: requests for any other name reach this site",
                        name.text
                    ),
                )
                .with_location(listen.place.clone())
                .with_hint("leave `default_server` to the server that answers nothing"),
            );
        } else if !closes {
            found.push(
                Diagnostic::new(Code::CatchAllMissing, "the catch-all answers names that are not ours")
                    .with_location(server.place.clone())
                    .with_hint("return 444;"),
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
                        format!("`{}` has two default servers: nginx refuses it", sanitize(listen.first())),
                    )
                    .with_location(listen.place.clone())
                    .with_location(first.place.clone())
                    .with_hint("keep `default_server` at one of the two"),
                );
            }
        }
    }
}

/// One name on one address, twice: nginx warns, and the second server is dead.
fn check_duplicates(subject: &BundleView<'_>, found: &mut Findings) {
    let mut seen: BTreeMap<(&str, &str), &Argument> = BTreeMap::new();
    for server in subject.servers() {
        for listen in server.all("listen") {
            for name in names(server) {
                let key = (listen.first(), name.text.as_str());
                if let Some(first) = seen.insert(key, name)
                    && first.place != name.place
                {
                    found.push(
                        Diagnostic::new(
                            Code::NginxServerDuplicate,
                            format!(
                                "`{}` on `{}` is there twice: the second server is dead",
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
