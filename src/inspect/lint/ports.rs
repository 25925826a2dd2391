//! Checks ports across files: the services that listen, the locations that proxy to them, and the firewall
//! that closes them.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{items, pairs, text};
use super::nginx::Directive;
use super::{BundleView, Findings, code_server, compose, firewall};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::facts::clouds::{METADATA_NAMES, is_metadata};
use crate::values::sanitize;

/// A service of the host and the location of its port.
struct ListeningService {
    name: &'static str,
    port: u16,
    place: Location,
    /// Whether nginx proxies to it.
    is_public: bool,
    /// Whether it binds every address, so that the firewall must close it.
    is_wide: bool,
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let listeners = listeners(subject, found);
    let passes: Vec<(&Directive, &Directive, u16)> = upstreams(subject);
    check_port_conflicts(&listeners, found);
    check_proxy_targets(&listeners, &passes, found);
    check_own_routes(&listeners, &passes, found);
    check_privileged_upstreams(subject, found);
    let proxied: BTreeSet<u16> = passes.iter().map(|(.., port)| *port).collect();
    for listener in listeners.iter().filter(|listener| listener.is_public) {
        if !subject.sites.is_empty() && !proxied.contains(&listener.port) {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!("{} listens on port {}, but no nginx location proxies to it", listener.name, listener.port),
                )
                .with_location(listener.place.clone())
                .with_hint("change the port in panel.yaml and render again: the service, nginx and the firewall use the same one"),
            );
        }
    }
    check_provider(subject, &listeners, found);
    let known: BTreeSet<u16> = listeners.iter().map(|listener| listener.port).chain(proxied).collect();
    check_firewall_coverage(subject, &listeners, &known, found);
    check_health_checks(subject, &known, found);
}

fn listeners(subject: &BundleView<'_>, found: &mut Findings) -> Vec<ListeningService> {
    let mut all = Vec::new();
    let services = subject.document(compose::COMPOSE).and_then(|compose| compose.top.get("services"));
    for pair in services.map(pairs).unwrap_or_default() {
        let (name, is_public) = match pair.key.as_str() {
            "gateway" => ("the gateway", true),
            "prometheus" => ("Prometheus", false),
            _ => ("a container", false),
        };
        for setting in pair.value.get("ports").map(items).unwrap_or_default() {
            let parts: Vec<&str> = text(setting).split(':').collect();
            if let [.., host, container] = parts[..]
                && let Ok(port) = host.parse()
            {
                all.push(ListeningService {
                    name,
                    port,
                    place: setting.location.clone(),
                    is_public,
                    is_wide: false,
                });
                let inner = match pair.key.as_str() {
                    "gateway" => "8080",
                    "prometheus" => "9090",
                    _ => continue,
                };
                if container != inner {
                    found.push(
                        Diagnostic::new(
                            Code::PortDisagrees,
                            format!(
                                "{name} listens on port {inner} in its container, not on {}",
                                sanitize(container)
                            ),
                        )
                        .with_location(setting.location.clone())
                        .with_hint(format!("write `127.0.0.1:{host}:{inner}`")),
                    );
                }
            }
        }
        if pair.key == "gateway" && pair.value.get("ports").is_none() {
            found.push(
                Diagnostic::new(Code::PortDisagrees, "the gateway publishes no port: nginx cannot reach it")
                    .with_location(pair.key_location.clone())
                    .with_hint("write `ports: [\"127.0.0.1:8080:8080\"]`"),
            );
        }
    }
    if let Some((setting, port)) =
        subject.unit("faasd-provider.service").and_then(|unit| unit.variable("port"))
        && let Ok(port) = port.parse()
    {
        let place = setting.place.clone();
        all.push(ListeningService { name: "the provider", port, place, is_public: false, is_wide: true });
    }
    if let Some(bind) = subject.document(code_server::CONFIG).and_then(|config| config.top.get("bind-addr"))
        && let Some(port) = text(bind).rsplit(':').next().and_then(|port| port.parse().ok())
    {
        all.push(ListeningService {
            name: "code-server",
            port,
            place: bind.location.clone(),
            is_public: true,
            is_wide: false,
        });
    }
    all
}

/// Returns every `proxy_pass` to this host with its location block and its port.
fn upstreams<'s>(subject: &'s BundleView<'_>) -> Vec<(&'s Directive, &'s Directive, u16)> {
    let locations = subject.servers().flat_map(|server| server.all("location"));
    let passes = locations.filter_map(|location| {
        let pass = location.first_named("proxy_pass")?;
        let rest = pass.first().split_once("://")?.1;
        let authority = rest.split(['/', '$']).next()?;
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        let local = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
        Some((location, pass, port.parse().ok().filter(|_| local)?))
    });
    passes.collect()
}

