//! The picture as SVG: one self-contained document, 800 pixels wide, for light and dark screens and for paper.
//!
//! From top to bottom: what is outside, the firewall with its open ports, and the host. In the host, the routes are at
//! the left, what they reach is to the right, and containers, jobs and secrets are below. All positions are integers and
//! follow from the graph alone.

mod canvas;
mod columns;
mod containers;
mod gutter;
mod jobs;
mod lists;
mod nodes;
mod outside;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use self::canvas::{Canvas, Rect};
use super::description::sentences;
use super::mermaid::sign;
use super::model::{Edge, Graph, INTERNET, Mark, Node, Place, RouteRow};
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

impl Drawing<'_> {
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

    fn title(&self, edge: &Edge) -> String {
        let title = |id: &str| self.graph.node(id).map_or_else(|| id.to_owned(), |node| node.title.clone());
        format!("{} → {}: {}", title(&edge.from), title(&edge.to), edge.label)
    }
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
