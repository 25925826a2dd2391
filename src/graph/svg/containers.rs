//! The containers on their bridge.

use super::canvas::Rect;
use super::nodes::alternative;
use super::{Drawing, INSET, LANE, as_i32, grid};
use crate::graph::model::{Node, Place};

impl Drawing<'_> {
    /// The containers on their bridge. Connections between them are in their boxes. Returns the bottom.
    pub(super) fn containers(&mut self, top: i32) -> i32 {
        let graph = self.graph;
        let nodes: Vec<_> = graph.nodes.iter().filter(|node| node.place == Place::Container).collect();
        if nodes.is_empty() {
            self.gutter(top);
            return top;
        }
        let is_container = |id: &str| graph.node(id).is_some_and(|node| node.place == Place::Container);
        let crossing = graph.edges.iter().filter(|edge| is_container(&edge.from) != is_container(&edge.to));
        let mut targets: Vec<&str> = crossing.map(|edge| edge.to.as_str()).collect();
        targets.sort_unstable();
        targets.dedup();
        let channel = top + 14;
        let band_top = channel + LANE * as_i32(targets.len().min(8)) + 8;
        let lines = |node: &Node| -> Vec<String> {
            let edges = graph.edges.iter().filter(|edge| edge.from == node.id && is_container(&edge.to));
            edges.filter_map(|edge| Some(format!("→ {}", graph.node(&edge.to)?.title))).collect()
        };
        let columns = nodes.len().clamp(1, 5).min(if nodes.len() == 6 { 3 } else { 5 });
        let (rows, tile) = grid(nodes.len(), columns, 8);
        let height = 30 + as_i32(nodes.iter().map(|node| lines(node).len()).max().unwrap_or(0)) * 14;
        let band =
            Rect { x: INSET.0, y: band_top, width: INSET.1 - INSET.0, height: 36 + rows * (height + 8) };
        let name = graph
            .bridge
            .as_deref()
            .map_or("containers".to_owned(), |bridge| format!("containers on {bridge}"));
        self.canvas.begin(&name);
        self.canvas.rect(band, 6, "bridge", None);
        self.canvas.text((band.x + 12, band.bottom() - 10), band.width - 24, "head", &name, None);
        self.canvas.end();
        for (at, node) in nodes.iter().enumerate() {
            let (column, row) = (as_i32(at % columns), as_i32(at / columns));
            let rect = Rect {
                x: band.x + 10 + column * (tile + 8),
                y: band.y + 10 + row * (height + 8),
                width: tile,
                height,
            };
            self.canvas.begin(&alternative(node));
            self.canvas.rect(rect, 4, "container", node.mark);
            self.canvas.text((rect.x + 10, rect.y + 19), tile - 20, "head", &node.title, node.mark);
            for (at, line) in lines(node).iter().enumerate() {
                self.canvas.text(
                    (rect.x + 10, rect.y + 34 + as_i32(at) * 14),
                    tile - 20,
                    "small quiet",
                    line,
                    None,
                );
            }
            self.canvas.end();
            self.places.insert(&node.id, rect);
        }
        self.gutter(channel);
        band.bottom()
    }
}
