//! Where a file of the bundle comes from: its component, its template's lines, the parameters that decide them.
//!
//! Nobody keeps a list of what depends on what. Each parameter is *probed*: the plan is made once more with
//! another value there, and the lines that differ are the lines that it decides. So whatever a component does
//! with a parameter is told, and a new parameter needs nothing here.

mod alignment;
mod perturbation;

use std::sync::Arc;

use camino::Utf8Path;
use serde::Serialize;

use crate::bundle::{Bundle, Node};
use crate::components::file_spec::{FileContent, FileSpec};
use crate::config::Config;
use crate::config::path::ConfigPath;
use crate::config::schema::DefaultOrExample;
use crate::config::value::{Spanned, Value};
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Diagnostics, Location};
use crate::host::{self, Host};
use crate::plan::{self, Plan};
use crate::render::{self, Rendered};
use crate::template;
use crate::values::{HostPath, Secret, sanitize};
use alignment::AlignedLine;
use perturbation::Perturbation;

/// What a parameter decides about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// What it says.
    Text,
    /// Whether it is there.
    Presence,
}

/// A parameter, its value, and where that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The dotted path.
    pub path: String,
    /// The value as text; none where nothing counts, where it is a list or a map, or where it is a secret.
    pub value: Option<String>,
    /// Where it was said, or whose default it is.
    pub origin: Location,
}

/// Where a line of a template stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateLine {
    /// The first of the template's lines.
    pub first: usize,
    /// The last of them.
    pub last: usize,
    /// The expressions whose values stand on the line.
    pub expressions: Vec<String>,
}

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedLine {
    /// The text, without its newline; none in a secret file.
    pub text: Option<String>,
    /// Its place in the template; none where a file is serialised from types.
    pub source: Option<TemplateLine>,
    /// The parameters that decide it. None: it is the template's or the component's own.
    pub parameters: Vec<(Parameter, Effect)>,
}

/// All that is known about a path of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The path on the host, or in the bundle for its own papers.
    pub path: String,
    /// Who made it; none for the bundle's own papers.
    pub component: Option<&'static str>,
    /// The permission bits.
    pub mode: u32,
    /// The owner on the host.
    pub owner: String,
    /// What must happen when it has changed.
    pub on_change: Option<String>,
    /// The template's path; none where the file is serialised from types, given by the operator, or a directory.
    pub template: Option<String>,
    /// The parameters that decide whether and where it stands.
    pub present_because: Vec<Parameter>,
    /// Its lines; none for a directory.
    pub lines: Vec<ExplainedLine>,
}

/// Explains the paths of one bundle.
pub struct Explainer<'a> {
    config: &'a Config,
    secret: Option<&'a Secret>,
    host: Host,
    plan: Arc<Plan>,
    bundle: Bundle,
    probes: Vec<Perturbation>,
    runs: Vec<Trial>,
}

/// What would be had another value been said.
struct Trial {
    /// Of which probe.
    probe: usize,
    config: Config,
    host: Host,
    plan: Arc<Plan>,
    /// What it is held against, where the value makes sense only beside others.
    background: Option<(Config, Host, Arc<Plan>)>,
}

/// A line before anybody is named.
struct Written {
    text: String,
    source: Option<TemplateLine>,
}

impl<'a> Explainer<'a> {
    /// Makes the bundle and every probe's plan. None where something was refused; the report tells it all.
    pub fn new(
        config: &'a Config,
        secret: Option<&'a Secret>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let Rendered { host, plan, bundle } =
            render::render(config, secret.cloned(), SecretPolicy::Omit, diagnostics)?;
        let probes = perturbation::all(config);
        let mut explainer = Self { config, secret, host, plan, bundle, probes, runs: Vec::new() };
        explainer.runs = explainer
            .probes
            .iter()
            .enumerate()
            .flat_map(|(at, probe)| explainer.runs_of(at, probe))
            .collect();
        Some(explainer)
    }

    /// The bundle that is explained.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Everything about `path`, which is one on the host, or inside the bundle for its own papers.
    pub fn explain(&self, path: &str) -> Option<Explanation> {
        let spec = self.plan.files().into_iter().find(|spec| spec.path.as_str() == path);
        match spec {
            Some(spec) => Some(self.artifact(spec)),
            None => self.paper(path),
        }
    }

