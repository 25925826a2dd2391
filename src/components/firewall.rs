//! The firewall: closes what programs open too wide, in a table of its own.

use super::{Component, Cost, Files, Front, Listener, Offer, Reach, Traces, Unit, context};
use crate::components::file_spec::OnChange;
use crate::host::{Kind, Model};

const NAME: &str = "firewall";
const UNIT: &str = "panel-firewall.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    wanted: |model| model.kind == Kind::Faasd,
    front: |_| Front::default(),
    offer,
    costs: &[("restart panel-firewall", Cost::Free("its rules are away for a moment; connections live on"))],
    further: |_, _, _| None,
};

fn offer(model: &Model, front: &Front) -> Offer {
    let ports = |reach: Reach| {
        let ports: Vec<_> =
            front.listeners.iter().filter(|listener| listener.reach == reach).map(port).collect();
        ports
    };
    let context = context! { bridge_ports: ports(Reach::Bridge), host_ports: ports(Reach::Host) };
    let mut files = Files::of(NAME);
    files.template("/etc/nftables.d/panel.nft", OnChange::Restart(vec![UNIT]), context);
    let sandbox = context! {
        protect_hostname: model.target.protect_hostname(),
        protect_kernel_logs: model.target.protect_kernel_logs(),
        protect_clock: model.target.protect_clock(),
        protect_proc: model.target.protect_proc(),
        system_service_calls: model.target.system_service_calls(),
    };
    files.template("/etc/systemd/system/panel-firewall.service", OnChange::Unit(UNIT), sandbox);
    Offer {
        artifacts: files.artifacts,
        units: vec![Unit::running(UNIT)],
        packages: vec!["nftables".to_owned()],
        traces: Traces { tables: vec![("inet", "panel")], ..Traces::default() },
        ..Offer::default()
    }
}

fn port(listener: &Listener) -> String {
    listener.port.value.to_string()
}
