//! nginx: the edge. It serves all routes, independent of the component that declares them.

use minijinja::Value;

use super::{
    Component, Disruption, Endpoints, Exposure, FileSet, HEADER, HealthCheck, Lifecycle, Listener, Process,
    Resources, Route, STANDALONE_PORT, Unit, WEBROOT, builtin_port, context,
};
use crate::components::file_spec::OnChange;
use crate::host::{Acme, Host, Hsts, SharedConfig, TLS_DIRECTORY, TlsProfile, WithLocation};
use crate::values::{Duration, FromText, NginxDirective, Port};

const NAME: &str = "nginx";
const UNIT: &str = "nginx.service";

/// The user's directives inside the HTTPS server.
const SERVER_OVERRIDES: &str = "/etc/nginx/snippets/panel-overrides.conf";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |_| true,
    endpoints,
    resources,
    disruptions: &[
        ("reload nginx", Disruption::Harmless("no connection is closed")),
        ("restart nginx", Disruption::Disruptive("every connection is closed")),
    ],
    extra_actions: |_, _, _| None,
};

fn endpoints(shared: &SharedConfig) -> Endpoints {
    let routes = shared.routes.iter().map(|route| Route {
        websocket: route.websocket,
        timeout: route.timeout.clone(),
        client_max_body_size: route.client_max_body_size,
        ..Route::new(NAME, route.path.clone(), route.upstream.to_string())
    });
    let listener = |port| Listener { component: NAME, port: builtin_port(port), exposure: Exposure::Public };
    Endpoints { routes: routes.collect(), listeners: vec![listener("80"), listener("443")] }
}

fn resources(shared: &SharedConfig, endpoints: &Endpoints) -> Resources {
    let mut files = FileSet::new(NAME);
    files.per_host_template(
        "/etc/nginx/conf.d/default.conf",
        OnChange::Reload(UNIT),
        site(shared, endpoints),
        names,
    );
    let text = |directives: &[NginxDirective]| {
        let lines: Vec<_> = directives.iter().map(ToString::to_string).collect();
        format!("{HEADER}\n\n{}\n", lines.join("\n"))
    };
    let overrides = &shared.overrides;
    if !overrides.nginx_http.is_empty() {
        files.text(
            "/etc/nginx/conf.d/panel-overrides.conf",
            OnChange::Reload(UNIT),
            text(&overrides.nginx_http),
        );
    }
    if !overrides.nginx_server.is_empty() {
        files.text(SERVER_OVERRIDES, OnChange::Reload(UNIT), text(&overrides.nginx_server));
    }
    let mut packages = vec!["nginx".to_owned()];
    if !matches!(shared.tls.acme, Acme::None { .. }) || !shared.target.reject_handshake() {
        // Needed for the temporary self-signed certificate.
        packages.push("openssl".to_owned());
    }
    Resources {
        files: files.files,
        units: vec![Unit {
            lifecycle: Lifecycle::External,
            // A successful handshake for the site's name shows that the reload is complete.
            ..Unit::running(UNIT).with_timeout(30, Some(HealthCheck::SitePath("/")))
        }],
        packages,
        displaced_files: if shared.target.sites_enabled() {
            vec!["/etc/nginx/sites-enabled/default"]
        } else {
            Vec::new()
        },
        processes: vec![Process {
            title: NAME,
            unit: Some(UNIT),
            ports: vec![Port::HTTP, Port::HTTPS],
            secrets: vec![shared.certificate_key()],
            ..Process::default()
        }],
        ..Resources::default()
    }
}

/// The values of default.conf that differ between hosts.
fn names(host: &Host) -> Value {
    let (certificate, key) = host.certificate();
    let names: Vec<String> = host.domains.iter().map(ToString::to_string).collect();
    context! { hash_bucket: hash_bucket(&names), names: names, certificate: certificate, key: key }
}

/// The values of default.conf that are shared between hosts.
fn site(shared: &SharedConfig, endpoints: &Endpoints) -> Value {
    let target = shared.target;
    let challenge = match shared.tls.acme {
        Acme::Webroot => "webroot",
        Acme::Standalone => "standalone",
        Acme::Dns { .. } | Acme::None { .. } => "none",
    };
    let mut routes: Vec<&Route> = endpoints.routes.iter().collect();
    routes.sort_by(|a, b| a.path.value.as_str().cmp(b.path.value.as_str()));
    context! {
        ipv6: shared.ipv6,
        challenge: challenge,
        webroot: WEBROOT,
        standalone_port: STANDALONE_PORT,
        placeholder: format!("{TLS_DIRECTORY}/placeholder"),
        http2_directive: target.http2_directive(),
        reject_handshake: target.reject_handshake(),
        static_ticket_key: target.static_ticket_key(),
        modern: shared.tls.profile == TlsProfile::Modern,
        mlkem: target.mlkem(),
        hsts: shared.tls.hsts.as_ref().map(hsts),
        client_max_body_size: shared.client_max_body_size.nginx(),
        overrides: (!shared.overrides.nginx_server.is_empty()).then_some(SERVER_OVERRIDES),
        rooted: routes.iter().any(|route| route.path.value.is_root()),
        websockets: routes.iter().any(|route| route.websocket),
        routes: routes.iter().map(|route| location(route)).collect::<Vec<_>>(),
    }
}

/// The values of one location.
fn location(route: &Route) -> Value {
    let path = route.path.value.as_str();
    // A WebSocket may be idle for long: people pause typing.
    let day = Duration::parse("1d").expect("a day is a valid duration");
    let timeout = route.timeout.clone().or_else(|| route.websocket.then_some(day));
    context! {
        component: route.component,
        operator: matches!(&route.path, WithLocation { parameter: "routes", .. }),
        path: path,
        upstream: route.upstream.clone(),
        websocket: route.websocket,
        streaming: route.streaming,
        timeout: timeout.map(|span| span.nginx().to_owned()),
        client_max_body_size: route.client_max_body_size.map(crate::values::byte_size::ByteSize::nginx),
        index: route.index.as_ref().map(|index| format!("{path}{index}")),
        redirect_from: route.redirect_from.clone(),
    }
}

/// The bucket size of nginx's server name hash, if the default is too small: the next power of two that fits
/// the longest name and 18 more bytes (measured on nginx 1.22: names of 46, 110 and 238 characters fit 64,
/// 128 and 256).
fn hash_bucket(names: &[String]) -> Option<usize> {
    let longest = names.iter().map(String::len).max().unwrap_or(0);
    let size = (longest + 18).next_power_of_two();
    (size > 64).then_some(size)
}

fn hsts(hsts: &Hsts) -> String {
    let mut value = format!("max-age={}", hsts.max_age.seconds());
    if hsts.include_subdomains {
        value.push_str("; includeSubDomains");
    }
    if hsts.preload {
        value.push_str("; preload");
    }
    value
}
