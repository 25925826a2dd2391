//! Ansible: only data files of the project, and only expressions with known filters and functions. Ansible
//! evaluates some of them in a syntax check, such as the name of a role, and a lookup can start a program.

use camino::Utf8Path;

use super::super::document::{items, pairs, text};
use super::super::{BundleView, Findings, at};
use super::jinja;
use crate::config::value::{Spanned, Value};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::{is_visible, sanitize};

/// Keys whose whole value is an expression.
const CONDITIONS: &[&str] =
    &["when", "changed_when", "failed_when", "until", "that", "break_when", "loop", "var"];

/// Directories below a project or a role from which Ansible loads code.
const CODE: &[&str] = &["library", "module_utils", "collections", "ansible_collections"];

/// Whether a file of the bundle is a data file of the project, which Ansible may read.
pub fn is_data(path: &Utf8Path) -> bool {
    let parts: Vec<&str> = path.as_str().split('/').collect();
    match parts[..] {
        ["ansible", "site.yml"] => true,
        ["ansible", "roles", "panel", "defaults" | "handlers" | "meta" | "tasks" | "vars", file] => {
            Utf8Path::new(file).extension() == Some("yml")
        }
        _ => false,
    }
}

/// Whether every data file is readable, and Ansible reads the same.
pub(super) fn is_read_whole(subject: &BundleView<'_>) -> bool {
    subject.texts().filter(|(path, _)| is_data(path)).all(|(path, text)| {
        // YAML 1.1 has more line breaks, so what is a comment here would be a value there.
        let is_plain = text.chars().all(|c| c == '\n' || is_visible(c));
        is_plain && subject.document(path.as_str()).is_some_and(|document| document.is_whole)
    })
}

pub(super) fn check(subject: &BundleView<'_>, found: &mut Findings) {
    for (path, _) in subject.tree.entries().filter(|(path, _)| path.starts_with("ansible")) {
        let mut names = path.as_str().split('/').skip(1);
        if let Some(name) = names.find(|name| CODE.contains(name) || name.ends_with("_plugins")) {
            let why = format!("`{}` is a directory from which Ansible loads code", sanitize(name));
            let finding = Diagnostic::new(Code::AnsibleCode, why).with_location(at(path, 1, 1));
            found.push(finding.with_hint("remove it: the project contains no code"));
        }
    }
    for document in subject.documents.iter().filter(|document| is_data(&document.path)) {
        walk(&document.top, "", found);
    }
}

fn walk(spanned: &Spanned, key: &str, found: &mut Findings) {
    for pair in pairs(spanned) {
        if pair.key.starts_with("with_") {
            let why = format!("`{}` is a lookup", sanitize(&pair.key));
            report(why, &pair.key_location, found);
        }
        // A variable hides the function of the same name.
        if jinja::LOOKUPS.contains(&pair.key.as_str()) {
            report(format!("`{}` is the name of a lookup", pair.key), &pair.key_location, found);
        }
        // A key can be an expression too.
        if let Some(why) = jinja::reason(&pair.key, false) {
            report(why, &pair.key_location, found);
        }
        walk(&pair.value, &pair.key, found);
    }
    for item in items(spanned) {
        walk(item, key, found);
    }
    if matches!(spanned.value, Value::Text { .. })
        && let Some(why) = jinja::reason(text(spanned), CONDITIONS.contains(&key))
    {
        report(why, &spanned.location, found);
    }
}

fn report(why: String, place: &Location, found: &mut Findings) {
    let finding = Diagnostic::new(Code::AnsibleCode, why).with_location(place.clone());
    found.push(finding.with_hint("remove it: `panelgen explain ansible-code` lists what is allowed"));
}
