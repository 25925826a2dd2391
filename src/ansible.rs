//! The bundle's `ansible/`: one constant project, and what differs from host to host as its variables.
//!
//! The project is that of `templates/ansible/`, the same bytes in every bundle. Generated are the inventory, one
//! host, and the role's `vars/main.yml`: the tables that panel.sh has too.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::panel::{Acme, Panel};
use crate::plan::Plan;
use crate::table::Table;

macro_rules! constant {
    ($path:literal) => {
        ($path, include_str!(concat!("../templates/ansible/", $path)))
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
    constant!("roles/panel/tasks/look.yml"),
    constant!("roles/panel/tasks/main.yml"),
    constant!("roles/panel/tasks/nginx.yml"),
    constant!("roles/panel/tasks/note.yml"),
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
    "aside",
    "containers",
    "networks",
    "tables",
    "data",
    "doors",
];

/// The whole project: paths below `ansible/`, and texts.
pub fn files(panel: &Panel, plan: &Plan, tables: &[Table<'_>]) -> Vec<(&'static str, Cow<'static, str>)> {
    let constant = FILES.iter().map(|(path, text)| (*path, Cow::Borrowed(*text)));
    let inventory = format!(
        "# Made by panelgen for one host; its name is the site's. For another address: ansible_host=ADDRESS.\n\
         [panel]\n{}\n",
        panel.domain()
    );
    let variables = variables(panel, plan, tables);
    let generated = [("inventory.ini", inventory), ("roles/panel/vars/main.yml", variables)];
    constant.chain(generated.map(|(path, text)| (path, Cow::Owned(text)))).collect()
}

/// `vars/main.yml`. Ansible takes a variable for a template; `!unsafe` is its word for what is none. It stands before
/// each list, not before each text: before a text it would undo the quotes, and `"0644"` be a number.
fn variables(panel: &Panel, plan: &Plan, tables: &[Table<'_>]) -> String {
    let mut out = String::from(
        "---\n# Made by panelgen. Change the parameters and render again.\n# yamllint disable rule:line-length\n",
    );
    let acme = match panel.tls.acme {
        Acme::Webroot => "webroot",
        Acme::Standalone => "standalone",
        Acme::Dns { .. } => "dns",
        Acme::None { .. } => "none",
    };
    // nginx names the placeholder in its catch-all where it cannot refuse a handshake.
    let placeholder = acme != "none" || !panel.target.reject_handshake();
    let _ = writeln!(out, "panel_acme: {acme}");
    let _ = writeln!(out, "panel_manager: {}", panel.target.manager.as_str());
    let _ = writeln!(out, "panel_placeholder: {placeholder}");
    list(&mut out, "names", &panel.domains, |out, domain| quote(out, domain.as_str()));
    list(&mut out, "components", &plan.offers, |out, (component, _)| quote(out, component));
    for table in tables.iter().filter(|table| TABLES.contains(&table.name)) {
        list(&mut out, table.name, &table.rows, |out, row| {
            let names = std::iter::once("component").chain(table.columns.iter().copied());
            for (at, (name, word)) in names.zip(row).enumerate() {
                out.push_str(if at == 0 { "" } else { "\n    " });
                out.push_str(name);
                out.push_str(": ");
                quote(out, word);
            }
        });
    }
    out
}

/// A list of which `write` writes each item.
fn list<T>(out: &mut String, name: &str, items: &[T], write: impl Fn(&mut String, &T)) {
    let _ = writeln!(out, "panel_{name}: {}", if items.is_empty() { "[]" } else { "!unsafe" });
    for item in items {
        out.push_str("  - ");
        write(out, item);
        out.push('\n');
    }
}

/// A text in double quotes, ASCII alone: every reader of YAML agrees on it.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(&mut out, text);
    out
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
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
    fn a_scalar_is_quoted_and_ascii() {
        assert_eq!(quoted("{{ 7*7 }}"), r#""{{ 7*7 }}""#);
        assert_eq!(quoted("a\"b\\c\n\u{85}\u{2028}\u{1f600}"), r#""a\"b\\c\x0a\x85\u2028\U0001f600""#);
    }
}
