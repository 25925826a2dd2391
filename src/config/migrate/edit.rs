//! The edits of the text that one change requires. Everything else in the text stays as it is.

use std::ops::Range;

use super::source::{self, KeyNode, Node, NodeKind};
use super::{is_parameter, split};
use crate::config::changes::{Change, ChangeKind};

/// The steps of the indentation that is written.
const STEP: usize = 2;

/// Rewrites a text, change after change. `None` for a text with a shape that is not foreseen.
pub(super) fn rewrite(text: &str, changes: &[Change]) -> Option<String> {
    let mut text = text.to_owned();
    for change in changes {
        let Some(tree) = source::read(&text) else { continue };
        let mut editor = Editor { text: &text, change, edits: Vec::new() };
        let paths = split(change);
        for root in roots(&tree) {
            editor.descend(root, 0, &paths)?;
        }
        let mut edits = editor.edits;
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        if edits.windows(2).any(|pair| pair[0].range.end > pair[1].range.start) {
            return None;
        }
        for edit in edits.iter().rev() {
            text.replace_range(edit.range.clone(), &edit.new);
        }
    }
    Some(text)
}

fn roots(tree: &Node) -> Vec<&Node> {
    let NodeKind::Map { entries, .. } = &tree.kind else { return Vec::new() };
    let is_fleet =
        |entry: &KeyNode| entry.name == "hosts" && matches!(entry.value.kind, NodeKind::List { .. });
    if !entries.iter().any(is_fleet) {
        return vec![tree];
    }
    let entries = entries.iter().filter(|entry| matches!(entry.name.as_str(), "defaults" | "hosts"));
    let values = entries.flat_map(|entry| match &entry.value.kind {
        NodeKind::List { items } => items.iter().collect(),
        _ => vec![&entry.value],
    });
    values.collect()
}

struct Edit {
    range: Range<usize>,
    new: String,
}

/// A map of the document.
#[derive(Clone, Copy)]
struct Map<'a> {
    in_braces: bool,
    entries: &'a [KeyNode],
    range: &'a Range<usize>,
}

impl<'a> Map<'a> {
    fn of(node: &'a Node) -> Option<Self> {
        match &node.kind {
            NodeKind::Map { in_braces, entries } => {
                Some(Self { in_braces: *in_braces, entries, range: &node.range })
            }
            _ => None,
        }
    }

    fn get(self, name: &str) -> Option<&'a KeyNode> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

/// The common segments of the old and the new path, and the rest of each.
type Paths<'a> = (Vec<&'a str>, Vec<&'a str>, Vec<&'a str>);

/// The place of an entry that changes.
struct Place<'a> {
    /// The map that both paths have in common.
    map: Map<'a>,
    /// The path of that map.
    common: &'a [&'a str],
    /// The path of the entry from there.
    from: &'a [&'a str],
    /// The maps on that path, each with the index of its entry.
    chain: Vec<(Map<'a>, usize)>,
}

impl<'a> Place<'a> {
    fn holder(&self) -> Map<'a> {
        self.chain.last().map_or(self.map, |(map, _)| *map)
    }

    fn entry(&self) -> &'a KeyNode {
        let (map, at) = self.chain.last().expect("a path has at least one segment");
        &map.entries[*at]
    }
}

/// What becomes of the comment behind an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comment {
    /// It stays.
    Keep,
    /// It is in the new place already.
    Moved,
}

struct Editor<'a> {
    text: &'a str,
    change: &'a Change,
    edits: Vec<Edit>,
}

