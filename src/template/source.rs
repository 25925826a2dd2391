//! The table of templates: every file under `templates/`, compiled in.

/// Embeds each of the named files under `templates/`; names are without their `.j2`.
macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name, ".j2")))),*]
    };
}

/// The path on the host (or in the bundle) without a leading `/`, and the template's text. One line per file,
/// sorted. A test compares the table with the files on disk.
#[rustfmt::skip]
pub(super) const SOURCES: &[(&str, &str)] = sources![
    "etc/cni/net.d/10-openfaas.conflist",
    "etc/letsencrypt/renewal-hooks/deploy/panel-nginx",
    "etc/modules-load.d/panel.conf",
    "etc/nftables.d/panel.nft",
    "etc/nginx/conf.d/default.conf",
    "etc/sysctl.d/90-panel-forwarding.conf",
    "etc/systemd/system/certbot-alarm.service",
    "etc/systemd/system/certbot-issue.service",
    "etc/systemd/system/certbot-renew.service",
    "etc/systemd/system/certbot-renew.timer",
    "etc/systemd/system/code-server.service",
    "etc/systemd/system/containerd.service",
    "etc/systemd/system/faasd-provider.service",
    "etc/systemd/system/faasd.service",
    "etc/systemd/system/nftables.service.d/10-panel.conf",
    "etc/systemd/system/panel-firewall.service",
    "etc/systemd/system/tencentcloud-pai-agent.service",
    "etc/systemd/system/tencentcloud-pai-mate-update.service",
    "etc/systemd/system/tencentcloud-pai-mate-update.timer",
    "etc/systemd/system/tencentcloud-pai-mate.service",
    "opt/panel/pai/pai-mate-env",
    "usr/local/libexec/panel/code-server",
    "var/lib/faasd/resolv.conf",
];
