//! Markdown output for a comment on a pull request: the impact first, every diff folded.

use std::fmt::Write as _;

use super::comparison::{Comparison, FileChange};
use super::impact::Impact;
use super::patch;
use super::printer::{OutputMode, Printer};
use super::text;
use crate::bundle::manifest;
use crate::diagnostics::escape::{html, longest_run, markdown_code};

/// The limit of a comment is 65,536 characters. Changes that do not fit are listed without their lines.
const MAX_COMMENT_LEN: usize = 60_000;

/// The lists before the diffs take at most this much of it.
const MAX_LIST_LEN: usize = 20_000;

/// Formats the summary of a fleet's diff: its first line is the title, and what belongs to a line is indented.
pub fn write_fleet(lines: &[String]) -> Vec<u8> {
    let [title, rest @ ..] = lines else { return b"### panelgen: nothing changes\n".to_vec() };
    let mut text = format!("### panelgen: {}\n\n", html(title));
    let items = rest.iter().map(|line| {
        let indent = if line.starts_with(' ') { "  " } else { "" };
        format!("{indent}- {}\n", markdown_code(line.trim_start()))
    });
    push_list(&mut text, items, MAX_COMMENT_LEN);
    text.into_bytes()
}

/// Appends the items that fit, and the number of the others.
fn push_list(text: &mut String, mut items: impl ExactSizeIterator<Item = String>, limit: usize) {
    while let Some(item) = items.next() {
        if text.len() + item.len() > limit {
            let _ = writeln!(text, "- and {} more", items.len() + 1);
            break;
        }
        text.push_str(&item);
    }
}

/// Formats the whole comment.
pub fn write(comparison: &Comparison<'_>, impact: &Impact, context: usize) -> Vec<u8> {
    let count = comparison.changes.len();
    if count == 0 {
        return b"### panelgen: nothing changes\n".to_vec();
    }
    let mut text = format!("### panelgen: {count} path{} changed\n\n", if count == 1 { "" } else { "s" });
    if impact.steps.is_empty() {
        text.push_str("**Impact:** no action on the host.\n");
    } else {
        text.push_str("**Impact:** actions on the host, in this order\n\n");
    }
    let steps = impact.steps.iter().enumerate().map(|(number, step)| {
        let warning = if step.act.breaks() { "⚠ " } else { "" };
        let cost = step.act.cost().map(|cost| format!(": {warning}{}", cost.description()));
        format!("{}. {}{}\n", number + 1, markdown_code(&step.act.to_string()), cost.unwrap_or_default())
    });
    push_list(&mut text, steps, MAX_LIST_LEN);
    if !impact.others.images.is_empty() {
        text.push_str("\n**Images**\n\n");
        let images =
            impact.others.images.iter().map(|other| format!("- {}\n", markdown_code(&other.words())));
        push_list(&mut text, images, 2 * MAX_LIST_LEN);
    }
    for (number, change) in comparison.changes.iter().enumerate() {
        let folded = fold(change, context, count > 1);
        if text.len() + folded.len() <= MAX_COMMENT_LEN {
            text.push_str(&folded);
        } else {
            let _ = write!(text, "\n- {}: too long to show here\n", markdown_code(&title(change)));
        }
        // The list of names is limited too.
        if text.len() > MAX_COMMENT_LEN + 4000 {
            let _ = write!(text, "\nand {} more paths\n", count - number - 1);
            break;
        }
    }
    text.into_bytes()
}

fn title(change: &FileChange<'_>) -> String {
    match &change.renamed {
        Some(from) => format!("{from} → {}", change.path),
        None => change.path.to_string(),
    }
}

fn fold(change: &FileChange<'_>, context: usize, among_others: bool) -> String {
    let mut facts = vec![change.kind().word().to_owned()];
    if let Some(count) = patch::count(change) {
        facts.push(format!("+{} −{}", count.added, count.removed));
    }
    for word in
        [change.property(|item| item.component.clone()), change.property(|item| item.on_change.clone())]
    {
        if !word.is_empty() && word != "none" {
            // Outside of `<code>`, GitHub and GitLab turn names and addresses into mentions and links.
            facts.push(format!("<code>{}</code>", html(&word)));
        }
    }
    let mut text = format!(
        "\n<details>\n<summary><code>{}</code>: {}</summary>\n\n",
        html(&title(change)),
        facts.join(", ")
    );
    let outside = text::outside_patch(change);
    for line in &outside {
        let _ = writeln!(text, "- {}", markdown_code(line));
    }
    if !outside.is_empty() {
        text.push('\n');
    }
    if change.path == manifest::MANIFEST_FILE
        && among_others
        && change.kind() == super::comparison::ChangeKind::Changed
    {
        text.push_str("It follows from the other changes.\n");
    } else {
        let mut printer = Printer::new(OutputMode::Plain);
        patch::print(change, context, &mut printer);
        let lines = String::from_utf8_lossy(&printer.into_bytes()).into_owned();
        if !lines.is_empty() {
            // A fence longer than any run of backticks cannot be closed from inside.
            let fence = "`".repeat(longest_run(&lines).max(2) + 1);
            let _ = write!(text, "{fence}diff\n{lines}{fence}\n");
        }
    }
    text.push_str("\n</details>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_of_a_fleet_fits_a_comment_and_counts_what_it_leaves_out() {
        for (count, width) in [(3, 20), (5000, 40), (40, 10_000)] {
            let lines: Vec<String> = (0..=count).map(|number| format!("{number:0>width$}")).collect();
            let text = String::from_utf8(write_fleet(&lines)).unwrap();
            assert!(text.chars().count() < 65_536, "{}", text.len());
            let items: Vec<&str> = text.lines().skip(2).collect();
            let left =
                items.last().unwrap().strip_prefix("- and ").and_then(|rest| rest.strip_suffix(" more"));
            let left: usize = left.map_or(0, |left| left.parse().unwrap());
            assert_eq!(items.len() - usize::from(left > 0) + left, count, "{count} of {width}");
            assert_eq!(left == 0, count == 3);
        }
    }
}
