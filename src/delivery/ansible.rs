//! The bundle's `ansible/` directory: a constant project, and variables with what differs between hosts.
//!
//! The project is `templates/ansible/`, the same bytes in every bundle. The inventory with one host and the
//! role's `vars/main.yml` are generated; the latter has the same tables as panel.sh.

use std::fmt::Write as _;

use camino::Utf8Path;

use crate::bundle::text_template::TextTemplate;
use crate::delivery::plan_tables::Table;
use crate::host::SharedConfig;
use crate::plan::Plan;

macro_rules! constant {
    ($path:literal) => {
        ($path, include_str!(concat!("../../templates/ansible/", $path)))
    };
}

/// The constant files: the path below `ansible/`, and the text.
pub const FILES: &[(&str, &str)] = &[
    constant!("ansible.cfg"),
    constant!("roles/panel/defaults/main.yml"),
    constant!("roles/panel/handlers/main.yml"),
    constant!("roles/panel/meta/main.yml"),
    constant!("roles/panel/tasks/certificate.yml"),
    constant!("roles/panel/tasks/component.yml"),
    constant!("roles/panel/tasks/query.yml"),
    constant!("roles/panel/tasks/main.yml"),
    constant!("roles/panel/tasks/nginx.yml"),
    constant!("roles/panel/tasks/queue.yml"),
    constant!("roles/panel/tasks/packages.yml"),
    constant!("roles/panel/tasks/preflight.yml"),
    constant!("roles/panel/tasks/program.yml"),
    constant!("roles/panel/tasks/progress.yml"),
    constant!("roles/panel/tasks/provenance.yml"),
    constant!("roles/panel/tasks/record.yml"),
    constant!("roles/panel/tasks/ufw.yml"),
    constant!("roles/panel/tasks/units.yml"),
    constant!("site.yml"),
];

/// The files that differ between bundles: the inventory and the role's variables.
const GENERATED: &[&str] = &["inventory.ini", "roles/panel/vars/main.yml"];

/// Whether the project has a file with this path, relative to `ansible/`.
pub fn is_file(path: &Utf8Path) -> bool {
    let constant = FILES.iter().map(|(name, _)| *name);
    constant.chain(GENERATED.iter().copied()).any(|name| name == path)
}

/// The tables that the role reads.
const TABLES: &[&str] = &[
    "packages",
    "accounts",
    "files",
    "secrets",
    "downloads",
    "links",
    "units",
    "displaced",
    "containers",
    "networks",
    "tables",
    "data_dirs",
    "login_urls",
];

/// The inventory: one host.
pub fn inventory() -> TextTemplate {
    let mut draft = TextTemplate::default();
    draft.push_const(
        "# Made by panelgen for one host; its name is the site's. For another address, add ansible_host=ADDRESS.\n[panel]\n",
    );
    draft.push_per_host(|out, host| out.extend([host.host.domain().as_str(), "\n"]));
    draft
}

/// `vars/main.yml`. Ansible would evaluate the values as templates; the tag `!unsafe` prevents that. It is
/// written before each row of a table and before each list of texts. Before a single text, ansible-core 2.19
/// drops the quotes, and `"0644"` becomes a number. Before a list of rows, all versions up to 2.18 read `{}`.
pub fn variables(shared: &SharedConfig, plan: &Plan, tables: &[Table<'_>]) -> TextTemplate {
    let mut draft = TextTemplate::default();
    let acme = shared.tls.acme.as_str();
    // nginx uses the placeholder in its catch-all if it cannot reject a handshake.
    let placeholder = acme != "none" || !shared.target.reject_handshake();
    draft.push_static(|out| {
        out.push_str(
            "---\n# Made by panelgen. Change the parameters and render again.\n# yamllint disable rule:line-length\n",
        );
        let _ = writeln!(out, "panel_acme: {acme}");
        let _ = writeln!(out, "panel_manager: {}", shared.target.package_manager.as_str());
        let _ = writeln!(out, "panel_placeholder: {placeholder}");
        if let Some(proxy) = &shared.proxy {
            let url = quoted(&proxy.url.to_string());
            let _ = writeln!(
                out,
                "panel_proxy:\n  http_proxy: {url}\n  https_proxy: {url}\n  no_proxy: {}",
                quoted(&proxy.exceptions())
            );
        }
        texts(out, "names", false);
    });
    draft.push_per_host(|out, host| host.host.domains.iter().for_each(|domain| item(out, domain.as_str())));
    draft.push_static(|out| {
        texts(out, "components", plan.resources.is_empty());
        plan.resources.iter().for_each(|(component, _)| item(out, component));
    });
    for table in tables.iter().filter(|table| TABLES.contains(&table.name)) {
        draft.push_static(|out| head(out, table.name, table.rows.is_empty()));
        for row in &table.rows {
            let names = std::iter::once("component").chain(table.columns.iter().copied());
            for (at, (name, word)) in names.zip(row).enumerate() {
                draft.push_static(|out| {
                    out.extend([if at == 0 { "  - !unsafe" } else { "" }, "\n    ", name, ": "]);
                });
                word.write(&mut draft, quote);
            }
            draft.push_static(|out| out.push('\n'));
        }
    }
    draft
}

/// Writes the line before a table.
fn head(out: &mut String, name: &str, empty: bool) {
    let _ = writeln!(out, "panel_{name}:{}", if empty { " []" } else { "" });
}

/// Writes the line before a list of texts.
fn texts(out: &mut String, name: &str, empty: bool) {
    let _ = writeln!(out, "panel_{name}: {}", if empty { "[]" } else { "!unsafe" });
}

/// Writes a list item that is one text.
fn item(out: &mut String, text: &str) {
    out.push_str("  - ");
    quote(out, text);
    out.push('\n');
}

/// A text in double quotes, only in ASCII, so that every YAML reader agrees on it.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(&mut out, text);
    out
}

fn quote(out: &mut String, text: &str) {
    let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    out.push('"');
    let end = text.find(|c| !plain(c)).unwrap_or(text.len());
    out.push_str(&text[..end]);
    for c in text[end..].chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if plain(c) => out.push(c),
            _ => {
                let code = u32::from(c);
                let _ = match code {
                    ..0x100 => write!(out, "\\x{code:02x}"),
                    0x100..0x1_0000 => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_scalar_is_ascii() {
        assert_eq!(quoted("{{ 7*7 }}"), r#""{{ 7*7 }}""#);
        assert_eq!(quoted("a\"b\\c\n\u{85}\u{2028}\u{1f600}"), r#""a\"b\\c\x0a\x85\u2028\U0001f600""#);
    }
}
