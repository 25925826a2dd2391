//! Nodes and edges, derived from a plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::components::file_spec::OnChange;
use crate::components::{EDGE, Exposure, Peer, Process, Resources};
use crate::host::{Host, SharedConfig};
use crate::plan::Plan;
use crate::values::{Domain, FromText, Upstream};

/// The node of everything outside that connects to the host.
pub(super) const INTERNET: &str = "internet";

/// The picture of a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The primary domain, or empty for the hosts of a plan.
    pub title: String,
    /// Panel, operating system and processor.
    pub subtitle: String,
    /// The nodes, each place in the order of installation.
    pub nodes: Vec<Node>,
    /// The connections.
    pub edges: Vec<Edge>,
    /// The ports on which the host listens, in ascending order.
    pub ports: Vec<ListeningPort>,
    /// The packet filter's tables.
    pub filters: Vec<String>,
    /// Traffic that the packet filter blocks, besides ports.
    pub blocked: Vec<String>,
    /// The bridge of the containers: its name and its addresses.
    pub bridge: Option<String>,
    /// The secrets on the host.
    pub secrets: Vec<SecretFile>,
    /// The servers from which the installer downloads programs and images.
    pub downloads: Vec<String>,
}

/// Where a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Outside the host.
    Outside,
    /// On the host, open to the outside.
    Edge,
    /// On the host.
    Host,
    /// The packet filter between the outside and the host.
    Filter,
    /// In a container on the host's bridge.
    Container,
}

/// A difference from the other host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Only the new host has it.
    Added,
    /// Only the old host has it.
    Removed,
    /// Both have it, with differences.
    Changed,
}

/// A program, or a server outside the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its identity, the same in every graph.
    pub id: String,
    /// Where it is.
    pub place: Place,
    /// Its title.
    pub title: String,
    /// What else is known: the unit, the schedule, the address.
    pub details: Vec<String>,
    /// The ports on which it listens.
    pub ports: Vec<String>,
    /// The names of the site, if it serves the site.
    pub names: Vec<String>,
    /// The routes of the site, if it serves the site.
    pub routes: Vec<RouteRow>,
    /// The unit that runs it.
    pub unit: Option<String>,
    /// Whether a timer starts it, or it starts others at a time.
    pub scheduled: bool,
    /// The files on the host whose change affects it.
    pub files: Vec<String>,
    /// Its difference from the other host.
    pub mark: Option<Mark>,
}

/// A path of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRow {
    /// The path.
    pub path: String,
    /// The upstream's URL.
    pub upstream: String,
    /// The node that it reaches.
    pub to: String,
    /// Whether WebSocket upgrades pass.
    pub websocket: bool,
    /// Its difference from the other host.
    pub mark: Option<Mark>,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The node that connects.
    pub from: String,
    /// The node that is connected to.
    pub to: String,
    /// The purpose.
    pub label: String,
    /// Its difference from the other host.
    pub mark: Option<Mark>,
}

/// A port on which the host listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListeningPort {
    /// The port.
    pub port: String,
    /// The networks from which it is reachable.
    pub exposure: Exposure,
    /// The title of the program.
    pub program: String,
    /// Its difference from the other host.
    pub mark: Option<Mark>,
}

/// A file with a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// Its path on the host.
    pub path: String,
    /// The units that read it.
    pub readers: Vec<String>,
    /// Its difference from the other host.
    pub mark: Option<Mark>,
}

impl Graph {
    /// The picture of a host.
    pub fn new(host: &Host, plan: &Plan) -> Self {
        let names: Vec<_> = host.domains.iter().map(Domain::to_string).collect();
        let mut graph = Self::of_plan(&host.shared, plan);
        graph.title.clone_from(&names[0]);
        for secret in &mut graph.secrets {
            secret.path = secret.path.replace("/DOMAIN/", &format!("/{}/", names[0]));
        }
        for node in graph.nodes.iter_mut().filter(|node| node.place == Place::Edge) {
            node.names.clone_from(&names);
        }
        graph
    }

    /// The picture of all hosts of a plan, without their names.
    pub fn of_plan(shared: &SharedConfig, plan: &Plan) -> Self {
        let kind = shared.kind.as_str();
        let mut graph = Self {
            subtitle: format!("panel {kind} · {} · {}", shared.target.title, shared.arch),
            ..Self::default()
        };
        graph.add_processes(plan);
        graph.add_routes(plan);
        graph.add_connections(plan);
        graph.add_ports(plan);
        graph.add_secrets(plan);
        for (_, resources) in &plan.resources {
            let state = &resources.runtime_state;
            graph.filters.extend(state.tables.iter().map(|(family, table)| format!("{family} {table}")));
            let blocked = resources.blocked_traffic.iter();
            graph.blocked.extend(blocked.map(|(from, to)| format!("{from} to {to}")));
            if let Some((bridge, _, prefix)) = state.bridge {
                graph.bridge = Some(format!("{bridge}, addresses {prefix}x.x"));
            }
        }
        graph.downloads = downloads(plan);
        graph
    }

