//! Writes a change as a patch for `git apply` and `patch -p1`.

use super::comparison::{FileChange, Visibility};
use super::hunk::{Hunks, LineCount};
use super::path_quoting::{in_head, in_line, quoted};
use super::printer::{LineStyle, Printer};
use super::side::{SideEntry, SideNode};

/// An entry of a patch: a file or a link, with the mode of git.
#[derive(Clone, Copy)]
struct Blob<'a> {
    mode: u32,
    content: &'a [u8],
}

const LINK: u32 = 0o120_000;
const FILE: u32 = 0o100_000;

fn blob<'a>(item: Option<&SideEntry<'a>>) -> Option<Blob<'a>> {
    let item = item?;
    match item.node {
        SideNode::File(content) => Some(Blob { mode: FILE | item.mode.unwrap_or(0o644), content }),
        SideNode::Link(target) => Some(Blob { mode: LINK, content: target.as_bytes() }),
        SideNode::Directory | SideNode::Special | SideNode::Unreadable(_) => None,
    }
}

/// Whether a patch can express the whole change: no secret, no binary, no directory, no owner, only the
/// executable bit.
pub fn is_whole(change: &FileChange<'_>) -> bool {
    let whole = |item: &Option<SideEntry<'_>>| item.is_none() || blob(item.as_ref()).is_some();
    whole(&change.old)
        && whole(&change.new)
        && change.shown == Visibility::Lines
        && change.owner.is_none()
        && modes(change) == change.mode
}

/// Returns the old and the new mode, if a patch can express them. git knows only whether the owner may
/// execute; a patch with a mode change that keeps this bit is rejected as a whole.
pub fn modes(change: &FileChange<'_>) -> Option<(u32, u32)> {
    change.mode.filter(|(old, new)| (old ^ new) & 0o100 != 0)
}

/// Returns the number of added and removed lines. `None` if they are not shown.
pub fn count<'a>(change: &FileChange<'a>) -> Option<LineCount> {
    if change.shown != Visibility::Lines {
        return None;
    }
    match (blob(change.old.as_ref()), blob(change.new.as_ref())) {
        (None, None) => None,
        (old, new) => {
            let content = |blob: Option<Blob<'a>>| blob.map_or(&[][..], |blob| blob.content);
            Some(Hunks::of(content(old), content(new), 0).count())
        }
    }
}

/// Writes the patch of one change, as far as a patch can express it.
pub fn print(change: &FileChange<'_>, context: usize, printer: &mut Printer) {
    let (old, new) = (blob(change.old.as_ref()), blob(change.new.as_ref()));
    match (old, new) {
        (None, None) => {}
        // The type changes: one file is removed, another is added.
        (Some(one), Some(other)) if one.mode & LINK != other.mode & LINK => {
            pair(change, Some(one), None, context, printer);
            pair(change, None, Some(other), context, printer);
        }
        (old, new) => pair(change, old, new, context, printer),
    }
}

fn pair(
    change: &FileChange<'_>,
    old: Option<Blob<'_>>,
    new: Option<Blob<'_>>,
    context: usize,
    printer: &mut Printer,
) {
    let to = change.path.as_str();
    let from = change.renamed.as_ref().map_or(to, |path| path.as_str());
    let a = if old.is_some() { in_head("a/", from) } else { "/dev/null".to_owned() };
    let b = if new.is_some() { in_head("b/", to) } else { "/dev/null".to_owned() };
    let mut head = |text: String| printer.line(LineStyle::Head, text.as_bytes());
    let what = match change.shown {
        Visibility::Lines => None,
        Visibility::Secret => Some("Secret"),
        Visibility::Binary => Some("Binary"),
    };
    let diff = format!("diff --git {} {}", in_line("a/", from), in_line("b/", to));
    match (old, new) {
        (Some(_), Some(_)) => {
            // Some bits that differ do not count in a git work tree.
            let modes = modes(change).map(|(old, new)| (FILE | old, FILE | new));
            let lines = what.is_none() && old.map(|blob| blob.content) != new.map(|blob| blob.content);
            if lines || modes.is_some() || change.renamed.is_some() {
                head(diff);
            }
            if let Some((old, new)) = modes {
                head(format!("old mode {old:06o}"));
                head(format!("new mode {new:06o}"));
            }
            if change.renamed.is_some() {
                head("similarity index 100%".to_owned());
                head(format!("rename from {}", quoted("", from)));
                head(format!("rename to {}", quoted("", to)));
            }
        }
        // A patch can express neither a secret nor a binary file, so none of it may be applied.
        _ if what.is_some() => {}
        (None, Some(new)) => {
            head(diff);
            head(format!("new file mode {:06o}", new.mode));
        }
        (Some(old), None) => {
            head(diff);
            head(format!("deleted file mode {:06o}", old.mode));
        }
        (None, None) => {}
    }
    let (before, after) =
        (old.map_or(&[][..], |blob| blob.content), new.map_or(&[][..], |blob| blob.content));
    let comes_or_goes = old.is_none() || new.is_none();
    match what {
        Some(what) if before != after || comes_or_goes => {
            head(format!("{what} files {} and {} differ", a.trim_end(), b.trim_end()));
        }
        None if before != after => {
            head(format!("--- {a}"));
            head(format!("+++ {b}"));
            Hunks::of(before, after, context).print(printer);
        }
        _ => {}
    }
}
