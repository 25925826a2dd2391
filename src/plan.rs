//! The plan: every component's offer collected, conflicts refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::components::file_spec::{Artifact, Body, OnChange, Owner};
use crate::components::{COMPONENTS, Front, HEADER, Offer};
use crate::diagnostics::{Code, Finding, Origin, Report, Severity};
use crate::host::{DropIn, Model};
use crate::values::{HostPath, Word, shown};

/// What will be on the host, and who asked for it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What components show to the outside.
    pub front: Front,
    /// Each component's offer, in the order in which a host can take them.
    pub offers: Vec<(&'static str, Offer)>,
}

impl Plan {
    /// Every file and directory, sorted by path.
    pub fn artifacts(&self) -> Vec<&Artifact> {
        let mut artifacts: Vec<_> = self.offers.iter().flat_map(|(_, offer)| &offer.artifacts).collect();
        artifacts.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
        artifacts
    }
}

/// Who claims something, and where that was said.
struct Claim {
    who: String,
    parameter: String,
    origin: Origin,
}

/// Collects what every component offers. Two claims on one thing are a finding.
pub fn collect(model: &Model, report: &mut Report) -> Option<Arc<Plan>> {
    let wanted: Vec<_> = COMPONENTS.iter().filter(|component| component.wanted(model)).collect();
    let mut front = Front::default();
    for component in &wanted {
        let Front { routes, listeners } = component.front(model);
        front.routes.extend(routes);
        front.listeners.extend(listeners);
    }
    let mut offers: Vec<_> =
        wanted.iter().map(|component| (component.name, component.offer(model, &front))).collect();
    for drop_in in &model.overrides.units {
        override_unit(drop_in, &mut offers, report);
    }
    let mut plan = Plan { front, offers };
    tell_readers(&mut plan);
    refuse_conflicts(&plan, model, report);
    (!report.refused()).then(|| Arc::new(plan))
}

/// A secret that was given restarts everybody who reads it, whichever component brought the file.
fn tell_readers(plan: &mut Plan) {
    let secrets: Vec<_> = plan.offers.iter().flat_map(|(_, offer)| offer.secrets.clone()).collect();
    for artifact in plan.offers.iter_mut().flat_map(|(_, offer)| &mut offer.artifacts) {
        if let OnChange::Restart(units) = &mut artifact.on_change {
            for secret in secrets.iter().filter(|secret| secret.path == artifact.path.as_str()) {
                units.extend(&secret.readers);
            }
        }
    }
}

/// Refuses two claims on one path of the site, port, unit or path of the host.
pub fn refuse_conflicts(plan: &Plan, model: &Model, report: &mut Report) {
    let routes = plan.front.routes.iter().map(|route| {
        let path = &route.path;
        (path.value.to_string(), claim(route.component, path.parameter, &path.origin))
    });
    refuse_shared(Code::RouteConflict, "the path", "give one of them another path", routes, report);
    let listeners = plan.front.listeners.iter().map(|listener| {
        let port = &listener.port;
        (port.value.to_string(), claim(listener.component, port.parameter, &port.origin))
    });
    refuse_shared(Code::PortConflict, "the port", "give one of them another port", listeners, report);
    let built_in = Origin::Default("built-in".to_owned());
    let units = plan.offers.iter().flat_map(|(component, offer)| {
        offer.units.iter().map(|unit| (unit.name.to_owned(), claim(component, "panel", &built_in)))
    });
    refuse_shared(Code::UnitConflict, "the unit", "drop one of them", units, report);
    let places = places(plan, model);
    let paths = places
        .iter()
        .filter(|place| place.leaf)
        .map(|place| (place.path.to_string(), claim(place.component, place.parameter, &place.origin)));
    refuse_shared(Code::PathConflict, "the path on the host", "move one of them", paths, report);
    refuse_files_above(&places, report);
}

/// A place on the host.
struct Place<'a> {
    path: &'a str,
    component: &'static str,
    parameter: &'static str,
    origin: Origin,
    /// A file or a link: nothing lies below it.
    leaf: bool,
}