    /// The node with an identity.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Adds the internet, the declared processes, and the units that no process runs.
    fn add_processes(&mut self, plan: &Plan) {
        self.nodes.push(Node::new(INTERNET, Place::Outside, "internet"));
        let public: BTreeSet<_> = plan
            .endpoints
            .listeners
            .iter()
            .filter(|listener| listener.exposure == Exposure::Public)
            .map(|listener| listener.port.value)
            .collect();
        for (component, resources) in &plan.resources {
            for process in &resources.processes {
                let place = if process.container {
                    Place::Container
                } else if *component == EDGE || process.ports.iter().any(|port| public.contains(port)) {
                    Place::Edge
                } else {
                    Place::Host
                };
                let mut node = Node::new(&id(component, process.title), place, process.title);
                node.ports = process.ports.iter().map(ToString::to_string).collect();
                node.unit = process.unit.map(str::to_owned);
                node.details.extend(process.unit.map(str::to_owned));
                if let Some(schedule) = &process.schedule {
                    node.details.push(format!("at {schedule}"));
                    node.scheduled = true;
                }
                self.nodes.push(node);
            }
            let runs = |unit: &str| resources.processes.iter().any(|process| process.unit == Some(unit));
            for unit in resources.units.iter().filter(|unit| !runs(unit.name)) {
                let place =
                    if resources.runtime_state.tables.is_empty() { Place::Host } else { Place::Filter };
                let mut node = Node::new(&id(component, unit.name), place, unit.name);
                node.unit = Some(unit.name.to_owned());
                self.nodes.push(node);
            }
        }
        let mut starts = BTreeSet::new();
        for (component, resources) in &plan.resources {
            for process in resources.processes.iter().filter(|process| process.schedule.is_some()) {
                starts.extend(process.connections.iter().filter_map(|(peer, _)| match peer {
                    Peer::Process(title) => Some(id(component, title)),
                    _ => None,
                }));
            }
        }
        let specs = plan.files();
        for node in &mut self.nodes {
            node.scheduled |= starts.contains(&node.id);
            let Some(unit) = node.unit.as_deref() else { continue };
            let own = format!("/{unit}");
            let files = specs.iter().filter(|spec| {
                let path = spec.path.as_str();
                path.ends_with(&own) || path.contains(&format!("{own}.d/")) || affects(&spec.on_change, unit)
            });
            node.files = files.map(|spec| spec.path.to_string()).collect();
        }
    }

    /// Adds the routes to the node that serves the site, and nodes for upstreams of the user.
    fn add_routes(&mut self, plan: &Plan) {
        let mut rows = Vec::new();
        for route in &plan.endpoints.routes {
            let upstream = Upstream::parse(&route.upstream).ok();
            let port = upstream.as_ref().filter(|upstream| is_loopback(upstream)).and_then(Upstream::port);
            let to = port.and_then(|port| self.listening(&port.to_string())).unwrap_or_else(|| {
                let (title, local) = upstream.as_ref().map_or((route.upstream.clone(), true), server);
                let id = format!("upstream/{title}");
                if self.node(&id).is_none() {
                    let mut node = Node::new(&id, if local { Place::Host } else { Place::Outside }, &title);
                    let whose = if local { "a program of yours" } else { "a server of yours" };
                    node.details.push(whose.to_owned());
                    self.nodes.push(node);
                }
                id
            });
            rows.push(RouteRow {
                path: route.path.value.to_string(),
                upstream: route.upstream.clone(),
                to,
                websocket: route.websocket,
                mark: None,
            });
        }
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        if let Some(edge) = self.nodes.iter_mut().find(|node| node.place == Place::Edge) {
            edge.routes = rows;
        }
    }

    /// Adds the connections that the processes declare, and those from the internet.
    fn add_connections(&mut self, plan: &Plan) {
        for node in self.nodes.iter().filter(|node| node.place == Place::Edge) {
            let ports = node.ports.join(", ");
            self.edges.push(Edge::new(INTERNET, &node.id, &format!("ports {ports}")));
        }
        for (component, resources) in &plan.resources {
            for process in &resources.processes {
                let from = id(component, process.title);
                for (peer, label) in &process.connections {
                    if let Some(to) = self.peer(component, peer, plan) {
                        self.edges.push(Edge::new(&from, &to, label));
                    }
                }
            }
        }
    }

