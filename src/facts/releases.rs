//! What upstream publishes: file names, checksums, licenses, images. Data, with its sources.
//!
//! Checksums are those of kubespray's checksum list (HEAD of 2026-08-21 and its tags) and, for code-server
//! 4.133.0, of a public pin of the digests that GitHub reports. A checksum without a source is left out,
//! never invented.

use std::fmt;

use crate::values::{FromText, Version};

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

    /// The license, by its SPDX name or in words.
    pub fn license(self, version: &Version) -> &'static str {
        match self {
            Self::Containerd | Self::ContainerdStatic | Self::Runc | Self::Cni => "Apache-2.0",
            Self::Faasd if eula(version) => {
                "OpenFaaS CE EULA (not free: personal use, or one 60-day trial a year)"
            }
            Self::Faasd | Self::FaasCli | Self::CodeServer => "MIT",
        }
    }

    /// The file's checksum, if known.
    pub fn sha256(self, version: &Version, arch: Arch) -> Option<&'static str> {
        let version = version.to_string();
        CHECKSUMS
            .iter()
            .find(|(program, of, ..)| *program == self && *of == version)
            .map(|(.., amd64, arm64)| match arch {
                Arch::Amd64 => *amd64,
                Arch::Arm64 => *arm64,
            })
            .filter(|sum| !sum.is_empty())
    }
}

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

/// Images by the first version of faasd that uses them: faasd, gateway, queue worker, NATS, Prometheus. Read
/// from upstream's docker-compose.yaml at each tag.
const IMAGES: &[(&str, &str, &str, &str, &str)] = &[
    ("0.16.9", "0.26.3", "0.13.3", "0.25.3", "v2.42.0"),
    ("0.18.8", "0.27.5", "0.14.1", "0.25.6", "v2.49.1"),
    ("0.19.1", "0.27.9", "0.14.1", "0.25.6", "v2.49.1"),
    ("0.19.3", "0.27.12", "0.14.2", "0.25.6", "v3.0.1"),
    ("0.19.7", "0.27.12", "0.14.2", "0.25.6", "v3.1.0"),
];

impl Images {
    /// The images of this faasd, or `None` if they are unknown (0.10 to 0.16.8).
    pub fn of(faasd: &Version, arch: Arch) -> Option<Self> {
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
        let (_, gateway, queue_worker, nats, prometheus) =
            IMAGES.iter().rev().find(|(first, ..)| from(faasd, first))?;
        Some(Self {
            gateway: format!("ghcr.io/openfaas/gateway:{gateway}"),
            queue_worker: format!("ghcr.io/openfaas/queue-worker:{queue_worker}"),
            nats: format!("docker.io/library/nats-streaming:{nats}"),
            prometheus: format!("docker.io/prom/prometheus:{prometheus}"),
            basic_auth: None,
        })
    }
}

/// Digests of images (amd64) as pinned by a public NixOS packaging of faasd 0.19.0.
pub const DIGESTS: &[(&str, &str)] = &[
    (
        "ghcr.io/openfaas/gateway:0.27.5",
        "sha256:a0814d6ede0a8a5fadb5b7e71f3fbfafef1d7a5f6e814babedfd24353a71641b",
    ),
    (
        "ghcr.io/openfaas/queue-worker:0.14.1",
        "sha256:978ed61fa5dbfb90b6fd00bdbf15965d03d49d7d5d720a653d1c180ca7740162",
    ),
    (
        "docker.io/library/nats-streaming:0.25.6",
        "sha256:d3175589326bc542cdc97ec4900237e1b603492994037e2e0451fb86de40bfb0",
    ),
    (
        "docker.io/prom/prometheus:v2.49.1",
        "sha256:beb5e30ffba08d9ae8a7961b9a2145fc8af6296ff2a4f463df7cd722fcbfc789",
    ),
];

