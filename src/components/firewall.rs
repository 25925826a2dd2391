//! The firewall: a separate nftables table that closes ports which programs open too widely.

use super::{
    Component, Disruption, Endpoints, Exposure, FileSet, Listener, Resources, RuntimeState, Unit, context,
};
use crate::components::file_spec::OnChange;
use crate::host::{PanelKind, SharedConfig};

const NAME: &str = "firewall";
const UNIT: &str = "panel-firewall.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| shared.kind == PanelKind::Faasd,
    endpoints: |_| Endpoints::default(),
    resources,
    disruptions: &[(
        "restart panel-firewall",
        Disruption::Harmless("the rules are missing for a moment; connections continue"),
    )],
    extra_actions: |_, _, _| None,
};

fn resources(shared: &SharedConfig, endpoints: &Endpoints) -> Resources {
    let ports = |reach: Exposure| {
        let ports: Vec<_> =
            endpoints.listeners.iter().filter(|listener| listener.exposure == reach).map(port).collect();
        ports
    };
    let context =
        context! { bridge_ports: ports(Exposure::ContainerNetwork), host_ports: ports(Exposure::Loopback) };
    let mut files = FileSet::new(NAME);
    files.template("/etc/nftables.d/panel.nft", OnChange::Restart(vec![UNIT]), context);
    let sandbox = context! {
        protect_hostname: shared.target.protect_hostname(),
        protect_kernel_logs: shared.target.protect_kernel_logs(),
        protect_clock: shared.target.protect_clock(),
        protect_proc: shared.target.protect_proc(),
        system_service_calls: shared.target.system_service_calls(),
    };
    files.template("/etc/systemd/system/panel-firewall.service", OnChange::Unit(UNIT), sandbox);
    Resources {
        files: files.files,
        units: vec![Unit::running(UNIT)],
        packages: vec!["nftables".to_owned()],
        runtime_state: RuntimeState { tables: vec![("inet", "panel")], ..RuntimeState::default() },
        blocked_traffic: vec![("containers", "169.254.0.0/16 (metadata)")],
        ..Resources::default()
    }
}

fn port(listener: &Listener) -> String {
    listener.port.value.to_string()
}
