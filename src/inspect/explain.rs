//! Explains a file of the bundle: its component, the lines of its template, and the parameters that determine each line.
//! Also explains a parameter: its type, default and meaning, and the files that it changes.
//!
//! There is no list of dependencies. Each parameter is *perturbed*: the plan is built again with another value, and the
//! lines that differ are the lines that the parameter determines. A new parameter therefore needs no change here.

mod alignment;
mod parameter;
mod perturbation;

use std::sync::Arc;

use camino::Utf8Path;
use serde::Serialize;

use crate::bundle::{Bundle, Node};
use crate::components::file_spec::{FileContent, FileSpec};
use crate::config::Config;
use crate::config::path::ConfigPath;
use crate::config::schema::{self, DefaultOrExample};
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

pub use parameter::ParameterHelp;

/// How a parameter affects a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It determines the text.
    Text,
    /// It determines whether the line is present.
    Presence,
}

/// A parameter, its value, and the location of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The dotted path.
    pub path: String,
    /// The value as text. `None` for an unset parameter, a list, a map or a secret.
    pub value: Option<String>,
    /// Where the value was set, or which layer supplies the default.
    pub origin: Location,
}

/// The lines of a template that produced a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateLine {
    /// The first line.
    pub first: usize,
    /// The last line.
    pub last: usize,
    /// The expressions whose values appear on the line.
    pub expressions: Vec<String>,
}

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedLine {
    /// The text without its newline. `None` in a secret file.
    pub text: Option<String>,
    /// Its lines in the template. `None` if the file is serialized from types.
    pub source: Option<TemplateLine>,
    /// The parameters that determine it. Empty if the line is fixed text of the template or the generator.
    pub parameters: Vec<(Parameter, Effect)>,
}

/// The explanation of a path of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The path on the host, or in the bundle for a generated document.
    pub path: String,
    /// The component that owns it. `None` for a generated document of the bundle.
    pub component: Option<&'static str>,
    /// The permission bits.
    pub mode: u32,
    /// The owner on the host.
    pub owner: String,
    /// The action that a change requires.
    pub on_change: Option<String>,
    /// The path of the template. `None` for a directory and for a file that is serialized from types or supplied by the
    /// operator.
    pub template: Option<String>,
    /// The parameters that determine whether the file exists, and its path, mode and owner.
    pub present_because: Vec<Parameter>,
    /// Its lines. Empty for a directory.
    pub lines: Vec<ExplainedLine>,
}

/// Explains the paths of one bundle.
pub struct Explainer<'a> {
    config: &'a Config,
    secret: Option<&'a Secret>,
    host: Host,
    plan: Arc<Plan>,
    bundle: Bundle,
    perturbations: Vec<Perturbation>,
    trials: Vec<Trial>,
}

/// The plan with another value for one parameter.
struct Trial {
    /// The index of the perturbation.
    perturbation: usize,
    config: Config,
    host: Host,
    plan: Arc<Plan>,
    /// The plan to compare with, if the value is valid only together with other values.
    background: Option<(Config, Host, Arc<Plan>)>,
}

/// A line without its parameters.
struct RenderedLine {
    text: String,
    source: Option<TemplateLine>,
}

impl<'a> Explainer<'a> {
    /// Renders the bundle and builds a plan for every perturbation. Returns `None` if the configuration has errors, which
    /// are reported.
    pub fn new(
        config: &'a Config,
        secret: Option<&'a Secret>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        Self::with_perturbations(config, secret, perturbation::all(config), diagnostics)
    }

    fn with_perturbations(
        config: &'a Config,
        secret: Option<&'a Secret>,
        perturbations: Vec<Perturbation>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let Rendered { host, plan, bundle } =
            render::render(config, secret.cloned(), SecretPolicy::Omit, diagnostics)?;
        let mut explainer = Self { config, secret, host, plan, bundle, perturbations, trials: Vec::new() };
        explainer.trials = explainer
            .perturbations
            .iter()
            .enumerate()
            .flat_map(|(index, perturbation)| explainer.trials_of(index, perturbation))
            .collect();
        Some(explainer)
    }

