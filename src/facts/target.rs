//! What a target system can do. Components and templates ask for capabilities; version numbers stay here.
//!
//! The versions are those of each distribution's own packages with updates; they are in `targets.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::read;
use super::source::Source;
use crate::values::Date;

/// A version of up to three numbers, ordered.
type VersionTriple = (u16, u16, u16);

/// How well a target is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SupportLevel {
    /// A job of `tests/boot` boots a guest of this system from a bundle and uses everything in it.
    Tested,
    /// The versions are known, but the bundle was only validated by programs of other systems.
    Untested,
}

impl SupportLevel {
    /// The value shown by `panelgen targets`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::Untested => "untested",
        }
    }
}

/// The distribution's package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageManager {
    /// Debian and Ubuntu.
    Apt,
    /// RHEL and its derivatives; certbot comes from EPEL.
    Dnf,
}

impl PackageManager {
    /// The program's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
        }
    }

    /// The packages needed to download and verify files. Every RHEL install has curl, from a package that
    /// conflicts with `curl`.
    pub fn fetch(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &["ca-certificates", "curl"],
            Self::Dnf => &["ca-certificates"],
        }
    }
}

/// A target system.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The name that `--target` takes.
    pub name: &'static str,
    /// Other names that `--target` accepts.
    pub aliases: Vec<&'static str>,
    /// The name for people.
    pub title: &'static str,
    /// The package manager.
    pub package_manager: PackageManager,
    /// The version of the distribution's nginx.
    pub nginx: VersionTriple,
    /// The version of the OpenSSL that nginx is built with.
    pub openssl: VersionTriple,
    /// The version of systemd.
    pub systemd: u16,
    /// The version of cloud-init.
    pub cloud_init: VersionTriple,
    /// The version of certbot.
    pub certbot: VersionTriple,
    /// The version of the C library.
    pub glibc: VersionTriple,
    /// How well the target is tested.
    pub support: SupportLevel,
    /// certbot's DNS plugins that are packages of the distribution, without those that need other settings than a file
    /// of credentials. `None` if that is not known.
    pub dns_plugins: Option<Vec<&'static str>>,
    /// The last day with updates of the distribution.
    pub end_of_life: Date,
    /// The last day of its extended support.
    pub extended_support: Date,
}

/// Everything in `targets.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFacts {
    /// The sources by name.
    pub sources: BTreeMap<String, Source>,
    /// The rows.
    pub targets: Vec<TargetRow>,
}

/// A row of `targets.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetRow {
    name: String,
    aliases: Vec<String>,
    title: String,
    package_manager: PackageManager,
    support: SupportLevel,
    /// The versions of programs.
    pub versions: Versions,
    /// certbot's DNS plugins.
    #[serde(default)]
    pub dns_plugins: Option<DnsPlugins>,
    /// The ends of support.
    pub end_of_life: EndOfLife,
}

impl TargetRow {
    /// Whether it is the row of the target with that name.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

/// The versions of a target's programs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    #[serde(deserialize_with = "triple")]
    nginx: VersionTriple,
    #[serde(deserialize_with = "triple")]
    openssl: VersionTriple,
    systemd: u16,
    #[serde(deserialize_with = "triple")]
    cloud_init: VersionTriple,
    #[serde(deserialize_with = "triple")]
    certbot: VersionTriple,
    #[serde(deserialize_with = "triple")]
    glibc: VersionTriple,
    /// The source.
    pub source: String,
}

/// The packages of certbot's DNS plugins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DnsPlugins {
    names: Vec<String>,
    /// The source.
    pub source: String,
}

/// The ends of a target's support.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndOfLife {
    standard: Date,
    extended: Date,
    /// The source.
    pub source: String,
}

/// Three numbers with dots between them.
fn triple<'de, D: Deserializer<'de>>(deserializer: D) -> Result<VersionTriple, D::Error> {
    let text = String::deserialize(deserializer)?;
    let numbers: Vec<u16> = text.split('.').filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [major, minor, patch] => Ok((major, minor, patch)),
        _ => Err(D::Error::custom("expected three numbers")),
    }
}

