//! Components: the resources that each puts on the host. Components never call each other. What two of them
//! must agree on is a type in this file.

mod certbot;
mod cni;
mod code_server;
mod containerd;
mod faasd;
pub mod file_spec;
mod firewall;
mod nginx;
mod pai;
mod runc;

use std::collections::BTreeMap;

use minijinja::Value;

use crate::components::file_spec::{FileContent, FileSpec, OnChange, Owner, PerHost};
use crate::diagnostics::Location;
use crate::host::{Host, PinnedRelease, ProxyConfig, SharedConfig, WithLocation};
use crate::values::{ByteSize, Duration, FromText, HostPath, Port, RoutePath};

/// A component: its name, three functions, and the effects of a change.
pub struct Component {
    /// The name in `panelgen list`.
    pub name: &'static str,
    /// Whether the host has it.
    is_enabled: fn(&SharedConfig) -> bool,
    /// The paths of the site that it serves and the ports that it listens on.
    endpoints: fn(&SharedConfig) -> Endpoints,
    /// Everything that it puts on the host, given the endpoints of all components.
    resources: fn(&SharedConfig, &Endpoints) -> Resources,
    /// How actions on the host affect connected users: the action as in `on_change`, and its disruption, in
    /// the order in which the units restart.
    pub disruptions: &'static [(&'static str, Disruption)],
    /// The action, beyond the file's own `on_change`, that a change of the file at a path requires. Takes the
    /// old text, if any, and the new one.
    pub extra_actions: fn(&str, Option<&str>, &str) -> Option<String>,
}

/// How an action affects connected users, with a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disruption {
    /// No connection is closed.
    Harmless(&'static str),
    /// Connections are closed.
    Disruptive(&'static str),
}

impl Disruption {
    /// The description.
    pub fn description(self) -> &'static str {
        match self {
            Self::Harmless(words) | Self::Disruptive(words) => words,
        }
    }
}

/// The name of the component with the web server.
pub const EDGE: &str = nginx::COMPONENT.name;

/// The name of the component that obtains the certificate.
pub const ACME_CLIENT: &str = certbot::COMPONENT.name;

/// The name of the component that runs containers.
pub const CONTAINER_RUNTIME: &str = containerd::COMPONENT.name;

/// All components, in installation order.
pub const COMPONENTS: &[Component] = &[
    firewall::COMPONENT,
    runc::COMPONENT,
    cni::COMPONENT,
    containerd::COMPONENT,
    faasd::COMPONENT,
    code_server::COMPONENT,
    pai::COMPONENT,
    nginx::COMPONENT,
    certbot::COMPONENT,
];

impl Component {
    /// Whether the host has it.
    pub fn is_enabled(&self, shared: &SharedConfig) -> bool {
        (self.is_enabled)(shared)
    }

    /// The paths and ports that it serves.
    pub fn endpoints(&self, shared: &SharedConfig) -> Endpoints {
        (self.endpoints)(shared)
    }

    /// The resources that it puts on the host.
    pub fn resources(&self, shared: &SharedConfig, endpoints: &Endpoints) -> Resources {
        (self.resources)(shared, endpoints)
    }
}

/// The endpoints of components. They are collected first, so that nginx and the firewall can use all of them.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// Paths of the site.
    pub routes: Vec<Route>,
    /// Ports on the host.
    pub listeners: Vec<Listener>,
}

/// A path of the site and its upstream.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "properties that do not depend on each other")]
pub struct Route {
    /// The component that declares it.
    pub component: &'static str,
    /// The path prefix, and its location in the parameters.
    pub path: WithLocation<RoutePath>,
    /// Whether it is this path alone, without the final `/`, and nothing below it.
    pub exact: bool,
    /// The upstream, in nginx's syntax. If it has a URI, that replaces the path.
    pub upstream: String,
    /// Whether the upstream's host is a name, which nginx resolves only if no variable is in the URL.
    pub is_name: bool,
    /// Whether WebSocket upgrades are allowed.
    pub websocket: bool,
    /// Whether responses are streamed without buffering.
    pub streaming: bool,
    /// How long nginx waits for data from the upstream.
    pub timeout: Option<Duration>,
    /// The maximum size of a request body, if it differs from the site's.
    pub client_max_body_size: Option<ByteSize>,
    /// The page that the bare prefix redirects to.
    pub index: Option<String>,
    /// The upstream's own prefix in redirects, which nginx replaces with the route's.
    pub redirect_from: Option<String>,
    /// How the upstream keeps a person logged in.
    pub session: Option<Session>,
    /// Whether `Authorization` is kept from the upstream.
    pub hides_credentials: bool,
}

