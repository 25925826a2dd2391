//! containerd: the container runtime that faasd uses. Its defaults are right, so it has no config file.

use super::{
    Component, Disruption, Download, Endpoints, FileSet, Footprint, Process, Resources, RuntimeState, Unit,
    Unpack, proxy, values,
};
use crate::components::file_spec::OnChange;
use crate::facts::releases::from;
use crate::host::{PanelKind, SharedConfig};

const NAME: &str = "containerd";
const UNIT: &str = "containerd.service";

pub(super) const COMPONENT: Component = Component {
    name: NAME,
    is_enabled: |shared| shared.kind == PanelKind::Faasd,
    endpoints: |_| Endpoints::default(),
    resources,
    disruptions: &[(
        "restart containerd",
        Disruption::Harmless("running containers continue; none starts or stops for some seconds"),
    )],
    extra_actions: |_, _, _| None,
};

fn resources(shared: &SharedConfig, _: &Endpoints) -> Resources {
    let version = &shared.containerd.version;
    // The dependencies of upstream's own unit, which differ by version.
    let after_dbus = from(version, "1.7.27") || (from(version, "1.6.39") && !from(version, "1.7.0"));
    let after_mounts = !from(version, "2.1.0");
    let after = match (after_mounts, after_dbus) {
        (true, true) => vec!["network.target", "local-fs.target", "dbus.service"],
        (true, false) => vec!["network.target", "local-fs.target"],
        (false, _) => vec!["network.target", "dbus.service"],
    };
    let context = values(
        [("after", after.into()), ("file_limit", file_limit(shared).into())].into_iter().chain(proxy(shared)),
    );
    let mut files = FileSet::new(NAME);
    files.template("/etc/systemd/system/containerd.service", OnChange::Unit(UNIT), context);
    let download = Download::new(shared, &shared.containerd, Unpack::Archive(0))
        .link("/usr/local/bin", "bin/*")
        .restarts(&[UNIT]);
    Resources {
        files: files.files,
        units: vec![Unit::running(UNIT).with_timeout(60, None)],
        runtime_state: RuntimeState {
            // It makes the second one when it starts, for programs of plugins.
            data_dirs: vec!["/var/lib/containerd".to_owned(), "/opt/containerd".to_owned()],
            ..RuntimeState::default()
        },
        downloads: vec![download],
        processes: vec![Process { title: NAME, unit: Some(UNIT), ..Process::default() }],
        footprint: Footprint { memory: 60, disk: 250 },
        ..Resources::default()
    }
}

/// The file limit of containerd and, by inheritance, every container. From 2.0 on, upstream leaves it to
/// systemd, whose default is high enough from 240 on.
fn file_limit(shared: &SharedConfig) -> Option<&'static str> {
    let version = &shared.containerd.version;
    if from(version, "2.0.0") {
        (!shared.target.good_file_limit()).then_some("1024:524288")
    } else if from(version, "1.5.0") {
        Some("infinity")
    } else {
        Some("1048576")
    }
}
