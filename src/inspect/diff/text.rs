//! Text output for people and `git apply`: the impact in comment lines, then the patch.

use super::comparison::{ChangeKind, Comparison, FileChange, Visibility};
use super::impact::Impact;
use super::patch;
use super::printer::{LineStyle, OutputMode, Printer};
use super::side::SideNode;
use crate::bundle::manifest::octal;
use crate::values::sanitize;

/// Formats the whole text. Empty if nothing differs.
pub fn write(comparison: &Comparison<'_>, impact: &Impact, context: usize, reader: OutputMode) -> Vec<u8> {
    let mut printer = Printer::new(reader);
    if comparison.is_same() {
        return printer.into_bytes();
    }
    for line in summary(comparison, impact) {
        let line = if line.is_empty() { "#".to_owned() } else { format!("# {line}") };
        printer.line(LineStyle::Prose, line.as_bytes());
    }
    for change in &comparison.changes {
        patch::print(change, context, &mut printer);
    }
    printer.into_bytes()
}

/// Returns the impact and the changes that a patch cannot express, without control characters.
pub fn summary(comparison: &Comparison<'_>, impact: &Impact) -> Vec<String> {
    let mut lines = Vec::new();
    if impact.steps.is_empty() {
        lines.push("impact: no action on the host".to_owned());
    } else {
        lines.push("impact: actions on the host, in this order".to_owned());
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
    let facts: Vec<String> = comparison.changes.iter().flat_map(outside_patch).collect();
    if !facts.is_empty() {
        lines.push("not in the patch:".to_owned());
        lines.extend(facts.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// Returns the parts of a change that a patch cannot express.
pub fn outside_patch(change: &FileChange<'_>) -> Vec<String> {
    let path = sanitize(change.path.as_str());
    let mut facts = Vec::new();
    let old = change.old.as_ref().map(|item| &item.node);
    let new = change.new.as_ref().map(|item| &item.node);
    if let Some(SideNode::Unreadable(why)) = old {
        facts.push(format!("{path}: not readable, may differ ({})", sanitize(why)));
    }
    match (old, new, change.kind()) {
        (_, Some(SideNode::Directory), ChangeKind::Added) => {
            let mode = change.new.as_ref().and_then(|item| item.mode).unwrap_or(0o755);
            facts.push(format!("{path}/: directory added, mode {}", octal(mode)));
        }
        (Some(SideNode::Directory), None, _) => facts.push(format!("{path}/: directory removed")),
        (Some(SideNode::Directory), Some(SideNode::Directory), _) => {
            if let Some((one, other)) = change.mode {
                facts.push(format!("{path}/: mode changes from {} to {}", octal(one), octal(other)));
            }
        }
        (Some(SideNode::File(_)), Some(SideNode::File(_)), _) => {
            if let Some((one, other)) = change.mode.filter(|_| patch::modes(change).is_none()) {
                facts.push(format!("{path}: mode changes from {} to {}", octal(one), octal(other)));
            }
        }
        (Some(SideNode::Unreadable(_)), _, _) => {
            if let Some((one, other)) = change.mode {
                facts.push(format!("{path}: mode changes from {} to {}", octal(one), octal(other)));
            }
        }
        (Some(one), Some(other), _) if one != other => {
            let kind = |node: &SideNode<'_>| match node {
                SideNode::Directory => Some("a directory"),
                SideNode::Special => Some("neither a file nor a directory"),
                _ => None,
            };
            if let Some(kind) = kind(one) {
                facts.push(format!("{path}: exists as {kind}"));
            }
            if let Some(kind) = kind(other) {
                facts.push(format!("{path}: becomes {kind}"));
            }
        }
        (Some(SideNode::Special), None, _) => {
            facts.push(format!("{path}: removed, neither a file nor a directory"));
        }
        (None, Some(SideNode::Special), _) => {
            facts.push(format!("{path}: added, neither a file nor a directory"));
        }
        _ => {}
    }
    if change.differs_within() {
        match change.shown {
            Visibility::Secret => {
                facts.push(format!(
                    "{path}: {}, not shown because it is or contains a secret",
                    change_word(change)
                ));
            }
            Visibility::Binary => facts.push(format!("{path}: {}, not text", change_word(change))),
            Visibility::Lines => {}
        }
    }
    if let Some((one, other)) = &change.owner {
        facts.push(format!("{path}: owner changes from {} to {}", sanitize(one), sanitize(other)));
    }
    facts
}

fn change_word(change: &FileChange<'_>) -> &'static str {
    match change.kind() {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        _ => "differs",
    }
}
