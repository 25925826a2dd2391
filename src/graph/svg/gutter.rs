//! The lines in the second gutter.

use std::collections::BTreeMap;

use super::{COLUMNS, Drawing, LANE, as_i32};
use crate::graph::model::{Edge, Node, Place};

impl<'a> Drawing<'a> {
    /// The edges through the second gutter: between boxes of the columns, and to and from containers. Each target has a
    /// lane, and each line meets a box at a place of its own, in an order in which few lines cross.
    pub(super) fn gutter(&mut self, channel: i32) {
        let graph = self.graph;
        let is_placed = |node: &Node| self.places.contains_key(node.id.as_str());
        let is_ours = |id: &str| {
            graph
                .node(id)
                .is_some_and(|node| is_placed(node) && matches!(node.place, Place::Host | Place::Container))
        };
        let is_container = |id: &str| graph.node(id).is_some_and(|node| node.place == Place::Container);
        let edges: Vec<&'a Edge> = graph
            .edges
            .iter()
            .filter(|edge| is_ours(&edge.from) && is_ours(&edge.to))
            .filter(|edge| !(is_container(&edge.from) && is_container(&edge.to)))
            .collect();
        // From left to right: down to containers, up from containers, between the columns.
        let rank = |edge: &Edge| {
            let to = self.places[edge.to.as_str()];
            match (is_container(&edge.from), is_container(&edge.to)) {
                (_, true) => (0, to.x),
                (true, false) => (1, to.y),
                (false, false) => (2, -to.y),
            }
        };
        let mut lanes: Vec<((i32, i32), &str)> =
            edges.iter().map(|edge| (rank(edge), edge.to.as_str())).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let lane = |edge: &Edge| {
            let at = lanes.iter().position(|lane| *lane == (rank(edge), edge.to.as_str())).unwrap_or(0);
            (at, COLUMNS[1].0 + COLUMNS[1].1 + 9 + LANE * as_i32(at % 5))
        };
        // The ends of lines at each box, from top to bottom: at the right side lines to the right come first, at the left
        // side lines up come first.
        let mut ends: BTreeMap<&str, Vec<(bool, i32, bool)>> = BTreeMap::new();
        let end = |edge: &Edge, node: &str, other: &str| {
            let at = as_i32(lane(edge).0);
            let is_right = self.places[node].x < lane(edge).1;
            let is_up = !is_container(other) && self.places[other].y < self.places[node].y;
            let order = if is_right || is_up { -at } else { at };
            (!is_up, order, node == edge.to)
        };
        for edge in &edges {
            for (node, other) in [(&edge.from, &edge.to), (&edge.to, &edge.from)] {
                if !is_container(node) {
                    ends.entry(node).or_default().push(end(edge, node, other));
                }
            }
        }
        for ends in ends.values_mut() {
            ends.sort_unstable();
            ends.dedup();
        }
        let meet = |edge: &Edge, node: &str, other: &str| {
            let rect = self.places[node];
            let ends = &ends[node];
            let at = ends.iter().position(|known| *known == end(edge, node, other)).unwrap_or(0);
            let step = ((rect.height - 16) / as_i32(ends.len())).min(14);
            let y = rect.middle() - step * (as_i32(ends.len()) - 1) / 2 + step * as_i32(at);
            (if rect.x < lane(edge).1 { rect.right() } else { rect.x }, y)
        };
        let crossing: Vec<_> = lanes.iter().filter(|((kind, _), _)| *kind < 2).collect();
        let mut arrows = Vec::new();
        for edge in &edges {
            let (at, x) = lane(edge);
            let down = is_container(&edge.to);
            let points = if down || is_container(&edge.from) {
                let (host, container) = if down { (&edge.from, &edge.to) } else { (&edge.to, &edge.from) };
                let (side, y) = meet(edge, host, container);
                let tile = self.places[container.as_str()];
                let row = if down {
                    let downs = crossing.iter().filter(|((kind, _), _)| *kind == 0).count();
                    as_i32(downs.saturating_sub(at + 1))
                } else {
                    as_i32(at)
                };
                let (turn, center) = (channel + LANE * (row % 8), tile.center() + if down { -8 } else { 8 });
                let mut points = vec![(side, y), (x, y), (x, turn), (center, turn), (center, tile.y)];
                if !down {
                    points.reverse();
                }
                points
            } else {
                let (from, to) = (meet(edge, &edge.from, &edge.to), meet(edge, &edge.to, &edge.from));
                vec![from, (x, from.1), (x, to.1), to]
            };
            arrows.push((points, self.title(edge), edge.mark));
        }
        for (points, title, mark) in arrows {
            self.canvas.arrow(&points, &title, false, mark);
        }
    }
}
