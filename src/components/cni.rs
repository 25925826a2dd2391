//! CNI: the plugins, the network list and the kernel settings for forwarding packets.

use super::{Component, Download, Endpoints, FileSet, Footprint, Resources, RuntimeState, Unpack, context};
use crate::components::file_spec::OnChange;
use crate::facts::releases;
use crate::facts::target::PackageManager;
use crate::host::{PanelKind, SharedConfig};

const NAME: &str = "cni";
/// The bridge, the network and the address prefix in the list that faasd writes.
const BRIDGE: (&str, &str, &str) = ("openfaas0", "openfaas-cni-bridge", "10.62.");

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| shared.kind == PanelKind::Faasd,
    endpoints: |_| Endpoints::default(),
    resources,
    disruptions: &[],
    extra_actions: |_, _, _| None,
};

fn resources(shared: &SharedConfig, _: &Endpoints) -> Resources {
    let mut files = FileSet::new(NAME);
    // faasd itself writes this file at every start. Ours has the same bytes, so that it never seems to have
    // changed. The allocation directory came in 0.11.0, when faasd began to read addresses there.
    let data_dir = releases::from(&shared.faasd.release.version, "0.11.0");
    files.directory("/etc/cni/net.d", 0o755);
    files.template("/etc/cni/net.d/10-openfaas.conflist", OnChange::Nothing, context! { data_dir: data_dir });
    files.template("/etc/sysctl.d/90-panel-forwarding.conf", OnChange::Sysctl, context! {});
    files.template("/etc/modules-load.d/panel.conf", OnChange::Modules, context! {});
    // The bridge plugin's masquerading and the firewall plugin's rules use iptables.
    let packages = match shared.target.package_manager {
        PackageManager::Apt => "iptables",
        PackageManager::Dnf => "iptables-nft",
    };
    let download = Download::new(shared, &shared.cni, Unpack::Archive(0)).link("/opt/cni/bin", "*");
    Resources {
        files: files.files,
        packages: vec![packages.to_owned()],
        downloads: vec![download],
        runtime_state: RuntimeState { bridge: Some(BRIDGE), ..RuntimeState::default() },
        footprint: Footprint { memory: 0, disk: 150 },
        ..Resources::default()
    }
}
