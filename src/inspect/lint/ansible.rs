//! Checks the `ansible/` of a bundle: the project files are unchanged, and the tables of its variables are
//! complete.

use camino::Utf8Path;

use super::document::{items, pairs, text};
use super::{BundleView, Findings, at};
use crate::config::value::Spanned;
use crate::delivery::ansible::FILES;
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::sanitize;

/// The file with the tables of the role.
const VARIABLES: &str = "ansible/roles/panel/vars/main.yml";

/// The tables that both Ansible and panel.sh have, with the columns in the order of panel.sh.
const TABLES: &[(&str, &[&str])] = &[
    ("packages", &["component", "name"]),
    ("accounts", &["component", "name", "home", "shell"]),
    ("files", &["component", "mode", "owner", "sha256", "type", "on_change", "path"]),
    ("secrets", &["component", "mode", "owner", "on_change", "path"]),
    (
        "downloads",
        &["component", "name", "version", "kind", "sha256", "checksum_url", "url", "dest", "on_change"],
    ),
    ("links", &["component", "path", "target"]),
    ("units", &["component", "name", "state", "timeout", "probe"]),
    ("displaced", &["component", "kind", "subject"]),
    ("containers", &["component", "runtime", "namespace", "name"]),
    ("networks", &["component", "bridge", "network", "prefix"]),
    ("tables", &["component", "family", "table"]),
    ("data_dirs", &["component", "path"]),
    ("login_urls", &["component", "title", "url", "user", "password"]),
];

/// The tables in the variables of the role.
pub(super) struct AnsibleTables<'s> {
    top: &'s Spanned,
}

impl<'s> AnsibleTables<'s> {
    /// Returns the tables of the bundle, if its variables are readable.
    pub(super) fn read(subject: &'s BundleView<'_>) -> Option<Self> {
        Some(Self { top: &subject.document(VARIABLES)?.top })
    }

    /// Returns every table: its name, its columns and its rows.
    pub(super) fn all(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static [&'static str], Vec<&'s Spanned>)> {
        TABLES.iter().filter_map(|(name, columns)| {
            let rows = items(self.top.get(&format!("panel_{name}"))?);
            Some((*name, *columns, rows.iter().collect()))
        })
    }
}

/// The start of the variables.
pub(super) fn place() -> Location {
    at(VARIABLES, 1, 1)
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let same = subject.is_of_this_version();
    for (name, wanted) in FILES.iter().filter(|_| same) {
        let path = format!("ansible/{name}");
        let Some(text) = subject.text(Utf8Path::new(&path)) else { continue };
        let line = text.lines().zip(wanted.lines()).position(|(a, b)| a != b);
        let line =
            line.or_else(|| (text != *wanted).then(|| text.lines().count().min(wanted.lines().count())));
        if let Some(line) = line {
            found.push(
                Diagnostic::new(
                    Code::ProgramChanged,
                    format!("`{path}` differs from the file that panelgen writes"),
                )
                .with_location(at(&path, line + 1, 1))
                .with_hint("render the bundle again; only vars/main.yml differs between hosts"),
            );
        }
    }
    let Some(tables) = AnsibleTables::read(subject) else { return };
    let installed = subject.installer.as_ref();
    for (name, _) in TABLES {
        let filled = installed.is_some_and(|installer| installer.rows(name).next().is_some());
        if tables.top.get(&format!("panel_{name}")).is_none() && filled {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("`panel_{name}` is missing, but panel.sh has rows for it"),
                )
                .with_location(place())
                .with_hint("render the bundle again"),
            );
        }
    }
    for pair in pairs(tables.top).iter().filter(|pair| !pair.key.starts_with("panel_")) {
        found.push(
            Diagnostic::new(
                Code::DocumentKeyUnknown,
                format!("the role does not read the variable `{}`", sanitize(&pair.key)),
            )
            .with_location(pair.key_location.clone())
            .with_hint("use a variable that begins with `panel_`"),
        );
    }
    if let (Some(acme), Some(installer)) = (tables.top.get("panel_acme"), installed) {
        let there = installer.value("ACME").map_or("", |word| word.text.as_str());
        if text(acme) != there {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("`panel_acme` is `{}`, but panel.sh has `{there}`", sanitize(text(acme))),
                )
                .with_location(acme.location.clone())
                .with_hint("render the bundle again"),
            );
        }
    }
}
