//! What is meant: every value typed, every default taken from stack and target.

mod resolve;

use std::ops::Deref;
use std::sync::Arc;

pub use resolve::{resolve, resolve_cached};

use crate::diagnostics::Location;
use crate::facts::releases::{Arch, Images, Program, Stack};
use crate::facts::target::Target;
use crate::values::{
    AcmeUrl, BaseUrl as Mirror, ByteSize, CalendarSpec, Domain, Duration, EmailAddress, GatewayUser,
    HostPath, IpAddress, Label, NginxDirective, Port, RoutePath, Secret, Sha256, UnitName, Upstream,
    UserName, Version,
};

/// Where nginx finds certificates: one directory a name, whose links lead to certbot's files or, until there
/// are any, to a placeholder. So nginx starts whatever the ACME server does.
pub const TLS_DIRECTORY: &str = "/etc/nginx/tls";

/// Where the operator's and our units and drop-ins are on the host.
pub const UNIT_DIRECTORY: &str = "/etc/systemd/system/";

/// The program that certbot runs after a renewal, on the host.
pub const DEPLOY_HOOK: &str = "/etc/letsencrypt/renewal-hooks/deploy/panel-nginx";

/// What the host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    /// Functions on faasd.
    Faasd,
    /// The pai panel.
    Pai,
    /// The edge and the IDE alone.
    None,
}

impl PanelKind {
    /// The name of the kind, as `panel:` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Faasd => "faasd",
            Self::Pai => "pai",
            Self::None => "none",
        }
    }
}

/// A value and where it was said: what a conflict between two components must be able to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithLocation<T> {
    /// The value.
    pub value: T,
    /// The parameter's dotted path.
    pub parameter: &'static str,
    /// Where it was said.
    pub location: Location,
}

/// Everything that is meant of one host: what names it, and the model that it is made after.
#[derive(Debug, Clone)]
pub struct Host {
    /// The domains; the first names the certificate.
    pub domains: Vec<Domain>,
    /// The ACME account's address.
    pub mail: Option<EmailAddress>,
    /// The initial password, where it was given.
    pub password: Option<Secret>,
    /// All else, shared with every host that differs in the above alone.
    pub shared: Arc<SharedConfig>,
}

/// The parameters that name a host. A [`Model`] knows nothing of them.
pub const PER_HOST_KEYS: &[&str] = &["domain", "mail", "passinit"];

/// What is meant of every host that differs from others in its [`NAMES`] alone: all that a component may ask when it makes
/// its offer. So the plan of a model is the plan of each of its hosts, by type.
#[derive(Debug, Clone)]
pub struct SharedConfig {
    /// What the host is for.
    pub kind: PanelKind,
    /// The system.
    pub target: &'static Target,
    /// The processor.
    pub arch: Arch,
    /// The set of versions.
    pub stack: &'static Stack,
    /// Whether an initial password was given.
    pub has_password: bool,
    /// Whether it gives no cause for a finding, wherever its values were said.
    pub has_no_diagnostics: bool,
    /// One origin for every download.
    pub mirror: Option<Mirror>,
    /// Where programs are unpacked.
    pub install: HostPath,
    /// Where that was said.
    pub install_location: Location,
    /// Where the installer reports its progress.
    pub data: HostPath,
    /// Certificates and TLS.
    pub tls: TlsConfig,
    /// The operator's routes.
    pub routes: Vec<RouteConfig>,
    /// The largest request body.
    pub client_max_body_size: ByteSize,
    /// Listen on IPv6 too.
    pub ipv6: bool,
    /// Renewal.
    pub certbot: CertbotConfig,
    /// containerd, its build chosen by the target.
    pub containerd: PinnedRelease,
    /// runc.
    pub runc: PinnedRelease,
    /// The CNI plugins.
    pub cni: PinnedRelease,
    /// faas-cli.
    pub faas_cli: PinnedRelease,
    /// The function platform.
    pub faasd: FaasdConfig,
    /// The web IDE, where it is wanted.
    pub code_server: Option<CodeServerConfig>,
    /// The pai panel.
    pub pai: PaiConfig,
    /// The operator's own directives.
    pub overrides: Overrides,
}

/// What is true of a model is true of every host that is made after it.
impl Deref for Host {
    type Target = SharedConfig;

    fn deref(&self) -> &SharedConfig {
        &self.shared
    }
}

impl SharedConfig {
    /// The one file on the host with the initial password. faasd reads it where it always did; without faasd it
    /// has a directory of its own. Nothing keeps a second copy.
    pub fn password_path(&self) -> &'static str {
        match self.kind {
            PanelKind::Faasd => "/var/lib/faasd/secrets/basic-auth-password",
            PanelKind::Pai | PanelKind::None => "/etc/panel/secrets/password",
        }
    }
}

impl Host {
    /// The first domain: the name of the certificate and of the site.
    pub fn domain(&self) -> &Domain {
        &self.domains[0]
    }

