//! The columns in the host: the program that serves the site with its routes, what they reach, and what that reaches.

use super::canvas::Rect;
use super::nodes::{alternative, node_height};
use super::{COLUMNS, Drawing, LANE, LINE, MAX_NAMES, ROW, as_i32};
use crate::graph::model::{INTERNET, Node, Place};

impl<'a> Drawing<'a> {
    /// The edge with its routes, what they reach, and what that reaches. Returns their bottom.
    pub(super) fn columns(&mut self, top: i32) -> i32 {
        let graph = self.graph;
        let mut columns: [Vec<&'a Node>; 2] = [Vec::new(), Vec::new()];
        let edges: Vec<_> = graph.nodes.iter().filter(|node| node.place == Place::Edge).collect();
        let take = |id: &str, column: &mut Vec<&'a Node>, others: &[&'a Node]| {
            let known = |nodes: &[&Node]| nodes.iter().any(|node| node.id == id);
            if let Some(node) =
                graph.node(id).filter(|node| node.place != Place::Container && node.id != INTERNET)
                && !known(column)
                && !known(others)
            {
                column.push(node);
            }
        };
        for row in edges.iter().flat_map(|node| &node.routes) {
            take(&row.to, &mut columns[0], &edges);
        }
        // What the first column and the containers connect to.
        let mut reaching: Vec<&str> = columns[0].iter().map(|node| node.id.as_str()).collect();
        reaching.extend(
            graph.nodes.iter().filter(|node| node.place == Place::Container).map(|node| node.id.as_str()),
        );
        let [first, second] = &mut columns;
        let mut at = 0;
        while let Some(from) = reaching.get(at).copied() {
            at += 1;
            for edge in graph.edges.iter().filter(|edge| edge.from == from) {
                let is_host = graph.node(&edge.to).is_some_and(|node| node.place == Place::Host);
                if is_host && !reaching.contains(&edge.to.as_str()) {
                    reaching.push(&edge.to);
                    take(&edge.to, second, first);
                }
            }
        }
        let mut bottom = top;
        for node in edges {
            bottom = self.edge_node(node, bottom) + 14;
        }
        let mut lowest = bottom - 14;
        for ((x, width), nodes) in COLUMNS[1..].iter().zip(&columns) {
            let mut y = top;
            for node in nodes {
                let rect = Rect { x: *x, y, width: *width, height: node_height(node) };
                let class = if node.place == Place::Outside { "outside" } else { "service" };
                self.node(node, rect, 6, class);
                y = rect.bottom() + 16;
                lowest = lowest.max(rect.bottom());
            }
        }
        for (row, y) in self.rows.clone() {
            let Some(target) = self.places.get(row.to.as_str()).copied() else { continue };
            let order = columns[0].iter().position(|node| node.id == row.to).unwrap_or(0);
            let x = COLUMNS[0].0 + COLUMNS[0].1 + 12 + LANE * as_i32(order % 4);
            let title = format!("{} is proxied to {}", row.path, row.upstream);
            let points =
                [(COLUMNS[0].0 + COLUMNS[0].1, y), (x, y), (x, target.middle()), (target.x, target.middle())];
            self.canvas.arrow(&points, &title, false, row.mark);
        }
        lowest
    }

    /// The program that serves the site: names, then a row for each route. Returns its bottom.
    pub(super) fn edge_node(&mut self, node: &'a Node, top: i32) -> i32 {
        let (x, width) = COLUMNS[0];
        let mut names: Vec<String> = node.names.iter().take(MAX_NAMES).cloned().collect();
        if node.names.len() > MAX_NAMES {
            names.push(format!("and {} more", node.names.len() - MAX_NAMES));
        }
        let head = 30 + as_i32(names.len()) * LINE + if names.is_empty() { 0 } else { 6 };
        let rect = Rect { x, y: top, width, height: head + as_i32(node.routes.len()) * ROW + 6 };
        self.canvas.begin(&alternative(node));
        self.canvas.rect(rect, 6, "edge", node.mark);
        self.canvas.text((x + 12, top + 20), width - 90, "head", &node.title, node.mark);
        self.canvas.end_text(
            (rect.right() - 12, top + 20),
            "small quiet",
            node.unit.as_deref().unwrap_or_default(),
        );
        for (at, name) in names.iter().enumerate() {
            self.canvas.text((x + 12, top + 38 + as_i32(at) * LINE), width - 24, "code", name, None);
        }
        for (at, row) in node.routes.iter().enumerate() {
            let y = top + head + as_i32(at) * ROW;
            self.canvas.rule(x + 12, y, width - 24);
            self.canvas.text(
                (x + 12, y + 16),
                width - if row.websocket { 96 } else { 24 },
                "code",
                &row.path,
                row.mark,
            );
            if row.websocket {
                self.canvas.end_text((rect.right() - 12, y + 16), "small quiet", "WebSocket");
            }
            self.rows.push((row, y + ROW / 2));
        }
        self.canvas.end();
        self.canvas.out.push('\n');
        self.places.insert(&node.id, rect);
        rect.bottom()
    }
}
