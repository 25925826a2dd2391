//! nginx: the edge. It serves all routes, independent of the component that declares them.

use minijinja::Value;

use super::{
    Component, Disruption, Endpoints, Exposure, FileSet, Footprint, HEADER, HealthCheck, Lifecycle, Listener,
    Process, Resources, Route, STANDALONE_PORT, Unit, WEBROOT, builtin_port, context,
};
use crate::components::file_spec::OnChange;
use crate::host::{Acme, Host, Hsts, SharedConfig, TLS_DIRECTORY, TlsProfile, TrustedProxies, WithLocation};
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
        is_name: route.upstream.is_name(),
        websocket: route.websocket,
        streaming: !route.buffering,
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
        footprint: Footprint { memory: 30, disk: 50 },
        ..Resources::default()
    }
}

/// The values of default.conf that differ between hosts.
fn names(host: &Host) -> Value {
    let (certificate, key) = host.certificate();
    let names: Vec<String> = host.domains.iter().map(ToString::to_string).collect();
    let wildcards: Vec<String> =
        host.domains.iter().filter(|name| name.is_wildcard()).map(ToString::to_string).collect();
    context! { hash_bucket: hash_bucket(&names), names: names, wildcards: wildcards, certificate: certificate, key: key }
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
    let proxies = shared.trusted_proxies.as_ref();
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
        raw_paths: routes.iter().any(|route| replaced_segments(route).is_some()),
        hides_credentials: routes.iter().any(|route| route.hides_credentials),
        routes: routes.iter().flat_map(|route| locations(route, target.cookie_flags())).collect::<Vec<_>>(),
        catch_all: shared.default_server,
        proxy_protocol: proxies.is_some_and(|proxies| proxies.protocol),
        real_ip_header: proxies.map(TrustedProxies::header),
        trusted: proxies.map(|proxies| proxies.addresses.iter().map(ToString::to_string).collect::<Vec<_>>()),
    }
}

/// How many segments of the path the URI replaces, if nginx can pass on the
/// rest as it came: the upstream is an address, and the template has a variable for that many.
fn replaced_segments(route: &Route) -> Option<usize> {
    let (_, rest) = route.upstream.split_once("://")?;
    let has_uri = if rest.starts_with("unix:") {
        rest.contains(":/") && rest.matches(':').count() > 1
    } else {
        rest.contains('/')
    };
    let segments = route.path.value.as_str().matches('/').count() - 1;
    let fits = has_uri && !route.is_name && segments <= 2;
    fits.then_some(segments)
}

/// The upstream's URL in redirects, as nginx would use it by default if the upstream had no variable.
fn default_redirect(route: &Route) -> Option<String> {
    replaced_segments(route).is_some().then(|| route.upstream.clone())
}

/// The locations of one route: itself, and for an nginx that can change only all cookies of a location, the page that sets
/// those of a session.
fn locations(route: &Route, cookie_flags: bool) -> Vec<Value> {
    let login = route.session.filter(|_| !cookie_flags).map(|session| {
        let path = format!("{}{}", route.path.value, session.login);
        location(&Route { index: None, ..route.clone() }, &path, true, Cookies::Rewritten)
    });
    let path = if route.exact { route.path.value.without_slash() } else { route.path.value.as_str() };
    let cookies = if cookie_flags { Cookies::Flagged } else { Cookies::Kept };
    std::iter::once(location(route, path, route.exact, cookies)).chain(login).collect()
}

/// What happens to the cookies of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cookies {
    Kept,
    Flagged,
    Rewritten,
}

/// The values of one location.
fn location(route: &Route, path: &str, exact: bool, cookies: Cookies) -> Value {
    let segments = replaced_segments(route);
    let flagged = route.session.filter(|_| cookies == Cookies::Flagged);
    // A WebSocket may be idle for long: people pause typing.
    let day = Duration::parse("1d").expect("a day is a valid duration");
    let timeout = route.timeout.clone().or_else(|| route.websocket.then_some(day));
    context! {
        component: route.component,
        operator: matches!(&route.path, WithLocation { parameter: "routes", .. }),
        path: path,
        exact: exact,
        upstream: route.upstream.as_str(),
        segments: segments,
        flagged_cookies: flagged.map_or(Vec::new(), |session| session.cookies.to_vec()),
        rewrites_cookies: cookies == Cookies::Rewritten,
        hides_credentials: route.hides_credentials,
        websocket: route.websocket,
        streaming: route.streaming,
        timeout: timeout.map(|span| span.nginx().to_owned()),
        client_max_body_size: route.client_max_body_size.map(crate::values::byte_size::ByteSize::nginx),
        index: route.index.as_ref().map(|index| format!("{path}{index}")),
        redirect_from: route.redirect_from.clone().or_else(|| default_redirect(route)),
        redirect_to: route.path.value.as_str(),
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
