//! From plan to bundle: every file rendered, every paper written.

mod form;
mod lock;
mod readme;

use std::sync::Arc;

use crate::artifact::Artifact;
use crate::bundle::Bundle;
use crate::cloud_config::Secrets;
use crate::panel::Panel;
use crate::params::Params;
use crate::plan::{self, Plan};
use crate::report::{Code, Finding, Report};
use crate::template;
use crate::word::Secret;
use form::{Form, Host};

pub use form::text;

/// What parameters came to: what is meant, what was planned, and the bundle.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// What is meant.
    pub panel: Panel,
    /// What was planned.
    pub plan: Arc<Plan>,
    /// Every file.
    pub bundle: Bundle,
}

/// From parameters to a bundle, or none where something was refused. `secret` is the initial password where it
/// came from a file or standard input; `secrets` says whether it may go into user-data.
pub fn render(
    params: &Params,
    secret: Option<Secret>,
    secrets: Secrets,
    report: &mut Report,
) -> Option<Rendered> {
    let panel = crate::panel::resolve(params, secret, report);
    let plan = plan::collect(&panel.model, report)?;
    let bundle = assemble(&panel, &plan, params, secrets, report)?;
    Some(Rendered { panel, plan, bundle })
}

/// Holds parameters against everything that can refuse them, and makes nothing of them.
pub fn check(params: &Params, secret: Option<Secret>, report: &mut Report) -> Panel {
    let panel = crate::panel::resolve(params, secret, report);
    if let Some(plan) = plan::collect(&panel.model, report)
        && Host::of(&panel, &plan).and_then(|host| host.texts(&panel)).is_err()
    {
        tell_unwritable(&panel, &plan, params, report);
    }
    panel
}

/// The bundle alone, without a secret in its user-data.
pub fn bundle(params: &Params, secret: Option<Secret>, report: &mut Report) -> Option<Bundle> {
    render(params, secret, Secrets::LeftOut, report).map(|rendered| rendered.bundle)
}

/// The bundle of a plan, or none where a file cannot hold a value that it was given.
pub fn assemble(
    panel: &Panel,
    plan: &Arc<Plan>,
    params: &Params,
    secrets: Secrets,
    report: &mut Report,
) -> Option<Bundle> {
    let bundle = Form::of(panel, plan, secrets).and_then(|form| form.fill(panel, params));
    if bundle.is_err() {
        tell_unwritable(panel, plan, params, report);
    }
    bundle.ok().filter(|_| !report.refused())
}

/// Tells of every file that cannot hold a value that it was given.
fn tell_unwritable(panel: &Panel, plan: &Plan, params: &Params, report: &mut Report) {
    for artifact in plan.artifacts() {
        if let Err(error) = text(artifact, panel) {
            params.tell(report, unwritable(artifact, &error, params));
        }
    }
}

/// A value that is a good word, in a file whose grammar cannot hold it.
fn unwritable(artifact: &Artifact, error: &template::Error, params: &Params) -> Finding {
    let finding = Finding::new(Code::ValueUnwritable, format!("{}: {}", artifact.path, error.why))
        .hint("choose a value without that character");
    let texts = params.texts();
    let said = texts.iter().filter_map(|(path, said)| Some((path, said, said.text()?)));
    let said = said.filter(|(.., text)| error.is_about(text)).max_by_key(|(.., text)| text.len());
    match said {
        Some((path, said, _)) => finding.about(path.as_str()).at(said.origin.clone()),
        // No parameter says it: the template is at fault.
        None => Finding { message: error.to_string(), ..finding },
    }
}

#[cfg(test)]
mod tests {
    use crate::params::Params;
    use crate::report::Report;

    #[test]
    fn what_was_rendered_before_changes_nothing() {
        let bundle = |said: &(String, &str)| {
            let mut params = Params::default();
            params.lay_flags("domain", "-d", std::slice::from_ref(&said.0));
            params.lay_flag("panel", "-t", said.1);
            crate::render::bundle(&params, None, &mut Report::default()).unwrap()
        };
        let hosts: Vec<_> =
            (0..9).map(|number| (format!("h{number}.example.org"), ["none", "faasd"][number % 2])).collect();
        let alone = |said: &(String, &'static str)| {
            std::thread::scope(|scope| scope.spawn(|| bundle(said)).join().unwrap())
        };
        let first: Vec<_> = hosts.iter().map(alone).collect();
        for _ in 0..2 {
            assert!(hosts.iter().map(bundle).eq(first.iter().cloned()));
        }
    }
}
