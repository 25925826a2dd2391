//! Components: what each puts on the host, as an offer. A component never calls another; what two of them must
//! agree on is a noun of this file.

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
use crate::host::{Host, PinnedRelease, SharedConfig, WithLocation};
use crate::values::{ByteSize, Duration, FromText, HostPath, Port, RoutePath};

/// A component's silhouette: its name, three questions, and what a change of its files means to people.
pub struct Component {
    /// As `panelgen list` shows it.
    pub name: &'static str,
    /// Whether such a host has it.
    is_enabled: fn(&SharedConfig) -> bool,
    /// The paths of the site it answers and the ports it listens on.
    endpoints: fn(&SharedConfig) -> Endpoints,
    /// Everything it puts on such a host, knowing what all components show to the outside.
    resources: fn(&SharedConfig, &Endpoints) -> Resources,
    /// What a step on the host costs whoever is connected: the step in the words of `on_change`, and the cost,
    /// in the order in which its units restart.
    pub disruptions: &'static [(&'static str, Disruption)],
    /// What a change of the file at a path (its text before, where there was one, and after) asks for beyond the
    /// file's own `on_change`.
    pub extra_actions: fn(&str, Option<&str>, &str) -> Option<String>,
}

/// What a step on the host costs whoever is connected, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disruption {
    /// No connection breaks.
    Harmless(&'static str),
    /// Connections break.
    Disruptive(&'static str),
}

impl Disruption {
    /// The words.
    pub fn description(self) -> &'static str {
        match self {
            Self::Harmless(words) | Self::Disruptive(words) => words,
        }
    }
}

/// The component that is the web server.
pub const EDGE: &str = nginx::COMPONENT.name;

/// The component that obtains the certificate, where one is obtained.
pub const ACME_CLIENT: &str = certbot::COMPONENT.name;

/// The component that runs containers.
pub const CONTAINER_RUNTIME: &str = containerd::COMPONENT.name;

/// Every component, in the order in which a host can take them.
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
    /// Whether such a host has it.
    pub fn is_enabled(&self, shared: &SharedConfig) -> bool {
        (self.is_enabled)(shared)
    }

    /// What it shows to the outside.
    pub fn endpoints(&self, shared: &SharedConfig) -> Endpoints {
        (self.endpoints)(shared)
    }

    /// What it puts on the host.
    pub fn resources(&self, shared: &SharedConfig, endpoints: &Endpoints) -> Resources {
        (self.resources)(shared, endpoints)
    }
}

/// What components show to the outside: collected first, so that the edge and the firewall can serve them all.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// Paths of the site.
    pub routes: Vec<Route>,
    /// Ports on the host.
    pub listeners: Vec<Listener>,
}

/// A path of the site and where it leads.
#[derive(Debug, Clone)]
pub struct Route {
    /// Who offers it.
    pub component: &'static str,
    /// The prefix, and where it was said.
    pub path: WithLocation<RoutePath>,
    /// Where requests go, as nginx writes it.
    pub upstream: String,
    /// Lets WebSocket upgrades through.
    pub websocket: bool,
    /// Passes answers on as they come.
    pub streaming: bool,
    /// How long the upstream may be silent.
    pub timeout: Option<Duration>,
    /// The largest request body, where it differs from the site's.
    pub client_max_body_size: Option<ByteSize>,
    /// Where the bare prefix leads.
    pub index: Option<String>,
    /// The upstream's own prefix in its redirects, which becomes ours.
    pub redirect_from: Option<String>,
}

/// From where a port must be reachable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    /// From everywhere.
    Public,
    /// From the host itself: it binds 127.0.0.1.
    Loopback,
    /// From the host and from its containers, though it binds every address: a firewall must close it.
    ContainerNetwork,
}

/// A port on the host.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Who listens.
    pub component: &'static str,
    /// The port, and where it was said.
    pub port: WithLocation<Port>,
    /// From where it must be reachable.
    pub exposure: Exposure,
}