/// Cookies that neither a script nor plain HTTP may see.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// Their names.
    pub cookies: &'static [&'static str],
    /// The page below the route's path that sets them.
    pub login: &'static str,
}

/// The networks from which a port must be reachable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    /// From everywhere.
    Public,
    /// Only from the host. The program binds 127.0.0.1.
    Loopback,
    /// From the host and its containers. The program binds every address, so a firewall must close the port.
    ContainerNetwork,
}

/// A port on the host.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The component that listens.
    pub component: &'static str,
    /// The port, and its location in the parameters.
    pub port: WithLocation<Port>,
    /// The networks from which it must be reachable.
    pub exposure: Exposure,
}

/// Everything that a component puts on the host.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Files and directories.
    pub files: Vec<FileSpec>,
    /// Units, in start order.
    pub units: Vec<Unit>,
    /// Packages of the distribution.
    pub packages: Vec<String>,
    /// Upstream programs to download.
    pub downloads: Vec<Download>,
    /// Secrets that the host generates if none is set.
    pub secrets: Vec<GeneratedSecret>,
    /// User accounts.
    pub accounts: Vec<SystemAccount>,
    /// Data directories, which are created but never changed or removed by an upgrade.
    pub directories: Vec<DataDirectory>,
    /// Files of the distribution that are moved away while the panel is installed.
    pub displaced_files: Vec<&'static str>,
    /// Units of the distribution that are disabled while the panel is installed.
    pub conflicting_units: Vec<&'static str>,
    /// Container images.
    pub images: Vec<ContainerImage>,
    /// URLs where a person logs in.
    pub login_urls: Vec<LoginUrl>,
    /// What running it leaves on the host.
    pub runtime_state: RuntimeState,
    /// About how much memory and disk space it takes.
    pub footprint: Footprint,
    /// The programs that run, and what each connects to.
    pub processes: Vec<Process>,
    /// Traffic that it blocks, besides the ports of listeners: source and destination.
    pub blocked_traffic: Vec<(&'static str, &'static str)>,
}

/// A program that runs on the host, and its connections. The picture of the host is drawn from these. A unit without
/// one is drawn alone.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Its title.
    pub title: &'static str,
    /// The unit that runs it.
    pub unit: Option<&'static str>,
    /// Whether it is a container on the host's bridge.
    pub container: bool,
    /// The ports of the host on which it listens.
    pub ports: Vec<Port>,
    /// When a timer starts it, in systemd's syntax.
    pub schedule: Option<String>,
    /// What it connects to or starts, and for which purpose.
    pub connections: Vec<(Peer, &'static str)>,
    /// The files with secrets that it reads, besides those that the host generates.
    pub secrets: Vec<String>,
}

/// The other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// What listens on a port of the host.
    Port(Port),
    /// A process of the same component, by its title.
    Process(&'static str),
    /// The first process of a component.
    Component(&'static str),
    /// A server outside the host: its title, and its URL or address if that is known.
    Outside(&'static str, Option<String>),
}

/// About how much a component takes, in MB: an estimate, so that a host that is far too small is rejected before it is
/// changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Footprint {
    /// Memory while it runs.
    pub memory: u32,
    /// Disk space of its downloads, its programs and its images.
    pub disk: u32,
}

/// A container image, and the containerd namespace where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerImage {
    /// containerd's namespace.
    pub namespace: &'static str,
    /// Registry, name and tag, and the digest if it is pinned.
    pub reference: String,
}

impl ContainerImage {
    /// The digest by which it is pinned.
    pub fn digest(&self) -> Option<&str> {
        self.reference.split_once('@').map(|(_, digest)| digest)
    }
}

/// A URL where a person logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginUrl {
    /// What is served there.
    pub title: &'static str,
    /// Its path on the site.
    pub path: String,
    /// The user name, if one is required.
    pub user: Option<String>,
    /// The path of the password file on the host, if a password is required.
    pub password: Option<String>,
}

/// What running a component leaves on a host besides its files. Uninstalling removes it.
#[derive(Debug, Clone, Default)]
pub struct RuntimeState {
    /// Containers: containerd's namespace, and a name or `*`.
    pub containers: Vec<(&'static str, &'static str)>,
    /// A bridge: its name, its CNI network, the prefix of its addresses.
    pub bridge: Option<(&'static str, &'static str, &'static str)>,
    /// nftables tables: family and name.
    pub tables: Vec<(&'static str, &'static str)>,
    /// Directories with data, kept unless a purge is requested.
    pub data_dirs: Vec<String>,
}

/// When a unit runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// Enabled and running.
    Running,
    /// Started by another unit or by the installer, never enabled.
    OnDemand,
    /// A unit of the distribution: enabled and started, but never stopped.
    External,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: &'static str,
    /// When it runs.
    pub lifecycle: Lifecycle,
    /// How many seconds to wait until it is ready.
    pub start_timeout: u32,
    /// How to check that it is ready.
    pub health_check: Option<HealthCheck>,
}