    /// The node of a peer. A server outside the host gets one.
    fn peer(&mut self, component: &str, peer: &Peer, plan: &Plan) -> Option<String> {
        match peer {
            Peer::Port(port) => self.listening(&port.to_string()),
            Peer::Process(title) => Some(id(component, title)),
            Peer::Component(name) => {
                let (_, resources) = plan.resources.iter().find(|(component, _)| component == name)?;
                resources.processes.first().map(|process| id(name, process.title))
            }
            Peer::Outside(title, address) => {
                let id = format!("outside/{title}");
                if self.node(&id).is_none() {
                    let mut node = Node::new(&id, Place::Outside, title);
                    node.details.extend(address.clone());
                    self.nodes.push(node);
                }
                Some(id)
            }
        }
    }

    /// The node that listens on a port of the host.
    fn listening(&self, port: &str) -> Option<String> {
        let listens = |node: &&Node| node.ports.iter().any(|own| own == port);
        self.nodes.iter().find(listens).map(|node| node.id.clone())
    }

    fn add_ports(&mut self, plan: &Plan) {
        let mut listeners: Vec<_> = plan.endpoints.listeners.iter().collect();
        listeners.sort_by_key(|listener| listener.port.value);
        for listener in listeners {
            let port = listener.port.value.to_string();
            let node = self.listening(&port).and_then(|id| self.node(&id));
            let program = node.map_or_else(|| listener.component.to_owned(), |node| node.title.clone());
            self.ports.push(ListeningPort { port, exposure: listener.exposure, program, mark: None });
        }
    }

    /// Collects the readers of each secret, whichever components declare them.
    fn add_secrets(&mut self, plan: &Plan) {
        let mut readers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |path: &str, units: &mut dyn Iterator<Item = &str>| {
            readers.entry(path.to_owned()).or_default().extend(units.map(str::to_owned));
        };
        for (_, Resources { files, secrets, processes, .. }) in &plan.resources {
            for spec in files.iter().filter(|spec| spec.secret) {
                if let OnChange::Restart(units) = &spec.on_change {
                    add(spec.path.as_str(), &mut units.iter().copied());
                }
            }
            for secret in secrets {
                add(&secret.path, &mut secret.readers.iter().copied());
            }
            for Process { title, unit, secrets, .. } in processes {
                for path in secrets {
                    add(path, &mut std::iter::once(unit.unwrap_or(title)));
                }
            }
        }
        self.secrets = readers
            .into_iter()
            .map(|(path, readers)| SecretFile { path, readers: readers.into_iter().collect(), mark: None })
            .collect();
    }
}

impl Node {
    fn new(id: &str, place: Place, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            place,
            title: title.to_owned(),
            details: Vec::new(),
            ports: Vec::new(),
            names: Vec::new(),
            routes: Vec::new(),
            unit: None,
            scheduled: false,
            files: Vec::new(),
            mark: None,
        }
    }
}

impl Edge {
    fn new(from: &str, to: &str, label: &str) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), label: label.to_owned(), mark: None }
    }
}

fn id(component: &str, title: &str) -> String {
    format!("{component}/{title}")
}

/// Whether the action after a change of a file touches a unit.
fn affects(on_change: &OnChange, unit: &str) -> bool {
    match on_change {
        OnChange::Reload(own) | OnChange::Unit(own) => *own == unit,
        OnChange::Restart(units) => units.contains(&unit),
        OnChange::Nothing | OnChange::DaemonReload | OnChange::Sysctl | OnChange::Modules => false,
    }
}

fn is_loopback(upstream: &Upstream) -> bool {
    upstream.host().is_none_or(|host| {
        let host = host.to_string();
        host.starts_with("127.") || host == "[::1]" || host == "localhost"
    })
}

/// The address of an upstream, and whether it is on this host.
fn server(upstream: &Upstream) -> (String, bool) {
    let title = match (upstream.host(), upstream.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        _ => upstream.socket().map(ToString::to_string).unwrap_or_default(),
    };
    (title, is_loopback(upstream))
}

/// The servers of all downloads and images, sorted.
fn downloads(plan: &Plan) -> Vec<String> {
    let mut hosts = BTreeSet::new();
    for (_, resources) in &plan.resources {
        for download in &resources.downloads {
            let authority = download.url.split_once("://").map_or(download.url.as_str(), |(_, rest)| rest);
            hosts.extend(authority.split('/').next().filter(|host| !host.is_empty()).map(str::to_owned));
        }
        for image in &resources.images {
            hosts.extend(
                image.reference.split('/').next().filter(|host| host.contains('.')).map(str::to_owned),
            );
        }
    }
    hosts.into_iter().collect()
}
