//! The summary of a bundle for a terminal: its files with their sizes, its units and URLs, and what to do next.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::components::Lifecycle;
use crate::diagnostics::wrap;
use crate::render::Rendered;
use crate::values::sanitize;

/// The narrowest and the widest summary.
const WIDTHS: (usize, usize) = (40, 100);

/// From this width on, a command and what it does are on one line.
const WIDE: usize = 60;

/// The next commands.
const NEXT: [(&str, &str); 3] = [
    ("panelgen check", "find faults"),
    ("panelgen render … -o bundle/", "write the directory"),
    ("sh panel.sh install", "as root on the host"),
];

/// The width of the column of sizes.
const SIZE_WIDTH: usize = 9;

/// Formats the summary. `width` is that of the terminal.
pub fn write(rendered: &Rendered, width: usize) -> String {
    let Rendered { host, plan, bundle } = rendered;
    let width = width.clamp(WIDTHS.0, WIDTHS.1);
    let domain = host.domain();
    let mut text = String::new();
    let title = format!("{domain}: {} on {} ({})", host.kind.as_str(), host.target.title, host.arch);
    paragraph(&mut text, "", &title, width);
    text.push('\n');
    let (mut files, mut bytes) = (0, 0);
    let mut above: Vec<&str> = Vec::new();
    for (path, entry) in bundle.entries() {
        let Some(content) = entry.content() else { continue };
        files += 1;
        bytes += content.len();
        let mut names: Vec<&str> = path.as_str().split('/').collect();
        let name = names.pop().unwrap_or_default();
        let common = names.iter().zip(&above).take_while(|(one, other)| one == other).count();
        for (depth, directory) in names.iter().enumerate().skip(common) {
            line(&mut text, depth, &format!("{directory}/"), "", width);
        }
        line(&mut text, names.len(), name, &size(content.len()), width);
        above = names;
    }
    let _ = writeln!(text, "\n{files} files, {}\n", size(bytes));
    let units = plan.resources.iter().flat_map(|(_, resources)| &resources.units);
    let units: Vec<&str> =
        units.filter(|unit| unit.lifecycle != Lifecycle::OnDemand).map(|unit| unit.name).collect();
    paragraph(&mut text, "Units  ", &units.join(", "), width);
    let logins = plan.resources.iter().flat_map(|(_, resources)| &resources.login_urls);
    let urls = logins.map(|login| login.path.clone());
    let urls: Vec<String> =
        std::iter::once("/".to_owned()).chain(urls).map(|path| format!("https://{domain}{path}")).collect();
    for (at, url) in urls.iter().enumerate() {
        let _ = writeln!(text, "{}{}", if at == 0 { "URLs   " } else { "       " }, sanitize(url));
    }
    text.push('\n');
    paragraph(&mut text, "", "Nothing was written. Next, with the same parameters:", width);
    for (command, what) in NEXT {
        let _ = if width < WIDE {
            writeln!(text, "  {command}\n      {what}")
        } else {
            writeln!(text, "  {command:<30}  {what}")
        };
    }
    text
}

/// One line of the tree, with the size at its end. A name that does not fit is cut.
fn line(text: &mut String, depth: usize, name: &str, size: &str, width: usize) {
    let indent = depth * 2;
    let room = width.saturating_sub(indent + SIZE_WIDTH).max(8);
    let name = sanitize(name).to_string();
    let name = if name.width() > room { name.chars().take(room - 1).chain(['…']).collect() } else { name };
    let gap = (room - name.width().min(room)) + SIZE_WIDTH;
    let line = format!("{:indent$}{name}{size:>gap$}", "");
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Words after a label, wrapped below it.
fn paragraph(text: &mut String, label: &str, words: &str, width: usize) {
    for (at, line) in wrap::wrapped(words, width - label.len()).iter().enumerate() {
        let label = if at == 0 { label.to_owned() } else { " ".repeat(label.len()) };
        let _ = writeln!(text, "{label}{line}");
    }
}

/// A size in one unit that people read.
fn size(bytes: usize) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{} kB", (bytes + 500) / 1000),
        _ => format!("{} MB", (bytes + 500_000) / 1_000_000),
    }
}
