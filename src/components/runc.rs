//! runc: the program that starts containers.

use super::{Component, Download, Endpoints, Resources, Unpack};
use crate::host::{PanelKind, SharedConfig};

pub(super) const COMPONENT: Component = Component {
    name: "runc",
    is_enabled: |model| model.kind == PanelKind::Faasd,
    endpoints: |_| Endpoints::default(),
    resources,
    disruptions: &[],
    extra_actions: |_, _, _| None,
};

fn resources(model: &SharedConfig, _: &Endpoints) -> Resources {
    // Nothing restarts: running containers keep the runc they were started with.
    let download =
        Download::new(model, &model.runc, Unpack::Program("runc")).link("/usr/local/sbin/runc", "runc");
    Resources { downloads: vec![download], ..Resources::default() }
}