fn check_port_conflicts(listeners: &[ListeningService], found: &mut Findings) {
    let mut first: BTreeMap<u16, &ListeningService> = BTreeMap::new();
    for one in listeners {
        let other = first.get(&one.port).copied();
        first.entry(one.port).or_insert(one);
        if let Some(other) = other {
            found.push(
                Diagnostic::new(
                    Code::PortConflict,
                    format!("{} and {} both listen on port {}", other.name, one.name, one.port),
                )
                .with_location(one.place.clone())
                .with_location(other.place.clone())
                .with_hint("give one of them another port"),
            );
        }
        if [80, 443].contains(&one.port) {
            found.push(
                Diagnostic::new(
                    Code::PortConflict,
                    format!("{} listens on port {}, which nginx uses", one.name, one.port),
                )
                .with_location(one.place.clone())
                .with_hint("give it another port"),
            );
        }
    }
}

/// Returns the service of a location, by the comment above it or by its path.
fn check_proxy_targets(
    listeners: &[ListeningService],
    passes: &[(&Directive, &Directive, u16)],
    found: &mut Findings,
) {
    let named = |name: &str| listeners.iter().find(|listener| listener.name == name);
    let (gateway, code_server) = (named("the gateway"), named("code-server"));
    for (location, pass, port) in passes {
        let comment = location.comment.trim();
        let uri = pass.first().splitn(4, '/').nth(3).unwrap_or_default();
        let uri = uri.split('$').next().unwrap_or_default();
        let whose = if comment == "faasd" || location.first() == "/faasd/" || uri == "function/" {
            gateway
        } else if comment == "code-server" || location.first() == "/codeserver/" {
            code_server
        } else {
            continue;
        };
        if let Some(listener) = whose
            && listener.port != *port
        {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!("nginx proxies to port {port}, but {} listens on port {}", listener.name, listener.port),
                )
                .with_location(pass.arguments[0].place.clone())
                .with_location(listener.place.clone())
                .with_hint("change the port in panel.yaml and render again: the service, nginx and the firewall use the same one"),
            );
        }
    }
    let mut hidden: BTreeMap<u16, &ListeningService> = BTreeMap::new();
    for listener in listeners.iter().filter(|listener| !listener.is_public) {
        hidden.entry(listener.port).or_insert(listener);
    }
    for (_, pass, port) in passes {
        if let Some(listener) = hidden.get(port) {
            found.push(
                Diagnostic::new(Code::ListenerExposed, format!("nginx makes {} public", listener.name))
                    .with_location(pass.arguments[0].place.clone())
                    .with_location(listener.place.clone())
                    .with_hint("proxy the location to another service, or remove it"),
            );
        }
    }
}

/// Checks that no route of the operator's bypasses what the panel's own route to the same service does.
fn check_own_routes(
    listeners: &[ListeningService],
    passes: &[(&Directive, &Directive, u16)],
    found: &mut Findings,
) {
    let public: BTreeMap<u16, &ListeningService> =
        listeners.iter().filter(|own| own.is_public).map(|own| (own.port, own)).collect();
    let operators = passes.iter().filter(|(location, ..)| location.comment.contains("operator"));
    for (location, pass, port) in operators {
        let Some(listener) = public.get(port) else { continue };
        found.push(
            Diagnostic::new(
                Code::ListenerExposed,
                format!(
                    "`{}` proxies to {}, which has its own route",
                    sanitize(location.first()),
                    listener.name
                ),
            )
            .with_location(pass.arguments[0].place.clone())
            .with_location(listener.place.clone())
            .with_hint("remove the route, and use the panel's own path"),
        );
    }
}

/// The sockets of container runtimes, below /run or /var/run.
const RUNTIME_SOCKETS: &[&str] = &[
    "containerd/containerd.sock",
    "docker.sock",
    "docker/containerd/containerd.sock",
    "podman/podman.sock",
    "crio/crio.sock",
    "buildkit/buildkitd.sock",
];

/// Checks every upstream of nginx, those in the operator's own directives included.
fn check_privileged_upstreams(subject: &BundleView<'_>, found: &mut Findings) {
    const PASSES: [&str; 6] =
        ["proxy_pass", "fastcgi_pass", "grpc_pass", "scgi_pass", "uwsgi_pass", "server"];
    for directive in subject.directives().into_iter().filter(|directive| directive.block.is_none()) {
        if !PASSES.contains(&directive.name.as_str()) {
            continue;
        }
        let Some(what) = privileged(directive.first()) else { continue };
        found.push(
            Diagnostic::new(
                Code::UpstreamPrivileged,
                format!("`{}` is {what}: nginx makes it public", sanitize(directive.first())),
            )
            .with_location(directive.place.clone())
            .with_hint("remove the route"),
        );
    }
}

