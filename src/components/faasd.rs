//! faasd: the function platform, its core services and its command line.

mod compose;
mod prometheus;

use super::{
    CONTAINER_RUNTIME, Component, ContainerImage, Disruption, Download, Endpoints, Exposure, FileSet,
    Footprint, GeneratedSecret, HealthCheck, Listener, LoginUrl, Peer, Process, Resources, Route,
    RuntimeState, Unit, Unpack, builtin_path, context, proxy, values,
};
use crate::components::file_spec::OnChange;
use crate::facts::releases::from;
use crate::host::{Host, PanelKind, REGISTRY_AUTH_FILE, SharedConfig};
use crate::values::{Duration, FromText};

const NAME: &str = "faasd";
const GATEWAY: &str = "faasd.service";
const PROVIDER: &str = "faasd-provider.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| shared.kind == PanelKind::Faasd,
    endpoints,
    resources,
    disruptions: &[
        (
            "restart faasd-provider",
            Disruption::Disruptive(
                "functions cannot be called, deployed or scaled for a moment; their containers continue",
            ),
        ),
        (
            "restart faasd",
            Disruption::Disruptive("the gateway is down for some seconds; function containers continue"),
        ),
    ],
    extra_actions: |_, _, _| None,
};

fn endpoints(shared: &SharedConfig) -> Endpoints {
    let faasd = &shared.faasd;
    let gateway = format!("http://127.0.0.1:{}", faasd.gateway_port.value);
    // nginx waits a little longer than the gateway, so that the gateway's own error for a slow function
    // arrives.
    let timeout = Some(later(&faasd.timeout, 10));
    let functions = Route {
        streaming: true,
        timeout: timeout.clone(),
        redirect_from: Some("/function/".to_owned()),
        ..Route::new(NAME, builtin_path("/"), format!("{gateway}/function/"))
    };
    // The whole gateway, because its pages request `../system/…`, which is outside `/ui/`.
    let whole = Route {
        streaming: true,
        timeout: timeout.clone(),
        index: Some("ui/".to_owned()),
        redirect_from: Some("/".to_owned()),
        ..Route::new(NAME, builtin_path("/faasd/"), format!("{gateway}/"))
    };
    // faas-cli and its library ask for these at the root of the site, whatever the gateway's URL is.
    let called = Route {
        streaming: true,
        timeout: timeout.clone(),
        ..Route::new(NAME, builtin_path("/function/"), gateway.clone())
    };
    // The queue worker writes the headers of a call to the journal.
    let queued = |path, upstream| Route {
        timeout: timeout.clone(),
        hides_credentials: true,
        ..Route::new(NAME, builtin_path(path), upstream)
    };
    let exact = |path| Route {
        exact: true,
        timeout: timeout.clone(),
        ..Route::new(NAME, builtin_path(path), gateway.clone())
    };
    let routes = vec![
        functions,
        whole,
        called,
        queued("/async-function/", gateway.clone()),
        queued("/faasd/async-function/", format!("{gateway}/async-function/")),
        exact("/system/namespaces/"),
        exact("/healthz/"),
    ];
    let listener = |port: &crate::host::WithLocation<_>, reach| Listener {
        component: NAME,
        port: port.clone(),
        exposure: reach,
    };
    Endpoints {
        routes,
        listeners: vec![
            listener(&faasd.gateway_port, Exposure::Loopback),
            listener(&faasd.provider_port, Exposure::ContainerNetwork),
            listener(&faasd.prometheus_port, Exposure::Loopback),
        ],
    }
}

