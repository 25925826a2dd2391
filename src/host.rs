//! The resolved host: every value typed, every default taken from stack and target.

pub mod parameters;
mod resolve;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use parameters::ResolvedParameters;
pub use resolve::{resolve, resolve_cached};

use crate::diagnostics::Location;
use crate::facts::releases::{Arch, Images, Program, Stack};
use crate::facts::target::Target;
use crate::values::{
    AcmeUrl, BaseUrl as Mirror, ByteSize, CalendarSpec, Domain, Duration, EmailAddress, GatewayUser,
    HeaderName, HostPath, ImageDigest, ImagePrefix, IpAddress, Label, Network, NginxDirective, Port,
    ProxyException, ProxyUrl, RegistryAuth, RoutePath, Secret, Sha256, UnitName, Upstream, UserName, Version,
};

/// The directory of nginx's certificates. Each name has a directory with links to certbot's files, or to a
/// placeholder until those exist, so that nginx starts even without the ACME server.
pub const TLS_DIRECTORY: &str = "/etc/nginx/tls";

/// The directory of units and drop-ins on the host.
pub const UNIT_DIRECTORY: &str = "/etc/systemd/system/";

/// The paths of the initial password on a host, with faasd and without.
pub const PASSWORD_FILES: [&str; 2] =
    ["/var/lib/faasd/secrets/basic-auth-password", "/etc/panel/secrets/password"];

/// The path of the credentials of registries on a host, which is built into faasd.
pub const REGISTRY_AUTH_FILE: &str = "/var/lib/faasd/.docker/config.json";

/// The addresses of containers, which are built into faasd.
pub const CONTAINER_NETWORK: &str = "10.62.0.0/16";

/// The program that certbot runs after a renewal, on the host.
pub const DEPLOY_HOOK: &str = "/etc/letsencrypt/renewal-hooks/deploy/panel-nginx";

/// The type of panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    /// Functions on faasd.
    Faasd,
    /// The pai panel.
    Pai,
    /// Only the edge and the IDE.
    None,
}

impl PanelKind {
    /// The value of `panel:`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Faasd => "faasd",
            Self::Pai => "pai",
            Self::None => "none",
        }
    }
}

/// A value and its location, so that a conflict between two components can name both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithLocation<T> {
    /// The value.
    pub value: T,
    /// The parameter's dotted path.
    pub parameter: &'static str,
    /// The location.
    pub location: Location,
}

/// The configuration of one host: its own values, and those shared with other hosts.
#[derive(Debug, Clone)]
pub struct Host {
    /// The domains; the first is the certificate's primary name.
    pub domains: Vec<Domain>,
    /// The email address of the ACME account.
    pub mail: Option<EmailAddress>,
    /// The initial password, if set.
    pub password: Option<Secret>,
    /// The credentials of registries, if set.
    #[doc(hidden)]
    pub registry_auth: Option<RegistryAuth>,
    /// Everything else, shared with all hosts that differ only in the fields above.
    #[doc(hidden)]
    pub shared: Arc<SharedConfig>,
}

/// The parameters that belong to one host. [`SharedConfig`] does not depend on them.
pub const PER_HOST_KEYS: &[&str] = &["domain", "mail", "passinit"];

