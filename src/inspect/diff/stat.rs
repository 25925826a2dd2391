//! One line per change: the number of added and removed lines, or the name only.

use super::comparison::{Comparison, Visibility};
use super::hunk::LineCount;
use super::impact::Impact;
use super::patch;
use super::path_quoting::quoted;
use super::printer::{LineStyle, OutputMode, Printer};
use super::text;

/// The width of the bar.
const MAX_BAR_WIDTH: usize = 40;

/// Formats the impact, a line for each change, and a total.
pub fn write(comparison: &Comparison<'_>, impact: &Impact, reader: OutputMode) -> Vec<u8> {
    let mut printer = Printer::new(reader);
    if comparison.is_same() {
        return printer.into_bytes();
    }
    for line in text::summary(comparison, impact) {
        printer.line(LineStyle::Prose, line.as_bytes());
    }
    let rows: Vec<(String, String, Option<LineCount>)> = comparison
        .changes
        .iter()
        .map(|change| {
            let name = quoted("", change.path.as_str());
            let name = match &change.renamed {
                Some(from) => format!("{} => {name}", quoted("", from.as_str())),
                None => name,
            };
            let word = match change.shown {
                Visibility::Secret => "secret".to_owned(),
                Visibility::Binary => "binary".to_owned(),
                Visibility::Lines if change.differs_within() || change.renamed.is_some() => {
                    change.kind().word().to_owned()
                }
                Visibility::Lines if change.mode.is_some() => "mode".to_owned(),
                Visibility::Lines => "owner".to_owned(),
            };
            (name, word, patch::count(change))
        })
        .collect();
    let names = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
    let words = rows.iter().map(|(_, word, _)| word.len()).max().unwrap_or(0);
    let most = rows.iter().filter_map(|(.., count)| count.map(|count| count.added + count.removed)).max();
    let most = most.unwrap_or(0).max(1);
    let digits = most.to_string().len();
    let mut total = LineCount::default();
    for (name, word, count) in &rows {
        let bar = match count {
            Some(count) => {
                total.added += count.added;
                total.removed += count.removed;
                // At least one character is shown for every change.
                let width = |lines: usize| {
                    if most <= MAX_BAR_WIDTH { lines } else { (lines * MAX_BAR_WIDTH).div_ceil(most) }
                };
                format!(
                    "{:>digits$} {}{}",
                    count.added + count.removed,
                    "+".repeat(width(count.added)),
                    "-".repeat(width(count.removed))
                )
            }
            None => format!("{:>digits$}", "-"),
        };
        let line = format!(" {name:names$} | {word:words$} | {bar}");
        printer.line(LineStyle::Same, line.trim_end().as_bytes());
    }
    let files = rows.len();
    printer.line(
        LineStyle::Same,
        format!(
            " {files} path{} changed, {} insertions(+), {} deletions(-)",
            if files == 1 { "" } else { "s" },
            total.added,
            total.removed
        )
        .as_bytes(),
    );
    printer.into_bytes()
}

/// Returns the paths that differ, one per line. A rename shows both paths.
pub fn names(comparison: &Comparison<'_>) -> Vec<u8> {
    let mut lines: Vec<String> = comparison
        .changes
        .iter()
        .flat_map(|change| change.renamed.iter().chain([&change.path]))
        .map(|path| quoted("", path.as_str()))
        .collect();
    lines.sort();
    lines.into_iter().flat_map(|line| (line + "\n").into_bytes()).collect()
}
