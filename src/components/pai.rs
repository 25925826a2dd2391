//! pai: the closed-source panel of 2020, downloaded from the user's mirror.

use serde::Serialize;

use super::{
    Component, DataDirectory, Disruption, Download, Endpoints, Exposure, FileSet, Footprint, Listener,
    LoginUrl, Peer, Process, Resources, Route, RuntimeState, Unit, Unpack, builtin_path, context, yaml,
};
use crate::components::file_spec::{OnChange, Owner};
use crate::host::{Host, PanelKind, SharedConfig};
use crate::values::{BaseUrl, Sha256};

const NAME: &str = "pai";
const MATE: &str = "tencentcloud-pai-mate.service";
const UPDATE: &str = "tencentcloud-pai-mate-update.service";
const UPDATE_TIMER: &str = "tencentcloud-pai-mate-update.timer";
const AGENT: &str = "tencentcloud-pai-agent.service";
/// The license of the closed-source programs.
const LICENSE: &str = "proprietary (Tencent Cloud); no public terms found";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| shared.kind == PanelKind::Pai,
    endpoints,
    resources,
    disruptions: &[
        (
            "restart tencentcloud-pai-mate",
            Disruption::Disruptive("the panel is down for a moment; its sessions end"),
        ),
        ("restart tencentcloud-pai-agent", Disruption::Disruptive("the agent is down for a moment")),
    ],
    extra_actions: |_, _, _| None,
};

fn endpoints(shared: &SharedConfig) -> Endpoints {
    let pai = &shared.pai;
    let to = |port| format!("http://127.0.0.1:{port}");
    // The panel knows its prefix, so requests keep it. The user's app serves everything else.
    let panel_route = Route { websocket: true, ..Route::new(NAME, pai.path.clone(), to(pai.port.value)) };
    let app = Route { websocket: true, ..Route::new(NAME, builtin_path("/"), to(pai.app_port.value)) };
    let listener = |port: &crate::host::WithLocation<_>| Listener {
        component: NAME,
        port: port.clone(),
        exposure: Exposure::Loopback,
    };
    Endpoints {
        routes: vec![panel_route, app],
        listeners: vec![listener(&pai.port), listener(&pai.app_port)],
    }
}

#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct MateConfig {
    update_path: String,
    domain_name: String,
    cert_path: String,
    key_path: String,
}

#[derive(Serialize)]
struct AgentConfig {
    server_path: String,
    domain_name: String,
}

fn mate(host: &Host) -> String {
    let (certificate, key) = host.certificate();
    let domain_name = host.domain().to_string();
    yaml(&MateConfig {
        update_path: origin(host, host.pai.mate_origin.as_ref()),
        domain_name,
        cert_path: certificate,
        key_path: key,
    })
}

fn agent(host: &Host) -> String {
    yaml(&AgentConfig {
        server_path: origin(host, host.pai.agent_origin.as_ref()),
        domain_name: host.domain().to_string(),
    })
}

/// The directory that has a program: its own, or the user's mirror.
fn origin(shared: &SharedConfig, own: Option<&BaseUrl>) -> String {
    own.or(shared.mirror.as_ref()).map(ToString::to_string).unwrap_or_default()
}

