//! What is meant: every value typed, every default taken from stack and target.

mod resolve;

use std::ops::Deref;
use std::sync::Arc;

pub use resolve::{resolve, resolve_with};

use crate::diagnostics::Origin;
use crate::facts::releases::{Arch, Images, Program, Stack};
use crate::facts::target::Target;
use crate::values::{
    Account, Address, Calendar, Directive, Domain, Email, Endpoint, GatewayUser, HostPath, Label,
    Origin as Mirror, Port, RoutePath, Secret, Sha256, Size, Span, UnitName, Upstream, Version,
};

/// Where nginx finds certificates: one directory a name, whose links lead to certbot's files or, until there
/// are any, to a placeholder. So nginx starts whatever the ACME server does.
pub const TLS_DIRECTORY: &str = "/etc/nginx/tls";

/// What the host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Functions on faasd.
    Faasd,
    /// The pai panel.
    Pai,
    /// The edge and the IDE alone.
    None,
}

impl Kind {
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
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// The parameter's dotted path.
    pub parameter: &'static str,
    /// Where it was said.
    pub origin: Origin,
}

/// Everything that is meant of one host: what names it, and the model that it is made after.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The domains; the first names the certificate.
    pub domains: Vec<Domain>,
    /// The ACME account's address.
    pub mail: Option<Email>,
    /// The initial password, where it was given.
    pub secret: Option<Secret>,
    /// All else, shared with every host that differs in the above alone.
    pub model: Arc<Model>,
}

/// The parameters that name a host. A [`Model`] knows nothing of them.
pub const NAMES: &[&str] = &["domain", "mail", "passinit"];

/// What is meant of every host that differs from others in its [`NAMES`] alone: all that a component may ask when it makes
/// its offer. So the plan of a model is the plan of each of its hosts, by type.
#[derive(Debug, Clone)]
pub struct Model {
    /// What the host is for.
    pub kind: Kind,
    /// The system.
    pub target: &'static Target,
    /// The processor.
    pub arch: Arch,
    /// The set of versions.
    pub stack: &'static Stack,
    /// Whether an initial password was given.
    pub given: bool,
    /// Whether it gives no cause for a finding, wherever its values were said.
    pub quiet: bool,
    /// One origin for every download.
    pub mirror: Option<Mirror>,
    /// Where programs are unpacked.
    pub install: HostPath,
    /// Where that was said.
    pub install_said: Origin,
    /// Where the installer reports its progress.
    pub data: HostPath,
    /// Certificates and TLS.
    pub tls: Tls,
    /// The operator's routes.
    pub routes: Vec<Route>,
    /// The largest request body.
    pub client_max_body_size: Size,
    /// Listen on IPv6 too.
    pub ipv6: bool,
    /// Renewal.
    pub certbot: Certbot,
    /// containerd, its build chosen by the target.
    pub containerd: Release,
    /// runc.
    pub runc: Release,
    /// The CNI plugins.
    pub cni: Release,
    /// faas-cli.
    pub faas_cli: Release,
    /// The function platform.
    pub faasd: Faasd,
    /// The web IDE, where it is wanted.
    pub code_server: Option<CodeServer>,
    /// The pai panel.
    pub pai: Pai,
    /// The operator's own directives.
    pub overrides: Overrides,
}

/// What is true of a model is true of every host that is made after it.
impl Deref for Panel {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.model
    }
}

impl Model {
    /// The one file on the host with the initial password. faasd reads it where it always did; without faasd it
    /// has a directory of its own. Nothing keeps a second copy.
    pub fn password_path(&self) -> &'static str {
        match self.kind {
            Kind::Faasd => "/var/lib/faasd/secrets/basic-auth-password",
            Kind::Pai | Kind::None => "/etc/panel/secrets/password",
        }
    }
}

