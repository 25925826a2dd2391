//! What a target system can do. Components and templates ask for capabilities; version numbers stay here.
//!
//! Versions are those of each distribution's own packages with updates, read from its package index on
//! 2026-11-22 (Debian and Ubuntu), and taken from its release notes (the RHEL family).

/// A version of up to three numbers, ordered.
type VersionTriple = (u16, u16, u16);

/// How well a target is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub aliases: &'static [&'static str],
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
}

/// The target used if none is set.
pub const DEFAULT: &str = "ubuntu-24.04";

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "ubuntu-18.04",
        aliases: &["bionic"],
        title: "Ubuntu 18.04 LTS",
        package_manager: PackageManager::Apt,
        nginx: (1, 14, 0),
        openssl: (1, 1, 1),
        systemd: 237,
        cloud_init: (23, 1, 2),
        certbot: (0, 27, 0),
        glibc: (2, 27, 0),
        support: SupportLevel::Untested,
    },
    Target {
        name: "ubuntu-20.04",
        aliases: &["focal"],
        title: "Ubuntu 20.04 LTS",
        package_manager: PackageManager::Apt,
        nginx: (1, 18, 0),
        openssl: (1, 1, 1),
        systemd: 245,
        cloud_init: (24, 4, 1),
        certbot: (0, 40, 0),
        glibc: (2, 31, 0),
        support: SupportLevel::Untested,
    },
    Target {
        name: "ubuntu-22.04",
        aliases: &["jammy"],
        title: "Ubuntu 22.04 LTS",
        package_manager: PackageManager::Apt,
        nginx: (1, 18, 0),
        openssl: (3, 0, 2),
        systemd: 249,
        cloud_init: (26, 1, 0),
        certbot: (1, 21, 0),
        glibc: (2, 35, 0),
        support: SupportLevel::Untested,
    },
    Target {
        name: "ubuntu-24.04",
        aliases: &["noble"],
        title: "Ubuntu 24.04 LTS",
        package_manager: PackageManager::Apt,
        nginx: (1, 24, 0),
        openssl: (3, 0, 13),
        systemd: 255,
        cloud_init: (26, 2, 0),
        certbot: (2, 9, 0),
        glibc: (2, 39, 0),
        support: SupportLevel::Tested,
    },
    Target {
        name: "ubuntu-26.04",
        aliases: &["resolute"],
        title: "Ubuntu 26.04 LTS",
        package_manager: PackageManager::Apt,
        nginx: (1, 28, 3),
        openssl: (3, 5, 0),
        systemd: 259,
        cloud_init: (26, 2, 0),
        certbot: (4, 0, 0),
        glibc: (2, 43, 0),
        support: SupportLevel::Untested,
    },
    Target {
        name: "debian-11",
        aliases: &["bullseye"],
        title: "Debian 11",
        package_manager: PackageManager::Apt,
        nginx: (1, 18, 0),
        openssl: (1, 1, 1),
        systemd: 247,
        cloud_init: (20, 4, 1),
        certbot: (1, 12, 0),
        glibc: (2, 31, 0),
        support: SupportLevel::Tested,
    },
    Target {
        name: "debian-12",
        aliases: &["bookworm"],
        title: "Debian 12",
        package_manager: PackageManager::Apt,
        nginx: (1, 22, 1),
        openssl: (3, 0, 22),
        systemd: 252,
        cloud_init: (22, 4, 2),
        certbot: (2, 1, 0),
        glibc: (2, 36, 0),
        support: SupportLevel::Tested,
    },
    Target {
        name: "debian-13",
        aliases: &["trixie"],
        title: "Debian 13",
        package_manager: PackageManager::Apt,
        nginx: (1, 26, 3),
        openssl: (3, 5, 0),
        systemd: 257,
        cloud_init: (25, 1, 4),
        certbot: (4, 0, 0),
        glibc: (2, 41, 0),
        support: SupportLevel::Tested,
    },
    Target {
        name: "rhel-9",
        aliases: &["almalinux-9", "rocky-9", "centos-stream-9", "oraclelinux-9"],
        title: "RHEL 9, AlmaLinux, Rocky Linux, CentOS Stream, Oracle Linux",
        package_manager: PackageManager::Dnf,
        nginx: (1, 20, 1),
        openssl: (3, 0, 7),
        systemd: 252,
        cloud_init: (23, 4, 0),
        certbot: (2, 6, 0),
        glibc: (2, 34, 0),
        support: SupportLevel::Untested,
    },
];

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
        for target in TARGETS {
            assert!(names.insert(target.name));
            for alias in target.aliases {
                assert!(names.insert(alias));
            }
        }
        assert!(Target::named(DEFAULT).is_some());
    }
}
