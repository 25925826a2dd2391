//! The picture in the language of Graphviz.

use std::fmt::Write as _;

use super::description::label;
use super::mermaid::sign;
use super::model::{Graph, Mark, Place};

/// The directed graph.
pub fn write(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph host {\n    rankdir=LR;\n    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n    \
         edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    let nodes = |out: &mut String, places: &[Place], indent: &str| {
        for node in graph.nodes.iter().filter(|node| places.contains(&node.place)) {
            let mut lines = label(node);
            if let Some(sign) = node.mark.map(sign) {
                lines[0] = format!("{sign} {}", lines[0]);
            }
            let style = if node.place == Place::Outside { ", style=dashed" } else { "" };
            let text = quote(&lines.join("\n"));
            let _ = writeln!(out, "{indent}{} [label={text}{style}{}];", quote(&node.id), color(node.mark));
        }
    };
    nodes(&mut out, &[Place::Outside], "    ");
    let title = if graph.title.is_empty() { "this host" } else { &graph.title };
    let _ = writeln!(out, "    subgraph cluster_host {{\n        label={};", quote(title));
    nodes(&mut out, &[Place::Filter, Place::Edge, Place::Host], "        ");
    if graph.nodes.iter().any(|node| node.place == Place::Container) {
        let bridge = graph.bridge.as_deref().unwrap_or("containers");
        let bridge = quote(&format!("containers on {bridge}"));
        let _ = writeln!(out, "        subgraph cluster_bridge {{\n            label={bridge};");
        nodes(&mut out, &[Place::Container], "            ");
        out.push_str("        }\n");
    }
    out.push_str("    }\n");
    let mut edge = |from: &str, to: &str, text: &str, mark: Option<Mark>| {
        let sign = mark.map(|mark| format!("{} ", sign(mark))).unwrap_or_default();
        let text = quote(&format!("{sign}{text}"));
        let _ = writeln!(out, "    {} -> {} [label={text}{}];", quote(from), quote(to), color(mark));
    };
    for node in &graph.nodes {
        for route in &node.routes {
            edge(&node.id, &route.to, &route.path, route.mark);
        }
    }
    for connection in &graph.edges {
        edge(&connection.from, &connection.to, &connection.label, connection.mark);
    }
    out.push_str("}\n");
    out
}

fn color(mark: Option<Mark>) -> &'static str {
    match mark {
        None => "",
        Some(Mark::Added) => ", color=\"#1a7f37\", penwidth=3",
        Some(Mark::Removed) => ", color=\"#cf222e\", penwidth=3",
        Some(Mark::Changed) => ", color=\"#9a6700\", penwidth=3",
    }
}

/// A quoted string. A backslash begins an escape sequence in labels, so it is doubled.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