impl Panel {
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
        propagation: Span,
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
pub enum Profile {
    /// TLS 1.2 and 1.3.
    Intermediate,
    /// TLS 1.3 alone.
    Modern,
}

/// Certificates and TLS.
#[derive(Debug, Clone)]
pub struct Tls {
    /// How the certificate is had.
    pub acme: Acme,
    /// The ACME server; Let's Encrypt when absent.
    pub server: Option<Endpoint>,
    /// The CA file that the server itself is verified with.
    pub ca: Option<HostPath>,
    /// Let's Encrypt's staging environment.
    pub staging: bool,
    /// Protocols and ciphers.
    pub profile: Profile,
    /// Strict-Transport-Security, unless switched off.
    pub hsts: Option<Hsts>,
}

/// Strict-Transport-Security.
#[derive(Debug, Clone)]
pub struct Hsts {
    /// How long browsers insist.
    pub max_age: Span,
    /// Names below the domain too.
    pub include_subdomains: bool,
    /// Ask to be built into browsers.
    pub preload: bool,
}

/// A route the operator asked for.
#[derive(Debug, Clone)]
pub struct Route {
    /// The prefix.
    pub path: Placed<RoutePath>,
    /// Where requests go.
    pub upstream: Upstream,
    /// Lets WebSocket upgrades through.
    pub websocket: bool,
    /// How long the upstream may be silent.
    pub timeout: Option<Span>,
    /// The largest request body.
    pub client_max_body_size: Option<Size>,
}

/// Renewal.
#[derive(Debug, Clone)]
pub struct Certbot {
    /// When it is tried.
    pub calendar: Calendar,
    /// The spread of those times.
    pub random_delay: Span,
    /// Whether the key is RSA instead of ECDSA.
    pub rsa: bool,
    /// The preferred ACME profile.
    pub profile: Option<Label>,
}

/// One version of a program, and the sum that pins its download.
#[derive(Debug, Clone)]
pub struct Release {
    /// The program, in the build that fits the target.
    pub program: Program,
    /// Its version.
    pub version: Version,
    /// The sum: the operator's, else the built-in one, else none.
    pub sha256: Option<Sha256>,
}

/// The function platform.
#[derive(Debug, Clone)]
pub struct Faasd {
    /// The program.
    pub release: Release,
    /// The gateway's port on 127.0.0.1.
    pub gateway_port: Placed<Port>,
    /// The provider's port.
    pub provider_port: Placed<Port>,
    /// Prometheus' port on 127.0.0.1.
    pub prometheus_port: Placed<Port>,
    /// The gateway's user.
    pub user: GatewayUser,
    /// The memory limit of each unit.
    pub memory_max: Size,
    /// How long a function may run.
    pub timeout: Span,
    /// Whom functions ask for names.
    pub nameservers: Vec<Address>,
    /// The core services' images.
    pub images: Images,
}

/// The web IDE.
#[derive(Debug, Clone)]
pub struct CodeServer {
    /// The program.
    pub release: Release,
    /// Where it is.
    pub path: Placed<RoutePath>,
    /// Its port on 127.0.0.1.
    pub port: Placed<Port>,
    /// The account it runs as.
    pub user: Account,
    /// Its memory limit.
    pub memory_max: Option<Size>,
}

/// The pai panel.
#[derive(Debug, Clone)]
pub struct Pai {
    /// Where it is.
    pub path: Placed<RoutePath>,
    /// Its port.
    pub port: Placed<Port>,
    /// The port of the user's app.
    pub app_port: Placed<Port>,
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
    pub nginx_http: Vec<Directive>,
    /// Inside the HTTPS server.
    pub nginx_server: Vec<Directive>,
}

/// A drop-in of one unit.
#[derive(Debug, Clone)]
pub struct DropIn {
    /// The unit.
    pub unit: UnitName,
    /// Where it was said.
    pub origin: Origin,
    /// Sections in the order they were said: name, directives (name, value).
    pub sections: Vec<(String, Vec<(String, String)>)>,
}
