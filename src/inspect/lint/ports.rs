//! Ports: who listens where, who is led there, and what the firewall closes, in one view.

use super::document::{items, pairs, text};
use super::nginx::Directive;
use super::{BundleView, Findings, code_server, compose, firewall};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::sanitize;

/// A service of the host and where it says that it listens.
struct ListeningService {
    name: &'static str,
    port: u16,
    place: Location,
    /// Whether the edge leads to it.
    is_public: bool,
    /// Whether it binds every address, so that the firewall must close it.
    is_wide: bool,
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let listeners = listeners(subject, found);
    let passes: Vec<(&Directive, &Directive, u16)> = upstreams(subject);
    check_port_conflicts(&listeners, found);
    check_proxy_targets(&listeners, &passes, found);
    for listener in listeners.iter().filter(|listener| listener.is_public) {
        if !subject.sites.is_empty() && !passes.iter().any(|(.., port)| *port == listener.port) {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!("{} listens on port {}, and nginx leads nobody there", listener.name, listener.port),
                )
                .with_location(listener.place.clone())
                .with_hint("one port runs through the service, nginx and the firewall: change it in panel.yaml and render again"),
            );
        }
    }
    check_provider(subject, &listeners, found);
    check_firewall_coverage(subject, &listeners, found);
    check_health_checks(subject, &listeners, &passes, found);
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
        for said in pair.value.get("ports").map(items).unwrap_or_default() {
            let parts: Vec<&str> = text(said).split(':').collect();
            if let [.., host, container] = parts[..]
                && let Ok(port) = host.parse()
            {
                all.push(ListeningService {
                    name,
                    port,
                    place: said.location.clone(),
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
                        .with_location(said.location.clone())
                        .with_hint(format!("127.0.0.1:{host}:{inner}")),
                    );
                }
            }
        }
        if pair.key == "gateway" && pair.value.get("ports").is_none() {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    "the gateway is published on no port: nginx cannot reach it",
                )
                .with_location(pair.key_location.clone())
                .with_hint("ports: [\"127.0.0.1:8080:8080\"]"),
            );
        }
    }
    if let Some((said, port)) = subject.unit("faasd-provider.service").and_then(|unit| unit.variable("port"))
        && let Ok(port) = port.parse()
    {
        let place = said.place.clone();
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

/// Every `proxy_pass` to this host: its location, itself, its port.
fn upstreams<'s>(subject: &'s BundleView<'_>) -> Vec<(&'s Directive, &'s Directive, u16)> {
    let locations = subject.servers().flat_map(|server| server.all("location"));
    let passes = locations.filter_map(|location| {
        let pass = location.first_named("proxy_pass")?;
        let rest = pass.first().split_once("://")?.1;
        let authority = rest.split('/').next()?;
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        let local = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
        Some((location, pass, port.parse().ok().filter(|_| local)?))
    });
    passes.collect()
}

fn check_port_conflicts(listeners: &[ListeningService], found: &mut Findings) {
    for (at, one) in listeners.iter().enumerate() {
        if let Some(other) = listeners[..at].iter().find(|other| other.port == one.port) {
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
                    format!("{} listens on port {}, which is nginx's", one.name, one.port),
                )
                .with_location(one.place.clone())
                .with_hint("give it another port"),
            );
        }
    }
}

/// A location says in the comment above it whose it is, and its path says it too.
fn check_proxy_targets(
    listeners: &[ListeningService],
    passes: &[(&Directive, &Directive, u16)],
    found: &mut Findings,
) {
    for (location, pass, port) in passes {
        let comment = location.comment.trim();
        let uri = pass.first().splitn(4, '/').nth(3).unwrap_or_default();
        let whose = if comment == "faasd" || location.first() == "/faasd/" || uri == "function/" {
            "the gateway"
        } else if comment == "code-server" || location.first() == "/codeserver/" {
            "code-server"
        } else {
            continue;
        };
        if let Some(listener) = listeners.iter().find(|listener| listener.name == whose)
            && listener.port != *port
        {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!("nginx leads to port {port}, and {whose} listens on {}", listener.port),
                )
                .with_location(pass.arguments[0].place.clone())
                .with_location(listener.place.clone())
                .with_hint("one port runs through the service, nginx and the firewall: change it in panel.yaml and render again"),
            );
        }
    }
    for (_, pass, port) in passes {
        if let Some(listener) =
            listeners.iter().find(|listener| listener.port == *port && !listener.is_public)
        {
            found.push(
                Diagnostic::new(Code::ListenerExposed, format!("nginx shows {} to everybody", listener.name))
                    .with_location(pass.arguments[0].place.clone())
                    .with_location(listener.place.clone())
                    .with_hint("lead the location elsewhere, or remove it"),
            );
        }
    }
}

/// The gateway speaks to the provider on the provider's port.
fn check_provider(subject: &BundleView<'_>, listeners: &[ListeningService], found: &mut Findings) {
    let Some(gateway) = subject
        .document(compose::COMPOSE)
        .and_then(|compose| compose.top.get("services.gateway.environment"))
    else {
        return;
    };
    let url = items(gateway).iter().find(|said| text(said).starts_with("functions_provider_url="));
    let Some(url) = url else {
        found.push(
            Diagnostic::new(
                Code::PortDisagrees,
                "the gateway is not told where the provider is: no `functions_provider_url`",
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
                    "the gateway calls `{}`, and the provider listens on {}",
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

/// The firewall closes every port of a service, and no other.
fn check_firewall_coverage(subject: &BundleView<'_>, listeners: &[ListeningService], found: &mut Findings) {
    let Some((path, closed)) = firewall::closed(subject) else { return };
    for listener in listeners {
        let Some(rule) = closed.iter().find(|rule| rule.port == listener.port) else {
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
                .with_hint(format!("iifname != \"lo\" tcp dport {} drop", listener.port)),
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
                .with_hint("only the host itself, and for the provider its functions, may reach it"),
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
        // certbot's and pai's ports are said by nginx alone.
        let known = listeners.iter().any(|listener| listener.port == rule.port)
            || upstreams(subject).iter().any(|(.., port)| *port == rule.port);
        if !known {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!("the firewall closes port {}, on which nobody listens", rule.port),
                )
                .with_location(super::at(&path, rule.line, 1))
                .with_hint("close the ports of the services: change them in panel.yaml and render again"),
            );
        }
    }
}

/// What panel.sh asks to see whether a unit works.
fn check_health_checks(
    subject: &BundleView<'_>,
    listeners: &[ListeningService],
    passes: &[(&Directive, &Directive, u16)],
    found: &mut Findings,
) {
    let Some(installer) = &subject.installer else { return };
    for row in installer.rows("units") {
        let Some(rest) = row.word(4).strip_prefix("http://127.0.0.1:") else { continue };
        let Ok(port) = rest.split('/').next().unwrap_or_default().parse::<u16>() else { continue };
        let known = listeners.iter().any(|listener| listener.port == port)
            || passes.iter().any(|(.., own)| *own == port);
        if !known {
            found.push(
                Diagnostic::new(
                    Code::PortDisagrees,
                    format!(
                        "panel.sh asks port {port} whether `{}` works, and nobody listens there",
                        row.word(1)
                    ),
                )
                .with_location(row.place_of(4))
                .with_hint("change the port in panel.yaml and render again"),
            );
        }
    }
}