/// Everything a component puts on the host.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Files and directories.
    pub files: Vec<FileSpec>,
    /// Units, in the order in which they start.
    pub units: Vec<Unit>,
    /// Packages of the distribution.
    pub packages: Vec<String>,
    /// Programs of upstream.
    pub downloads: Vec<Download>,
    /// Secrets that the host makes when none was given.
    pub secrets: Vec<GeneratedSecret>,
    /// Accounts.
    pub accounts: Vec<SystemAccount>,
    /// Directories made on the host and left alone: they hold data.
    pub directories: Vec<DataDirectory>,
    /// Files of the distribution that are moved away while the panel is installed.
    pub displaced_files: Vec<&'static str>,
    /// Units of the distribution that are disabled while the panel is installed.
    pub conflicting_units: Vec<&'static str>,
    /// Images of containers.
    pub images: Vec<ContainerImage>,
    /// Where a person logs in.
    pub login_urls: Vec<LoginUrl>,
    /// What running it leaves on the host.
    pub runtime_state: RuntimeState,
}

/// An image, and the namespace of containerd that its user looks into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerImage {
    /// containerd's namespace.
    pub namespace: &'static str,
    /// Registry, name and tag.
    pub reference: String,
}

/// Where a person logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginUrl {
    /// What is behind it.
    pub title: &'static str,
    /// Its path on the site.
    pub path: String,
    /// The user's name, where one is asked for.
    pub user: Option<String>,
    /// The file on the host with the password, where one is asked for.
    pub password: Option<String>,
}

/// What running a component leaves on a host besides its files; uninstall removes it.
#[derive(Debug, Clone, Default)]
pub struct RuntimeState {
    /// Containers: containerd's namespace, and a name or `*`.
    pub containers: Vec<(&'static str, &'static str)>,
    /// A bridge: its name, its CNI network, the beginning of its addresses.
    pub bridge: Option<(&'static str, &'static str, &'static str)>,
    /// Tables of nftables: family and name.
    pub tables: Vec<(&'static str, &'static str)>,
    /// Directories with data, kept unless a purge is requested.
    pub data_dirs: Vec<String>,
}

/// When a unit runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// Enabled and running.
    Running,
    /// Started by another unit or by the installer; never enabled.
    OnDemand,
    /// A unit of the distribution: enabled and started, but never stopped by us.
    External,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: &'static str,
    /// When it runs.
    pub lifecycle: Lifecycle,
    /// How many seconds it may take until it is ready.
    pub start_timeout: u32,
    /// What responds once it is ready.
    pub health_check: Option<HealthCheck>,
}

/// An address that responds once a unit is ready.
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
    /// A tar archive that is the directory: its members without their first so many components.
    Archive(u8),
    /// A tar archive whose members join what the directory has.
    Into(u8),
}

/// A file of upstream, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Download {
    /// The name in the lock and of its directory on the host.
    pub name: String,
    /// The version; none where upstream has only a latest one.
    pub version: Option<String>,
    /// The processor it is for.
    pub arch: &'static str,
    /// Where it is had.
    pub url: String,
    /// Where the file with upstream's own sum is had; none where there is none.
    pub sum_url: Option<String>,
    /// The sum that pins it.
    pub sha256: Option<String>,
    /// Its licence.
    pub licence: &'static str,
    /// How it is unpacked.
    pub unpack: Unpack,
    /// The directory on the host that it is unpacked into.
    pub directory: String,
    /// Links to its programs: where, and to which member of the directory. A member `bin/*` links every program
    /// of that directory below the named one.
    pub links: Vec<(String, String)>,
    /// The units that restart when it changes.
    pub restarts: &'static [&'static str],
}

/// A secret on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedSecret {
    /// Its file.
    pub path: String,
    /// Its mode.
    pub mode: u32,
    /// The units of this component that read it.
    pub readers: Vec<&'static str>,
}

/// A system account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemAccount {
    /// Its name.
    pub name: String,
    /// Its home.
    pub home: String,
}