/// A URL that responds once a unit is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthCheck {
    /// A URL.
    Url(String),
    /// A path of the site.
    SitePath(&'static str),
}

/// How a download becomes programs on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpack {
    /// The file is the program; it is stored under this name.
    Program(&'static str),
    /// A tar archive of the directory. The given number of leading path components is removed.
    Archive(u8),
    /// A tar archive that is merged into the directory. The given number of leading path components is
    /// removed.
    Merge(u8),
}

/// An upstream file to download and install.
#[derive(Debug, Clone)]
pub struct Download {
    /// The name in the lock, and of its directory on the host.
    pub name: String,
    /// The version, or `None` if upstream only has a latest one.
    pub version: Option<String>,
    /// The processor architecture.
    pub arch: &'static str,
    /// The URL.
    pub url: String,
    /// The URL of the file with upstream's own checksum, if there is one.
    pub checksum_url: Option<String>,
    /// The SHA-256 checksum that pins it, if known.
    pub sha256: Option<String>,
    /// The license.
    pub license: &'static str,
    /// How it is unpacked.
    pub unpack: Unpack,
    /// The directory on the host to unpack it into.
    pub directory: String,
    /// Links to its programs: the path, and the member of the directory. The member `bin/*` links every
    /// program in `bin` from the directory at the path.
    pub links: Vec<(String, String)>,
    /// The units that restart when it changes.
    pub restarts: &'static [&'static str],
}

/// A secret that the host generates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedSecret {
    /// The path of its file.
    pub path: String,
    /// Its mode.
    pub mode: u32,
    /// The units of this component that read it.
    pub readers: Vec<&'static str>,
}

/// A user account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemAccount {
    /// Its name.
    pub name: String,
    /// Its home directory.
    pub home: String,
}

/// A data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDirectory {
    /// Its path.
    pub path: String,
    /// Its mode.
    pub mode: u32,
    /// Its owner.
    pub owner: Owner,
}

impl Unit {
    fn running(name: &'static str) -> Self {
        Self { name, lifecycle: Lifecycle::Running, start_timeout: 30, health_check: None }
    }

    fn on_demand(name: &'static str) -> Self {
        Self { lifecycle: Lifecycle::OnDemand, start_timeout: 0, ..Self::running(name) }
    }

    #[must_use]
    fn with_timeout(mut self, seconds: u32, health_check: Option<HealthCheck>) -> Self {
        self.start_timeout = seconds;
        self.health_check = health_check;
        self
    }
}

impl Route {
    /// A plain route: no upgrade, no index, the site's own limits.
    fn new(component: &'static str, path: WithLocation<RoutePath>, upstream: String) -> Self {
        Self {
            component,
            path,
            exact: false,
            upstream,
            is_name: false,
            websocket: false,
            streaming: false,
            timeout: None,
            client_max_body_size: None,
            index: None,
            redirect_from: None,
            session: None,
            hides_credentials: false,
        }
    }
}

impl Download {
    /// The download of an upstream release, from its own origin or the mirror if one is set.
    fn new(shared: &SharedConfig, release: &PinnedRelease, unpack: Unpack) -> Self {
        use crate::facts::releases::UpstreamChecksum;
        let PinnedRelease { program, version, sha256, origin } = release;
        let origin = origin
            .as_ref()
            .or(shared.mirror.as_ref())
            .map_or_else(|| program.origin(version), ToString::to_string);
        let file = program.file(version, shared.arch);
        let checksum_url = match program.upstream_checksum(version, shared.arch) {
            UpstreamChecksum::Beside(name) => Some(format!("{origin}/{name}")),
            UpstreamChecksum::None => None,
        };
        Self {
            name: program.as_str().to_owned(),
            version: Some(version.to_string()),
            arch: shared.arch.as_str(),
            url: format!("{origin}/{file}"),
            checksum_url,
            sha256: sha256.as_ref().map(ToString::to_string),
            license: program.license(version),
            unpack,
            directory: format!("{}/{}-{version}", shared.install, program.as_str()),
            links: Vec::new(),
            restarts: &[],
        }
    }

