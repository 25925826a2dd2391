//! Compares two contents line by line and returns the hunks of a unified diff.

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::printer::{LineStyle, Printer};

/// The most lines of either side that are compared line by line between the equal ends. The search takes longer than
/// linear time where most lines are equal to each other; no file that a person reads is as long.
const MAX_COMPARED: usize = 50_000;

/// The lines that differ, with their context.
#[derive(Debug, Clone)]
pub struct Hunks<'a> {
    old: Vec<&'a [u8]>,
    new: Vec<&'a [u8]>,
    groups: Vec<Vec<DiffOp>>,
}

/// The number of added and removed lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineCount {
    /// Added lines.
    pub added: usize,
    /// Removed lines.
    pub removed: usize,
}

impl<'a> Hunks<'a> {
    /// Compares two contents. The work is limited by the number of lines, not by time: the same contents give
    /// the same hunks on any machine. For large and very different files they may not be minimal: of more than
    /// [`MAX_COMPARED`] lines, everything between the first and the last difference is one change.
    pub fn of(old: &'a [u8], new: &'a [u8], context: usize) -> Self {
        let lines = |content: &'a [u8]| content.split_inclusive(|&byte| byte == b'\n').collect::<Vec<_>>();
        let (old, new) = (lines(old), lines(new));
        // Equal lines at both ends are skipped: they are most of the file.
        let endpoints = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
        let (old_rest, new_rest) = (&old[endpoints..], &new[endpoints..]);
        let back = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other);
        let back = back.count();
        let (old_middle, new_middle) =
            (&old_rest[..old_rest.len() - back], &new_rest[..new_rest.len() - back]);
        let middle = if old_middle.len().min(new_middle.len()) > MAX_COMPARED {
            let (old_len, new_len) = (old_middle.len(), new_middle.len());
            vec![DiffOp::Replace { old_index: 0, old_len, new_index: 0, new_len }]
        } else {
            capture_diff_slices(Algorithm::Myers, old_middle, new_middle)
        };
        let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
        let ops = (endpoints > 0)
            .then(|| equal(0, 0, endpoints))
            .into_iter()
            .chain(middle.into_iter().map(|op| shifted(op, endpoints)))
            .chain((back > 0).then(|| equal(old.len() - back, new.len() - back, back)));
        let groups = if old == new { Vec::new() } else { group_diff_ops(ops.collect(), context) };
        Self { old, new, groups }
    }

    /// Returns the number of added and removed lines.
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
    pub fn print(&self, printer: &mut Printer) {
        for hunk in &self.groups {
            let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
            let old = range(first.old_range().start, last.old_range().end);
            let new = range(first.new_range().start, last.new_range().end);
            printer.line(LineStyle::Hunk, format!("@@ -{old} +{new} @@").as_bytes());
            for op in hunk {
                if let DiffOp::Equal { .. } = op {
                    print(printer, LineStyle::Same, b' ', &self.old[op.old_range()]);
                } else {
                    print(printer, LineStyle::Removed, b'-', &self.old[op.old_range()]);
                    print(printer, LineStyle::Added, b'+', &self.new[op.new_range()]);
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

/// Formats `START,LENGTH`, with a first line of 1. An empty range names the line before it.
fn range(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    }
}

fn print(printer: &mut Printer, style: LineStyle, sign: u8, lines: &[&[u8]]) {
    let mut text = Vec::new();
    for line in lines {
        text.clear();
        text.push(sign);
        let whole = line.strip_suffix(b"\n");
        text.extend_from_slice(whole.unwrap_or(line));
        printer.line(style, &text);
        if whole.is_none() {
            printer.line(LineStyle::Same, b"\\ No newline at end of file");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_lines_than_the_limit_are_one_change_between_the_equal_ends() {
        for (lines, changed) in [(1_000, 2), (MAX_COMPARED, 2), (MAX_COMPARED + 10, MAX_COMPARED + 8)] {
            let text = |word: &str| {
                let line = |number| match number {
                    1 => format!("{word}\n"),
                    number if number == lines - 2 => format!("{word} {word}\n"),
                    number => format!("{number}\n"),
                };
                (0..lines).map(line).collect::<Vec<_>>().concat()
            };
            let (old, new) = (text("old"), text("new"));
            let count = Hunks::of(old.as_bytes(), new.as_bytes(), 3).count();
            assert_eq!(count, LineCount { added: changed, removed: changed }, "{lines}");
        }
    }
}