    /// Returns the bundle that is explained.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Explains `path`: a path on the host, or the path of a generated document in the bundle.
    pub fn explain(&self, path: &str) -> Option<Explanation> {
        let spec = self.plan.files().into_iter().find(|spec| spec.path.as_str() == path);
        match spec {
            Some(spec) => Some(self.host_file(spec)),
            None => self.document(path),
        }
    }

    fn host_file(&self, spec: &FileSpec) -> Explanation {
        let lines = rendered_lines(spec, &self.host);
        let mut present_because = Vec::new();
        let mut effects: Vec<Vec<(usize, Effect)>> = vec![Vec::new(); lines.len()];
        for trial in &self.trials {
            let Some(other) = counterpart(&self.plan, spec, &trial.plan) else {
                // If the background lacks the file too, this parameter did not remove it.
                let removed = trial
                    .background
                    .as_ref()
                    .is_none_or(|(_, _, plan)| counterpart(&self.plan, spec, plan).is_some());
                if removed {
                    push_once(&mut present_because, trial.perturbation);
                }
                continue;
            };
            let before = match &trial.background {
                Some((_, host, plan)) => counterpart(&self.plan, spec, plan).map(|before| (before, host)),
                None => Some((spec, &self.host)),
            };
            let Some((before, host)) = before else { continue };
            if before.path != other.path || (before.mode, &before.owner) != (other.mode, &other.owner) {
                push_once(&mut present_because, trial.perturbation);
            }
            if same_content(&before.content_for(host), &other.content_for(&trial.host)) {
                continue;
            }
            let background = trial.background.as_ref().map(|_| rendered_lines(before, host));
            let other = rendered_lines(other, &trial.host);
            record_effects(&lines, background.as_deref(), &other, trial.perturbation, &mut effects);
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
            present_because: self.parameters(&present_because),
            lines: self.lines(lines, &effects, spec.secret),
        }
    }

    /// Explains a generated document. It depends on the whole plan, so the whole bundle is assembled for every trial.
    fn document(&self, path: &str) -> Option<Explanation> {
        let entry = self.bundle.get(Utf8Path::new(path))?;
        let content = |bundle: &Bundle| bundle.get(Utf8Path::new(path))?.content().map(plain_lines);
        let lines = content(&self.bundle).unwrap_or_default();
        let mut present_because = Vec::new();
        let mut effects: Vec<Vec<(usize, Effect)>> = vec![Vec::new(); lines.len()];
        for trial in self.trials.iter().filter(|_| matches!(entry.node, Node::File(_))) {
            let assemble = |config: &Config, host: &Host, plan: &Arc<Plan>| {
                render::assemble(host, plan, config, SecretPolicy::Omit, &mut Diagnostics::default())
            };
            let Some(other) = assemble(&trial.config, &trial.host, &trial.plan) else { continue };
            let background = match &trial.background {
                Some((config, host, plan)) => match assemble(config, host, plan).as_ref().and_then(content) {
                    Some(background) => Some(background),
                    None => continue,
                },
                None => None,
            };
            match content(&other) {
                Some(other) => {
                    record_effects(&lines, background.as_deref(), &other, trial.perturbation, &mut effects);
                }
                None => push_once(&mut present_because, trial.perturbation),
            }
        }
        Some(Explanation {
            path: path.to_owned(),
            component: None,
            mode: entry.mode,
            owner: entry.owner.to_string(),
            on_change: None,
            template: None,
            present_because: self.parameters(&present_because),
            lines: self.lines(lines, &effects, entry.is_secret()),
        })
    }