/// Known checksums: program, version, amd64, arm64. An empty text is unknown.
const CHECKSUMS: &[(Program, &str, &str, &str)] = &[
    (
        Program::Containerd,
        "2.3.4",
        "9d68969855fbf676cdb8ed758e420fb048d61f984f61de3e53eddfebe484d168",
        "a985fbb7e18fc0362d31a055338f5d7b0e087a3e27f14c70d1c5965399a29f95",
    ),
    (
        Program::Containerd,
        "2.3.3",
        "ebf6e710056312628eaf6fb4a1c32f0a4ae5f812568321be4029389d66fc7c7c",
        "9cc708f13c31588a2fbdbd13553d963356e990d50e9b95a2d6120f4ff2067910",
    ),
    (
        Program::Containerd,
        "2.2.7",
        "91cd216ea26a1b8b512219d3f205375c967e7b7de4dae571bc3dd16bfacd34b5",
        "84eb0a161e20ad45465202fa2d6d93b3d9b74666c363e9908706d590a86e2618",
    ),
    (
        Program::Containerd,
        "2.0.11",
        "249457e108b64f8c44bcf5928acc1d3300253c922414f5a8329a754303019d50",
        "a8261bd5cc78cc46f01bbc229320b9781f8c03dcfedcbff25dfd4f12e43e5d74",
    ),
    (
        Program::Containerd,
        "1.7.34",
        "640f989745020ea4897ad0a3d7d977863a7279d3f2e132792fc62c25a45bda50",
        "824cbd16af3bdfc1b1836338350630ae1b6a58c7466636a4bed10549790090ab",
    ),
    (
        Program::Containerd,
        "1.7.33",
        "43e48ced88d12ac48dda05c7a31719b74b64fed4729a450fb04751deae606eef",
        "483c738a322494014a23035febd51aa090843f6a5618a1d18e80d432f72dba9c",
    ),
    (
        Program::Containerd,
        "1.7.27",
        "5b038fb22ab5dbb1ce57dd3d8f102460cd8619ff2afc78870837b06e8c4e840a",
        "3f03ea60c7dacddf890be3ab18f7ef859d9d104b19627f52038d7984361912bc",
    ),
    (
        Program::Containerd,
        "1.7.22",
        "f8b2d935d1f86003f4e0c1af3b9f0d2820bacabe6dc9f562785b74af24c5e468",
        "48d0a8461ae829b12b07c3663b14b70287d0607a0792719c51b4e4dd700b02ce",
    ),
    (
        Program::Containerd,
        "1.7.18",
        "a24b05b341c155a0ec367d3d0fd1d437c09a0261dffdecc0e44e9abbf2d02aca",
        "e80ce87b469af03b3bdcf68b95f0f4a303787ae247581bcd42f04acf1ad4c24d",
    ),
    (
        Program::Containerd,
        "1.7.0",
        "b068b05d58025dc9f2fc336674cac0e377a478930f29b48e068f97c783a423f0",
        "e7e5be2d9c92e076f1e2e15c9f0a6e0609ddb75f7616999b843cba92d01e4da2",
    ),
    (
        Program::Containerd,
        "1.6.39",
        "7a2d3ed18e3735b9c0ac87b6b05fcfc6001261f81361100f2b4ca6c9f407ab9a",
        "84b470e4381f3a816a5f93b75f23cc1a14ef4550a426f27ebea1e46d963c2ed1",
    ),
    (
        Program::Containerd,
        "1.6.8",
        "3a1322c18ee5ff4b9bd5af6b7b30c923a3eab8af1df05554f530ef8e2b24ac5e",
        "b114e36ecce78cef9d611416c01b784a420928c82766d6df7dc02b10d9da94cd",
    ),
    (
        Program::Containerd,
        "1.6.2",
        "3d94f887de5f284b0d6ee61fa17ba413a7d60b4bb27d756a402b713a53685c6a",
        "a4b24b3c38a67852daa80f03ec2bc94e31a0f4393477cd7dc1c1a7c2d3eb2a95",
    ),
    (
        Program::ContainerdStatic,
        "2.3.4",
        "1d0eccd52471ab75e8d4645b538f73dc635f905cd2be776366eb1036a0089595",
        "ad21f456a69bca9c183a8bde892a7576d5d09ae88b3e376a47bde4a886037ab3",
    ),
    (
        Program::ContainerdStatic,
        "2.2.7",
        "a1df5b5398fe9002c0217de7959bb5642e8deb5be965dcfef4c012ee90c09561",
        "5b1861b40bfdaa9078bb726eb192a8ec4c2667504b8e87c981189cfe2441bc9d",
    ),
    (
        Program::ContainerdStatic,
        "2.0.11",
        "80c9b4afb94c21c86783d99c92b531969692a5c393c73e4735676d7caf61b1ed",
        "341dad1c6b56c17303ee86c4548f7010f44befc868d55d967e866240ee59fc56",
    ),
    (
        Program::ContainerdStatic,
        "1.7.34",
        "8e244782bbbbe39b2213b961f0939974e88b33f68bed13c6b51f8b4c4ab8ca47",
        "4aa54ecace7a22bc9e5dccbf06de7a0d8ad79db02fb04b348191802c8880cbc7",
    ),
    (
        Program::ContainerdStatic,
        "1.7.27",
        "e3ea27eb0e7b8dd92ba7a5ecdd363372ad3c30f9cdecbec75e60ae4a43ca93b9",
        "ce2b308e81dc1e633362a45b64fbefc58a7c521e7e060cf95a7709bc1704b402",
    ),
    (
        Program::Runc,
        "1.4.3",
        "f6ae8efc0fa40079e1475e97cbe9d1bd3f106a28d6af78a11d9f1bd565515e60",
        "633301e2e32f8a5ad54031aab4901eb00308bec677dd15faa2751e8f9dab5ca4",
    ),
    (
        Program::Runc,
        "1.4.2",
        "ac8a90f9e225bb9322189937b230cdc5478d5753f0e31e1bda98a5cf06bd9539",
        "ea54032310588e115633aa2f4bba8bf9500257f657e1deca88df5778775138db",
    ),
    (
        Program::Runc,
        "1.3.6",
        "3f3921dbbee7723e9868f97e88e51ffc910206e3ba55646e74d93d24ea76023c",
        "6be27a061ef89bb14c6cb495405bba80f46cea213b8f79378a6086b1bac6b747",
    ),
    (
        Program::Runc,
        "1.3.5",
        "66fa8390be8fb3b23dfbb60c767368bb5b51f1acfa88692bbff1a82953d4d9e9",
        "bd843d75a788e612c9df286b1fa519a44fcbb7a7b8d01e2268431433cc7c718c",
    ),
    (
        Program::Runc,
        "1.2.9",
        "b21fda1d5a1510b19c3f6fb43ecb3a92887654a9d0c2b64e84b8b08f24ff0e30",
        "c155ae4716480be73a1c3bbedfa23df179800ba39ca83eb59f5b1b9b72a7ecbd",
    ),
    (
        Program::Runc,
        "1.2.5",
        "fbd851fce6a8e0d67a9d184ea544c2abf67c9fd29b80fcc1adf67dfe9eb036a1",
        "bfc6575f4c601740539553b639ad6f635c23f76695ed484171bd864df6a23f76",
    ),
    (
        Program::Runc,
        "1.1.15",
        "d218e1f8be4dcb1f288dea754faee342375a36f695eac5ab37fc8b7270a78763",
        "c680f8c470ffb228944ca80e1a4dbb6768b3ad97057350852e128847f9dd10bc",
    ),
    (
        Program::Runc,
        "1.1.12",
        "aadeef400b8f05645768c1476d1023f7875b78f52c7ff1967a6dbce236b8cbd8",
        "879f910a05c95c10c64ad8eb7d5e3aa8e4b30e65587b3d68e009a3565aed5bb8",
    ),
    (
        Program::Cni,
        "1.9.1",
        "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303",
        "56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec",
    ),
    (
        Program::Cni,
        "1.8.0",
        "ab3bda535f9d90766cccc90d3dddb5482003dd744d7f22bcf98186bf8eea8be6",
        "57ce466fc3b79db1f19b8f4c63e07a1112306efa53c94fe810a2150dd9e07ddb",
    ),
    (
        Program::Cni,
        "1.7.1",
        "1a28a0506bfe5bcdc981caf1a49eeab7e72da8321f1119b7be85f22621013098",
        "119fcb508d1ac2149e49a550752f9cd64d023a1d70e189b59c476e4d2bf7c497",
    ),
    (
        Program::Cni,
        "1.6.2",
        "b8e811578fb66023f90d2e238d80cec3bdfca4b44049af74c374d4fae0f9c090",
        "01e0e22acc7f7004e4588c1fe1871cc86d7ab562cd858e1761c4641d89ebfaa4",
    ),
    (
        Program::Cni,
        "1.5.1",
        "77baa2f669980a82255ffa2f2717de823992480271ee778aa51a9c60ae89ff9b",
        "c2a292714d0fad98a3491ae43df8ad58354b3c0bdf5d5a3e281777967c70fcff",
    ),
    (
        Program::Cni,
        "1.4.1",
        "2a0ea7072d1806b8526489bcd3b4847a06ab010ee32ba3c3d4e5a3235d3eb138",
        "56fe62d73942cffd8f119d2b8ecb6a062e85f529a3dbfc7aa5cd83c2c01929a7",
    ),
    (
        Program::Cni,
        "1.4.0",
        "c2485ddb3ffc176578ae30ae58137f0b88e50f7c7f2af7d53a569276b2949a33",
        "304d4389d5b732b7a73513d002c4895f731d030682d40653f411e10e39114194",
    ),
    (
        Program::Cni,
        "1.3.0",
        "754a71ed60a4bd08726c3af705a7d55ee3df03122b12e389fdba4bea35d7dd7e",
        "de7a666fd6ad83a228086bd55756db62ef335a193d1b143d910b69f079e30598",
    ),
    (
        Program::Cni,
        "1.2.0",
        "f3a841324845ca6bf0d4091b4fc7f97e18a623172158b72fc3fdcdb9d42d2d37",
        "525e2b62ba92a1b6f3dc9612449a84aa61652e680f7ebf4eff579795fe464b57",
    ),
    (
        Program::Cni,
        "1.1.1",
        "b275772da4026d2161bf8a8b41ed4786754c8a93ebfb6564006d5da7f23831e5",
        "16484966a46b4692028ba32d16afd994e079dc2cc63fbc2191d7bfaf5e11f3dd",
    ),
    (
        Program::Cni,
        "1.0.1",
        "5238fbb2767cbf6aae736ad97a7aa29167525dcd405196dfbc064672a730d3cf",
        "2d4528c45bdd0a8875f849a75082bc4eafe95cb61f9bcc10a6db38a031f67226",
    ),
    (
        Program::Cni,
        "0.9.1",
        "962100bbc4baeaaa5748cdbfce941f756b1531c2eadb290129401498bfac21e7",
        "ef17764ffd6cdcb16d76401bac1db6acc050c9b088f1be5efa0e094ea3b01df0",
    ),
    (
        Program::CodeServer,
        "4.133.0",
        "a4e0f8f8c76e7de8e7424289f74e507af4c97bfe104c3e8ee272b8cc7b46c6f1",
        "d999d8b0256e5537f3b62e6c09f624220026e19107a04a876c0cef62d1c71147",
    ),
    (Program::Runc, "1.0.3", "5d4c0e5a4e8d6ccbb9c6696bb239f31cfab8d94b15801bafe09aaee600714f61", ""),
    (Program::CodeServer, "4.12.0", "d50ee947c4144a6ff2656e664ecbb3f70b75168b8a6e8c3eef47787f3c240c26", ""),
];
