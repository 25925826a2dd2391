//! The picture as a Mermaid flowchart, which code hosts draw.

use std::fmt::Write as _;

use super::description::label;
use super::model::{Graph, Mark, Place};

/// The flowchart.
pub fn write(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    let key =
        |id: &str| format!("n{}", graph.nodes.iter().position(|node| node.id == id).unwrap_or_default());
    let nodes = |out: &mut String, place: &[Place], indent: &str| {
        for node in graph.nodes.iter().filter(|node| place.contains(&node.place)) {
            let mut lines = label(node);
            if let Some(sign) = node.mark.map(sign) {
                lines[0] = format!("{sign} {}", lines[0]);
            }
            let text = lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>");
            let (open, close) = match node.place {
                Place::Outside => ("([", "])"),
                Place::Container => ("[[", "]]"),
                Place::Filter => ("[/", "/]"),
                Place::Edge | Place::Host if node.scheduled => ("(", ")"),
                Place::Edge | Place::Host => ("[", "]"),
            };
            let _ = writeln!(out, "{indent}{}{open}\"{text}\"{close}", key(&node.id));
        }
    };
    nodes(&mut out, &[Place::Outside], "    ");
    let title = if graph.title.is_empty() { "this host" } else { &graph.title };
    let _ = writeln!(out, "    subgraph host [\"{}\"]", escape(title));
    nodes(&mut out, &[Place::Filter, Place::Edge, Place::Host], "        ");
    if graph.nodes.iter().any(|node| node.place == Place::Container) {
        let bridge = graph.bridge.as_deref().unwrap_or("containers");
        let _ = writeln!(out, "        subgraph bridge [\"{}\"]", escape(&format!("containers on {bridge}")));
        nodes(&mut out, &[Place::Container], "            ");
        out.push_str("        end\n");
    }
    out.push_str("    end\n");
    for node in &graph.nodes {
        let mut targets: Vec<&str> = Vec::new();
        for route in &node.routes {
            if !targets.contains(&route.to.as_str()) {
                targets.push(&route.to);
            }
        }
        for to in targets {
            let paths = node.routes.iter().filter(|route| route.to == to);
            let paths: Vec<_> = paths
                .map(|route| {
                    let sign = route.mark.map(|mark| format!("{} ", sign(mark))).unwrap_or_default();
                    escape(&format!("{sign}{}", route.path))
                })
                .collect();
            let _ = writeln!(out, "    {} -->|\"{}\"| {}", key(&node.id), paths.join("<br>"), key(to));
        }
    }
    for edge in &graph.edges {
        let sign = edge.mark.map(|mark| format!("{} ", sign(mark))).unwrap_or_default();
        let text = escape(&format!("{sign}{}", edge.label));
        let arrow = if graph.node(&edge.from).is_some_and(|node| node.scheduled) { "-.->" } else { "-->" };
        let _ = writeln!(out, "    {} {arrow}|\"{text}\"| {}", key(&edge.from), key(&edge.to));
    }
    for (mark, style) in [
        (Mark::Added, "stroke:#1a7f37,stroke-width:3px"),
        (Mark::Removed, "stroke:#cf222e,stroke-width:3px,stroke-dasharray:4 3"),
        (Mark::Changed, "stroke:#9a6700,stroke-width:3px"),
    ] {
        let marked: Vec<_> =
            graph.nodes.iter().filter(|node| node.mark == Some(mark)).map(|node| key(&node.id)).collect();
        if !marked.is_empty() {
            let name = format!("{mark:?}").to_lowercase();
            let _ = writeln!(out, "    classDef {name} {style}\n    class {} {name}", marked.join(","));
        }
    }
    out
}

/// The sign of a mark.
pub(super) fn sign(mark: Mark) -> char {
    match mark {
        Mark::Added => '+',
        Mark::Removed => '−',
        Mark::Changed => '~',
    }
}

/// A label in which only plain characters are themselves: all others are written by their numbers.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() => out.push(c),
            ' ' | '.' | '/' | '-' | ':' | ',' | '_' | '*' | '+' | '−' | '~' | '→' | '·' => out.push(c),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