    #[must_use]
    fn link(mut self, from: &str, member: &str) -> Self {
        self.links.push((from.to_owned(), member.to_owned()));
        self
    }

    #[must_use]
    fn restarts(mut self, units: &'static [&'static str]) -> Self {
        self.restarts = units;
        self
    }
}

/// Collects a component's files.
struct FileSet {
    component: &'static str,
    files: Vec<FileSpec>,
}

impl FileSet {
    fn new(component: &'static str) -> Self {
        Self { component, files: Vec::new() }
    }

    /// A file rendered from the template of the same path, owned by root and readable by all.
    fn template(&mut self, path: &'static str, on_change: OnChange, context: Value) -> &mut FileSpec {
        let body = FileContent::Template { name: path.trim_start_matches('/'), context };
        self.push(path, 0o644, on_change, body)
    }

    /// The same for a template with values of its own for each host.
    fn per_host_template(
        &mut self,
        path: &'static str,
        on_change: OnChange,
        context: Value,
        own: fn(&Host) -> Value,
    ) -> &mut FileSpec {
        let spec = self.template(path, on_change, context);
        spec.per_host = Some(PerHost::Values(own));
        spec
    }

    /// A file with text serialized from types.
    fn text(&mut self, path: &str, on_change: OnChange, text: String) -> &mut FileSpec {
        self.push(path, 0o644, on_change, FileContent::Text(text))
    }

    /// A file with a different text on each host.
    fn per_host_text(&mut self, path: &str, on_change: OnChange, own: fn(&Host) -> String) -> &mut FileSpec {
        let spec = self.text(path, on_change, String::new());
        spec.per_host = Some(PerHost::Text(own));
        spec
    }

    /// The file with the configured initial password.
    fn password(&mut self, shared: &SharedConfig, mode: u32, on_change: OnChange) {
        let given =
            |host: &Host| host.password.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default();
        let file = self.per_host_text(shared.password_path(), on_change, given);
        file.secret = true;
        file.mode = mode;
    }

    fn directory(&mut self, path: &str, mode: u32) {
        self.push(path, mode, OnChange::Nothing, FileContent::Directory);
    }

    fn push(&mut self, path: &str, mode: u32, on_change: OnChange, body: FileContent) -> &mut FileSpec {
        let path = HostPath::parse(path).expect("the paths of components are normalized");
        self.files.push(FileSpec {
            path,
            mode,
            owner: Owner::root(),
            component: self.component,
            content: body,
            per_host: None,
            secret: false,
            on_change,
            location: None,
        });
        self.files.last_mut().expect("one was just pushed")
    }
}

/// A route path that no parameter sets.
fn builtin_path(path: &str) -> WithLocation<RoutePath> {
    WithLocation {
        value: RoutePath::parse(path).expect("the built-in routes are valid"),
        parameter: "panel",
        location: Location::Default("built-in".to_owned()),
    }
}

/// A port that no parameter sets.
fn builtin_port(port: &str) -> WithLocation<Port> {
    WithLocation {
        value: Port::parse(port).expect("the built-in ports are valid"),
        parameter: "nginx",
        location: Location::Default("built-in".to_owned()),
    }
}

/// The directory of the ACME challenge, which nginx serves.
const WEBROOT: &str = "/var/www/acme";
/// The port where the ACME client answers the challenge itself; nginx proxies to it.
const STANDALONE_PORT: &str = "8402";

/// The first line of every rendered file whose syntax has comments.
pub const HEADER: &str =
    "# Made by panelgen. Change the parameters and render again; a change made here is undone.";

/// A YAML document serialized from types, below the header. Strings are quoted if any YAML reader needs it.
fn yaml(document: &impl serde::Serialize) -> String {
    let body = crate::syntax::yaml::to_string(document)
        .expect("structures of text, booleans and lists always serialize");
    format!("{HEADER}\n\n{body}")
}

/// The values of a unit that reaches the internet: the proxy, if there is one, and what is reached without it.
fn proxy(shared: &SharedConfig) -> [(&'static str, Value); 2] {
    let proxy = shared.proxy.as_ref();
    [
        ("proxy", proxy.map(|proxy| proxy.url.to_string()).into()),
        ("no_proxy", proxy.map(ProxyConfig::exceptions).into()),
    ]
}

/// The context of a template, from named values.
fn values(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::from(pairs.into_iter().collect::<BTreeMap<_, _>>())
}

macro_rules! context {
    ($($name:ident: $value:expr),* $(,)?) => {
        $crate::components::values([$((stringify!($name), minijinja::Value::from($value))),*])
    };
}
use context;