    fn lines(
        &self,
        lines: Vec<RenderedLine>,
        effects: &[Vec<(usize, Effect)>],
        secret: bool,
    ) -> Vec<ExplainedLine> {
        let line = |(line, effects): (RenderedLine, &Vec<(usize, Effect)>)| {
            let mut all: Vec<_> = effects
                .iter()
                .map(|(index, effect)| (self.parameter(&self.perturbations[*index]), *effect))
                .collect();
            // Values set by the operator come first.
            all.sort_by_key(|(parameter, effect)| {
                (matches!(parameter.origin, Location::Default(_)), *effect, parameter.path.clone())
            });
            let mut parameters: Vec<(Parameter, Effect)> = Vec::new();
            for (parameter, effect) in all {
                if parameters.iter().all(|(known, _)| known.path != parameter.path) {
                    parameters.push((parameter, effect));
                }
            }
            ExplainedLine { text: (!secret).then_some(line.text), source: line.source, parameters }
        };
        lines.into_iter().zip(effects).map(line).collect()
    }

    /// Returns the parameters of these perturbations without duplicates, values set by the operator first.
    fn parameters(&self, perturbations: &[usize]) -> Vec<Parameter> {
        let mut parameters: Vec<_> =
            perturbations.iter().map(|index| self.parameter(&self.perturbations[*index])).collect();
        parameters.sort_by_key(|parameter| {
            (matches!(parameter.origin, Location::Default(_)), parameter.path.clone())
        });
        parameters.dedup_by(|later, earlier| later.path == earlier.path);
        parameters
    }

    /// Returns the parameter that a perturbation changes.
    fn parameter(&self, perturbation: &Perturbation) -> Parameter {
        let spot = &perturbation.spot;
        // The only item of a list is shown under the name of the list.
        let only_item = spot.without_index() != *spot
            && !matches!(
                self.config.get_at(&spot.without_index()).map(|spanned| &spanned.value),
                Some(Value::List(items)) if items.len() > 1
            );
        let path = if only_item { spot.without_index() } else { spot.clone() }.to_string();
        if schema::is_secret(&path) {
            let origin = match self.config.get_at(spot) {
                Some(spanned) => spanned.location.clone(),
                None if path == "passinit" && self.secret.is_some() => {
                    Location::Flag("--passinit-file".to_owned())
                }
                None => Location::Default("built-in".to_owned()),
            };
            return Parameter { path, value: None, origin };
        }
        if let Some(spanned) = self.config.get_at(spot) {
            return Parameter { path, value: text(spanned), origin: spanned.location.clone() };
        }
        let (value, layer) = match perturbation.sample {
            DefaultOrExample::Default(value) => (Some(value.to_owned()), "built-in".to_owned()),
            DefaultOrExample::Stack(version) => {
                (Some(version(self.host.stack).to_owned()), format!("stack {}", self.host.stack.name))
            }
            DefaultOrExample::Example(_) | DefaultOrExample::None => (None, "built-in".to_owned()),
        };
        Parameter { path, value, origin: Location::Default(layer) }
    }

    /// Returns a trial for every valid value of a perturbation, alone or together with the values that it requires.
    fn trials_of(&self, index: usize, perturbation: &Perturbation) -> Vec<Trial> {
        let values = perturbation.values.iter();
        values.filter_map(|value| self.trial(index, &perturbation.spot, value.as_ref())).collect()
    }