/// The configuration shared by hosts that differ only in [`PER_HOST_KEYS`]: everything that a component may
/// use to declare its resources. So one plan fits all of these hosts; the types guarantee it.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct SharedConfig {
    /// The type of panel.
    pub kind: PanelKind,
    /// The operating system.
    pub target: &'static Target,
    /// The processor architecture.
    pub arch: Arch,
    /// The set of versions.
    pub stack: &'static Stack,
    /// Whether an initial password is set.
    pub has_password: bool,
    /// Whether credentials of registries are set.
    pub has_registry_auth: bool,
    /// Whether resolving it produced no diagnostics.
    pub has_no_diagnostics: bool,
    /// The server for all downloads.
    pub mirror: Option<Mirror>,
    /// Where images come from, if not from their own registries.
    pub image_prefix: Option<ImagePrefix>,
    /// The proxy between the host and the internet.
    pub proxy: Option<ProxyConfig>,
    /// The directory that programs are unpacked to.
    pub install: HostPath,
    /// The location of `install`.
    pub install_location: Location,
    /// The directory for the installer's progress file.
    pub data: HostPath,
    /// Certificates and TLS.
    pub tls: TlsConfig,
    /// The configured routes.
    pub routes: Vec<RouteConfig>,
    /// The maximum size of a request body.
    pub client_max_body_size: ByteSize,
    /// Whether nginx listens on IPv6 too.
    pub ipv6: bool,
    /// Whether nginx has a default server for unknown names.
    pub default_server: bool,
    /// The proxies in front of nginx that tell it the addresses of clients.
    pub trusted_proxies: Option<TrustedProxies>,
    /// Certificate renewal.
    pub certbot: CertbotConfig,
    /// containerd, in the build that fits the target.
    pub containerd: PinnedRelease,
    /// runc.
    pub runc: PinnedRelease,
    /// The CNI plugins.
    pub cni: PinnedRelease,
    /// faas-cli.
    pub faas_cli: PinnedRelease,
    /// The function platform.
    pub faasd: FaasdConfig,
    /// The web IDE, unless disabled.
    pub code_server: Option<CodeServerConfig>,
    /// The pai panel.
    pub pai: PaiConfig,
    /// The user's own directives.
    pub overrides: Overrides,
    /// All of this as parameters.
    pub parameters: ResolvedParameters,
}

/// Gives access to the shared configuration.
impl Deref for Host {
    type Target = SharedConfig;

    fn deref(&self) -> &SharedConfig {
        &self.shared
    }
}

impl SharedConfig {
    /// The path of the certificate's key on every host of the plan, with `DOMAIN` for the host's name.
    pub fn certificate_key(&self) -> String {
        match &self.tls.acme {
            Acme::None { key, .. } => key.to_string(),
            _ => format!("{TLS_DIRECTORY}/DOMAIN/privkey.pem"),
        }
    }

    /// The path of the only file on the host with the initial password. faasd reads it from a fixed path;
    /// without faasd it has its own directory.
    pub fn password_path(&self) -> &'static str {
        match self.kind {
            PanelKind::Faasd => PASSWORD_FILES[0],
            PanelKind::Pai | PanelKind::None => PASSWORD_FILES[1],
        }
    }

    /// The program whose checksum is the parameter at `path`, unless it is one of the pai programs.
    fn release(&self, path: &str) -> Option<&PinnedRelease> {
        match path {
            "containerd.sha256" => Some(&self.containerd),
            "runc.sha256" => Some(&self.runc),
            "cni.sha256" => Some(&self.cni),
            "faas_cli.sha256" => Some(&self.faas_cli),
            "faasd.sha256" => Some(&self.faasd.release),
            "code_server.sha256" => self.code_server.as_ref().map(|ide| &ide.release),
            _ => None,
        }
    }

    /// The resolved checksum of the parameter at `path`.
    fn checksum(&self, path: &str) -> Option<String> {
        let sum = match path {
            "pai.mate_sha256" => self.pai.mate_sha256.as_ref(),
            "pai.agent_sha256" => self.pai.agent_sha256.as_ref(),
            _ if path.starts_with("faasd.digests.") => {
                let name = path.trim_start_matches("faasd.digests.");
                return self.faasd.digests.get(name).map(ToString::to_string);
            }
            _ => self.release(path)?.sha256.as_ref(),
        };
        sum.map(ToString::to_string)
    }

    /// The built-in checksum that the parameter at `path` replaces.
    fn known_checksum(&self, path: &str) -> Option<&'static str> {
        let release = self.release(path)?;
        release.program.sha256(&release.version, self.arch)
    }
}

impl Host {
    /// The first domain: the primary name of the certificate and the site.
    pub fn domain(&self) -> &Domain {
        &self.domains[0]
    }

