//! What is outside the host: the internet, servers, and the packet filter with its open ports.

use super::canvas::{Rect, wrap};
use super::{COLUMNS, Drawing, FRAME, INSET, LINE, as_i32};
use crate::components::Exposure;
use crate::graph::mermaid::sign;
use crate::graph::model::{INTERNET, ListeningPort, Node, Place};

impl<'a> Drawing<'a> {
    /// The boxes outside the host. Returns their bottom.
    pub(super) fn outside(&mut self, nodes: &[&'a Node], top: i32) -> i32 {
        let (x, width) = COLUMNS[0];
        let height = 44;
        let rect = Rect { x, y: top, width, height };
        self.places.insert(INTERNET, rect);
        let names = self.graph.nodes.iter().find(|node| !node.names.is_empty()).map(|node| &node.names[..]);
        let url =
            names.and_then(<[String]>::first).map(|name| format!("https://{name}/")).unwrap_or_default();
        self.canvas.begin("The internet: browsers and other clients");
        self.canvas.rect(rect, 22, "outside", None);
        self.canvas.text((x + 18, top + 19), width - 30, "head", "internet", None);
        self.canvas.text((x + 18, top + 35), width - 30, "code quiet", &url, None);
        self.canvas.end();
        let left = COLUMNS[1].0;
        let count = 2;
        let each = (INSET.1 - left - 12) / 2;
        let mut bottom = rect.bottom();
        for (at, node) in nodes.iter().enumerate() {
            let (column, line) = (as_i32(at % count), as_i32(at / count));
            let rect =
                Rect { x: left + column * (each + 12), y: top + line * (height + 10), width: each, height };
            self.node(node, rect, 22, "outside");
            bottom = bottom.max(rect.bottom());
        }
        bottom
    }

    /// The firewall: open ports above the edge, closed ones beside them. Returns its bottom.
    pub(super) fn filter(&mut self, top: i32) -> i32 {
        let graph = self.graph;
        let ports = |exposure: Exposure| {
            let ports = graph.ports.iter().filter(move |port| port.exposure == exposure);
            let title = |port: &ListeningPort| {
                let sign = port.mark.map(|mark| format!("{} ", sign(mark))).unwrap_or_default();
                format!("{sign}{} {}", port.port, port.program)
            };
            ports.map(title).collect::<Vec<_>>()
        };
        let mut lines = Vec::new();
        let mut list = |title: &str, items: &[String]| {
            for (at, line) in
                wrap(items, 304, "small").into_iter().enumerate().filter(|(_, line)| !line.is_empty())
            {
                lines.push((if at == 0 { title.to_owned() } else { String::new() }, line));
            }
        };
        let name = match &graph.filters[..] {
            [] => vec!["the panel adds none".to_owned()],
            tables => tables.iter().map(|table| format!("nftables {table}")).collect(),
        };
        list("packet filter", &name);
        list("closed outside", &ports(Exposure::ContainerNetwork));
        list("this host only", &ports(Exposure::Loopback));
        list("blocked", &graph.blocked);
        let height = (as_i32(lines.len()) * LINE + 16).max(44);
        let rect = Rect { x: FRAME.0, y: top, width: FRAME.1 - FRAME.0, height };
        let filter = graph.nodes.iter().find(|node| node.place == Place::Filter);
        let unit = filter.and_then(|node| node.unit.as_deref()).unwrap_or_default();
        self.canvas.begin(&format!("Packet filter: {} {unit}", name.join(", ")));
        self.canvas.rect(
            rect,
            4,
            if filter.is_none() { "outside" } else { "filter" },
            filter.and_then(|node| node.mark),
        );
        for (at, (title, line)) in lines.iter().enumerate() {
            let y = top + 20 + as_i32(at) * LINE;
            self.canvas.text((COLUMNS[1].0, y), 112, "small head", title, None);
            self.canvas.text((COLUMNS[1].0 + 116, y), 304, "small", line, None);
        }
        self.canvas.end();
        let public: Vec<_> = graph.ports.iter().filter(|port| port.exposure == Exposure::Public).collect();
        let step = COLUMNS[0].1 / as_i32(public.len().max(1));
        for (at, port) in public.iter().enumerate() {
            let x = COLUMNS[0].0 + step / 2 + step * as_i32(at);
            let width = step.min(92) - 12;
            let gate = Rect { x: x - width / 2, y: rect.middle() - 13, width, height: 26 };
            let from = self.places[INTERNET].bottom();
            let title = format!("Port {} is open: {}", port.port, port.program);
            let line = [(x, from), (x, gate.y)];
            self.canvas.arrow(&line, &title, false, port.mark);
            self.canvas.arrow(&[(x, gate.bottom()), (x, rect.bottom() + 38)], &title, false, port.mark);
            self.canvas.begin(&title);
            self.canvas.rect(gate, 13, "open", port.mark);
            self.canvas.centered((x, gate.middle() + 4), "code", &port.port, port.mark);
            self.canvas.end();
        }
        rect.bottom()
    }
}
