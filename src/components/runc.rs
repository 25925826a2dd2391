//! runc: the program that starts containers.

use super::{Component, Download, Endpoints, Footprint, Resources, Unpack};
use crate::host::{PanelKind, SharedConfig};

pub(super) const COMPONENT: Component = Component {
    name: "runc",
    is_enabled: |shared| shared.kind == PanelKind::Faasd,
    endpoints: |_| Endpoints::default(),
    resources,
    disruptions: &[],
    extra_actions: |_, _, _| None,
};

fn resources(shared: &SharedConfig, _: &Endpoints) -> Resources {
    // No restart: running containers keep the runc that they were started with.
    let download =
        Download::new(shared, &shared.runc, Unpack::Program("runc")).link("/usr/local/sbin/runc", "runc");
    Resources {
        downloads: vec![download],
        footprint: Footprint { memory: 0, disk: 25 },
        ..Resources::default()
    }
}
