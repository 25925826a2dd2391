//! JSON output: one object.

use serde::Serialize;

use super::comparison::{Comparison, FileChange, Visibility};
use super::impact::Impact;
use super::lock::LockChange;
use super::patch;
use super::printer::{OutputMode, Printer};
use super::side::{SideEntry, SideNode};
use crate::bundle::manifest::octal;
use crate::components::Disruption;
use crate::diagnostics::escape;

#[derive(Serialize)]
struct Report<'a> {
    same: bool,
    impact: Does<'a>,
    changes: Vec<Row>,
}

#[derive(Serialize)]
struct Does<'a> {
    steps: Vec<Step>,
    /// The actions that interrupt connections.
    breaks: Vec<String>,
    downloads: &'a [LockChange],
    images: &'a [LockChange],
}

#[derive(Serialize)]
struct Step {
    #[serde(rename = "step")]
    act: String,
    cost: Option<&'static str>,
    because: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    /// The path on the host. `null` for a document of the bundle.
    host_path: Option<String>,
    change: &'static str,
    renamed_from: Option<String>,
    component: Option<String>,
    on_change: Option<String>,
    secret: bool,
    binary: bool,
    old: Option<End>,
    new: Option<End>,
    added: Option<usize>,
    removed: Option<usize>,
    /// The patch of this path. `null` if it may not or cannot be shown.
    diff: Option<String>,
}

#[derive(Serialize)]
struct End {
    #[serde(rename = "type")]
    kind: &'static str,
    mode: Option<String>,
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Formats the whole document.
pub fn write(comparison: &Comparison<'_>, impact: &Impact, context: usize) -> Vec<u8> {
    let step = |step: &super::impact::ActionStep| Step {
        act: step.act.to_string(),
        cost: step.act.cost().map(Disruption::description),
        because: step.because.iter().map(ToString::to_string).collect(),
    };
    let breaks = impact.steps.iter().filter(|step| step.act.breaks());
    let diagnostics = Report {
        same: comparison.is_same(),
        impact: Does {
            steps: impact.steps.iter().map(step).collect(),
            breaks: breaks.map(|step| step.act.to_string()).collect(),
            downloads: &impact.others.downloads,
            images: &impact.others.images,
        },
        changes: comparison.changes.iter().map(|change| row(change, context)).collect(),
    };
    let text =
        serde_json::to_string_pretty(&diagnostics).expect("strings, numbers and lists always serialize");
    format!("{}\n", escape::json(&text)).into_bytes()
}

fn row(change: &FileChange<'_>, context: usize) -> Row {
    let word = |of: fn(&SideEntry<'_>) -> String| Some(change.property(of)).filter(|word| !word.is_empty());
    let count = patch::count(change);
    let diff = count.map(|_| {
        let mut printer = Printer::new(OutputMode::Raw);
        patch::print(change, context, &mut printer);
        String::from_utf8_lossy(&printer.into_bytes()).into_owned()
    });
    Row {
        path: change.path.to_string(),
        host_path: change.host.as_ref().map(ToString::to_string),
        change: change.kind().word(),
        renamed_from: change.renamed.as_ref().map(ToString::to_string),
        component: word(|item| item.component.clone()),
        on_change: word(|item| item.on_change.clone()),
        secret: change.shown == Visibility::Secret,
        binary: change.shown == Visibility::Binary,
        old: change.old.as_ref().map(end),
        new: change.new.as_ref().map(end),
        added: count.map(|count| count.added),
        removed: count.map(|count| count.removed),
        diff,
    }
}

fn end(item: &SideEntry<'_>) -> End {
    let (kind, why) = match &item.node {
        SideNode::Directory => ("directory", None),
        SideNode::File(_) => ("file", None),
        SideNode::Link(_) => ("link", None),
        SideNode::Special => ("special", None),
        SideNode::Unreadable(why) => ("unreadable", Some(why.clone())),
    };
    End { kind, mode: item.mode.map(octal), owner: item.owner.clone(), why }
}
