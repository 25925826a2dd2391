//! The programs and images of a host: file names, and the versions that belong together. Their checksums, licenses
//! and dates are in `upstream.yaml`.

use std::fmt;

use super::upstream::UPSTREAM;
use crate::values::{FromText, ImagePrefix, Version};

/// A processor architecture, by Debian's and Go's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arch {
    /// 64-bit x86.
    Amd64,
    /// 64-bit ARM.
    Arm64,
}

impl Arch {
    /// The name in upstream's file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The suffix that `OpenFaaS` appends to names; empty for amd64.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Amd64 => "",
            Self::Arm64 => "-arm64",
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A program that upstream publishes as one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// The container runtime.
    Containerd,
    /// Its statically linked build, for systems with an old C library.
    ContainerdStatic,
    /// The low-level runtime.
    Runc,
    /// The network plugins.
    Cni,
    /// The function platform.
    Faasd,
    /// Its command line.
    FaasCli,
    /// The web IDE.
    CodeServer,
}

/// Where upstream publishes the checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamChecksum {
    /// A file in the same directory, with this name.
    Beside(String),
    /// Upstream publishes none.
    None,
}

impl Program {
    /// The name in messages, in the lock and in directory names on the host.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Containerd | Self::ContainerdStatic => "containerd",
            Self::Runc => "runc",
            Self::Cni => "cni-plugins",
            Self::Faasd => "faasd",
            Self::FaasCli => "faas-cli",
            Self::CodeServer => "code-server",
        }
    }

    /// Upstream's file name.
    pub fn file(self, version: &Version, arch: Arch) -> String {
        let suffix = arch.suffix();
        match self {
            Self::Containerd => format!("containerd-{version}-linux-{arch}.tar.gz"),
            Self::ContainerdStatic => format!("containerd-static-{version}-linux-{arch}.tar.gz"),
            Self::Runc => format!("runc.{arch}"),
            Self::Cni => format!("cni-plugins-linux-{arch}-v{version}.tgz"),
            Self::Faasd => format!("faasd{suffix}"),
            Self::FaasCli => format!("faas-cli{suffix}"),
            Self::CodeServer => format!("code-server-{version}-linux-{arch}.tar.gz"),
        }
    }

    /// The directory upstream serves the file from.
    pub fn origin(self, version: &Version) -> String {
        let (repository, tag) = match self {
            Self::Containerd | Self::ContainerdStatic => ("containerd/containerd", format!("v{version}")),
            Self::Runc => ("opencontainers/runc", format!("v{version}")),
            Self::Cni => ("containernetworking/plugins", format!("v{version}")),
            Self::Faasd => ("openfaas/faasd", version.to_string()),
            Self::FaasCli => ("openfaas/faas-cli", version.to_string()),
            Self::CodeServer => ("coder/code-server", format!("v{version}")),
        };
        format!("https://github.com/{repository}/releases/download/{tag}")
    }

    /// Where upstream publishes the file's checksum.
    pub fn upstream_checksum(self, version: &Version, arch: Arch) -> UpstreamChecksum {
        let file = self.file(version, arch);
        match self {
            Self::Containerd | Self::ContainerdStatic => {
                UpstreamChecksum::Beside(format!("{file}.sha256sum"))
            }
            Self::Runc => UpstreamChecksum::Beside("runc.sha256sum".to_owned()),
            Self::Cni | Self::Faasd | Self::FaasCli => UpstreamChecksum::Beside(format!("{file}.sha256")),
            Self::CodeServer => UpstreamChecksum::None,
        }
    }

    /// The name in `upstream.yaml`. A statically linked build is a separate program there.
    fn fact_name(self) -> &'static str {
        if self == Self::ContainerdStatic { "containerd-static" } else { self.as_str() }
    }

    /// The license, by its SPDX name or in words.
    pub fn license(self, version: &Version) -> &'static str {
        let known = UPSTREAM.release(self.fact_name(), version).map(|release| release.license.as_str());
        UPSTREAM.license(known.unwrap_or_else(|| match self {
            Self::Containerd | Self::ContainerdStatic | Self::Runc | Self::Cni => "Apache-2.0",
            Self::Faasd if eula(version) => EULA,
            Self::Faasd | Self::FaasCli | Self::CodeServer => "MIT",
        }))
    }

    /// The file's checksum, if known.
    pub fn sha256(self, version: &Version, arch: Arch) -> Option<&'static str> {
        let release = UPSTREAM.release(self.fact_name(), version)?;
        match arch {
            Arch::Amd64 => release.amd64.as_deref(),
            Arch::Arm64 => release.arm64.as_deref(),
        }
    }
}

/// The license of faasd from 0.19.1 on, and of the images of `OpenFaaS`.
pub const EULA: &str = "OpenFaaS CE EULA";

/// Whether this faasd is under the `OpenFaaS` CE EULA and needs internet access at every start.
pub fn eula(faasd: &Version) -> bool {
    from(faasd, "0.19.1")
}

/// Whether `version` is `floor` or later.
pub fn from(version: &Version, floor: &str) -> bool {
    *version >= Version::parse(floor).expect("floors in this program are versions")
}