/// certbot's DNS plugins that take one file of credentials, and whose DNS they change. Not every target has a package of
/// each. The names are those of certbot's documentation
/// (<https://eff-certbot.readthedocs.io/en/stable/using.html#dns-plugins>) and of the packages of Debian and Ubuntu.
pub const DNS_PLUGINS: &[(&str, &str)] = &[
    ("cloudflare", "Cloudflare"),
    ("desec", "deSEC"),
    ("digitalocean", "DigitalOcean"),
    ("dnsimple", "DNSimple"),
    ("dnsmadeeasy", "DNS Made Easy"),
    ("gandi", "Gandi LiveDNS"),
    ("gehirn", "Gehirn Infrastructure Service"),
    ("google", "Google Cloud DNS"),
    ("infomaniak", "Infomaniak"),
    ("linode", "Linode"),
    ("luadns", "LuaDNS"),
    ("netcup", "netcup"),
    ("nsone", "NS1"),
    ("ovh", "OVH"),
    ("rfc2136", "A server with dynamic updates, such as BIND or PowerDNS"),
    ("route53", "Amazon Route 53"),
    ("sakuracloud", "Sakura Cloud"),
];

/// The target used if none is set.
pub const DEFAULT: &str = "ubuntu-24.04";

/// The rows with their sources.
pub static TARGET_FACTS: LazyLock<TargetFacts> = LazyLock::new(|| read(include_str!("targets.yaml")));

/// Every target.
pub static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let target = |row: &'static TargetRow| Target {
        name: &row.name,
        aliases: row.aliases.iter().map(String::as_str).collect(),
        title: &row.title,
        package_manager: row.package_manager,
        nginx: row.versions.nginx,
        openssl: row.versions.openssl,
        systemd: row.versions.systemd,
        cloud_init: row.versions.cloud_init,
        certbot: row.versions.certbot,
        glibc: row.versions.glibc,
        support: row.support,
        dns_plugins: row
            .dns_plugins
            .as_ref()
            .map(|plugins| plugins.names.iter().map(String::as_str).collect()),
        end_of_life: row.end_of_life.standard,
        extended_support: row.end_of_life.extended,
    };
    TARGET_FACTS.targets.iter().map(target).collect()
});

