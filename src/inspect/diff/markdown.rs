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
    for (number, step) in impact.steps.iter().enumerate() {
        let _ = write!(text, "{}. {}", number + 1, markdown_code(&step.act.to_string()));
        if let Some(cost) = step.act.cost() {
            let _ = write!(text, ": {}{}", if step.act.breaks() { "⚠ " } else { "" }, cost.description());
        }
        text.push('\n');
    }
    if !impact.others.images.is_empty() {
        text.push_str("\n**Images**\n\n");
        for other in &impact.others.images {
            let _ = writeln!(text, "- {}", markdown_code(&other.words()));
        }
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
