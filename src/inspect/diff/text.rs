//! For people and for `git apply`: the impact first, in lines that no patch program reads, then the patch.

use super::comparison::{ChangeKind, Comparison, FileChange, Visibility};
use super::impact::Impact;
use super::patch;
use super::printer::{LineStyle, OutputMode, Printer};
use super::side::SideNode;
use crate::bundle::manifest::octal;
use crate::values::sanitize;

/// The whole text; nothing where nothing differs.
pub fn write(comparison: &Comparison<'_>, impact: &Impact, context: usize, reader: OutputMode) -> Vec<u8> {
    let mut sheet = Printer::new(reader);
    if comparison.is_same() {
        return sheet.into_bytes();
    }
    for line in summary(comparison, impact) {
        let line = if line.is_empty() { "#".to_owned() } else { format!("# {line}") };
        sheet.line(LineStyle::Prose, line.as_bytes());
    }
    for change in &comparison.changes {
        patch::print(change, context, &mut sheet);
    }
    sheet.into_bytes()
}

/// What to do and what no patch can bring, in lines without control characters.
pub fn summary(comparison: &Comparison<'_>, impact: &Impact) -> Vec<String> {
    let mut lines = Vec::new();
    if impact.steps.is_empty() {
        lines.push("impact: nothing to do on the host".to_owned());
    } else {
        lines.push("impact: what the host needs, in this order".to_owned());
    }
    let acts: Vec<String> = impact.steps.iter().map(|step| step.act.to_string()).collect();
    let width = acts.iter().map(|act| act.chars().count()).filter(|width| *width <= 40).max().unwrap_or(0);
    for (number, (act, step)) in acts.iter().zip(&impact.steps).enumerate() {
        let number = number + 1;
        lines.push(match step.act.cost() {
            Some(cost) => format!("  {number}. {act:width$}  ({})", cost.description()),
            None => format!("  {number}. {act}"),
        });
    }
    if !impact.others.images.is_empty() {
        lines.push("images:".to_owned());
        lines.extend(impact.others.images.iter().map(|other| format!("  {}", other.words())));
    }
    let told: Vec<String> = comparison.changes.iter().flat_map(beside).collect();
    if !told.is_empty() {
        lines.push("not in the patch:".to_owned());
        lines.extend(told.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// What a patch cannot bring of a change.
pub fn beside(change: &FileChange<'_>) -> Vec<String> {
    let path = sanitize(change.path.as_str());
    let mut told = Vec::new();
    let old = change.old.as_ref().map(|item| &item.node);
    let new = change.new.as_ref().map(|item| &item.node);
    if let Some(SideNode::Unreadable(why)) = old {
        told.push(format!("{path}: cannot be read, so whether it differs is not known ({})", sanitize(why)));
    }
    match (old, new, change.kind()) {
        (_, Some(SideNode::Directory), ChangeKind::Added) => {
            let mode = change.new.as_ref().and_then(|item| item.mode).unwrap_or(0o755);
            told.push(format!("{path}/: the directory is added, mode {}", octal(mode)));
        }
        (Some(SideNode::Directory), None, _) => told.push(format!("{path}/: the directory is removed")),
        (Some(SideNode::Directory), Some(SideNode::Directory), _) => {
            if let Some((one, other)) = change.mode {
                told.push(format!("{path}/: mode {} becomes {}", octal(one), octal(other)));
            }
        }
        (Some(SideNode::File(_)), Some(SideNode::File(_)), _) => {
            if let Some((one, other)) = change.mode.filter(|_| patch::modes(change).is_none()) {
                told.push(format!("{path}: mode {} becomes {}", octal(one), octal(other)));
            }
        }
        (Some(SideNode::Unreadable(_)), _, _) => {
            if let Some((one, other)) = change.mode {
                told.push(format!("{path}: mode {} becomes {}", octal(one), octal(other)));
            }
        }
        (Some(one), Some(other), _) if one != other => {
            let kind = |node: &SideNode<'_>| match node {
                SideNode::Directory => Some("a directory"),
                SideNode::Special => Some("neither a file nor a directory"),
                _ => None,
            };
            if let Some(kind) = kind(one) {
                told.push(format!("{path}: {kind} stands there"));
            }
            if let Some(kind) = kind(other) {
                told.push(format!("{path}: {kind} comes there"));
            }
        }
        (Some(SideNode::Special), None, _) => {
            told.push(format!("{path}: neither a file nor a directory, is removed"));
        }
        (None, Some(SideNode::Special), _) => {
            told.push(format!("{path}: neither a file nor a directory, is added"));
        }
        _ => {}
    }
    if change.differs_within() {
        match change.shown {
            Visibility::Secret => {
                told.push(format!("{path}: {}, and is or tells a secret: not shown", fate(change)));
            }
            Visibility::Binary => told.push(format!("{path}: {}, and is not text", fate(change))),
            Visibility::Lines => {}
        }
    }
    if let Some((one, other)) = &change.owner {
        told.push(format!("{path}: owner {} becomes {}", sanitize(one), sanitize(other)));
    }
    told
}

fn fate(change: &FileChange<'_>) -> &'static str {
    match change.kind() {
        ChangeKind::Added => "is added",
        ChangeKind::Removed => "is removed",
        _ => "differs",
    }
}