fn resources(shared: &SharedConfig, _: &Endpoints) -> Resources {
    let install = &shared.install;
    let mut files = FileSet::new(NAME);
    files.per_host_text(&format!("{install}/pai-mate/config.yml"), OnChange::Restart(vec![MATE]), mate);
    files.per_host_text(&format!("{install}/pai/etc/pai.yml"), OnChange::Restart(vec![AGENT]), agent);
    files
        .template("/opt/panel/pai/pai-mate-env", OnChange::Nothing, context! { install: install.to_string() })
        .path = crate::values::FromText::parse(&format!("{install}/pai/pai-mate-env"))
        .expect("a path below a valid path");
    let target = shared.target;
    let context = context! {
        install: install.to_string(),
        data: shared.data.to_string(),
        protect_hostname: target.protect_hostname(),
        protect_kernel_logs: target.protect_kernel_logs(),
        protect_clock: target.protect_clock(),
    };
    files.template(
        "/etc/systemd/system/tencentcloud-pai-mate.service",
        OnChange::Unit(MATE),
        context.clone(),
    );
    files.template(
        "/etc/systemd/system/tencentcloud-pai-mate-update.service",
        OnChange::DaemonReload,
        context.clone(),
    );
    files.template(
        "/etc/systemd/system/tencentcloud-pai-mate-update.timer",
        OnChange::Unit(UPDATE_TIMER),
        context! {},
    );
    files.template("/etc/systemd/system/tencentcloud-pai-agent.service", OnChange::Unit(AGENT), context);
    let directory = |path: String| DataDirectory { path, mode: 0o755, owner: Owner::root() };
    Resources {
        files: files.files,
        units: vec![
            Unit::running(AGENT),
            Unit::running(MATE),
            Unit::running(UPDATE_TIMER),
            Unit::on_demand(UPDATE),
        ],
        packages: vec![xz(shared).to_owned()],
        downloads: vec![
            Download {
                name: "pai-mate".to_owned(),
                unpack: Unpack::Merge(0),
                directory: format!("{install}/pai-mate"),
                restarts: &[MATE],
                ..download(
                    shared,
                    "pai-mate-latest.tar.xz",
                    &origin(shared, shared.pai.mate_origin.as_ref()),
                    shared.pai.mate_sha256.as_ref(),
                )
            },
            Download {
                name: "pai_agent".to_owned(),
                unpack: Unpack::Program("pai_agent"),
                directory: format!("{install}/pai/bin"),
                restarts: &[AGENT],
                ..download(
                    shared,
                    "pai_agent",
                    &origin(shared, shared.pai.agent_origin.as_ref()),
                    shared.pai.agent_sha256.as_ref(),
                )
            },
        ],
        processes: processes(shared),
        login_urls: vec![LoginUrl {
            title: "panel",
            path: shared.pai.path.value.to_string(),
            user: None,
            password: None,
        }],
        runtime_state: RuntimeState {
            data_dirs: vec![format!("{}/pai_mate_workspaces", shared.data)],
            ..RuntimeState::default()
        },
        directories: vec![
            directory(shared.data.to_string()),
            directory(format!("{}/pai_mate_workspaces", shared.data)),
        ],
        footprint: Footprint { memory: 300, disk: 500 },
        ..Resources::default()
    }
}

/// The panel, the user's app, and the daily update from the mirror.
fn processes(shared: &SharedConfig) -> Vec<Process> {
    let process = |title, unit| Process { title, unit, ..Process::default() };
    vec![
        Process {
            ports: vec![shared.pai.port.value],
            secrets: vec![shared.certificate_key()],
            ..process("pai-mate", Some(MATE))
        },
        Process { ports: vec![shared.pai.app_port.value], ..process("your app", None) },
        process("pai_agent", Some(AGENT)),
        Process {
            schedule: Some("daily".to_owned()),
            connections: vec![(Peer::Process("update"), "starts")],
            ..process("update timer", Some(UPDATE_TIMER))
        },
        Process {
            connections: vec![(
                Peer::Outside("mirror", Some(origin(shared, shared.pai.mate_origin.as_ref()))),
                "downloads",
            )],
            ..process("update", Some(UPDATE))
        },
    ]
}

/// The package with the decompressor that tar calls.
fn xz(shared: &SharedConfig) -> &'static str {
    match shared.target.package_manager {
        crate::facts::target::PackageManager::Apt => "xz-utils",
        crate::facts::target::PackageManager::Dnf => "xz",
    }
}

fn download(shared: &SharedConfig, file: &str, origin: &str, sha256: Option<&Sha256>) -> Download {
    Download {
        name: String::new(),
        version: None,
        arch: shared.arch.as_str(),
        url: format!("{origin}/{file}"),
        // Only the user's own mirror can publish a checksum.
        checksum_url: Some(format!("{origin}/{file}.sha256")),
        sha256: sha256.map(ToString::to_string),
        license: LICENSE,
        unpack: Unpack::Archive(0),
        directory: String::new(),
        links: Vec::new(),
        restarts: &[],
    }
}
