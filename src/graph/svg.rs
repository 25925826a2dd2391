//! The picture as SVG: one self-contained document, 800 pixels wide, for light and dark screens and for paper.
//!
//! From top to bottom: what is outside, the firewall with its open ports, and the host. In the host, the routes are at
//! the left, what they reach is to the right, and containers, jobs and secrets are below. All positions are integers and
//! follow from the graph alone.

mod canvas;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use self::canvas::{Canvas, Rect, wrap};
use super::description::sentences;
use super::mermaid::sign;
use super::model::{Edge, Graph, INTERNET, Mark, Node, Place, RouteRow};
use crate::components::Exposure;
use crate::diagnostics::escape::html as xml;

/// The style sheet of the picture.
pub const STYLE: &str = include_str!("svg.css");

const WIDTH: i32 = 800;
const FRAME: (i32, i32) = (16, 772);
const INSET: (i32, i32) = (30, 758);
/// The three columns in the host: left edge and width.
const COLUMNS: [(i32, i32); 3] = [(30, 262), (342, 190), (582, 176)];
const LINE: i32 = 16;
const ROW: i32 = 24;
/// The distance between parallel lines.
const LANE: i32 = 7;
/// The most names and connections that are drawn.
const MAX_NAMES: usize = 6;

/// The whole document.
pub fn write(graph: &Graph) -> String {
    let (body, height) = draw(graph);
    format!("{}<style>\n{STYLE}</style>\n{body}</svg>\n", open(graph, height))
}

/// The element for a page that has [`STYLE`] in its own style sheet.
pub fn write_inline(graph: &Graph) -> String {
    let (body, height) = draw(graph);
    format!("{}{body}</svg>\n", open(graph, height))
}

fn open(graph: &Graph, height: i32) -> String {
    let name = if graph.title.is_empty() { "the host" } else { &graph.title };
    let description = sentences(graph).join(" ");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pg\" role=\"img\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\">\n<title>{}</title>\n<desc>{}</desc>\n",
        xml(&format!("What runs on {name}: {}", graph.subtitle)),
        xml(&description)
    )
}

/// The positions of the nodes, while they are drawn.
struct Drawing<'a> {
    graph: &'a Graph,
    canvas: Canvas,
    places: BTreeMap<&'a str, Rect>,
    /// The points of routes at the right side of the edge: node, row, y.
    rows: Vec<(&'a RouteRow, i32)>,
}

