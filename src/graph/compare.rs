//! The picture of two hosts, with marks for what differs.

use super::model::{Graph, Mark, Node};

/// Returns the new graph with the parts that only the old one has, and marks every part that differs. A program is marked
/// as changed if one of its files is in `changed_files`, the paths on the host.
pub fn compare(old: &Graph, new: &Graph, changed_files: &[String]) -> Graph {
    let mut graph = new.clone();
    merge(&mut graph.nodes, &old.nodes, |node| node.id.clone(), |node| &mut node.mark);
    for node in &mut graph.nodes {
        let Some(before) = old.node(&node.id) else { continue };
        let name = |route: &super::RouteRow| route.path.clone();
        merge(&mut node.routes, &before.routes, name, |route| &mut route.mark);
        if node.mark.is_none() && node.files.iter().any(|file| changed_files.contains(file)) {
            node.mark = Some(Mark::Changed);
        }
    }
    let name = |edge: &super::Edge| (edge.from.clone(), edge.to.clone(), edge.label.clone());
    merge(&mut graph.edges, &old.edges, name, |edge| &mut edge.mark);
    merge(&mut graph.ports, &old.ports, |port| port.port.clone(), |port| &mut port.mark);
    merge(&mut graph.secrets, &old.secrets, |secret| secret.path.clone(), |secret| &mut secret.mark);
    graph
}

/// Whether anything is marked.
pub fn has_marks(graph: &Graph) -> bool {
    let routes = |node: &Node| node.routes.iter().any(|route| route.mark.is_some());
    graph.nodes.iter().any(|node| node.mark.is_some() || routes(node))
        || graph.edges.iter().any(|edge| edge.mark.is_some())
        || graph.ports.iter().any(|port| port.mark.is_some())
        || graph.secrets.iter().any(|secret| secret.mark.is_some())
}

/// Marks the items of `new` that `old` does not have or has with differences, and appends those that only `old` has.
fn merge<T: Clone + PartialEq, K: PartialEq>(
    new: &mut Vec<T>,
    old: &[T],
    key: impl Fn(&T) -> K,
    mark: impl Fn(&mut T) -> &mut Option<Mark>,
) {
    for item in new.iter_mut() {
        let difference = match old.iter().find(|before| key(before) == key(item)) {
            None => Some(Mark::Added),
            Some(before) if before != item => Some(Mark::Changed),
            Some(_) => None,
        };
        *mark(item) = difference;
    }
    for before in old {
        if !new.iter().any(|item| key(item) == key(before)) {
            let mut item = before.clone();
            *mark(&mut item) = Some(Mark::Removed);
            new.push(item);
        }
    }
}
