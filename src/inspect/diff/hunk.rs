//! Two contents line by line: the hunks of a unified diff.

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::printer::{LineStyle, Printer};

/// The lines that differ, with the lines around them.
#[derive(Debug, Clone)]
pub struct Hunks<'a> {
    old: Vec<&'a [u8]>,
    new: Vec<&'a [u8]>,
    groups: Vec<Vec<DiffOp>>,
}

/// How many lines have gone and come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineCount {
    /// Lines of the new side.
    pub added: usize,
    /// Lines of the old side.
    pub removed: usize,
}

impl<'a> Hunks<'a> {
    /// Compares two contents. The work is bounded by the number of lines, not by a clock: the same contents give
    /// the same hunks on any machine. Between large and very different files they may be more than the fewest.
    pub fn of(old: &'a [u8], new: &'a [u8], context: usize) -> Self {
        let lines = |content: &'a [u8]| content.split_inclusive(|&byte| byte == b'\n').collect::<Vec<_>>();
        let (old, new) = (lines(old), lines(new));
        // What stands at both ends is most of it, and costs nothing.
        let endpoints = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
        let (old_rest, new_rest) = (&old[endpoints..], &new[endpoints..]);
        let back = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other);
        let back = back.count();
        let middle = capture_diff_slices(
            Algorithm::Myers,
            &old_rest[..old_rest.len() - back],
            &new_rest[..new_rest.len() - back],
        );
        let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
        let ops = (endpoints > 0)
            .then(|| equal(0, 0, endpoints))
            .into_iter()
            .chain(middle.into_iter().map(|op| shifted(op, endpoints)))
            .chain((back > 0).then(|| equal(old.len() - back, new.len() - back, back)));
        let groups = if old == new { Vec::new() } else { group_diff_ops(ops.collect(), context) };
        Self { old, new, groups }
    }

    /// How many lines have gone and come.
    pub fn count(&self) -> LineCount {
        let mut count = LineCount::default();
        for op in self.groups.iter().flatten() {
            if !matches!(op, DiffOp::Equal { .. }) {
                count.removed += op.old_range().len();
                count.added += op.new_range().len();
            }
        }
        count
    }

    /// Writes the hunks.
    pub fn print(&self, sheet: &mut Printer) {
        for hunk in &self.groups {
            let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
            let old = range(first.old_range().start, last.old_range().end);
            let new = range(first.new_range().start, last.new_range().end);
            sheet.line(LineStyle::Hunk, format!("@@ -{old} +{new} @@").as_bytes());
            for op in hunk {
                if let DiffOp::Equal { .. } = op {
                    print(sheet, LineStyle::Same, b' ', &self.old[op.old_range()]);
                } else {
                    print(sheet, LineStyle::Removed, b'-', &self.old[op.old_range()]);
                    print(sheet, LineStyle::Added, b'+', &self.new[op.new_range()]);
                }
            }
        }
    }
}

fn shifted(op: DiffOp, by: usize) -> DiffOp {
    match op {
        DiffOp::Equal { old_index, new_index, len } => {
            DiffOp::Equal { old_index: old_index + by, new_index: new_index + by, len }
        }
        DiffOp::Delete { old_index, old_len, new_index } => {
            DiffOp::Delete { old_index: old_index + by, old_len, new_index: new_index + by }
        }
        DiffOp::Insert { old_index, new_index, new_len } => {
            DiffOp::Insert { old_index: old_index + by, new_index: new_index + by, new_len }
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => {
            DiffOp::Replace { old_index: old_index + by, old_len, new_index: new_index + by, new_len }
        }
    }
}

/// `START,LENGTH` with a first line of 1; an empty range names the line before it.
fn range(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    }
}

fn print(sheet: &mut Printer, tone: LineStyle, sign: u8, lines: &[&[u8]]) {
    let mut text = Vec::new();
    for line in lines {
        text.clear();
        text.push(sign);
        let whole = line.strip_suffix(b"\n");
        text.extend_from_slice(whole.unwrap_or(line));
        sheet.line(tone, &text);
        if whole.is_none() {
            sheet.line(LineStyle::Same, b"\\ No newline at end of file");
        }
    }
}