impl Target {
    /// The target used if none is set.
    #[expect(clippy::should_implement_trait, reason = "it is one of the table's rows, by reference")]
    pub fn default() -> &'static Self {
        Self::named(DEFAULT).expect("the default is in the table")
    }

    /// The target with that name or alias.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name || target.aliases.contains(&name))
    }

    /// Whether nginx enables HTTP/2 by `http2 on;` (1.25.1) instead of a parameter of `listen`.
    pub fn http2_directive(&self) -> bool {
        self.nginx >= (1, 25, 1)
    }

    /// Whether nginx has `ssl_reject_handshake` (1.19.4), which needs no certificate.
    pub fn reject_handshake(&self) -> bool {
        self.nginx >= (1, 19, 4)
    }

    /// Whether nginx has `proxy_cookie_flags` (1.19.3).
    pub fn cookie_flags(&self) -> bool {
        self.nginx >= (1, 19, 3)
    }

    /// Whether nginx keeps one session ticket key until it restarts (before 1.23.2), so that tickets are
    /// better disabled.
    pub fn static_ticket_key(&self) -> bool {
        self.nginx < (1, 23, 2)
    }

    /// Whether OpenSSL has the post-quantum group X25519MLKEM768 (3.5). With an older one, nginx does not
    /// start.
    pub fn mlkem(&self) -> bool {
        self.openssl >= (3, 5, 0)
    }

    /// Whether the distribution's nginx ships a default site on port 80 in `sites-enabled`.
    pub fn sites_enabled(&self) -> bool {
        self.package_manager == PackageManager::Apt
    }

    /// Whether systemd has `Type=exec` (240): a unit counts as started only once its program runs.
    pub fn type_exec(&self) -> bool {
        self.systemd >= 240
    }

    /// Whether `SystemCallFilter=` has the set `@system-service` (systemd 239). An older systemd ignores the
    /// unknown set, and an empty allow-list lets no program start.
    pub fn system_service_calls(&self) -> bool {
        self.systemd >= 239
    }

    /// Whether systemd has `ProtectHostname=` and `RestrictSUIDSGID=` (242).
    pub fn protect_hostname(&self) -> bool {
        self.systemd >= 242
    }

    /// Whether systemd has `ProtectKernelLogs=` (244).
    pub fn protect_kernel_logs(&self) -> bool {
        self.systemd >= 244
    }

    /// Whether systemd has `ProtectClock=` (245).
    pub fn protect_clock(&self) -> bool {
        self.systemd >= 245
    }

    /// Whether systemd has `ProtectProc=` and `ProcSubset=` (247).
    pub fn protect_proc(&self) -> bool {
        self.systemd >= 247
    }

    /// Whether systemd has `LoadCredential=` (247): root hands a unit a secret without writing below a directory of
    /// the unit's user.
    pub fn load_credential(&self) -> bool {
        self.systemd >= 247
    }

    /// Whether the kernel (4.18) lets nftables and iptables both translate addresses. Systems with systemd 240 have one.
    pub fn nft_nat(&self) -> bool {
        self.systemd >= 240
    }

    /// Whether systemd has `PrivateIPC=` (248).
    pub fn private_ipc(&self) -> bool {
        self.systemd >= 248
    }

    /// Whether systemd's default file limit is high enough (240), as containerd 2.x assumes.
    pub fn good_file_limit(&self) -> bool {
        self.systemd >= 240
    }

    /// Whether certbot has `--no-random-sleep-on-renew` (0.28). The timer already spreads the load.
    pub fn renew_without_sleep(&self) -> bool {
        self.certbot >= (0, 28, 0)
    }

    /// Whether certbot supports ACME profiles (4.0), such as certificates of six days.
    pub fn acme_profiles(&self) -> bool {
        self.certbot >= (4, 0, 0)
    }

    /// Whether certbot has `--key-type` (1.10). From 2.0 on, ECDSA is its default.
    pub fn key_type(&self) -> bool {
        self.certbot >= (1, 10, 0)
    }

    /// Whether cloud-init's `write_files` has `defer` (21.4): files are then written after packages and users
    /// exist.
    pub fn cloud_init_defer(&self) -> bool {
        self.cloud_init >= (21, 4, 0)
    }

    /// Whether glibc is new enough for upstream's dynamic containerd build, which uses symbols that moved in
    /// 2.34 (it is built on Ubuntu 22.04). Older systems use upstream's static build.
    pub fn dynamic_containerd(&self) -> bool {
        self.glibc >= (2, 34, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique() {
        let mut names = std::collections::BTreeSet::new();
        for target in TARGETS.iter() {
            assert!(names.insert(target.name));
            for alias in &target.aliases {
                assert!(names.insert(alias));
            }
        }
        assert!(Target::named(DEFAULT).is_some());
    }

    #[test]
    fn every_row_has_its_sources_with_a_date() {
        let facts = &*TARGET_FACTS;
        assert!(facts.targets.len() > 8);
        for row in &facts.targets {
            for name in row.dns_plugins.iter().flat_map(|plugins| &plugins.names) {
                assert!(DNS_PLUGINS.iter().any(|(plugin, _)| plugin == name), "{}: {name}", row.name);
            }
            let plugins = row.dns_plugins.as_ref().map(|plugins| &plugins.source);
            for source in [&row.versions.source, &row.end_of_life.source].into_iter().chain(plugins) {
                assert!(facts.sources[source].url.starts_with("https://"), "{}: {source}", row.name);
            }
            assert!(row.end_of_life.standard < row.end_of_life.extended, "{}", row.name);
        }
    }
}
