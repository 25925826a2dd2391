//! Shapes and texts of an SVG document, and how wide a text is.

use std::fmt::Write as _;

use crate::diagnostics::escape::html as xml;
use crate::graph::model::Mark;

/// A rectangle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Rect {
    pub(super) fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) fn bottom(self) -> i32 {
        self.y + self.height
    }

    pub(super) fn center(self) -> i32 {
        self.x + self.width / 2
    }

    pub(super) fn middle(self) -> i32 {
        self.y + self.height / 2
    }
}

/// The elements drawn so far.
#[derive(Default)]
pub(super) struct Canvas {
    pub(super) out: String,
}

impl Canvas {
    /// Begins a group with a text alternative.
    pub(super) fn begin(&mut self, title: &str) {
        let _ = write!(self.out, "<g><title>{}</title>", xml(title));
    }

    pub(super) fn end(&mut self) {
        self.out.push_str("</g>\n");
    }

    pub(super) fn rect(&mut self, rect: Rect, radius: i32, class: &str, mark: Option<Mark>) {
        let Rect { x, y, width, height } = rect;
        let class = with_mark(class, mark);
        let _ = write!(
            self.out,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" class="{class}"/>"#
        );
    }

    /// A text that is cut to a width. The sign of its mark comes first.
    pub(super) fn text(
        &mut self,
        (x, y): (i32, i32),
        width: i32,
        class: &str,
        text: &str,
        mark: Option<Mark>,
    ) {
        let sign = mark.map(|mark| format!("{} ", super::sign(mark))).unwrap_or_default();
        let text = fit(&format!("{sign}{text}"), width, class);
        let class = with_mark(class, mark);
        let _ = write!(self.out, r#"<text x="{x}" y="{y}" class="{class}">{}</text>"#, xml(&text));
    }

    pub(super) fn end_text(&mut self, (x, y): (i32, i32), class: &str, text: &str) {
        let _ = write!(
            self.out,
            r#"<text x="{x}" y="{y}" text-anchor="end" class="{class}">{}</text>"#,
            xml(text)
        );
    }

    pub(super) fn centered(&mut self, (x, y): (i32, i32), class: &str, text: &str, mark: Option<Mark>) {
        let sign = mark.map(|mark| format!("{} ", super::sign(mark))).unwrap_or_default();
        let class = with_mark(class, mark);
        let text = xml(&format!("{sign}{text}"));
        let _ =
            write!(self.out, r#"<text x="{x}" y="{y}" text-anchor="middle" class="{class}">{text}</text>"#);
    }

    pub(super) fn rule(&mut self, x: i32, y: i32, width: i32) {
        let _ = write!(self.out, r#"<path d="M{x} {y}h{width}" class="rule"/>"#);
    }

    /// A line along points, with rounded corners and an arrow at its end.
    pub(super) fn arrow(&mut self, points: &[(i32, i32)], title: &str, dashed: bool, mark: Option<Mark>) {
        let mut points = points.to_vec();
        points.dedup();
        let Some(&[before, (x, y)]) = points.last_chunk::<2>() else { return };
        let (dx, dy) = ((x - before.0).signum(), (y - before.1).signum());
        let last = points.len() - 1;
        points[last] = (x - 5 * dx, y - 5 * dy);
        let class = with_mark(if dashed { "line dash" } else { "line" }, mark);
        self.begin(title);
        let _ = write!(self.out, r#"<path d="{}" class="{class}"/>"#, path(&points));
        let (a, b) = ((x - 8 * dx + 4 * dy, y - 8 * dy + 4 * dx), (x - 8 * dx - 4 * dy, y - 8 * dy - 4 * dx));
        let _ = write!(self.out, r#"<path d="M{x} {y}L{} {}L{} {}z" class="tip"/>"#, a.0, a.1, b.0, b.1);
        self.end();
    }
}

/// The data of a path along points, with corners of radius 5.
fn path(points: &[(i32, i32)]) -> String {
    let mut data = format!("M{} {}", points[0].0, points[0].1);
    for window in points.windows(3) {
        let [(ax, ay), (x, y), (bx, by)] = [window[0], window[1], window[2]];
        let radius =
            [x - ax, y - ay].map(i32::abs).iter().sum::<i32>().min((bx - x).abs() + (by - y).abs()) / 2;
        let radius = radius.min(5);
        let enter = (x - radius * (x - ax).signum(), y - radius * (y - ay).signum());
        let leave = (x + radius * (bx - x).signum(), y + radius * (by - y).signum());
        let _ = write!(data, "L{} {}Q{x} {y} {} {}", enter.0, enter.1, leave.0, leave.1);
    }
    let (x, y) = points[points.len() - 1];
    let _ = write!(data, "L{x} {y}");
    data
}

fn with_mark(class: &str, mark: Option<Mark>) -> String {
    let mark = match mark {
        None => return class.to_owned(),
        Some(Mark::Added) => "added",
        Some(Mark::Removed) => "removed",
        Some(Mark::Changed) => "changed",
    };
    format!("{class} {mark}")
}

/// The width of a character in tenths of a pixel, a little more than the fonts need.
fn advance(class: &str, c: char) -> i32 {
    let wide = c >= '\u{1100}';
    let narrow = if class.contains("code") {
        70
    } else if class.contains("title") {
        125
    } else if class.contains("small") {
        if class.contains("head") { 68 } else { 61 }
    } else if class.contains("head") {
        78
    } else {
        70
    };
    if wide { narrow.max(120) } else { narrow }
}

/// The width of a text in pixels.
pub(super) fn measure(text: &str, class: &str) -> i32 {
    text.chars().map(|c| advance(class, c)).sum::<i32>() / 10
}

/// The text, or its ends around `…` if it is wider than `width`: names differ at their ends.
pub(super) fn fit(text: &str, width: i32, class: &str) -> String {
    if measure(text, class) <= width {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let (mut start, mut end, mut left) = (0, characters.len(), width * 10 - advance(class, '…'));
    while start < end {
        // Two thirds are from the start.
        let from_start = start <= 2 * (characters.len() - end);
        left -= advance(class, characters[if from_start { start } else { end - 1 }]);
        if left < 0 {
            break;
        }
        if from_start { start += 1 } else { end -= 1 }
    }
    characters[..start].iter().chain(['…'].iter()).chain(&characters[end..]).collect()
}

/// Breaks a list into lines of a width, after commas.
pub(super) fn wrap(items: &[String], width: i32, class: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for (at, item) in items.iter().enumerate() {
        let comma = if at + 1 < items.len() { "," } else { "" };
        let line = lines.last_mut().expect("it begins with one line");
        let space = if line.is_empty() { "" } else { " " };
        if line.is_empty() || measure(&format!("{line}{space}{item}{comma}"), class) <= width {
            let _ = write!(line, "{space}{item}{comma}");
        } else {
            lines.push(format!("{item}{comma}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_in_the_middle_at_its_width() {
        assert_eq!(fit("short", 100, ""), "short");
        let cut = fit("a-name-with-many-words-in-it.service", 100, "code");
        assert!(measure(&cut, "code") <= 100 && cut.starts_with("a-name") && cut.ends_with("ice"), "{cut}");
        assert_eq!(fit("anything", 0, ""), "…");
    }
}
