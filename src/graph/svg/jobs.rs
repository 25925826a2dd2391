//! Timers, jobs and other units.

use super::canvas::Rect;
use super::nodes::node_height;
use super::{Drawing, FRAME, INSET, LANE, as_i32, grid};
use crate::graph::model::{Node, Place};

impl<'a> Drawing<'a> {
    /// Everything else on the host: timers, jobs, other units. Returns the bottom.
    pub(super) fn jobs(&mut self, top: i32, outside_bottom: i32) -> i32 {
        let graph = self.graph;
        let rest: Vec<_> = graph
            .nodes
            .iter()
            .filter(|node| node.place == Place::Host && !self.places.contains_key(node.id.as_str()))
            .collect();
        if rest.is_empty() {
            return top;
        }
        // A timer and what it starts are in one row.
        let starts = |node: &Node| {
            graph
                .edges
                .iter()
                .find(|edge| edge.from == node.id && node.scheduled)
                .map(|edge| edge.to.as_str())
        };
        let is_started = |node: &Node| rest.iter().any(|timer| starts(timer) == Some(&node.id));
        let mut order: Vec<&'a Node> = Vec::new();
        let mut cells: Vec<(usize, usize)> = Vec::new();
        let (mut row, mut column) = (0, 0);
        for node in rest.iter().filter(|node| !is_started(node)) {
            let next = starts(node).and_then(|id| rest.iter().find(|next| next.id == id));
            let group: Vec<&'a Node> = std::iter::once(*node).chain(next.copied()).collect();
            if column + group.len() > 3 {
                (row, column) = (row + 1, 0);
            }
            for node in group {
                order.push(node);
                cells.push((row, column));
                column += 1;
            }
        }
        let (_, width) = grid(3, 3, 20);
        let height = order.iter().map(|node| node_height(node)).max().unwrap_or(0);
        let top = top + 16;
        let step = height + 20;
        for (node, (row, column)) in order.iter().zip(&cells) {
            let (row, column) = (as_i32(*row), as_i32(*column));
            let place = Rect { x: INSET.0 + column * (width + 20), y: top + row * step, width, height };
            self.node(node, place, 6, if node.scheduled { "job" } else { "box" });
        }
        let rows = as_i32(row + 1);
        let mut targets: Vec<&str> = Vec::new();
        for edge in &graph.edges {
            let Some(at) = order.iter().position(|node| node.id == edge.from) else { continue };
            let (from, title) = (self.places[edge.from.as_str()], self.title(edge));
            let Some(to) = self.places.get(edge.to.as_str()).copied() else { continue };
            if order.get(at + 1).is_some_and(|next| next.id == edge.to) && to.y == from.y {
                let y = from.middle();
                self.canvas.arrow(&[(from.right(), y), (to.x, y)], &title, true, edge.mark);
            } else if graph.node(&edge.to).is_some_and(|node| node.place == Place::Outside) {
                // Below the boxes to the right, up beside the host, and to the server from below.
                let lane = targets.iter().position(|known| *known == edge.to).unwrap_or(targets.len());
                if lane == targets.len() {
                    targets.push(&edge.to);
                }
                let lane = LANE * as_i32(lane % 3);
                let (below, side, above) =
                    (from.bottom() + 6 + lane / 2, FRAME.1 + 7 + lane, outside_bottom + 8 + lane);
                let x = to.center() + 12 * (as_i32(at) - 1);
                let points = [
                    (from.center(), from.bottom()),
                    (from.center(), below),
                    (side, below),
                    (side, above),
                    (x, above),
                    (x, to.bottom()),
                ];
                self.canvas.arrow(&points, &title, true, edge.mark);
            } else {
                let y = from.bottom() + 8;
                let points = [
                    (from.center(), from.bottom()),
                    (from.center(), y),
                    (to.center(), y),
                    (to.center(), to.bottom()),
                ];
                self.canvas.arrow(&points, &title, true, edge.mark);
            }
        }
        top + rows * step - 4
    }
}