    /// The certificate chain and its key, as nginx names them on the host.
    pub fn certificate(&self) -> (String, String) {
        if let Acme::None { certificate, key } = &self.tls.acme {
            (certificate.to_string(), key.to_string())
        } else {
            let directory = format!("{TLS_DIRECTORY}/{}", self.domain());
            (format!("{directory}/fullchain.pem"), format!("{directory}/privkey.pem"))
        }
    }
}

/// How the certificate is had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acme {
    /// nginx serves the challenge from a directory.
    Webroot,
    /// certbot answers the challenge itself, behind nginx.
    Standalone,
    /// certbot writes the challenge into DNS.
    Dns {
        /// certbot's plugin, without `dns-`.
        plugin: Label,
        /// Its credentials on the host.
        credentials: HostPath,
        /// How long DNS takes.
        propagation: Duration,
    },
    /// The operator brings a certificate.
    None {
        /// The chain on the host.
        certificate: HostPath,
        /// The key on the host.
        key: HostPath,
    },
}

impl Acme {
    /// As `tls.acme` says it.
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
    /// TLS 1.3 alone.
    Modern,
}

/// Certificates and TLS.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// How the certificate is had.
    pub acme: Acme,
    /// The ACME server; Let's Encrypt when absent.
    pub server: Option<AcmeUrl>,
    /// The CA file that the server itself is verified with.
    pub ca: Option<HostPath>,
    /// Let's Encrypt's staging environment.
    pub staging: bool,
    /// Protocols and ciphers.
    pub profile: TlsProfile,
    /// Strict-Transport-Security, unless switched off.
    pub hsts: Option<Hsts>,
}

/// Strict-Transport-Security.
#[derive(Debug, Clone)]
pub struct Hsts {
    /// How long browsers insist.
    pub max_age: Duration,
    /// Names below the domain too.
    pub include_subdomains: bool,
    /// Ask to be built into browsers.
    pub preload: bool,
}

/// A route the operator asked for.
#[derive(Debug, Clone)]
pub struct RouteConfig {
    /// The prefix.
    pub path: WithLocation<RoutePath>,
    /// Where requests go.
    pub upstream: Upstream,
    /// Lets WebSocket upgrades through.
    pub websocket: bool,
    /// How long the upstream may be silent.
    pub timeout: Option<Duration>,
    /// The largest request body.
    pub client_max_body_size: Option<ByteSize>,
}

/// Renewal.
#[derive(Debug, Clone)]
pub struct CertbotConfig {
    /// When it is tried.
    pub calendar: CalendarSpec,
    /// The spread of those times.
    pub random_delay: Duration,
    /// Whether the key is RSA instead of ECDSA.
    pub rsa: bool,
    /// The preferred ACME profile.
    pub profile: Option<Label>,
}

/// One version of a program, and the sum that pins its download.
#[derive(Debug, Clone)]
pub struct PinnedRelease {
    /// The program, in the build that fits the target.
    pub program: Program,
    /// Its version.
    pub version: Version,
    /// The sum: the operator's, else the built-in one, else none.
    pub sha256: Option<Sha256>,
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
    /// Prometheus' port on 127.0.0.1.
    pub prometheus_port: WithLocation<Port>,
    /// The gateway's user.
    pub user: GatewayUser,
    /// The memory limit of each unit.
    pub memory_max: ByteSize,
    /// How long a function may run.
    pub timeout: Duration,
    /// Whom functions ask for names.
    pub nameservers: Vec<IpAddress>,
    /// The core services' images.
    pub images: Images,
}

/// The web IDE.
#[derive(Debug, Clone)]
pub struct CodeServerConfig {
    /// The program.
    pub release: PinnedRelease,
    /// Where it is.
    pub path: WithLocation<RoutePath>,
    /// Its port on 127.0.0.1.
    pub port: WithLocation<Port>,
    /// The account it runs as.
    pub user: UserName,
    /// Its memory limit.
    pub memory_max: Option<ByteSize>,
}

/// The pai panel.
#[derive(Debug, Clone)]
pub struct PaiConfig {
    /// Where it is.
    pub path: WithLocation<RoutePath>,
    /// Its port.
    pub port: WithLocation<Port>,
    /// The port of the user's app.
    pub app_port: WithLocation<Port>,
    /// The sum of pai-mate-latest.tar.xz.
    pub mate_sha256: Option<Sha256>,
    /// The sum of `pai_agent`.
    pub agent_sha256: Option<Sha256>,
}

/// The operator's own directives.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Drop-ins by unit.
    pub units: Vec<DropIn>,
    /// Beside the server blocks.
    pub nginx_http: Vec<NginxDirective>,
    /// Inside the HTTPS server.
    pub nginx_server: Vec<NginxDirective>,
}

/// A drop-in of one unit.
#[derive(Debug, Clone)]
pub struct DropIn {
    /// The unit.
    pub unit: UnitName,
    /// Where it was said.
    pub location: Location,
    /// Sections in the order they were said: name, directives (name, value).
    pub sections: Vec<(String, Vec<(String, String)>)>,
}