    fn artifact(&self, spec: &FileSpec) -> Explanation {
        let written = written(spec, &self.host);
        let mut stands = Vec::new();
        let mut roles: Vec<Vec<(usize, Effect)>> = vec![Vec::new(); written.len()];
        for run in &self.runs {
            let Some(other) = counterpart(&self.plan, spec, &run.plan) else {
                // Against a background without the file, this parameter is not to blame.
                let blamed = run
                    .background
                    .as_ref()
                    .is_none_or(|(_, _, plan)| counterpart(&self.plan, spec, plan).is_some());
                if blamed {
                    push(&mut stands, run.probe);
                }
                continue;
            };
            let before = match &run.background {
                Some((_, host, plan)) => counterpart(&self.plan, spec, plan).map(|before| (before, host)),
                None => Some((spec, &self.host)),
            };
            let Some((before, host)) = before else { continue };
            if before.path != other.path || (before.mode, &before.owner) != (other.mode, &other.owner) {
                push(&mut stands, run.probe);
            }
            if same(&before.content_for(host), &other.content_for(&run.host)) {
                continue;
            }
            let background = run.background.as_ref().map(|_| self::written(before, host));
            blame(&written, background.as_deref(), &self::written(other, &run.host), run.probe, &mut roles);
        }
        Explanation {
            path: spec.path.to_string(),
            component: Some(spec.component),
            mode: spec.mode,
            owner: spec.owner.to_string(),
            on_change: Some(spec.on_change.to_string()),
            template: match &spec.content {
                FileContent::Template { name, .. } => Some(format!("templates/{name}.j2")),
                _ => None,
            },
            present_because: self.named(&stands),
            lines: self.lines(written, &roles, spec.secret),
        }
    }

    /// A paper of the bundle: it is made from the whole plan, so the whole bundle is made for every probe.
    fn paper(&self, path: &str) -> Option<Explanation> {
        let entry = self.bundle.get(Utf8Path::new(path))?;
        let content = |bundle: &Bundle| bundle.get(Utf8Path::new(path))?.content().map(plain);
        let written = content(&self.bundle).unwrap_or_default();
        let mut stands = Vec::new();
        let mut roles: Vec<Vec<(usize, Effect)>> = vec![Vec::new(); written.len()];
        for run in self.runs.iter().filter(|_| matches!(entry.node, Node::File(_))) {
            let made = |config: &Config, host: &Host, plan: &Arc<Plan>| {
                render::assemble(host, plan, config, SecretPolicy::Omit, &mut Diagnostics::default())
            };
            let Some(other) = made(&run.config, &run.host, &run.plan) else { continue };
            let background = match &run.background {
                Some((config, host, plan)) => match made(config, host, plan).as_ref().and_then(content) {
                    Some(background) => Some(background),
                    None => continue,
                },
                None => None,
            };
            match content(&other) {
                Some(other) => blame(&written, background.as_deref(), &other, run.probe, &mut roles),
                None => push(&mut stands, run.probe),
            }
        }
        Some(Explanation {
            path: path.to_owned(),
            component: None,
            mode: entry.mode,
            owner: entry.owner.to_string(),
            on_change: None,
            template: None,
            present_because: self.named(&stands),
            lines: self.lines(written, &roles, entry.is_secret()),
        })
    }

    fn lines(
        &self,
        written: Vec<Written>,
        roles: &[Vec<(usize, Effect)>],
        secret: bool,
    ) -> Vec<ExplainedLine> {
        let line = |(line, roles): (Written, &Vec<(usize, Effect)>)| {
            let mut parameters: Vec<_> =
                roles.iter().map(|(at, role)| (self.parameter(&self.probes[*at]), *role)).collect();
            // What the operator said comes first: that is what was meant.
            parameters.sort_by_key(|(parameter, role)| {
                (matches!(parameter.origin, Location::Default(_)), *role, parameter.path.clone())
            });
            let mut told: Vec<(Parameter, Effect)> = Vec::new();
            for (parameter, role) in parameters {
                if told.iter().all(|(known, _)| known.path != parameter.path) {
                    told.push((parameter, role));
                }
            }
            let parameters = told;
            ExplainedLine { text: (!secret).then_some(line.text), source: line.source, parameters }
        };
        written.into_iter().zip(roles).map(line).collect()
    }

