//! Boxes: title, details and text alternative of a node.

use super::canvas::Rect;
use super::{Drawing, LINE, as_i32};
use crate::graph::model::{Node, Place};

impl<'a> Drawing<'a> {
    /// A box with title and details.
    pub(super) fn node(&mut self, node: &'a Node, rect: Rect, radius: i32, class: &str) {
        self.canvas.begin(&alternative(node));
        self.canvas.rect(rect, radius, class, node.mark);
        let pad = if radius > 10 { 18 } else { 12 };
        let width = rect.width - 2 * pad;
        self.canvas.text((rect.x + pad, rect.y + 19), width, "head", &node.title, node.mark);
        for (at, line) in details(node).iter().enumerate() {
            let class = if line.contains(['.', '/', ':']) { "code quiet" } else { "small quiet" };
            self.canvas.text((rect.x + pad, rect.y + 35 + as_i32(at) * LINE), width, class, line, None);
        }
        self.canvas.end();
        self.places.insert(&node.id, rect);
    }
}

/// The lines below a node's title.
pub(super) fn details(node: &Node) -> Vec<String> {
    let mut lines: Vec<_> = node.details.iter().filter(|line| **line != node.title).cloned().collect();
    if let (Some(unit), Some(first)) = (&node.unit, lines.first_mut())
        && unit == first
    {
        // systemd's own short form of a service.
        let short = unit.trim_end_matches(".service");
        *first = if short == node.title { unit.clone() } else { short.to_owned() };
    }
    for line in &mut lines {
        *line = line.trim_start_matches("https://").to_owned();
    }
    if !node.ports.is_empty() && node.place == Place::Host {
        lines.push(format!("port{} {}", if node.ports.len() > 1 { "s" } else { "" }, node.ports.join(", ")));
    }
    lines
}

pub(super) fn node_height(node: &Node) -> i32 {
    28 + as_i32(details(node).len()) * LINE
}

/// The text alternative of a node.
pub(super) fn alternative(node: &Node) -> String {
    let mut parts = vec![node.title.clone()];
    parts.extend(details(node));
    parts.extend(node.files.iter().cloned());
    parts.join(", ")
}