    /// The paths of the certificate chain and its key on the host, for nginx.
    pub fn certificate(&self) -> (String, String) {
        if let Acme::None { certificate, key } = &self.tls.acme {
            (certificate.to_string(), key.to_string())
        } else {
            let directory = format!("{TLS_DIRECTORY}/{}", self.domain());
            (format!("{directory}/fullchain.pem"), format!("{directory}/privkey.pem"))
        }
    }
}

/// How the certificate is obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acme {
    /// nginx serves the challenge from a directory.
    Webroot,
    /// certbot answers the challenge itself; nginx proxies to it.
    Standalone,
    /// certbot creates the challenge in DNS.
    Dns {
        /// certbot's plugin, without `dns-`.
        plugin: &'static str,
        /// The path of its credentials file on the host.
        credentials: HostPath,
        /// How long to wait for DNS.
        propagation: Duration,
    },
    /// The user provides the certificate.
    None {
        /// The path of the chain on the host.
        certificate: HostPath,
        /// The path of the key on the host.
        key: HostPath,
    },
}

impl Acme {
    /// The value of `tls.acme`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Webroot => "webroot",
            Self::Standalone => "standalone",
            Self::Dns { .. } => "dns",
            Self::None { .. } => "none",
        }
    }
}

/// Mozilla's TLS profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsProfile {
    /// TLS 1.2 and 1.3.
    Intermediate,
    /// Only TLS 1.3.
    Modern,
}

/// Certificates and TLS.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// How the certificate is obtained.
    pub acme: Acme,
    /// The ACME server, if not Let's Encrypt.
    pub server: Option<AcmeUrl>,
    /// The CA file to verify the server with.
    pub ca: Option<HostPath>,
    /// Whether to use Let's Encrypt's staging environment.
    pub staging: bool,
    /// Protocols and ciphers.
    pub profile: TlsProfile,
    /// Strict-Transport-Security, unless disabled.
    pub hsts: Option<Hsts>,
}

/// Strict-Transport-Security.
#[derive(Debug, Clone)]
pub struct Hsts {
    /// How long browsers use only HTTPS.
    pub max_age: Duration,
    /// Whether it applies to names below the domain.
    pub include_subdomains: bool,
    /// Whether browsers may preload the policy.
    pub preload: bool,
}

/// A configured route.
#[derive(Debug, Clone)]
pub struct RouteConfig {
    /// The path prefix.
    pub path: WithLocation<RoutePath>,
    /// The server to proxy to.
    pub upstream: Upstream,
    /// Whether WebSocket upgrades are allowed.
    pub websocket: bool,
    /// Whether nginx collects a response before it passes it on.
    pub buffering: bool,
    /// How long nginx waits for data from the upstream.
    pub timeout: Option<Duration>,
    /// The maximum size of a request body.
    pub client_max_body_size: Option<ByteSize>,
}

/// Proxies in front of nginx.
#[derive(Debug, Clone)]
pub struct TrustedProxies {
    /// Their addresses.
    pub addresses: Vec<Network>,
    /// The header with the address of the client.
    pub header: HeaderName,
    /// Whether they use the PROXY protocol instead.
    pub protocol: bool,
}

impl TrustedProxies {
    /// Where nginx reads the address of the client.
    pub fn header(&self) -> String {
        if self.protocol { "proxy_protocol".to_owned() } else { self.header.to_string() }
    }
}

/// A proxy between the host and the internet.
#[derive(Debug, Clone)]
pub struct ProxyConfig {
    /// Its URL.
    pub url: ProxyUrl,
    /// What is reached without it, besides the host and its containers.
    pub exceptions: Vec<ProxyException>,
}

impl ProxyConfig {
    /// The value of `NO_PROXY`.
    pub fn exceptions(&self) -> String {
        let own = ["localhost", "127.0.0.1", "::1", CONTAINER_NETWORK].map(str::to_owned);
        let set =
            self.exceptions.iter().map(ToString::to_string).filter(|exception| !own.contains(exception));
        own.iter().cloned().chain(set).collect::<Vec<_>>().join(",")
    }
}

