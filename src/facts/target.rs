//! What a system can do. Components and templates ask for capabilities; version numbers stay here.
//!
//! Versions are those of each distribution's own packages with updates, read from its package index on
//! 2026-11-22 (Debian and Ubuntu), and taken from its release notes (the RHEL family).

/// A version of up to three numbers, ordered.
type Release = (u16, u16, u16);

/// How far it is proven that what we render works on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupportLevel {
    /// A guest of this system was booted from a bundle, and everything in it was used: a job of `tests/boot`.
    Tested,
    /// The versions are known; what is rendered was read by programs of other systems.
    Untested,
}

impl SupportLevel {
    /// The word in `panelgen targets`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tested => "booted",
            Self::Untested => "from facts alone",
        }
    }
}

/// How packages are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageManager {
    /// Debian and Ubuntu.
    Apt,
    /// RHEL and its kin; certbot comes from EPEL.
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

    /// The packages that fetch and verify; RHEL has curl in every install, under a name that excludes the package `curl`.
    pub fn fetch(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &["ca-certificates", "curl"],
            Self::Dnf => &["ca-certificates"],
        }
    }
}

/// A system that a bundle is made for.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// As `--target` says it.
    pub name: &'static str,
    /// Other names for the same thing.
    pub aliases: &'static [&'static str],
    /// What people call it.
    pub title: &'static str,
    /// How packages are installed.
    pub package_manager: PackageManager,
    /// nginx of the distribution.
    pub nginx: Release,
    /// The OpenSSL it is built with.
    pub openssl: Release,
    /// systemd.
    pub systemd: u16,
    /// cloud-init.
    pub cloud_init: Release,
    /// certbot.
    pub certbot: Release,
    /// The C library.
    pub glibc: Release,
    /// How far it is proven.
    pub support: SupportLevel,
}

/// The target when none is named.
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
    /// The target when none is named.
    #[expect(clippy::should_implement_trait, reason = "it is one of the table's rows, by reference")]
    pub fn default() -> &'static Self {
        Self::named(DEFAULT).expect("the default is in the table")
    }

    /// The target of that name or alias.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name || target.aliases.contains(&name))
    }

    /// nginx switches HTTP/2 on by `http2 on;` (1.25.1), not by a word of `listen`.
    pub fn http2_directive(&self) -> bool {
        self.nginx >= (1, 25, 1)
    }

    /// nginx can refuse a TLS handshake without a certificate (1.19.4).
    pub fn reject_handshake(&self) -> bool {
        self.nginx >= (1, 19, 4)
    }

    /// nginx reuses one session ticket key until it restarts (before 1.23.2), so tickets are better off.
    pub fn static_ticket_key(&self) -> bool {
        self.nginx < (1, 23, 2)
    }

    /// OpenSSL knows the post-quantum group X25519MLKEM768 (3.5); an older one makes nginx refuse to start.
    pub fn mlkem(&self) -> bool {
        self.openssl >= (3, 5, 0)
    }

    /// The distribution's nginx brings a site of its own on port 80, in `sites-enabled`.
    pub fn sites_enabled(&self) -> bool {
        self.package_manager == PackageManager::Apt
    }

    /// `Type=exec` (systemd 240): a unit has started only when its program runs.
    pub fn type_exec(&self) -> bool {
        self.systemd >= 240
    }

    /// The set `@system-service` of `SystemCallFilter=` (systemd 239). An older systemd ignores the unknown set, and
    /// an allow-list of nothing starts no program.
    pub fn system_service_calls(&self) -> bool {
        self.systemd >= 239
    }

    /// `ProtectHostname=` and `RestrictSUIDSGID=` (systemd 242).
    pub fn protect_hostname(&self) -> bool {
        self.systemd >= 242
    }

    /// `ProtectKernelLogs=` (systemd 244).
    pub fn protect_kernel_logs(&self) -> bool {
        self.systemd >= 244
    }

    /// `ProtectClock=` (systemd 245).
    pub fn protect_clock(&self) -> bool {
        self.systemd >= 245
    }

    /// `ProtectProc=` and `ProcSubset=` (systemd 247).
    pub fn protect_proc(&self) -> bool {
        self.systemd >= 247
    }

    /// `PrivateIPC=` (systemd 248).
    pub fn private_ipc(&self) -> bool {
        self.systemd >= 248
    }

    /// containerd 2.x sets no file limit of its own, because systemd from 240 on has a good one.
    pub fn good_file_limit(&self) -> bool {
        self.systemd >= 240
    }

    /// `certbot renew --no-random-sleep-on-renew` (0.28): the timer already spreads the load.
    pub fn renew_without_sleep(&self) -> bool {
        self.certbot >= (0, 28, 0)
    }

    /// certbot knows ACME profiles (4.0), among them certificates of six days.
    pub fn acme_profiles(&self) -> bool {
        self.certbot >= (4, 0, 0)
    }

    /// certbot can be told the key type (1.10); from 2.0 on ECDSA is its default.
    pub fn key_type(&self) -> bool {
        self.certbot >= (1, 10, 0)
    }

    /// `write_files` has `defer` (cloud-init 21.4): files wait until packages and accounts are there.
    pub fn cloud_init_defer(&self) -> bool {
        self.cloud_init >= (21, 4, 0)
    }

    /// glibc is new enough for upstream's dynamic containerd, which is built on Ubuntu 22.04: symbols that
    /// moved in 2.34. Older systems take upstream's static build.
    pub fn dynamic_containerd(&self) -> bool {
        self.glibc >= (2, 34, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for target in TARGETS {
            assert!(seen.insert(target.name));
            for alias in target.aliases {
                assert!(seen.insert(alias));
            }
        }
        assert!(Target::named(DEFAULT).is_some());
    }
}