impl Editor<'_> {
    /// Edits each map at the path that the old and the new one have in common, from its segment `depth` on.
    fn descend(&mut self, node: &Node, depth: usize, paths: &Paths<'_>) -> Option<()> {
        if let NodeKind::List { items } = &node.kind {
            return items.iter().try_for_each(|item| self.descend(item, depth, paths));
        }
        let Some(map) = Map::of(node) else { return Some(()) };
        let (common, from, to) = paths;
        match common.get(depth) {
            None => self.apply(map, common, from, to),
            Some(name) => match map.get(name) {
                Some(entry) => self.descend(&entry.value, depth + 1, paths),
                None => Some(()),
            },
        }
    }

    fn apply(&mut self, map: Map<'_>, common: &[&str], from: &[&str], to: &[&str]) -> Option<()> {
        let mut chain = Vec::new();
        let mut holder = map;
        for (depth, name) in from.iter().enumerate() {
            let Some(at) = holder.entries.iter().position(|entry| entry.name == *name) else {
                return Some(());
            };
            chain.push((holder, at));
            if depth + 1 < from.len() {
                match Map::of(&holder.entries[at].value) {
                    Some(below) => holder = below,
                    None => return Some(()),
                }
            }
        }
        let place = Place { map, common, from, chain };
        let entry = place.entry();
        match self.change.kind {
            ChangeKind::Rewritten(write) => {
                let NodeKind::Scalar { text, .. } = &entry.value.kind else { return Some(()) };
                if let Some(new) = write(text) {
                    self.replace(entry.value.range.clone(), new);
                }
                Some(())
            }
            ChangeKind::Removed(_) => self.remove(&place, Comment::Keep),
            ChangeKind::Moved(_) => {
                let becomes_section = to.len() > from.len() && to.starts_with(from);
                if becomes_section && matches!(entry.value.kind, NodeKind::Map { .. }) {
                    return Some(());
                }
                if let ([_], [name]) = (from, to) {
                    self.rename(entry, name);
                    return Some(());
                }
                self.move_entry(&place, to)
            }
        }
    }

    fn rename(&mut self, entry: &KeyNode, name: &str) {
        let quote = self.text[entry.key.clone()].chars().next().filter(|first| matches!(first, '"' | '\''));
        let quote = quote.map(String::from).unwrap_or_default();
        self.replace(entry.key.clone(), format!("{quote}{name}{quote}"));
    }

    /// Moves an entry to the path `to` below the map that both paths have in common.
    fn move_entry(&mut self, place: &Place<'_>, to: &[&str]) -> Option<()> {
        let (holder, entry) = (place.holder(), place.entry());
        let (mut target, mut rest) = (place.map, to);
        while let [first, below @ ..] = rest
            && !below.is_empty()
            && let Some(section) = target.get(first).filter(|section| section.key != entry.key)
        {
            rest = below;
            match Map::of(&section.value) {
                Some(map) => target = map,
                None => return self.fill(target, section, place, rest),
            }
        }
        if target.range == holder.range {
            return self.nest(holder, entry, rest);
        }
        if target.in_braces {
            let new = in_braces(rest, &self.flow(&entry.value, holder.in_braces)?);
            let (position, comma) = match target.entries.last() {
                Some(last) => (last.end, ", "),
                None => (target.range.start + 1, ""),
            };
            self.replace(position..position, format!("{comma}{new}"));
            return self.remove(place, Comment::Keep);
        }
        let last = target.entries.last()?;
        let indent = self.column(target.entries.first()?.key.start);
        self.insert_lines(last.end, indent, holder, entry, rest)?;
        self.remove(place, Comment::Moved)
    }

    /// Moves an entry into a section that is there without a value.
    fn fill(&mut self, target: Map<'_>, section: &KeyNode, place: &Place<'_>, rest: &[&str]) -> Option<()> {
        let (holder, entry) = (place.holder(), place.entry());
        let NodeKind::Scalar { text, plain: true } = &section.value.kind else { return None };
        if !matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
            return None;
        }
        let empty = section.value.range.is_empty();
        let range = if empty { section.end..section.end } else { section.value.range.clone() };
        if target.in_braces {
            let value = in_braces(rest, &self.flow(&entry.value, holder.in_braces)?);
            self.replace(range, format!("{}{{{value}}}", if empty { " " } else { "" }));
            return self.remove(place, Comment::Keep);
        }
        let indent = self.column(section.key.start) + STEP;
        self.insert_lines(section.end, indent, holder, entry, rest)?;
        if !empty {
            self.replace(range, String::new());
        }
        self.remove(place, Comment::Moved)
    }

    /// Writes an entry at its place with more names before its value.
    fn nest(&mut self, holder: Map<'_>, entry: &KeyNode, names: &[&str]) -> Option<()> {
        if holder.in_braces {
            let value = self.flow(&entry.value, true)?;
            self.replace(entry.key.start..entry.end, in_braces(names, &value));
            return Some(());
        }
        let indent = self.column(entry.key.start);
        let new = self.lines(entry, indent, indent, names);
        self.replace(entry.key.start..entry.end, new);
        Some(())
    }

    /// Inserts an entry in lines of its own after the line of `after`, and the comments above it.
    fn insert_lines(
        &mut self,
        after: usize,
        indent: usize,
        holder: Map<'_>,
        entry: &KeyNode,
        names: &[&str],
    ) -> Option<()> {
        let newline = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let margin = " ".repeat(indent);
        let mut new = String::new();
        if holder.in_braces {
            new.push_str(&margin);
            new.push_str(&self.nested(names, indent, &format!(": {}", self.flow(&entry.value, true)?)));
        } else {
            let column = self.column(entry.key.start);
            let comments = self.comments_above(entry.key.start);
            for line in self.text[comments.clone()].lines() {
                new.push_str(&margin);
                new.push_str(line.trim());
                new.push_str(newline);
            }
            if !comments.is_empty() {
                self.replace(comments, String::new());
            }
            new.push_str(&margin);
            new.push_str(&self.lines(entry, column, indent, names));
            let comment = self.rest_of_line(entry.end).trim();
            if comment.starts_with('#') {
                new.push(' ');
                new.push_str(comment);
            }
        }
        let end = self.line_end(after);
        let (position, new) = if self.text[..end].ends_with('\n') {
            (end, new + newline)
        } else {
            (end, format!("{newline}{new}"))
        };
        self.replace(position..position, new);
        Some(())
    }

    /// The lines of an entry at another indentation, with other names. The first line has none.
    fn lines(&self, entry: &KeyNode, column: usize, indent: usize, names: &[&str]) -> String {
        let value = &self.text[entry.key.end..entry.end];
        let (more, less) =
            ((indent + STEP * (names.len() - 1)).saturating_sub(column), column.saturating_sub(indent));
        let mut moved = String::new();
        for (number, line) in value.split_inclusive('\n').enumerate() {
            if number > 0 && !line.trim().is_empty() {
                moved.push_str(&" ".repeat(more));
                let strip = if more > 0 { 0 } else { less.saturating_sub(STEP * (names.len() - 1)) };
                let spaces = line.len() - line.trim_start_matches(' ').len();
                moved.push_str(&line[strip.min(spaces)..]);
            } else {
                moved.push_str(line);
            }
        }
        self.nested(names, indent, &moved)
    }

    /// Names below each other, the last with a value.
    fn nested(&self, names: &[&str], indent: usize, value: &str) -> String {
        let newline = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut text = String::new();
        for (depth, name) in names.iter().enumerate() {
            if depth > 0 {
                text.push(':');
                text.push_str(newline);
                text.push_str(&" ".repeat(indent + STEP * depth));
            }
            text.push_str(name);
        }
        text + value
    }

    /// Removes an entry, and the section that it leaves empty unless that is a parameter.
    fn remove(&mut self, place: &Place<'_>, comment: Comment) -> Option<()> {
        let mut chain = place.chain.as_slice();
        while let [above @ .., (holder, _)] = chain
            && let [.., (outer, at)] = above
            && holder.entries.len() == 1
            && !is_parameter(&[place.common, &place.from[..above.len()]].concat())
        {
            let (inner, outer) = (&holder.entries[0], &outer.entries[*at]);
            let around = [outer.key.start..inner.key.start, inner.end..outer.end];
            if around.into_iter().any(|range| self.text[range].contains('#')) {
                return None;
            }
            chain = above;
        }
        let (holder, at) = *chain.last()?;
        let entry = &holder.entries[at];
        let (start, end) = (entry.key.start, entry.end);
        let next = holder.entries.get(at + 1).map(|next| next.key.start);
        let before = at.checked_sub(1).map(|at| holder.entries[at].end);
        if holder.in_braces {
            let range = match (next, before) {
                (Some(next), _) => start..next,
                (None, Some(before)) => before..end,
                (None, None) => start..end,
            };
            let gap = if range.start == start { end..range.end } else { range.start..start };
            return self.remove_without_comment(range, gap);
        }
        let rest = self.rest_of_line(end);
        let after = match comment {
            Comment::Moved => end + rest.trim_end_matches(['\r', '\n']).len(),
            Comment::Keep => end,
        };
        if next.is_none() && before.is_none() {
            // `key:` alone is a reset of what lower layers set, an empty map is not.
            self.replace(start..after, "{}".to_owned());
            return Some(());
        }
        let line = self.line_start(start);
        if !self.text[line..start].trim_start_matches('\u{feff}').trim().is_empty() {
            return self.remove_without_comment(start..next?, after..next?);
        }
        if comment == Comment::Keep && rest.trim().starts_with('#') {
            let spaces = rest.len() - rest.trim_start().len();
            self.replace(start..end + spaces, String::new());
        } else {
            let mark = self.text[line..start].starts_with('\u{feff}');
            let line = if mark { line + '\u{feff}'.len_utf8() } else { line };
            self.replace(line..self.line_end(end), String::new());
        }
        Some(())
    }

    fn remove_without_comment(&mut self, range: Range<usize>, gap: Range<usize>) -> Option<()> {
        if self.text[gap].contains('#') {
            return None;
        }
        self.replace(range, String::new());
        Some(())
    }

    /// A value in one line, as it can be in braces. `None` if a comment would be lost.
    fn flow(&self, node: &Node, was_in_braces: bool) -> Option<String> {
        let source = &self.text[node.range.clone()];
        Some(match &node.kind {
            NodeKind::Scalar { text, plain: true } if text == "~" && source.is_empty() => "null".to_owned(),
            NodeKind::Scalar { text, plain: true } => {
                let special = source.contains('\n') || source.contains([',', '[', ']', '{', '}']);
                if special && !was_in_braces { quoted(text) } else { source.to_owned() }
            }
            NodeKind::Scalar { text, .. } if source.contains('\n') => quoted(text),
            NodeKind::Scalar { .. } | NodeKind::Alias => source.to_owned(),
            NodeKind::BlockScalar { text } => quoted(text),
            NodeKind::List { .. } | NodeKind::Map { .. } if source.contains('#') => return None,
            NodeKind::List { items } => {
                let items: Option<Vec<_>> = items.iter().map(|item| self.flow(item, was_in_braces)).collect();
                format!("[{}]", items?.join(", "))
            }
            NodeKind::Map { entries, .. } => {
                let entries: Option<Vec<_>> = entries
                    .iter()
                    .map(|entry| {
                        let value = self.flow(&entry.value, was_in_braces)?;
                        Some(format!("{}: {value}", &self.text[entry.key.clone()]))
                    })
                    .collect();
                format!("{{{}}}", entries?.join(", "))
            }
        })
    }

    /// The comment lines directly above, at the same indentation. Those at the top are about the file.
    fn comments_above(&self, at: usize) -> Range<usize> {
        let (line, column) = (self.line_start(at), self.column(at));
        let mut start = line;
        while start > 0 {
            let above = self.line_start(start - 1);
            let text = &self.text[above..start];
            if text.trim_start().starts_with('#') && text.len() - text.trim_start().len() == column {
                start = above;
            } else {
                return start..line;
            }
        }
        line..line
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The position after the line of `at`.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    fn rest_of_line(&self, at: usize) -> &str {
        &self.text[at..self.line_end(at)]
    }

    fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].trim_start_matches('\u{feff}').chars().count()
    }

    fn replace(&mut self, range: Range<usize>, new: String) {
        self.edits.push(Edit { range, new });
    }
}

/// `a: {b: value}` for the names `a` and `b`.
fn in_braces(names: &[&str], value: &str) -> String {
    let braces = names.len().saturating_sub(1);
    format!("{}: {value}{}", names.join(": {"), "}".repeat(braces))
}

/// A text in double quotes.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text always serializes")
}
