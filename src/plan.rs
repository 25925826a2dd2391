//! The plan: the resources of all components, checked for conflicts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::components::file_spec::{FileContent, FileSpec, OnChange, Owner};
use crate::components::{COMPONENTS, Endpoints, HEADER, Resources};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, Severity};
use crate::host::{DropIn, SharedConfig, UNIT_DIRECTORY};
use crate::values::{FromText, HostPath, sanitize};

/// What will be on the host, by component.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The endpoints of all components.
    pub endpoints: Endpoints,
    /// The resources of each component, in installation order.
    pub resources: Vec<(&'static str, Resources)>,
}

impl Plan {
    /// Every file and directory, sorted by path.
    pub fn files(&self) -> Vec<&FileSpec> {
        let mut specs: Vec<_> = self.resources.iter().flat_map(|(_, resources)| &resources.files).collect();
        specs.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
        specs
    }
}

/// The owner of a resource, and the parameter that sets it.
struct Claim {
    owner: String,
    parameter: String,
    location: Location,
}

impl Claim {
    /// Names the owner, and the parameter that decides the claim where that is more than the choice of the panel.
    fn name(&self) -> String {
        if self.parameter == "panel" || self.parameter == self.owner {
            format!("`{}`", self.owner)
        } else {
            format!("`{}` (`{}`)", self.owner, self.parameter)
        }
    }
}

/// Collects the resources of all components. Reports conflicts, and returns `None` on errors.
pub fn build_plan(shared: &SharedConfig, diagnostics: &mut Diagnostics) -> Option<Arc<Plan>> {
    let wanted: Vec<_> = COMPONENTS.iter().filter(|component| component.is_enabled(shared)).collect();
    let mut endpoints = Endpoints::default();
    for component in &wanted {
        let Endpoints { routes, listeners } = component.endpoints(shared);
        endpoints.routes.extend(routes);
        endpoints.listeners.extend(listeners);
    }
    let mut resources: Vec<_> =
        wanted.iter().map(|component| (component.name, component.resources(shared, &endpoints))).collect();
    for drop_in in &shared.overrides.units {
        add_drop_in(drop_in, &mut resources, diagnostics);
    }
    let mut plan = Plan { endpoints, resources };
    add_secret_readers(&mut plan);
    check_conflicts(&plan, shared, diagnostics);
    (!diagnostics.has_errors()).then(|| Arc::new(plan))
}

/// Adds the readers of a configured secret to the restarts of its file, whichever component declares the
/// file.
fn add_secret_readers(plan: &mut Plan) {
    let secrets: Vec<_> =
        plan.resources.iter().flat_map(|(_, resources)| resources.secrets.clone()).collect();
    for spec in plan.resources.iter_mut().flat_map(|(_, resources)| &mut resources.files) {
        if let OnChange::Restart(units) = &mut spec.on_change {
            for secret in secrets.iter().filter(|secret| secret.path == spec.path.as_str()) {
                units.extend(&secret.readers);
            }
        }
    }
}

/// Reports every route path, port, unit and host path that two components claim.
pub fn check_conflicts(plan: &Plan, shared: &SharedConfig, diagnostics: &mut Diagnostics) {
    let routes = plan.endpoints.routes.iter().map(|route| {
        let path = &route.path;
        // The edge serves the operator's routes, but it is `routes` that the operator can change.
        let owner = if path.parameter == "routes" { "routes" } else { route.component };
        (path.value.to_string(), claim(owner, path.parameter, &path.location))
    });
    check_unique(Code::RouteConflict, "path", "change one of the two paths", routes, diagnostics);
    let listeners = plan.endpoints.listeners.iter().map(|listener| {
        let port = &listener.port;
        (port.value.to_string(), claim(listener.component, port.parameter, &port.location))
    });
    check_unique(Code::PortConflict, "port", "change one of the two ports", listeners, diagnostics);
    let built_in = Location::Default("built-in".to_owned());
    let units = plan.resources.iter().flat_map(|(component, resources)| {
        resources.units.iter().map(|unit| (unit.name.to_owned(), claim(component, "panel", &built_in)))
    });
    check_unique(Code::UnitConflict, "unit", "remove one of the two", units, diagnostics);
    let places = places(plan, shared);
    let paths = places
        .iter()
        .filter(|place| place.leaf)
        .map(|place| (place.path.to_string(), claim(place.component, place.parameter, &place.location)));
    check_unique(Code::PathConflict, "host path", "move one of the two", paths, diagnostics);
    check_file_above_directory(&places, diagnostics);
}

/// A path on the host that a component claims.
struct HostPathClaim<'a> {
    path: &'a str,
    component: &'static str,
    parameter: &'static str,
    location: Location,
    /// Whether it is a file or a link, which cannot have anything below it.
    leaf: bool,
}

