//! Explains a parameter: its type, default and meaning, and the files that it changes.

use std::collections::{BTreeMap, BTreeSet};

use super::perturbation::Perturbation;
use super::{Explainer, same_content};
use crate::components::file_spec::FileSpec;
use crate::config::Config;
use crate::config::path::ConfigPath;
use crate::config::schema::{self, DefaultOrExample, Key, ValueType};
use crate::config::validate::describe_type;
use crate::config::yaml;
use crate::diagnostics::Diagnostics;
use crate::facts::releases::STACKS;
use crate::plan::Plan;
use crate::values::Secret;

/// The explanation of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterHelp {
    /// The dotted path.
    pub path: String,
    /// What the parameter means.
    pub description: &'static str,
    /// The values that it takes, in words.
    pub value_type: String,
    /// The default: as text, or one version per stack. `None` if an unset parameter has no value.
    pub default: Option<String>,
    /// The parameter as written in `panel.yaml`.
    pub example: Option<String>,
    /// The keys below it and their meaning. Empty unless the parameter is a map or a list of maps.
    pub keys: Vec<(&'static str, &'static str)>,
    /// The files on the host that another value changes, sorted.
    pub files: Vec<String>,
}

impl ParameterHelp {
    /// Explains the parameter at `path`. Its files are those of the host that `config` describes. Returns `None` if there
    /// is no such parameter or `config` has errors, which are reported.
    pub fn new(
        path: &str,
        config: &Config,
        secret: Option<&Secret>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let help = Self::of_schema(path)?;
        Some(Self { files: Explainer::changed_files(&help.path, config, secret, diagnostics)?, ..help })
    }

    /// What the schema knows about the parameter at `path`: everything but its files.
    pub fn of_schema(path: &str) -> Option<Self> {
        let key = schema::find(path)?;
        let is_unit = matches!(key.value_type, ValueType::Units);
        let path = if is_unit { UNITS.to_owned() } else { without_indices(path) };
        Some(Self {
            description: key.doc,
            value_type: value_type(&key.value_type),
            default: default(key),
            example: example(&path, key),
            keys: key.value_type.keys().iter().map(|below| (below.name, below.doc)).collect(),
            files: Vec::new(),
            path,
        })
    }
}

/// The parameter with names of units, sections and directives below it.
const UNITS: &str = "overrides.units";

/// Removes the numbers of list items: `routes[0].path` becomes `routes.path`.
fn without_indices(path: &str) -> String {
    let names = path.split('.').map(|segment| segment.split('[').next().unwrap_or(segment));
    names.collect::<Vec<_>>().join(".")
}

fn value_type(value_type: &ValueType) -> String {
    match value_type {
        ValueType::List(item @ ValueType::Text(_)) => format!("{}, or a list of them", describe_type(item)),
        other => describe_type(other),
    }
}

fn default(key: &Key) -> Option<String> {
    match key.sample {
        DefaultOrExample::Default(text) => Some(text.to_owned()),
        DefaultOrExample::Stack(version) => {
            let versions = STACKS.iter().map(|stack| format!("{} (stack {})", version(stack), stack.name));
            Some(versions.collect::<Vec<_>>().join(", "))
        }
        DefaultOrExample::Example(_) | DefaultOrExample::None => None,
    }
}

/// Returns the parameter in the flow style of YAML, below the keys that lead to it.
fn example(path: &str, key: &Key) -> Option<String> {
    let value = match key.sample {
        DefaultOrExample::Default(text) | DefaultOrExample::Example(text) => text.to_owned(),
        DefaultOrExample::Stack(version) => version(STACKS.first()?).to_owned(),
        DefaultOrExample::None => {
            let keys = key.value_type.keys().iter();
            let entries = keys.filter_map(|key| Some((key.name, key.sample.text()?))).take(2);
            let entries: Vec<_> = entries.map(|(name, text)| format!("{name}: {text}")).collect();
            match &key.value_type {
                _ if entries.is_empty() => return None,
                ValueType::List(_) => format!("[{{{}}}]", entries.join(", ")),
                _ => format!("{{{}}}", entries.join(", ")),
            }
        }
    };
    let mut example = value;
    let mut path = path;
    loop {
        let (above, name) = path.rsplit_once('.').unwrap_or(("", path));
        example = format!("{name}: {example}");
        if above.is_empty() {
            return Some(example);
        }
        let is_list = matches!(schema::find(above)?.value_type, ValueType::List(_));
        example = if is_list { format!("[{{{example}}}]") } else { format!("{{{example}}}") };
        path = above;
    }
}

impl Explainer<'_> {
    /// Returns the files on the host that another value of the parameter changes. An unset list is changed as a whole, so a
    /// parameter of its items has the files of the list.
    fn changed_files(
        path: &str,
        config: &Config,
        secret: Option<&Secret>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Vec<String>> {
        let is_within = |path: &str, above: &str| {
            path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut all = super::perturbation::all(config);
        let has_own = all.iter().any(|perturbation| is_within(&perturbation.spot.parameter(), path));
        all.retain(|perturbation| {
            let changed = perturbation.spot.parameter();
            if has_own { is_within(&changed, path) } else { is_within(path, &changed) }
        });
        // Drop-ins that are not set are tried with the example.
        if let (true, Some(key)) = (all.is_empty(), schema::find(path))
            && let Some(text) = key.sample.text()
        {
            let example = yaml::read("example".into(), text, &mut Diagnostics::default());
            let values = vec![example.map(|spanned| spanned.value)];
            all.push(Perturbation { spot: ConfigPath::at(path), sample: key.sample, values });
        }
        let explainer = Explainer::with_perturbations(config, secret, all, diagnostics)?;
        let mut changed = BTreeSet::new();
        for trial in &explainer.trials {
            let (host, plan) = match &trial.background {
                Some((_, host, plan)) => (host, plan),
                None => (&explainer.host, &explainer.plan),
            };
            let (before, after) = (files(plan), files(&trial.plan));
            let differs = |path: &str| match (before.get(path), after.get(path)) {
                (Some(before), Some(after)) => {
                    (before.mode, &before.owner) != (after.mode, &after.owner)
                        || !same_content(&before.content_for(host), &after.content_for(&trial.host))
                }
                _ => true,
            };
            let paths = before.keys().chain(after.keys()).filter(|path| differs(path));
            changed.extend(paths.map(|path| (*path).to_owned()));
        }
        Some(changed.into_iter().collect())
    }
}

fn files(plan: &Plan) -> BTreeMap<&str, &FileSpec> {
    plan.files().into_iter().map(|spec| (spec.path.as_str(), spec)).collect()
}
