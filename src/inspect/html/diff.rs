//! The report of a diff: actions first, then the picture, then each file.

use std::collections::BTreeSet;

use serde_json::Value;

use super::lines::rows;
use super::{Page, count};
use crate::diagnostics::escape::html;

/// The page for one host. `report` is the JSON form of the comparison, `picture` an SVG element.
pub fn write(report: &Value, picture: Option<&str>) -> String {
    let changes = list(&report["changes"]);
    let mut page = Page::new(&format!("panelgen: {} changed", count(changes.len(), "path")));
    page.filter("component", changes.iter().map(component));
    actions(&mut page, report);
    if let Some(picture) = picture {
        page.push("<h2>Picture</h2>\n<div class=\"picture\">");
        page.push(picture);
        page.push("</div>");
    }
    files(&mut page, report);
    page.finish()
}

/// The page for a fleet: each group of hosts with the same changes, and the changes of one of them in full.
pub fn write_fleet(summary: &Value, examples: &[(String, Value)]) -> String {
    let groups = list(&summary["groups"]);
    let changed: usize = groups.iter().map(|group| list(&group["hosts"]).len()).sum();
    let mut page = Page::new(&format!("panelgen: {} changed", count(changed, "host")));
    page.filter("component", groups.iter().flat_map(|group| list(&group["changes"])).map(component));
    for (title, name) in
        [("new", "new"), ("no longer in the fleet", "gone"), ("shared files", "shared_files")]
    {
        let names = texts(&summary[name]);
        if !names.is_empty() {
            page.push(&format!("<h2>{title}: {}</h2>\n{}", names.len(), hosts(&names)));
        }
    }
    let unchanged = summary["unchanged"].as_u64().unwrap_or(0);
    page.push(&format!("<p class=\"quiet\">{unchanged} hosts are unchanged.</p>"));
    for group in groups {
        let names = texts(&group["hosts"]);
        let numbers: Vec<_> = list(&group["changes"])
            .iter()
            .map(|change| page.number("component", &component(change)))
            .collect();
        page.push(&format!("<section data-item data-component=\"{}\">", numbers.join(" ")));
        page.push(&format!(
            "<h2>{}: {}</h2>",
            count(names.len(), "host"),
            html(&texts(&group["steps"]).join(", "))
        ));
        page.push(&format!("<details><summary>hosts</summary>{}</details>", hosts(&names)));
        if let Some((name, report)) =
            names.first().and_then(|first| examples.iter().find(|(name, _)| name == first))
        {
            page.push(&format!("<p>The changes of {}:</p>", html(name)));
            actions(&mut page, report);
            files(&mut page, report);
        }
        page.push("</section>");
    }
    page.finish()
}

/// The actions of an operator, in order.
fn actions(page: &mut Page, report: &Value) {
    page.push("<h2>Actions on the host</h2>");
    let steps = list(&report["impact"]["steps"]);
    if steps.is_empty() {
        page.push("<p>None.</p>");
        return;
    }
    let breaks: BTreeSet<_> = texts(&report["impact"]["breaks"]).into_iter().collect();
    page.push("<ol>");
    for step in steps {
        let name = text(&step["step"]);
        let cost = step["cost"].as_str().map(|cost| format!(": {}", html(cost))).unwrap_or_default();
        let class = if breaks.contains(&name) { "break" } else { "" };
        let because = texts(&step["because"])
            .iter()
            .map(|path| format!("<code>{}</code>", html(path)))
            .collect::<Vec<_>>();
        page.push(&format!(
            "<li><span class=\"{class}\">{}{cost}</span> <span class=\"quiet\">{}</span></li>",
            html(name),
            because.join(", ")
        ));
    }
    page.push("</ol>");
}

/// Each changed path with its lines, folded.
fn files(page: &mut Page, report: &Value) {
    page.push("<h2>Files</h2>");
    for change in list(&report["changes"]) {
        let name = component(change);
        let number = page.number("component", &name);
        let lines = match (change["added"].as_u64(), change["removed"].as_u64()) {
            (Some(added), Some(removed)) => format!(" +{added} −{removed}"),
            _ => String::new(),
        };
        let from = change["renamed_from"].as_str().map(|from| format!(" from <code>{}</code>", html(from)));
        page.push(&format!(
            "<details data-item data-component=\"{number}\"><summary><code>{}</code> {}{}{lines} <span class=\"quiet\">{}</span></summary>",
            html(text(&change["path"])),
            html(text(&change["change"])),
            from.unwrap_or_default(),
            html([name.as_str(), text(&change["on_change"])].join(" ").trim()),
        ));
        for (what, old, new) in
            ["mode", "owner"].iter().map(|what| (what, &change["old"][what], &change["new"][what]))
        {
            if let (Some(old), Some(new)) = (old.as_str(), new.as_str())
                && old != new
            {
                page.push(&format!("<p>{what}: {} → {}</p>", html(old), html(new)));
            }
        }
        match change["diff"].as_str().filter(|diff| !diff.is_empty()) {
            Some(diff) => page.push(&rows(diff)),
            None if change["secret"] == true => page.push("<p>The content is secret and not shown.</p>"),
            None => page.push("<p>There are no lines to show.</p>"),
        }
        page.push("</details>");
    }
}

fn hosts(names: &[&str]) -> String {
    let items: Vec<_> = names.iter().map(|name| format!("<li>{}</li>", html(name))).collect();
    format!("<ul class=\"hosts\">{}</ul>", items.concat())
}

fn component(change: &Value) -> String {
    change["component"].as_str().unwrap_or("bundle").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().filter_map(Value::as_str).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
