//! code-server: the web IDE, run by an ordinary user.

use minijinja::value::merge_maps;
use serde::Serialize;

use super::{
    Component, Disruption, Download, Endpoints, Exposure, FileSet, Footprint, GeneratedSecret, HealthCheck,
    Listener, LoginUrl, Process, Resources, Route, RuntimeState, Session, SystemAccount, Unit, Unpack,
    context, proxy, values, yaml,
};
use crate::components::file_spec::OnChange;
use crate::facts::releases::from;
use crate::host::{CodeServerConfig, PanelKind, SharedConfig};

const NAME: &str = "code-server";
const UNIT: &str = "code-server.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| shared.code_server.is_some(),
    endpoints,
    resources,
    disruptions: &[(
        "restart code-server",
        Disruption::Disruptive("open IDE sessions and their terminals end"),
    )],
    extra_actions: |_, _, _| None,
};

fn endpoints(shared: &SharedConfig) -> Endpoints {
    let Some(ide) = &shared.code_server else { return Endpoints::default() };
    // nginx removes the prefix: code-server derives its own location from the page's URL.
    let cookies: &[&str] = if from(&ide.release.version, "4.10.0") {
        &["code-server-session"]
    } else {
        &["code-server-session", "key"]
    };
    let route = Route {
        websocket: true,
        // Its port proxy serves programs that stream.
        streaming: true,
        session: Some(Session { cookies, login: "login" }),
        ..Route::new(NAME, ide.path.clone(), format!("http://127.0.0.1:{}/", ide.port.value))
    };
    let listener = Listener { component: NAME, port: ide.port.clone(), exposure: Exposure::Loopback };
    Endpoints { routes: vec![route], listeners: vec![listener] }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Config {
    bind_addr: String,
    auth: &'static str,
    cert: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_telemetry: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_update_check: Option<bool>,
}

fn resources(shared: &SharedConfig, _: &Endpoints) -> Resources {
    let Some(ide) = &shared.code_server else { return Resources::default() };
    let target = shared.target;
    let home = format!("/home/{}", ide.user);
    let mut files = FileSet::new(NAME);
    files.text("/etc/code-server/config.yaml", OnChange::Restart(vec![UNIT]), config(ide));
    files
        .template(
            "/usr/local/libexec/panel/code-server",
            OnChange::Restart(vec![UNIT]),
            context! { credentials: target.load_credential() },
        )
        .mode = 0o755;
    let unit = context! {
        kind: if target.type_exec() { "exec" } else { "simple" },
        user: ide.user.to_string(),
        home: home.clone(),
        password: shared.password_path(),
        credentials: target.load_credential(),
        memory_max: ide.memory_max.map(crate::values::byte_size::ByteSize::systemd),
        protect_hostname: target.protect_hostname(),
        protect_kernel_logs: target.protect_kernel_logs(),
        protect_clock: target.protect_clock(),
        protect_proc: target.protect_proc(),
        system_service_calls: target.system_service_calls(),
    };
    let unit = merge_maps([unit, values(proxy(shared))]);
    files.template("/etc/systemd/system/code-server.service", OnChange::Unit(UNIT), unit);
    // With faasd, the password file belongs to faasd and this component only reads it. Without, it belongs
    // here.
    let own = shared.kind != PanelKind::Faasd;
    let mode = if own { 0o600 } else { 0o644 };
    let mut secrets = Vec::new();
    if own {
        files.directory("/etc/panel/secrets", 0o700);
    }
    if shared.has_password && own {
        files.password(shared, mode, OnChange::Restart(vec![UNIT]));
    } else {
        secrets.push(GeneratedSecret { path: shared.password_path().to_owned(), mode, readers: vec![UNIT] });
    }
    let health = format!("http://127.0.0.1:{}/healthz", ide.port.value);
    let download = Download::new(shared, &ide.release, Unpack::Archive(1))
        .link("/usr/local/bin/code-server", "bin/code-server")
        .restarts(&[UNIT]);
    Resources {
        files: files.files,
        units: vec![Unit::running(UNIT).with_timeout(60, Some(HealthCheck::Url(health)))],
        login_urls: vec![LoginUrl {
            title: "IDE",
            path: ide.path.value.to_string(),
            user: None,
            password: Some(shared.password_path().to_owned()),
        }],
        runtime_state: RuntimeState { data_dirs: vec![home.clone()], ..RuntimeState::default() },
        packages: vec!["git".to_owned()],
        downloads: vec![download],
        processes: vec![Process {
            title: NAME,
            unit: Some(UNIT),
            ports: vec![ide.port.value],
            ..Process::default()
        }],
        secrets,
        accounts: vec![SystemAccount { name: ide.user.to_string(), home }],
        footprint: Footprint { memory: 400, disk: 1100 },
        ..Resources::default()
    }
}

fn config(ide: &CodeServerConfig) -> String {
    // code-server does not start with a flag that its version does not know.
    let modern = from(&ide.release.version, "4.0.0").then_some(true);
    let config = Config {
        bind_addr: format!("127.0.0.1:{}", ide.port.value),
        auth: "password",
        cert: false,
        disable_telemetry: modern,
        disable_update_check: modern,
    };
    yaml(&config)
}
