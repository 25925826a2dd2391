//! The picture in sentences, for readers who cannot see it.

use super::model::{Graph, Mark, Node, Place};
use crate::components::Exposure;

/// The sentences, in the order of the picture.
pub fn sentences(graph: &Graph) -> Vec<String> {
    let mut out = Vec::new();
    let title = |id: &str| graph.node(id).map_or_else(|| id.to_owned(), |node| node.title.clone());
    for port in &graph.ports {
        let from = exposure(port.exposure);
        out.push(format!("{}Port {}: {}, reachable from {from}.", mark(port.mark), port.port, port.program));
    }
    for node in graph.nodes.iter().filter(|node| !node.routes.is_empty()) {
        if !node.names.is_empty() {
            out.push(format!("{} serves {}.", node.title, node.names.join(", ")));
        }
        for route in &node.routes {
            let (path, to) = (&route.path, title(&route.to));
            out.push(format!("{}Path {path} is proxied to {to} at {}.", mark(route.mark), route.upstream));
        }
    }
    for edge in &graph.edges {
        out.push(format!("{}{} → {}: {}.", mark(edge.mark), title(&edge.from), title(&edge.to), edge.label));
    }
    for node in &graph.nodes {
        if let (Some(_), label) = (node.mark, mark(node.mark)) {
            out.push(format!("{label}{}.", node.title));
        }
    }
    for secret in &graph.secrets {
        let readers = secret.readers.join(", ");
        out.push(format!("{}Secret {} is read by {readers}.", mark(secret.mark), secret.path));
    }
    for blocked in &graph.blocked {
        out.push(format!("The firewall blocks {blocked}."));
    }
    out
}

/// The networks of an exposure.
pub fn exposure(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Public => "everywhere",
        Exposure::Loopback => "this host",
        Exposure::ContainerNetwork => "this host and its containers; a firewall rule closes it to others",
    }
}

/// A mark as the beginning of a sentence.
fn mark(mark: Option<Mark>) -> &'static str {
    match mark {
        None => "",
        Some(Mark::Added) => "Added: ",
        Some(Mark::Removed) => "Removed: ",
        Some(Mark::Changed) => "Changed: ",
    }
}

/// The lines of a node's label: title, details, ports.
pub(super) fn label(node: &Node) -> Vec<String> {
    let mut lines = vec![node.title.clone()];
    lines.extend(node.names.iter().take(3).cloned());
    if node.names.len() > 3 {
        lines.push(format!("and {} more names", node.names.len() - 3));
    }
    lines.extend(node.details.iter().filter(|detail| **detail != node.title).cloned());
    if !node.ports.is_empty() && node.place != Place::Outside {
        let ports = if node.ports.len() == 1 { "port" } else { "ports" };
        lines.push(format!("{ports} {}", node.ports.join(", ")));
    }
    lines
}
