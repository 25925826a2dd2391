//! The firewall: closes what programs open too wide, in a table of its own.

use super::{Component, Cost, Files, Front, Listener, Offer, Reach, Traces, Unit, context};
use crate::artifact::OnChange;
use crate::panel::{Kind, Panel};

const NAME: &str = "firewall";
const UNIT: &str = "panel-firewall.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    wanted: |panel| panel.kind == Kind::Faasd,
    front: |_| Front::default(),
    offer,
    costs: &[("restart panel-firewall", Cost::Free("its rules are away for a moment; connections live on"))],
    further: |_, _, _| None,
};

fn offer(_: &Panel, front: &Front) -> Offer {
    let ports = |reach: Reach| {
        let ports: Vec<_> =
            front.listeners.iter().filter(|listener| listener.reach == reach).map(port).collect();
        ports
    };
    let context = context! { bridge_ports: ports(Reach::Bridge), host_ports: ports(Reach::Host) };
    let mut files = Files::of(NAME);
    files.template("/etc/nftables.d/panel.nft", OnChange::Restart(vec![UNIT]), context);
    files.template("/etc/systemd/system/panel-firewall.service", OnChange::Unit(UNIT), context! {});
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