/// Certificate renewal.
#[derive(Debug, Clone)]
pub struct CertbotConfig {
    /// When to try a renewal.
    pub calendar: CalendarSpec,
    /// The random delay added to these times.
    pub random_delay: Duration,
    /// Whether the key is RSA instead of ECDSA.
    pub rsa: bool,
    /// The preferred ACME profile.
    pub profile: Option<Label>,
    /// What is called when a renewal fails.
    pub alarm: Option<Alarm>,
}

/// What is called when a renewal fails, besides the journal.
#[derive(Debug, Clone)]
pub enum Alarm {
    /// A program on the host.
    Command(HostPath),
    /// A file on the host in the syntax of curl's configuration, with the URL.
    Webhook(HostPath),
}

/// A version of a program, and the checksum of its download.
#[derive(Debug, Clone)]
pub struct PinnedRelease {
    /// The program, in the build that fits the target.
    pub program: Program,
    /// Its version.
    pub version: Version,
    /// The checksum: configured, built in, or unknown.
    pub sha256: Option<Sha256>,
    /// The directory that has the file, if it has its own.
    pub origin: Option<Mirror>,
}

/// The function platform.
#[derive(Debug, Clone)]
pub struct FaasdConfig {
    /// The program.
    pub release: PinnedRelease,
    /// The gateway's port on 127.0.0.1.
    pub gateway_port: WithLocation<Port>,
    /// The provider's port.
    pub provider_port: WithLocation<Port>,
    /// Prometheus's port on 127.0.0.1.
    pub prometheus_port: WithLocation<Port>,
    /// The user name for the gateway.
    pub user: GatewayUser,
    /// The memory limit of each unit.
    pub memory_max: ByteSize,
    /// How long a function may run.
    pub timeout: Duration,
    /// Ports of the host that functions may reach.
    pub host_ports: Vec<Port>,
    /// The DNS servers that functions use.
    pub nameservers: Vec<IpAddress>,
    /// The core services' images.
    pub images: Images,
    /// Whether the license of the images has been accepted.
    pub accept_eula: bool,
    /// The digests that are set for them, by the name of the image.
    pub digests: BTreeMap<&'static str, ImageDigest>,
}

/// The web IDE.
#[derive(Debug, Clone)]
pub struct CodeServerConfig {
    /// The program.
    pub release: PinnedRelease,
    /// The path.
    pub path: WithLocation<RoutePath>,
    /// The port on 127.0.0.1.
    pub port: WithLocation<Port>,
    /// The user that it runs as.
    pub user: UserName,
    /// The memory limit.
    pub memory_max: Option<ByteSize>,
}

/// The pai panel.
#[derive(Debug, Clone)]
pub struct PaiConfig {
    /// The path.
    pub path: WithLocation<RoutePath>,
    /// The port.
    pub port: WithLocation<Port>,
    /// The port of the user's app.
    pub app_port: WithLocation<Port>,
    /// The checksum of pai-mate-latest.tar.xz.
    pub mate_sha256: Option<Sha256>,
    /// The checksum of `pai_agent`.
    pub agent_sha256: Option<Sha256>,
    /// The directory that has pai-mate-latest.tar.xz.
    pub mate_origin: Option<Mirror>,
    /// The directory that has `pai_agent`.
    pub agent_origin: Option<Mirror>,
}

/// The user's own directives.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Drop-ins by unit.
    pub units: Vec<DropIn>,
    /// At the level of the server blocks.
    pub nginx_http: Vec<NginxDirective>,
    /// Inside the HTTPS server.
    pub nginx_server: Vec<NginxDirective>,
}

/// A drop-in of one unit.
#[derive(Debug, Clone)]
pub struct DropIn {
    /// The unit.
    pub unit: UnitName,
    /// Where the drop-in is set.
    pub location: Location,
    /// The sections in the order of the document: name, directives (name, value).
    pub sections: Vec<(String, Vec<(String, String)>)>,
}
