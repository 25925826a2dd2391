//! The report of a check: findings beside their lines, then the validators.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Page, count};
use crate::diagnostics::escape::html;
use crate::diagnostics::{Diagnostic, Diagnostics, Location};
use crate::inspect::lint::output::{CheckReport, missing_validators};

/// The page for one bundle.
pub fn write(report: &CheckReport<'_>) -> String {
    page(report, &[(report.diagnostics, &[])])
}

/// The page for a fleet: each group has the findings of the named hosts.
pub fn write_fleet(report: &CheckReport<'_>, groups: &[(&Diagnostics, &[String])]) -> String {
    page(report, groups)
}

fn page(report: &CheckReport<'_>, groups: &[(&Diagnostics, &[String])]) -> String {
    let total: usize = groups.iter().map(|(diagnostics, _)| diagnostics.count()).sum();
    let mut page = Page::new(&format!("panelgen: {}", count(total, "finding")));
    page.filter("severity", groups.iter().flat_map(|(diagnostics, _)| diagnostics.entries()).map(severity));
    if let Some(missing) = missing_validators(report.verdicts, report.required) {
        page.push(&format!("<p class=\"break\">{}</p>", html(&missing)));
    }
    page.push(&format!("<p class=\"quiet\">{} were read.</p>", count(report.files, "file")));
    for (diagnostics, hosts) in groups {
        if !hosts.is_empty() {
            let names: Vec<_> = hosts.iter().map(|name| format!("<li>{}</li>", html(name))).collect();
            page.push(&format!("<section data-item>\n<h2>{}</h2>", count(hosts.len(), "host")));
            page.push(&format!(
                "<details><summary>hosts</summary><ul class=\"hosts\">{}</ul></details>",
                names.concat()
            ));
        }
        let mut files: BTreeMap<String, Vec<&Diagnostic>> = BTreeMap::new();
        for entry in diagnostics.entries() {
            let path = match entry.locations.first() {
                Some(Location::File { path, .. }) => report.path(path.as_str()),
                _ => String::new(),
            };
            files.entry(path).or_default().push(entry);
        }
        for (path, entries) in files {
            page.push(&format!("<section>\n<h2><code>{}</code></h2>", html(&path)));
            for entry in entries {
                let markup = finding(entry, &page.number("severity", &severity(entry)));
                page.push(&markup);
            }
            page.push("</section>");
        }
        let more = diagnostics.count() - diagnostics.entries().len();
        if more > 0 {
            page.push(&format!("<p>{more} more findings are not listed.</p>"));
        }
        if !hosts.is_empty() {
            page.push("</section>");
        }
    }
    if !report.verdicts.is_empty() {
        page.push("<h2>Validators</h2>\n<ul>");
        for verdict in report.verdicts {
            let why = verdict.outcome.why().map(|why| format!(": {}", html(why))).unwrap_or_default();
            page.push(&format!("<li>{} {}{why}</li>", html(verdict.name), verdict.outcome.word()));
        }
        page.push("</ul>");
    }
    page.finish()
}

/// A finding with the line that it is about.
fn finding(entry: &Diagnostic, number: &str) -> String {
    let severity = severity(entry);
    let mut out = format!(
        "<div class=\"finding\" data-item data-severity=\"{number}\"><strong class=\"{severity}\">{severity}[{}]</strong> {}",
        entry.code.as_str(),
        html(&entry.message)
    );
    if let Some(Location::File { line, column, .. }) = entry.locations.first() {
        let text = entry.snippet.as_deref().unwrap_or_default();
        let text = text.split('\t').map(html).collect::<Vec<_>>().join("\t");
        let _ = write!(out, "<pre tabindex=\"0\"><code>{line}:{column}  {text}</code></pre>");
    }
    for location in entry.locations.iter().skip(1) {
        let _ = write!(out, "<p class=\"quiet\">see {}</p>", html(&location.to_string()));
    }
    if let Some(hint) = &entry.hint {
        let _ = write!(out, "<p>hint: {}</p>", html(hint));
    }
    out.push_str("</div>");
    out
}

fn severity(entry: &Diagnostic) -> String {
    entry.severity.as_str().to_owned()
}