fn resources(shared: &SharedConfig, _: &Endpoints) -> Resources {
    let faasd = &shared.faasd;
    let version = &faasd.release.version;
    let target = shared.target;
    let hardening = |files: &mut FileSet, path, unit, context: Vec<(&'static str, minijinja::Value)>| {
        let capabilities = [
            ("protect_hostname", target.protect_hostname().into()),
            ("protect_kernel_logs", target.protect_kernel_logs().into()),
            ("protect_clock", target.protect_clock().into()),
        ];
        let context = values(context.into_iter().chain(capabilities).chain(proxy(shared)));
        files.template(path, OnChange::Unit(unit), context);
    };
    let mut files = FileSet::new(NAME);
    hardening(
        &mut files,
        "/etc/systemd/system/faasd-provider.service",
        PROVIDER,
        vec![
            ("memory_max", faasd.memory_max.systemd().into()),
            ("port", faasd.provider_port.value.to_string().into()),
            ("timeout", faasd.timeout.go().into()),
            ("hosts_dir", from(version, "0.14.0").into()),
        ],
    );
    hardening(
        &mut files,
        "/etc/systemd/system/faasd.service",
        GATEWAY,
        vec![("memory_max", faasd.memory_max.systemd().into()), ("proxy", proxy(shared).into())],
    );
    files.directory("/var/lib/faasd", 0o755);
    files.directory("/var/lib/faasd-provider", 0o755);
    // The directory is closed to others although the files in it are readable. The gateway's own user, which
    // is not root, reads them through a bind mount that root creates.
    files.directory("/var/lib/faasd/secrets", 0o700);
    files.text(
        "/var/lib/faasd/docker-compose.yaml",
        OnChange::Restart(vec![GATEWAY]),
        compose::text(&shared.faasd),
    );
    files.text("/var/lib/faasd/prometheus.yml", OnChange::Restart(vec![GATEWAY]), prometheus::text());
    let nameservers: Vec<String> = faasd.nameservers.iter().map(ToString::to_string).collect();
    files.template(
        "/var/lib/faasd/resolv.conf",
        OnChange::Restart(vec![GATEWAY]),
        context! { nameservers: nameservers },
    );
    let readers = OnChange::Restart(vec![PROVIDER, GATEWAY]);
    files.text("/var/lib/faasd/secrets/basic-auth-user", readers.clone(), faasd.user.to_string());
    let mut secrets = Vec::new();
    if shared.has_password {
        files.password(shared, 0o644, readers);
    } else {
        secrets.push(GeneratedSecret {
            path: shared.password_path().to_owned(),
            mode: 0o644,
            readers: vec![PROVIDER, GATEWAY],
        });
    }
    registry_auth(shared, &mut files);
    let program = Download::new(shared, &faasd.release, Unpack::Program("faasd"))
        .link("/usr/local/bin/faasd", "faasd")
        .restarts(&[PROVIDER, GATEWAY]);
    let cli = Download::new(shared, &shared.faas_cli, Unpack::Program("faas-cli"))
        .link("/usr/local/bin/faas-cli", "faas-cli")
        .link("/usr/local/bin/faas", "faas-cli");
    let images = &faasd.images;
    let health = format!("http://127.0.0.1:{}/healthz", faasd.gateway_port.value);
    // The core services moved out of containerd's default namespace in 0.10.
    let namespace = if from(version, "0.10.0") { "openfaas" } else { "default" };
    Resources {
        files: files.files,
        units: vec![
            Unit::running(PROVIDER).with_timeout(60, None),
            Unit::running(GATEWAY).with_timeout(300, Some(HealthCheck::Url(health))),
        ],
        downloads: vec![program, cli],
        secrets,
        images: [&images.gateway, &images.queue_worker, &images.nats, &images.prometheus]
            .into_iter()
            .chain(&images.basic_auth)
            .map(|reference| ContainerImage { namespace, reference: reference.clone() })
            .collect(),
        login_urls: vec![LoginUrl {
            title: "functions",
            path: "/faasd/ui/".to_owned(),
            user: Some(faasd.user.to_string()),
            password: Some(shared.password_path().to_owned()),
        }],
        runtime_state: RuntimeState {
            containers: containers(namespace),
            data_dirs: vec!["/var/lib/faasd".to_owned(), "/var/lib/faasd-provider".to_owned()],
            ..RuntimeState::default()
        },
        processes: processes(shared),
        footprint: Footprint { memory: 300, disk: 900 },
        ..Resources::default()
    }
}

/// The credentials of registries, which faasd reads whenever it needs an image.
fn registry_auth(shared: &SharedConfig, files: &mut FileSet) {
    if !shared.has_registry_auth {
        return;
    }
    files.directory("/var/lib/faasd/.docker", 0o700);
    let given =
        |host: &Host| host.registry_auth.as_ref().map(|auth| auth.expose().to_owned()).unwrap_or_default();
    let file = files.per_host_text(REGISTRY_AUTH_FILE, OnChange::Nothing, given);
    file.secret = true;
    file.mode = 0o600;
}

/// The two units, the containers of the core services, and the functions.
fn processes(shared: &SharedConfig) -> Vec<Process> {
    let faasd = &shared.faasd;
    let secrets: Vec<_> =
        shared.has_registry_auth.then(|| REGISTRY_AUTH_FILE.to_owned()).into_iter().collect();
    let container =
        |title, connections| Process { title, container: true, connections, ..Process::default() };
    let core = Process {
        title: NAME,
        unit: Some(GATEWAY),
        ports: vec![faasd.gateway_port.value, faasd.prometheus_port.value],
        connections: vec![
            (Peer::Process("gateway"), "forwards"),
            (Peer::Process("Prometheus"), "forwards"),
            (Peer::Component(CONTAINER_RUNTIME), "starts the core services"),
        ],
        secrets: secrets.clone(),
        ..Process::default()
    };
    let provider = Process {
        title: "faasd-provider",
        unit: Some(PROVIDER),
        ports: vec![faasd.provider_port.value],
        connections: vec![
            (Peer::Process("functions"), "calls"),
            (Peer::Component(CONTAINER_RUNTIME), "deploys functions"),
        ],
        secrets,
        ..Process::default()
    };
    let to_provider = (Peer::Port(faasd.provider_port.value), "calls and deploys functions");
    let mut gateway = vec![to_provider, (Peer::Process("NATS"), "queues asynchronous calls")];
    if faasd.images.basic_auth.is_some() {
        gateway.push((Peer::Process("basic-auth"), "checks the password"));
    }
    let mut processes = vec![
        core,
        provider,
        container("gateway", gateway),
        container("NATS", Vec::new()),
        container(
            "queue-worker",
            vec![(Peer::Process("NATS"), "takes calls"), (Peer::Process("gateway"), "calls functions")],
        ),
        container("Prometheus", vec![(Peer::Process("gateway"), "reads metrics")]),
    ];
    if faasd.images.basic_auth.is_some() {
        processes.push(container("basic-auth", Vec::new()));
    }
    processes.push(container("functions", Vec::new()));
    processes
}

/// The containers that faasd runs: all in its own namespaces, and by name in the default namespace, which is
/// shared.
fn containers(namespace: &'static str) -> Vec<(&'static str, &'static str)> {
    const SERVICES: [&str; 5] = ["basic-auth-plugin", "nats", "prometheus", "gateway", "queue-worker"];
    let core: Vec<_> = match namespace {
        "default" => SERVICES.iter().map(|name| (namespace, *name)).collect(),
        own => vec![(own, "*")],
    };
    core.into_iter().chain([("openfaas-fn", "*")]).collect()
}

/// A duration that is some seconds longer.
fn later(duration: &Duration, seconds: u64) -> Duration {
    Duration::parse(&format!("{}s", duration.seconds() + seconds)).expect("seconds are a valid duration")
}
