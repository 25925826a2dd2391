//! The firewall: a separate nftables table that closes ports which programs open too widely.

use super::{
    Component, Disruption, Endpoints, Exposure, FileSet, Listener, Resources, RuntimeState, Unit, context,
};
use crate::components::file_spec::OnChange;
use crate::facts::clouds::is_metadata;
use crate::host::{PanelKind, SharedConfig};

const NAME: &str = "firewall";
const UNIT: &str = "panel-firewall.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| shared.kind == PanelKind::Faasd,
    endpoints: |_| Endpoints::default(),
    resources,
    disruptions: &[
        (
            "reload panel-firewall",
            Disruption::Harmless("the rules are replaced in one transaction; connections continue"),
        ),
        ("restart panel-firewall", Disruption::Harmless("the rules stay in place; connections continue")),
    ],
    extra_actions: |_, _, _| None,
};

fn resources(shared: &SharedConfig, endpoints: &Endpoints) -> Resources {
    let ports = |reach: Exposure| {
        let ports: Vec<_> =
            endpoints.listeners.iter().filter(|listener| listener.exposure == reach).map(port).collect();
        ports
    };
    let public = [ports(Exposure::Public), ports(Exposure::ContainerNetwork)].concat();
    let own = shared.faasd.host_ports.iter().map(ToString::to_string);
    let context = context! {
        bridge_ports: ports(Exposure::ContainerNetwork),
        host_ports: ports(Exposure::Loopback),
        function_ports: public.into_iter().chain(own).collect::<Vec<_>>(),
        metadata_nameservers: metadata_nameservers(shared),
        masquerade: shared.target.nft_nat(),
    };
    let mut files = FileSet::new(NAME);
    files.template("/etc/nftables.d/panel.nft", OnChange::Reload(UNIT), context);
    files.template(
        "/etc/systemd/system/nftables.service.d/10-panel.conf",
        OnChange::DaemonReload,
        context! {},
    );
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
        runtime_state: RuntimeState {
            tables: if shared.target.nft_nat() {
                vec![("inet", "panel"), ("ip", "panel")]
            } else {
                vec![("inet", "panel")]
            },
            ..RuntimeState::default()
        },
        blocked_traffic: vec![("containers", "169.254.0.0/16 (metadata)")],
        ..Resources::default()
    }
}

fn port(listener: &Listener) -> String {
    listener.port.value.to_string()
}

/// The DNS servers of functions that are also metadata services, as in Azure, AWS and Google's cloud.
fn metadata_nameservers(shared: &SharedConfig) -> Vec<String> {
    let servers = shared.faasd.nameservers.iter().filter(|server| is_metadata(server.ip()));
    servers.filter(|server| server.ip().is_ipv4()).map(ToString::to_string).collect()
}