/// A directory for data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDirectory {
    /// Where.
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
            upstream,
            websocket: false,
            streaming: false,
            timeout: None,
            client_max_body_size: None,
            index: None,
            redirect_from: None,
        }
    }
}

impl Download {
    /// The download of one of upstream's releases, from the mirror where there is one.
    fn new(shared: &SharedConfig, release: &PinnedRelease, unpack: Unpack) -> Self {
        use crate::facts::releases::UpstreamChecksum;
        let PinnedRelease { program, version, sha256 } = release;
        let origin = shared.mirror.as_ref().map_or_else(|| program.origin(version), ToString::to_string);
        let file = program.file(version, shared.arch);
        let sum_url = match program.upstream_checksum(version, shared.arch) {
            UpstreamChecksum::Beside(name) => Some(format!("{origin}/{name}")),
            UpstreamChecksum::None => None,
        };
        Self {
            name: program.as_str().to_owned(),
            version: Some(version.to_string()),
            arch: shared.arch.as_str(),
            url: format!("{origin}/{file}"),
            sum_url,
            sha256: sha256.as_ref().map(ToString::to_string),
            licence: program.licence(version),
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

/// Builds a component's artifacts.
struct FileSet {
    component: &'static str,
    files: Vec<FileSpec>,
}

impl FileSet {
    fn new(component: &'static str) -> Self {
        Self { component, files: Vec::new() }
    }

    /// A file rendered from the template at the same place, root's and readable by all.
    fn template(&mut self, path: &'static str, on_change: OnChange, context: Value) -> &mut FileSpec {
        let body = FileContent::Template { name: path.trim_start_matches('/'), context };
        self.push(path, 0o644, on_change, body)
    }

    /// The same, where each host has values of its own.
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

    /// A file whose text was serialised from types.
    fn text(&mut self, path: &str, on_change: OnChange, text: String) -> &mut FileSpec {
        self.push(path, 0o644, on_change, FileContent::Text(text))
    }

    /// A file whose text each host has of its own.
    fn per_host_text(&mut self, path: &str, on_change: OnChange, own: fn(&Host) -> String) -> &mut FileSpec {
        let spec = self.text(path, on_change, String::new());
        spec.per_host = Some(PerHost::Text(own));
        spec
    }

    /// The file with the initial password that was given.
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
        let path = HostPath::parse(path).expect("the paths of components are normalised");
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

/// A route path that no parameter says.
fn builtin_path(path: &str) -> WithLocation<RoutePath> {
    WithLocation {
        value: RoutePath::parse(path).expect("the built-in routes are routes"),
        parameter: "panel",
        location: Location::Default("built-in".to_owned()),
    }
}

/// A port that no parameter says.
fn builtin_port(port: &str) -> WithLocation<Port> {
    WithLocation {
        value: Port::parse(port).expect("the built-in ports are ports"),
        parameter: "nginx",
        location: Location::Default("built-in".to_owned()),
    }
}

/// Where the ACME challenge is laid for the edge to serve.
const WEBROOT: &str = "/var/www/acme";
/// Where the ACME client answers the challenge itself, behind the edge.
const STANDALONE_PORT: &str = "8402";

/// The first line of every rendered file that can hold a comment.
pub const HEADER: &str =
    "# Made by panelgen. Change the parameters and render again; a change made here is undone.";

/// A YAML document from types, below the header. Strings are quoted where any reader would see something else.
fn yaml(document: &impl serde::Serialize) -> String {
    let body =
        serde_yaml::to_string(document).expect("structures of text, switches and lists always serialise");
    format!("{HEADER}\n\n{body}")
}

/// Named values as what a template is rendered with.
fn values(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::from(pairs.into_iter().collect::<BTreeMap<_, _>>())
}

macro_rules! context {
    ($($name:ident: $value:expr),* $(,)?) => {
        $crate::components::values([$((stringify!($name), minijinja::Value::from($value))),*])
    };
}
use context;