/// A set of versions that belong together.
#[derive(Debug, PartialEq, Eq)]
pub struct Stack {
    /// The name that `--stack` takes.
    pub name: &'static str,
    /// containerd.
    pub containerd: &'static str,
    /// runc.
    pub runc: &'static str,
    /// The CNI plugins.
    pub cni: &'static str,
    /// faasd.
    pub faasd: &'static str,
    /// faas-cli.
    pub faas_cli: &'static str,
    /// code-server.
    pub code_server: &'static str,
    /// The newest images that faasd from 0.18.8 on runs; without them, those that each faasd was published with.
    pub images: Option<StackImages>,
}

/// The tags of a stack's images.
#[derive(Debug, PartialEq, Eq)]
pub struct StackImages {
    /// The gateway.
    pub gateway: &'static str,
    /// The queue worker.
    pub queue_worker: &'static str,
    /// NATS streaming.
    pub nats: &'static str,
    /// Prometheus.
    pub prometheus: &'static str,
}

/// Every stack; the first is the default.
pub const STACKS: &[Stack] = &[
    Stack {
        name: "current",
        containerd: "2.3.4",
        runc: "1.4.3",
        cni: "1.9.1",
        faasd: "0.19.0",
        faas_cli: "0.17.8",
        code_server: "4.133.0",
        // Upstream removes older images of the gateway and the queue worker. `docs/facts.md` shows why these fit.
        images: Some(StackImages {
            gateway: "0.27.14",
            queue_worker: "0.14.2",
            nats: "0.25.6",
            prometheus: "v3.7.3",
        }),
    },
    Stack {
        name: "classic",
        containerd: "1.4.0",
        // The first stable series after the release candidates of 2020, and the oldest with a known checksum.
        runc: "1.0.3",
        cni: "0.8.5",
        faasd: "0.9.5",
        faas_cli: "0.12.9",
        code_server: "3.5.0",
        images: None,
    },
];

/// The images of the core services that belong to one version of faasd.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Images {
    /// The gateway.
    pub gateway: String,
    /// The queue worker.
    pub queue_worker: String,
    /// NATS streaming.
    pub nats: String,
    /// Prometheus.
    pub prometheus: String,
    /// The basic-auth plugin, dropped in 0.16.9.
    pub basic_auth: Option<String>,
}

impl Images {
    /// The terms of the images that are not free, if there are any.
    pub fn terms(&self) -> Option<&'static str> {
        let all = [Some(&self.gateway), Some(&self.queue_worker), self.basic_auth.as_ref()];
        let mut known = all.into_iter().flatten().filter_map(|image| UPSTREAM.image(image));
        known.find_map(super::upstream::Image::terms)
    }

    /// The image by its key in `faasd.images`.
    pub fn named(&self, name: &str) -> Option<&str> {
        let image = match name {
            "gateway" => &self.gateway,
            "queue_worker" => &self.queue_worker,
            "nats" => &self.nats,
            "prometheus" => &self.prometheus,
            _ => self.basic_auth.as_ref()?,
        };
        Some(image.as_str()).filter(|image| !image.is_empty())
    }

    /// The same images below a prefix, which has them under their own paths.
    #[must_use]
    pub fn below(self, prefix: Option<&ImagePrefix>) -> Self {
        let Some(prefix) = prefix else { return self };
        Self {
            gateway: prefix.of(&self.gateway),
            queue_worker: prefix.of(&self.queue_worker),
            nats: prefix.of(&self.nats),
            prometheus: prefix.of(&self.prometheus),
            basic_auth: self.basic_auth.as_deref().map(|image| prefix.of(image)),
        }
    }

    /// The images of this faasd in a stack, or `None` if they are unknown (0.10 to 0.16.8).
    pub fn of(faasd: &Version, stack: &Stack, arch: Arch) -> Option<Self> {
        if !from(faasd, "0.10.0") {
            let suffix = arch.suffix();
            return Some(Self {
                gateway: format!("docker.io/openfaas/gateway:0.18.18{suffix}"),
                queue_worker: format!("docker.io/openfaas/queue-worker:0.11.2{suffix}"),
                nats: "docker.io/library/nats-streaming:0.11.2".to_owned(),
                prometheus: "docker.io/prom/prometheus:v2.14.0".to_owned(),
                basic_auth: Some(format!("docker.io/openfaas/basic-auth-plugin:0.18.18{suffix}")),
            });
        }
        let tagged = |gateway: &str, queue_worker: &str, nats: &str, prometheus: &str| Self {
            gateway: format!("ghcr.io/openfaas/gateway:{gateway}"),
            queue_worker: format!("ghcr.io/openfaas/queue-worker:{queue_worker}"),
            nats: format!("docker.io/library/nats-streaming:{nats}"),
            prometheus: format!("docker.io/prom/prometheus:{prometheus}"),
            basic_auth: None,
        };
        if let Some(images) = stack.images.as_ref().filter(|_| from(faasd, "0.18.8")) {
            return Some(tagged(images.gateway, images.queue_worker, images.nats, images.prometheus));
        }
        let known = UPSTREAM.compose.iter().rev().find(|known| from(faasd, &known.faasd))?;
        Some(tagged(&known.gateway, &known.queue_worker, &known.nats, &known.prometheus))
    }
}
