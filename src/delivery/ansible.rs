//! The bundle's `ansible/`: one constant project, and what differs from host to host as its variables.
//!
//! The project is that of `templates/ansible/`, the same bytes in every bundle. Generated are the inventory, one
//! host, and the role's `vars/main.yml`: the tables that panel.sh has too.

use std::fmt::Write as _;

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
    constant!("roles/panel/tasks/program.yml"),
    constant!("roles/panel/tasks/record.yml"),
    constant!("roles/panel/tasks/units.yml"),
    constant!("site.yml"),
];

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
        "# Made by panelgen for one host; its name is the site's. For another address: ansible_host=ADDRESS.\n[panel]\n",
    );
    draft.push_per_host(|out, host| out.extend([host.host.domain().as_str(), "\n"]));
    draft
}

/// `vars/main.yml`. Ansible takes a variable for a template; `!unsafe` is its word for what is none. It stands before
/// each list, not before each text: before a text it would undo the quotes, and `"0644"` be a number.
pub fn variables(shared: &SharedConfig, plan: &Plan, tables: &[Table<'_>]) -> TextTemplate {
    let mut draft = TextTemplate::default();
    let acme = shared.tls.acme.as_str();
    // nginx names the placeholder in its catch-all where it cannot refuse a handshake.
    let placeholder = acme != "none" || !shared.target.reject_handshake();
    draft.push_static(|out| {
        out.push_str(
            "---\n# Made by panelgen. Change the parameters and render again.\n# yamllint disable rule:line-length\n",
        );
        let _ = writeln!(out, "panel_acme: {acme}");
        let _ = writeln!(out, "panel_manager: {}", shared.target.package_manager.as_str());
        let _ = writeln!(out, "panel_placeholder: {placeholder}");
        head(out, "names", false);
    });
    draft.push_per_host(|out, host| host.host.domains.iter().for_each(|domain| item(out, domain.as_str())));
    draft.push_static(|out| {
        head(out, "components", plan.resources.is_empty());
        plan.resources.iter().for_each(|(component, _)| item(out, component));
    });
    for table in tables.iter().filter(|table| TABLES.contains(&table.name)) {
        draft.push_static(|out| head(out, table.name, table.rows.is_empty()));
        for row in &table.rows {
            let names = std::iter::once("component").chain(table.columns.iter().copied());
            for (at, (name, word)) in names.zip(row).enumerate() {
                draft.push_static(|out| out.extend([if at == 0 { "  - " } else { "\n    " }, name, ": "]));
                word.write(&mut draft, quote);
            }
            draft.push_static(|out| out.push('\n'));
        }
    }
    draft
}

/// The line above a list.
fn head(out: &mut String, name: &str, empty: bool) {
    let _ = writeln!(out, "panel_{name}: {}", if empty { "[]" } else { "!unsafe" });
}

/// An item of a list that is one text.
fn item(out: &mut String, text: &str) {
    out.push_str("  - ");
    quote(out, text);
    out.push('\n');
}

/// A text in double quotes, ASCII alone: every reader of YAML agrees on it.
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

    fn quoted(text: &str) -> String {
        let mut out = String::new();
        quote(&mut out, text);
        out
    }

    #[test]
    fn a_scalar_is_quoted_and_ascii() {
        assert_eq!(quoted("{{ 7*7 }}"), r#""{{ 7*7 }}""#);
        assert_eq!(quoted("a\"b\\c\n\u{85}\u{2028}\u{1f600}"), r#""a\"b\\c\x0a\x85\u2028\U0001f600""#);
    }
}