/// All paths on the host that components claim.
fn places<'a>(plan: &'a Plan, shared: &SharedConfig) -> Vec<HostPathClaim<'a>> {
    let place = |path: &'a str, component, spanned: Option<&Location>, leaf| {
        let installed = path
            .strip_prefix(shared.install.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let (parameter, location) = match spanned {
            Some(location) => ("overrides.units", location.clone()),
            None if installed => ("dirs.install", shared.install_location.clone()),
            None => ("panel", Location::Default("built-in".to_owned())),
        };
        HostPathClaim { path, component, parameter, location, leaf }
    };
    let mut places = Vec::new();
    for (component, resources) in &plan.resources {
        for spec in &resources.files {
            let leaf = !matches!(spec.content, FileContent::Directory);
            places.push(place(spec.path.as_str(), *component, spec.location.as_ref(), leaf));
        }
        for download in &resources.downloads {
            places.push(place(&download.directory, *component, None, false));
            let links = download.links.iter().filter(|(_, member)| !member.ends_with('*'));
            places.extend(links.map(|(link, _)| place(link, *component, None, true)));
        }
        places.extend(resources.directories.iter().map(|dir| place(&dir.path, *component, None, false)));
    }
    places.sort_by_key(|place| place.path);
    places
}

/// Reports files that would also have to be directories.
fn check_file_above_directory(places: &[HostPathClaim<'_>], diagnostics: &mut Diagnostics) {
    for (at, file) in places.iter().enumerate().filter(|(_, place)| place.leaf) {
        // In order, everything below the file's path follows it. A directory with the same path may come
        // first.
        let first =
            places[..at].iter().rposition(|place| place.path != file.path).map_or(0, |before| before + 1);
        let near = places[first..].iter().take_while(|place| place.path.starts_with(file.path));
        let mut below = near.filter(|place| match place.path.strip_prefix(file.path) {
            Some("") => !place.leaf,
            rest => rest.is_some_and(|rest| rest.starts_with('/')),
        });
        let Some(below) = below.next() else { continue };
        let message = format!(
            "path `{}` of `{}` is a file, but `{}` has `{}` below it",
            sanitize(file.path),
            file.component,
            below.component,
            sanitize(below.path)
        );
        let mut both = [file, below];
        both.sort_by_key(|place| matches!(place.location, Location::Default(_)));
        diagnostics.push(
            Diagnostic::new(Code::PathConflict, message)
                .with_parameter(both[0].parameter)
                .with_location(both[0].location.clone())
                .with_hint("choose a separate directory, for example `/opt/panel`"),
        );
    }
}

fn claim(who: &str, parameter: &str, location: &Location) -> Claim {
    Claim { owner: who.to_owned(), parameter: parameter.to_owned(), location: location.clone() }
}

/// Reports everything that has more than one owner.
fn check_unique(
    code: Code,
    what: &str,
    hint: &str,
    claims: impl Iterator<Item = (String, Claim)>,
    diagnostics: &mut Diagnostics,
) {
    let mut owners: BTreeMap<String, Claim> = BTreeMap::new();
    // Defaults that replaced an invalid value claim nothing, since the value is reported already.
    let invalid: Vec<Location> = diagnostics
        .entries()
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .flat_map(|diagnostic| diagnostic.locations.clone())
        .collect();
    for (thing, claim) in claims.filter(|(_, claim)| !invalid.contains(&claim.location)) {
        let Some(owner) = owners.get(&thing) else {
            owners.insert(thing, claim);
            continue;
        };
        let claimed = if owner.owner == claim.owner {
            format!("claimed twice by `{}`", owner.owner)
        } else {
            format!("claimed by both {} and {}", owner.name(), claim.name())
        };
        // The explicit setting comes first, since it can be changed.
        let mut both = [owner, &claim];
        both.sort_by_key(|claim| matches!(claim.location, Location::Default(_)));
        let mut diagnostic = Diagnostic::new(code, format!("{what} `{}` is {claimed}", sanitize(&thing)))
            .with_parameter(both[0].parameter.clone())
            .with_hint(hint);
        for claim in both {
            diagnostic = diagnostic.with_location(match &claim.location {
                Location::Default(layer) => Location::Default(format!("{layer}: {}", claim.parameter)),
                location => location.clone(),
            });
        }
        diagnostics.push(diagnostic);
    }
}

/// Adds a configured drop-in to the component of its unit.
fn add_drop_in(drop_in: &DropIn, resources: &mut [(&'static str, Resources)], diagnostics: &mut Diagnostics) {
    let unit = drop_in.unit.to_string();
    let owner = resources.iter_mut().find_map(|(name, resources)| {
        Some((*name, resources.units.iter().find(|have| have.name == unit)?.name, resources))
    });
    let Some((component, name, resources)) = owner else {
        diagnostics.push(
            Diagnostic::new(
                Code::UnitInvalid,
                format!("unit `{}` does not exist on this host", sanitize(&unit)),
            )
            .with_parameter(format!("overrides.units.{unit}"))
            .with_location(drop_in.location.clone())
            .with_hint("run `panelgen list` to list the units"),
        );
        return;
    };
    let mut text = format!("{HEADER}\n");
    for (section, directives) in &drop_in.sections {
        let _ = writeln!(text, "\n[{section}]");
        for (key, value) in directives {
            let _ = writeln!(text, "{key}={value}");
        }
    }
    let path = format!("{UNIT_DIRECTORY}{name}.d/50-overrides.conf");
    resources.files.push(FileSpec {
        path: HostPath::parse(&path).expect("a unit name is one path component"),
        mode: 0o644,
        owner: Owner::root(),
        component,
        content: FileContent::Text(text),
        per_host: None,
        secret: false,
        on_change: OnChange::Unit(name),
        location: Some(drop_in.location.clone()),
    });
}