    /// The parameters of these probes, what was said first, each once.
    fn named(&self, probes: &[usize]) -> Vec<Parameter> {
        let mut named: Vec<_> = probes.iter().map(|at| self.parameter(&self.probes[*at])).collect();
        named.sort_by_key(|parameter| {
            (matches!(parameter.origin, Location::Default(_)), parameter.path.clone())
        });
        named.dedup_by(|later, earlier| later.path == earlier.path);
        named
    }

    /// The parameter that a probe is about.
    fn parameter(&self, probe: &Perturbation) -> Parameter {
        let spot = &probe.spot;
        // A list of one is called by the list's own name.
        let alone = spot.without_index() != *spot
            && !matches!(
                self.config.get_at(&spot.without_index()).map(|said| &said.value),
                Some(Value::List(items)) if items.len() > 1
            );
        let path = if alone { spot.without_index() } else { spot.clone() }.to_string();
        if path == "passinit" {
            let origin = match self.config.get_at(spot) {
                Some(said) => said.location.clone(),
                None if self.secret.is_some() => Location::Flag("--passinit-file".to_owned()),
                None => Location::Default("built-in".to_owned()),
            };
            return Parameter { path, value: None, origin };
        }
        if let Some(said) = self.config.get_at(spot) {
            return Parameter { path, value: text(said), origin: said.location.clone() };
        }
        let (value, layer) = match probe.sample {
            DefaultOrExample::Default(value) => (Some(value.to_owned()), "built-in".to_owned()),
            DefaultOrExample::Stack(version) => {
                (Some(version(self.host.stack).to_owned()), format!("stack {}", self.host.stack.name))
            }
            DefaultOrExample::Example(_) | DefaultOrExample::None => (None, "built-in".to_owned()),
        };
        Parameter { path, value, origin: Location::Default(layer) }
    }

    /// The plans of one probe: every value that is accepted, alone or beside what it needs.
    fn runs_of(&self, at: usize, probe: &Perturbation) -> Vec<Trial> {
        probe.tries.iter().filter_map(|value| self.run(at, &probe.spot, value.as_ref())).collect()
    }

    fn run(&self, probe: usize, spot: &ConfigPath, value: Option<&Value>) -> Option<Trial> {
        let is_password = *spot == ConfigPath::at("passinit");
        let secret = self.secret.filter(|_| !is_password);
        let resolve = |config: &Config, diagnostics: &mut Diagnostics| {
            let host = host::resolve(config, secret.cloned(), diagnostics);
            let plan = plan::build_plan(&host.shared, diagnostics)?;
            Some((host, plan))
        };
        let mut config = self.config.with_override(spot, value.cloned());
        // What contradicts the value is taken back, as an operator would.
        for _ in 0..4 {
            let mut diagnostics = Diagnostics::default();
            if let Some((host, plan)) = resolve(&config, &mut diagnostics) {
                return Some(Trial { probe, config, host, plan, background: None });
            }
            let contradicts = diagnostics.entries().iter().find_map(|finding| {
                let other = ConfigPath::at(finding.parameter.as_deref()?);
                let said = config.get_at(&other).is_some();
                (said && !spot.is_within(&other) && !other.is_within(spot)).then_some(other)
            });
            match contradicts {
                Some(other) => config = config.with_override(&other, None),
                None => break,
            }
        }
        // What it needs is said beside it: one neighbour, or two.
        let needs = perturbation::companions(&config, spot);
        let one = needs.iter().map(|need| vec![need]);
        let two = needs
            .iter()
            .enumerate()
            .flat_map(|(at, first)| needs[at + 1..].iter().map(move |second| vec![first, second]));
        one.chain(two).find_map(|needs| {
            let beside = |config: &Config| {
                needs.iter().fold(config.clone(), |config, (spot, value)| {
                    config.with_override(spot, Some(value.clone()))
                })
            };
            let with = beside(&config);
            let (host, plan) = resolve(&with, &mut Diagnostics::default())?;
            let without = beside(self.config);
            let background = resolve(&without, &mut Diagnostics::default());
            let background = background.map(|(host, plan)| (without, host, plan));
            Some(Trial { probe, config: with, host, plan, background })
        })
    }
}