    fn trial(&self, perturbation: usize, spot: &ConfigPath, value: Option<&Value>) -> Option<Trial> {
        let is_password = *spot == ConfigPath::at("passinit");
        let secret = self.secret.filter(|_| !is_password);
        let resolve = |config: &Config, diagnostics: &mut Diagnostics| {
            let host = host::resolve(config, secret.cloned(), diagnostics);
            let plan = plan::build_plan(&host.shared, diagnostics)?;
            Some((host, plan))
        };
        let mut config = self.config.with_override(spot, value.cloned());
        // Values that conflict with the new one are removed, as an operator would do.
        for _ in 0..4 {
            let mut diagnostics = Diagnostics::default();
            if let Some((host, plan)) = resolve(&config, &mut diagnostics) {
                return Some(Trial { perturbation, config, host, plan, background: None });
            }
            let conflicting = diagnostics.entries().iter().find_map(|diagnostic| {
                let other = ConfigPath::at(diagnostic.parameter.as_deref()?);
                let is_set = config.get_at(&other).is_some();
                (is_set && !spot.is_within(&other) && !other.is_within(spot)).then_some(other)
            });
            match conflicting {
                Some(other) => config = config.with_override(&other, None),
                None => break,
            }
        }
        // Values that the new one requires are set too: one companion, or two.
        let companions = perturbation::companions(&config, spot);
        let one = companions.iter().map(|companion| vec![companion]);
        let two = companions
            .iter()
            .enumerate()
            .flat_map(|(index, first)| companions[index + 1..].iter().map(move |second| vec![first, second]));
        one.chain(two).find_map(|companions| {
            let with_companions = |config: &Config| {
                companions.iter().fold(config.clone(), |config, (spot, value)| {
                    config.with_override(spot, Some(value.clone()))
                })
            };
            let with = with_companions(&config);
            let (host, plan) = resolve(&with, &mut Diagnostics::default())?;
            let without = with_companions(self.config);
            let background = resolve(&without, &mut Diagnostics::default());
            let background = background.map(|(host, plan)| (without, host, plan));
            Some(Trial { perturbation, config: with, host, plan, background })
        })
    }
}

/// Records the perturbation at every one of `lines` that it changes.
fn record_effects(
    lines: &[RenderedLine],
    background: Option<&[RenderedLine]>,
    other: &[RenderedLine],
    perturbation: usize,
    effects: &mut [Vec<(usize, Effect)>],
) {
    let (lines, other) = (aligned_lines(lines), aligned_lines(other));
    let changed = match background.map(aligned_lines) {
        None => alignment::changed(&lines, &other),
        Some(background) => {
            let origins = alignment::origins(&lines, &background);
            let changed = alignment::changed(&background, &other).into_iter();
            changed.filter_map(|(index, effect)| Some((origins[index]?, effect))).collect()
        }
    };
    for (line, effect) in changed {
        match effects[line].iter_mut().find(|(index, _)| *index == perturbation) {
            Some((_, known)) => *known = effect.min(*known),
            None => effects[line].push((perturbation, effect)),
        }
    }
}

fn aligned_lines(lines: &[RenderedLine]) -> Vec<AlignedLine<'_>> {
    let range = |source: &TemplateLine| (source.first, source.last);
    lines
        .iter()
        .map(|line| AlignedLine { text: &line.text, lines: line.source.as_ref().map(range) })
        .collect()
}

/// Returns the lines of a file, each with its lines in the template.
fn rendered_lines(spec: &FileSpec, host: &Host) -> Vec<RenderedLine> {
    match &*spec.content_for(host) {
        FileContent::Directory => Vec::new(),
        FileContent::Text(text) => plain_lines(text.as_bytes()),
        FileContent::Template { name, context } => {
            let Ok(rendered) = template::render(name, context.clone()) else { return Vec::new() };
            let sources = rendered.lines().into_iter().map(|line| TemplateLine {
                first: *line.lines.start(),
                last: *line.lines.end(),
                expressions: line.expressions.into_iter().map(str::to_owned).collect(),
            });
            let lines = rendered.text.lines().zip(sources);
            lines.map(|(text, source)| RenderedLine { text: text.to_owned(), source: Some(source) }).collect()
        }
    }
}

/// Returns the lines of a text that has no template.
fn plain_lines(content: &[u8]) -> Vec<RenderedLine> {
    let text = String::from_utf8_lossy(content);
    text.lines().map(|text| RenderedLine { text: text.to_owned(), source: None }).collect()
}

fn same_content(one: &FileContent, other: &FileContent) -> bool {
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

/// Finds the same file in another plan, where its path may differ.
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

/// Returns a value as text. Lists and maps have none.
fn text(spanned: &Spanned) -> Option<String> {
    match &spanned.value {
        Value::Text { text, .. } => Some(sanitize(text).to_string()),
        _ => None,
    }
}

/// Adds an index unless it is present.
fn push_once(indices: &mut Vec<usize>, index: usize) {
    if !indices.contains(&index) {
        indices.push(index);
    }
}