/// Every place on the host that somebody takes.
fn places<'a>(plan: &'a Plan, model: &Model) -> Vec<Place<'a>> {
    let place = |path: &'a str, component, said: Option<&Origin>, leaf| {
        let installed = path
            .strip_prefix(model.install.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let (parameter, origin) = match said {
            Some(origin) => ("overrides.units", origin.clone()),
            None if installed => ("dirs.install", model.install_said.clone()),
            None => ("panel", Origin::Default("built-in".to_owned())),
        };
        Place { path, component, parameter, origin, leaf }
    };
    let mut places = Vec::new();
    for (component, offer) in &plan.offers {
        for artifact in &offer.artifacts {
            let leaf = !matches!(artifact.body, Body::Directory);
            places.push(place(artifact.path.as_str(), *component, artifact.origin.as_ref(), leaf));
        }
        for download in &offer.downloads {
            places.push(place(&download.directory, *component, None, false));
            let links = download.links.iter().filter(|(_, member)| !member.ends_with('*'));
            places.extend(links.map(|(link, _)| place(link, *component, None, true)));
        }
        places.extend(offer.directories.iter().map(|dir| place(&dir.path, *component, None, false)));
    }
    places.sort_by_key(|place| place.path);
    places
}

/// A file cannot be a directory for others.
fn refuse_files_above(places: &[Place<'_>], report: &mut Report) {
    for (at, file) in places.iter().enumerate().filter(|(_, place)| place.leaf) {
        // Sorted by path, what begins with the file's path follows it; a directory of its own name may stand before.
        let first =
            places[..at].iter().rposition(|place| place.path != file.path).map_or(0, |before| before + 1);
        let near = places[first..].iter().take_while(|place| place.path.starts_with(file.path));
        let mut below = near.filter(|place| match place.path.strip_prefix(file.path) {
            Some("") => !place.leaf,
            rest => rest.is_some_and(|rest| rest.starts_with('/')),
        });
        let Some(below) = below.next() else { continue };
        let message = format!(
            "`{}` of `{}` is a file, and `{}` has `{}` below it",
            shown(file.path),
            file.component,
            below.component,
            shown(below.path)
        );
        let mut both = [file, below];
        both.sort_by_key(|place| matches!(place.origin, Origin::Default(_)));
        report.push(
            Finding::new(Code::PathConflict, message)
                .about(both[0].parameter)
                .at(both[0].origin.clone())
                .hint("choose a directory of its own, for example `/opt/panel`"),
        );
    }
}

fn claim(who: &str, parameter: &str, origin: &Origin) -> Claim {
    Claim { who: who.to_owned(), parameter: parameter.to_owned(), origin: origin.clone() }
}

/// The one rule for everything that can have one owner only.
fn refuse_shared(
    code: Code,
    what: &str,
    hint: &str,
    claims: impl Iterator<Item = (String, Claim)>,
    report: &mut Report,
) {
    let mut owners: BTreeMap<String, Claim> = BTreeMap::new();
    // What was refused already stands in for nothing: a default that replaced it claims nothing.
    let refused: Vec<Origin> = report
        .findings()
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .flat_map(|finding| finding.origins.clone())
        .collect();
    for (thing, claim) in claims.filter(|(_, claim)| !refused.contains(&claim.origin)) {
        let Some(owner) = owners.get(&thing) else {
            owners.insert(thing, claim);
            continue;
        };
        let who = if owner.who == claim.who {
            format!("claimed twice by `{}`", owner.who)
        } else {
            format!("claimed by both `{}` and `{}`", owner.who, claim.who)
        };
        // What the operator said comes first: that is what can be changed.
        let mut both = [owner, &claim];
        both.sort_by_key(|claim| matches!(claim.origin, Origin::Default(_)));
        let mut finding = Finding::new(code, format!("{what} `{}` is {who}", shown(&thing)))
            .about(both[0].parameter.clone())
            .hint(hint);
        for claim in both {
            finding = finding.at(match &claim.origin {
                Origin::Default(layer) => Origin::Default(format!("{layer}: {}", claim.parameter)),
                origin => origin.clone(),
            });
        }
        report.push(finding);
    }
}

/// Puts a drop-in of the operator's beside the unit it is for.
fn override_unit(drop_in: &DropIn, offers: &mut [(&'static str, Offer)], report: &mut Report) {
    let unit = drop_in.unit.to_string();
    let owner = offers.iter_mut().find_map(|(name, offer)| {
        Some((*name, offer.units.iter().find(|have| have.name == unit)?.name, offer))
    });
    let Some((component, name, offer)) = owner else {
        report.push(
            Finding::new(Code::UnitInvalid, format!("this panel has no unit `{}`", shown(&unit)))
                .about(format!("overrides.units.{unit}"))
                .at(drop_in.origin.clone())
                .hint("`panelgen list` shows the units' files"),
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
    let path = format!("/etc/systemd/system/{name}.d/50-overrides.conf");
    offer.artifacts.push(Artifact {
        path: HostPath::parse(&path).expect("a unit's name is one component of a path"),
        mode: 0o644,
        owner: Owner::root(),
        component,
        body: Body::Text(text),
        own: None,
        secret: false,
        on_change: OnChange::Unit(name),
        origin: Some(drop_in.origin.clone()),
    });
}