/// Puts the probe's number at every line of `written` that it changes.
fn blame(
    written: &[Written],
    background: Option<&[Written]>,
    other: &[Written],
    probe: usize,
    roles: &mut [Vec<(usize, Effect)>],
) {
    let (written, other) = (places(written), places(other));
    let changed = match background.map(places) {
        None => alignment::changed(&written, &other),
        Some(background) => {
            let origins = alignment::origins(&written, &background);
            let changed = alignment::changed(&background, &other).into_iter();
            changed.filter_map(|(at, role)| Some((origins[at]?, role))).collect()
        }
    };
    for (line, role) in changed {
        match roles[line].iter_mut().find(|(at, _)| *at == probe) {
            Some((_, known)) => *known = role.min(*known),
            None => roles[line].push((probe, role)),
        }
    }
}

fn places(written: &[Written]) -> Vec<AlignedLine<'_>> {
    let lines = |source: &TemplateLine| (source.first, source.last);
    written
        .iter()
        .map(|line| AlignedLine { text: &line.text, lines: line.source.as_ref().map(lines) })
        .collect()
}

/// The lines of an artifact's text, each with its place in the template.
fn written(spec: &FileSpec, host: &Host) -> Vec<Written> {
    match &*spec.content_for(host) {
        FileContent::Directory => Vec::new(),
        FileContent::Text(text) => plain(text.as_bytes()),
        FileContent::Template { name, context } => {
            let Ok(rendered) = template::render(name, context.clone()) else { return Vec::new() };
            let sources = rendered.lines().into_iter().map(|line| TemplateLine {
                first: *line.lines.start(),
                last: *line.lines.end(),
                expressions: line.expressions.into_iter().map(str::to_owned).collect(),
            });
            let lines = rendered.text.lines().zip(sources);
            lines.map(|(text, source)| Written { text: text.to_owned(), source: Some(source) }).collect()
        }
    }
}

/// The lines of a text that has no template.
fn plain(content: &[u8]) -> Vec<Written> {
    let text = String::from_utf8_lossy(content);
    text.lines().map(|text| Written { text: text.to_owned(), source: None }).collect()
}

fn same(one: &FileContent, other: &FileContent) -> bool {
    match (one, other) {
        (FileContent::Directory, FileContent::Directory) => true,
        (FileContent::Text(one), FileContent::Text(other)) => one == other,
        (
            FileContent::Template { name: one, context: a },
            FileContent::Template { name: other, context: b },
        ) => one == other && a == b,
        _ => false,
    }
}

/// The same file in another plan, which may stand elsewhere there.
fn counterpart<'p>(plan: &Plan, spec: &FileSpec, other: &'p Plan) -> Option<&'p FileSpec> {
    let all = |plan: &'p Plan| plan.resources.iter().flat_map(|(_, resources)| &resources.files);
    if let Some(found) = all(other).find(|found| found.path == spec.path) {
        return Some(found);
    }
    let known = |path: &HostPath| {
        plan.resources.iter().flat_map(|(_, resources)| &resources.files).any(|known| known.path == *path)
    };
    let file_name = |spec: &FileSpec| Utf8Path::new(spec.path.as_str()).file_name().map(str::to_owned);
    all(other).find(|found| {
        found.component == spec.component
            && match (&found.content, &spec.content) {
                (FileContent::Template { name: one, .. }, FileContent::Template { name: other, .. }) => {
                    one == other
                }
                (FileContent::Text(_), FileContent::Text(_))
                | (FileContent::Directory, FileContent::Directory) => file_name(found) == file_name(spec),
                _ => false,
            }
            && !known(&found.path)
    })
}

/// A value as one text; lists and maps have none.
fn text(said: &Spanned) -> Option<String> {
    match &said.value {
        Value::Text { text, .. } => Some(sanitize(text).to_string()),
        _ => None,
    }
}

/// One more probe that decides, told once.
fn push(found: &mut Vec<usize>, probe: usize) {
    if !found.contains(&probe) {
        found.push(probe);
    }
}