/// Returns the elements and the height.
fn draw(graph: &Graph) -> (String, i32) {
    let mut drawing = Drawing { graph, canvas: Canvas::default(), places: BTreeMap::new(), rows: Vec::new() };
    let height = drawing.draw();
    let mut out = String::new();
    let _ = writeln!(out, r#"<rect width="{WIDTH}" height="{height}" class="paper"/>"#);
    out.push_str(&drawing.canvas.out);
    (out, height)
}

impl<'a> Drawing<'a> {
    fn draw(&mut self) -> i32 {
        let graph = self.graph;
        let title = if graph.title.is_empty() { "one host" } else { &graph.title };
        self.canvas.text((FRAME.0, 36), 560, "title", title, None);
        self.canvas.text((FRAME.0, 56), 560, "quiet", &graph.subtitle, None);
        if super::compare::has_marks(graph) {
            for (at, (mark, text)) in
                [(Mark::Added, "added"), (Mark::Changed, "changed"), (Mark::Removed, "removed")]
                    .iter()
                    .enumerate()
            {
                self.canvas.text((548 + 78 * as_i32(at), 36), 78, "small", text, Some(*mark));
            }
        }
        // What the routes reach outside the host is drawn beside what they reach on it.
        let reached =
            |node: &&Node| graph.nodes.iter().any(|edge| edge.routes.iter().any(|row| row.to == node.id));
        let outside: Vec<_> = graph
            .nodes
            .iter()
            .filter(|node| node.place == Place::Outside && node.id != INTERNET && !reached(node))
            .collect();
        let outside_bottom = self.outside(&outside, 74);
        // The frame is drawn below the lines that enter it, so its element comes first.
        let at = self.canvas.out.len();
        let filter_bottom = self.filter(outside_bottom + 32);
        let frame_top = filter_bottom + 22;
        let columns_bottom = self.columns(frame_top + 16);
        let containers_bottom = self.containers(columns_bottom);
        let jobs_bottom = self.jobs(containers_bottom, outside_bottom);
        let bottom = self.secrets(jobs_bottom) + 14;
        let mut frame = Canvas::default();
        let rect = Rect { x: FRAME.0, y: frame_top, width: FRAME.1 - FRAME.0, height: bottom - frame_top };
        frame.rect(rect, 10, "frame", None);
        frame.out.push('\n');
        self.canvas.out.insert_str(at, &frame.out);
        self.footer(bottom)
    }

    /// The boxes outside the host. Returns their bottom.
    fn outside(&mut self, nodes: &[&'a Node], top: i32) -> i32 {
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
    fn filter(&mut self, top: i32) -> i32 {
        let graph = self.graph;
        let ports = |exposure: Exposure| {
            let ports = graph.ports.iter().filter(move |port| port.exposure == exposure);
            let title = |port: &super::ListeningPort| {
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

    /// The edge with its routes, what they reach, and what that reaches. Returns their bottom.
    fn columns(&mut self, top: i32) -> i32 {
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

    /// The edges through the second gutter: between boxes of the columns, and to and from containers. Each target has a
    /// lane, and each line meets a box at a place of its own, in an order in which few lines cross.
    fn gutter(&mut self, channel: i32) {
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

    /// The program that serves the site: names, then a row for each route. Returns its bottom.
    fn edge_node(&mut self, node: &'a Node, top: i32) -> i32 {
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

    /// A box with title and details.
    fn node(&mut self, node: &'a Node, rect: Rect, radius: i32, class: &str) {
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

    /// The containers on their bridge. Connections between them are in their boxes. Returns the bottom.
    fn containers(&mut self, top: i32) -> i32 {
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

    /// Everything else on the host: timers, jobs, other units. Returns the bottom.
    fn jobs(&mut self, top: i32, outside_bottom: i32) -> i32 {
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

    /// The secrets and their readers. Returns the bottom.
    fn secrets(&mut self, top: i32) -> i32 {
        if self.graph.secrets.is_empty() {
            return top;
        }
        let (left, right) = (INSET.0, INSET.1);
        self.canvas.text((left, top + 26), 200, "head", "secrets", None);
        self.canvas.text((left + 360, top + 26), 200, "small quiet", "read by", None);
        let mut y = top + 34;
        for secret in &self.graph.secrets {
            self.canvas.begin(&format!("Secret {}, read by {}", secret.path, secret.readers.join(", ")));
            self.canvas.rule(left, y, right - left);
            self.canvas.text((left, y + 16), 350, "code", &secret.path, secret.mark);
            let lines = wrap(&secret.readers, right - left - 360, "small");
            for (at, line) in lines.iter().enumerate() {
                self.canvas.text(
                    (left + 360, y + 16 + as_i32(at) * 15),
                    right - left - 360,
                    "small",
                    line,
                    None,
                );
            }
            self.canvas.end();
            y += 9 + 15 * as_i32(lines.len());
        }
        y
    }

    /// The sources of downloads. Returns the height of the picture.
    fn footer(&mut self, bottom: i32) -> i32 {
        if self.graph.downloads.is_empty() {
            return bottom + 16;
        }
        let lines = wrap(&self.graph.downloads, FRAME.1 - FRAME.0 - 190, "small");
        self.canvas.text((FRAME.0, bottom + 22), 176, "small head", "downloaded at installation", None);
        for (at, line) in lines.iter().enumerate() {
            self.canvas.text((FRAME.0 + 180, bottom + 22 + as_i32(at) * 15), 600, "small quiet", line, None);
        }
        bottom + 22 + as_i32(lines.len()) * 15
    }

    fn title(&self, edge: &Edge) -> String {
        let title = |id: &str| self.graph.node(id).map_or_else(|| id.to_owned(), |node| node.title.clone());
        format!("{} → {}: {}", title(&edge.from), title(&edge.to), edge.label)
    }
}

/// The lines below a node's title.
fn details(node: &Node) -> Vec<String> {
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

fn node_height(node: &Node) -> i32 {
    28 + as_i32(details(node).len()) * LINE
}

/// The text alternative of a node.
fn alternative(node: &Node) -> String {
    let mut parts = vec![node.title.clone()];
    parts.extend(details(node));
    parts.extend(node.files.iter().cloned());
    parts.join(", ")
}

/// The number of rows of a grid in the host, and the width of its tiles.
fn grid(count: usize, columns: usize, gap: i32) -> (i32, i32) {
    let room = INSET.1 - INSET.0 - if gap < 20 { 20 } else { 0 };
    let width = (room - gap * (as_i32(columns) - 1)) / as_i32(columns);
    (as_i32(count.div_ceil(columns)), width)
}

fn as_i32(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
