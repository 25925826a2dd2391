//! Tables of text.

use unicode_width::UnicodeWidthStr as _;

use crate::diagnostics::wrap;
use crate::fs;

/// A head, where it has cells, and rows, in columns as wide as their widest cell. Each line begins with `indent`; none
/// ends in a space. On a terminal that is too narrow, each row becomes a block with a line for each cell.
#[expect(clippy::needless_pass_by_value, reason = "callers make the rows for it")]
pub(super) fn table(indent: &str, head: &[&str], rows: Vec<Vec<String>>) -> String {
    table_for(indent, head, &rows, fs::stdout_width())
}

fn table_for(indent: &str, head: &[&str], rows: &[Vec<String>], max_width: Option<usize>) -> String {
    let columns = rows.first().map_or(head.len(), Vec::len);
    let widest = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain(head.get(column).map(|cell| cell.width())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let sum = indent.len() + widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1);
    if let Some(max_width) = max_width.filter(|max_width| sum > *max_width) {
        return blocks(indent, head, rows, max_width);
    }
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect();
        format!("{indent}{}\n", cells.join("  ").trim_end())
    };
    std::iter::once(&head).filter(|head| !head.is_empty()).chain(rows).map(line).collect()
}

/// The rows, each cell on a line of its own: after the head of its column, or below the first one.
fn blocks(indent: &str, head: &[&str], rows: &[Vec<String>], max_width: usize) -> String {
    let label_width = head.iter().map(|cell| cell.width() + 2).max().unwrap_or(0);
    let block = |row: &Vec<String>| {
        let mut text = String::new();
        for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let label = match head.get(at) {
                Some(label) => padded(label, label_width),
                None if at == 0 => String::new(),
                None => "    ".to_owned(),
            };
            let width = max_width.saturating_sub(indent.len() + label.len());
            for (number, line) in wrap::wrapped(cell, width).iter().enumerate() {
                let label = if number == 0 { label.clone() } else { " ".repeat(label.width()) };
                text += &[indent, &label, line, "\n"].concat();
            }
        }
        text
    };
    let separator = if head.is_empty() { "" } else { "\n" };
    rows.iter().map(block).collect::<Vec<_>>().join(separator)
}

/// A cell with spaces to its width in columns.
fn padded(cell: &str, width: usize) -> String {
    format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        vec![row(["/etc/a", "0644", "restart nginx, reload units"]), row(["/名前", "0600", ""])]
    }

    #[test]
    fn columns_are_aligned_by_their_width_in_a_pipe_and_where_they_fit() {
        let expected = "\
PATH    MODE  ON CHANGE
/etc/a  0644  restart nginx, reload units
/名前   0600
";
        for width in [None, Some(41), Some(200)] {
            assert_eq!(table_for("", &["PATH", "MODE", "ON CHANGE"], &rows(), width), expected);
        }
        assert_eq!(table_for("", &["PATH", "MODE"], &[], Some(40)), "PATH  MODE\n");
        assert_eq!(table_for("  ", &[], &rows()[..1], None), "  /etc/a  0644  restart nginx, reload units\n");
        assert_eq!(table_for("", &[], &[], None), "");
    }

    #[test]
    fn rows_become_blocks_on_a_narrow_terminal() {
        let expected = "\
PATH       /etc/a
MODE       0644
ON CHANGE  restart nginx,
           reload units

PATH       /名前
MODE       0600
";
        assert_eq!(table_for("", &["PATH", "MODE", "ON CHANGE"], &rows(), Some(30)), expected);
        let expected =
            "  /etc/a\n      0644\n      restart nginx, reload\n      units\n  /名前\n      0600\n";
        assert_eq!(table_for("  ", &[], &rows(), Some(30)), expected);
    }
}
