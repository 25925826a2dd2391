//! From plan to bundle: every file rendered, every paper written.

mod lock;
mod memo;
mod readme;

use std::borrow::Cow;

use camino::Utf8PathBuf;

use crate::ansible;
use crate::artifact::{Artifact, Body, Owner};
use crate::bundle::{Bundle, Entry, Placement, sha256};
use crate::cloud_config::{self, Secrets};
use crate::installer::Installer;
use crate::manifest;
use crate::panel::Panel;
use crate::params::Params;
use crate::plan::{self, Plan};
use crate::report::{Code, Finding, Report};
use crate::table;
use crate::template;
use crate::word::Secret;

/// What parameters came to: what is meant, what was planned, and the bundle.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// What is meant.
    pub panel: Panel,
    /// What was planned.
    pub plan: Plan,
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
    let plan = plan::collect(&panel, report)?;
    let bundle = assemble(&panel, &plan, params, secrets, report)?;
    Some(Rendered { panel, plan, bundle })
}

/// Holds parameters against everything that can refuse them, and makes nothing of them.
pub fn check(params: &Params, secret: Option<Secret>, report: &mut Report) -> Panel {
    let panel = crate::panel::resolve(params, secret, report);
    if let Some(plan) = plan::collect(&panel, report) {
        for artifact in plan.artifacts() {
            if let Err(error) = text(artifact) {
                params.tell(report, unwritable(artifact, &error, params));
            }
        }
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
    plan: &Plan,
    params: &Params,
    secrets: Secrets,
    report: &mut Report,
) -> Option<Bundle> {
    let mut bundle = Bundle::default();
    for artifact in plan.artifacts() {
        let path = Utf8PathBuf::from(format!("{}{}", manifest::ROOT, artifact.path));
        match entry(artifact) {
            Ok(entry) => bundle.insert(path, entry),
            Err(error) => params.tell(report, unwritable(artifact, &error, params)),
        }
    }
    if report.refused() {
        return None;
    }
    let tables = table::tables(panel, plan, &bundle);
    let installer = Installer::of(panel, plan, &tables);
    let user_data = cloud_config::text(panel, plan, &bundle, &installer, secrets);
    let project = ansible::files(panel, plan, &tables);
    // User-data that repeats the password is as closed as the password.
    let closed = bundle.has_secret() && secrets == Secrets::Included;
    let papers = [
        ("panel.sh", installer.text(), 0o755),
        ("cloud-config.yaml", user_data, if closed { 0o600 } else { 0o644 }),
        ("assets.lock", lock::text(plan), 0o644),
        ("README.md", readme::text(panel, plan), 0o644),
    ];
    for (name, text, mode) in papers {
        bundle.insert(name.into(), Entry::file(text.into_bytes(), mode, Owner::root(), None));
    }
    for (path, text) in project {
        let path = Utf8PathBuf::from(format!("ansible/{path}"));
        let content = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        bundle.insert(path, Entry::file(content, 0o644, Owner::root(), None));
    }
    manifest::seal(&mut bundle, &sha256(params.canonical().as_bytes()), panel.target.name);
    Some(bundle)
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

fn entry(artifact: &Artifact) -> Result<Entry, template::Error> {
    let placement = Placement {
        component: artifact.component,
        on_change: artifact.on_change.clone(),
        secret: artifact.secret,
    };
    let (mode, owner) = (artifact.mode, artifact.owner.clone());
    Ok(match text(artifact)? {
        Some(text) => Entry::file(text.into_bytes(), mode, owner, Some(placement)),
        None => Entry::directory(mode, owner, Some(placement)),
    })
}

/// The text of a file; none for a directory.
pub fn text(artifact: &Artifact) -> Result<Option<String>, template::Error> {
    match &artifact.body {
        Body::Directory => Ok(None),
        Body::Text(text) => Ok(Some(text.clone())),
        Body::Template { name, context } => memo::text(name, context).map(Some),
    }
}