/// Describes an upstream that must not be public.
fn privileged(upstream: &str) -> Option<&'static str> {
    let rest = upstream.split_once("://").map_or(upstream, |(_, rest)| rest);
    if let Some(socket) = rest.strip_prefix("unix:") {
        let socket = socket.split(':').next().unwrap_or_default();
        let below = ["/run/", "/var/run/"].iter().find_map(|run| socket.strip_prefix(run))?;
        return RUNTIME_SOCKETS.contains(&below).then_some("the socket of a container runtime");
    }
    let authority = rest.split(['/', '$']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_address = host.parse().is_ok_and(is_metadata);
    (is_address || METADATA_NAMES.contains(&host)).then_some("a metadata service")
}

/// Checks that the gateway calls the provider on the port of the provider.
fn check_provider(subject: &BundleView<'_>, listeners: &[ListeningService], found: &mut Findings) {
    let Some(gateway) = subject
        .document(compose::COMPOSE)
        .and_then(|compose| compose.top.get("services.gateway.environment"))
    else {
        return;
    };
    let url = items(gateway).iter().find(|setting| text(setting).starts_with("functions_provider_url="));
    let Some(url) = url else {
        found.push(
            Diagnostic::new(
                Code::PortDisagrees,
                "the gateway does not know the provider: `functions_provider_url` is missing",
            )
            .with_location(gateway.location.clone())
            .with_hint("render the bundle again"),
        );
        return;
    };
    let port = text(url).trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    if let Some(listener) = listeners.iter().find(|listener| listener.name == "the provider")
        && port != Some(listener.port)
    {
        found.push(
            Diagnostic::new(
                Code::PortDisagrees,
                format!(
                    "the gateway calls `{}`, but the provider listens on port {}",
                    sanitize(text(url)),
                    listener.port
                ),
            )
            .with_location(url.location.clone())
            .with_location(listener.place.clone())
            .with_hint("change `faasd.provider_port` in panel.yaml and render again"),
        );
    }
}

/// Checks that the firewall closes every internal port and no other.
fn check_firewall_coverage(
    subject: &BundleView<'_>,
    listeners: &[ListeningService],
    known: &BTreeSet<u16>,
    found: &mut Findings,
) {
    let Some((path, closed)) = firewall::closed(subject) else { return };
    let mut rules = BTreeMap::new();
    for rule in &closed {
        rules.entry(rule.port).or_insert(rule);
    }
    for listener in listeners {
        let Some(rule) = rules.get(&listener.port) else {
            found.push(
                Diagnostic::new(
                    Code::FirewallOpen,
                    format!(
                        "the firewall does not close port {}, on which {} listens",
                        listener.port, listener.name
                    ),
                )
                .with_location(super::at(&path, 1, 1))
                .with_location(listener.place.clone())
                .with_hint(format!("add `iifname != \"lo\" tcp dport {} drop`", listener.port)),
            );
            continue;
        };
        let allowed: &[&str] = if listener.is_wide { &["lo", "openfaas0"] } else { &["lo"] };
        let more = rule.open.iter().find(|name| !allowed.contains(&name.as_str()));
        if let Some(name) = more {
            found.push(
                Diagnostic::new(
                    Code::FirewallOpen,
                    format!("port {} stays open to `{}`", listener.port, sanitize(name)),
                )
                .with_location(super::at(&path, rule.line, 1))
                .with_hint("remove the interface: only the host itself, and for the provider its functions, may reach the port"),
            );
        }
        if !rule.open.iter().any(|name| name == "lo") {
            found.push(
                Diagnostic::new(
                    Code::FirewallOpen,
                    format!("port {} is closed to the host itself", listener.port),
                )
                .with_location(super::at(&path, rule.line, 1))
                .with_hint("iifname != \"lo\""),
            );
        }
    }
    for rule in &closed {
        // Only nginx names the ports of certbot and pai.
        if !known.contains(&rule.port) {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!("the firewall closes port {}, but no service listens on it", rule.port),
                )
                .with_location(super::at(&path, rule.line, 1))
                .with_hint("change the ports in panel.yaml and render again"),
            );
        }
    }
}

/// Checks the ports of the health checks in panel.sh.
fn check_health_checks(subject: &BundleView<'_>, known: &BTreeSet<u16>, found: &mut Findings) {
    let Some(installer) = &subject.installer else { return };
    for row in installer.rows("units") {
        let Some(rest) = row.word(4).strip_prefix("http://127.0.0.1:") else { continue };
        let Ok(port) = rest.split('/').next().unwrap_or_default().parse::<u16>() else { continue };
        if !known.contains(&port) {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!("panel.sh checks `{}` on port {port}, but no service listens on it", row.word(1)),
                )
                .with_location(row.place_of(4))
                .with_hint("change the port in panel.yaml and render again"),
            );
        }
    }
}
