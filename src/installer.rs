//! panel.sh: one constant program, and what differs from host to host as a block of data in it.
//!
//! The columns of the data are documented at the top of the program. Every value is one shell word, bare or in
//! single quotes, so the block only calls what it is given and nothing in it is ever expanded.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::panel::{Acme, Panel};
use crate::plan::Plan;
use crate::table::{Row, Table};
use crate::template::shell_word;

/// The program, with an empty block of data.
pub const PROGRAM: &str = include_str!("../templates/panel.sh");

const BEGIN: &str = "#--- host data: begin";
const END: &str = "#--- host data: end\n";

/// The constant program before and behind the block of data.
pub static FRAME: LazyLock<[&str; 2]> = LazyLock::new(|| {
    let begin = PROGRAM.find(BEGIN).expect("the program has the mark");
    let body = begin + PROGRAM[begin..].find('\n').expect("the mark is a line") + 1;
    let end = body + PROGRAM[body..].find(END).expect("the program has the end mark");
    [&PROGRAM[..body], &PROGRAM[end..]]
});

/// The installer of one host: its block of data, which stands in [`FRAME`].
pub struct Installer {
    /// The block.
    pub data: String,
}

impl Installer {
    /// The installer of one host.
    pub fn of(panel: &Panel, plan: &Plan, tables: &[Table<'_>]) -> Self {
        Self { data: data(panel, plan, tables) }
    }

    /// The script.
    pub fn text(&self) -> String {
        let [head, tail] = *FRAME;
        [head, &self.data, tail].concat()
    }
}

/// The block of data.
fn data(panel: &Panel, plan: &Plan, tables: &[Table<'_>]) -> String {
    let mut out = String::new();
    let names: Vec<String> = panel.domains.iter().map(ToString::to_string).collect();
    let components: Vec<&str> = plan.offers.iter().map(|(component, _)| *component).collect();
    let own = matches!(panel.tls.acme, Acme::None { .. });
    let (certificate, key) = if own { panel.certificate() } else { Default::default() };
    let acme = match panel.tls.acme {
        Acme::Webroot => "webroot",
        Acme::Standalone => "standalone",
        Acme::Dns { .. } => "dns",
        Acme::None { .. } => "none",
    };
    let assignments = [
        ("COMPONENTS", components.join(" ")),
        ("DOMAIN", panel.domain().to_string()),
        ("NAMES", names.join(" ")),
        ("ACME", acme.to_owned()),
        ("ISSUE_UNIT", if own { String::new() } else { "certbot-issue.service".to_owned() }),
        (
            "DEPLOY_HOOK",
            if own { String::new() } else { "/etc/letsencrypt/renewal-hooks/deploy/panel-nginx".to_owned() },
        ),
        ("CERTIFICATE", certificate),
        ("CERTIFICATE_KEY", key),
        ("MANAGER", panel.target.manager.as_str().to_owned()),
        ("DATA", panel.data.to_string()),
    ];
    for (name, value) in assignments {
        let _ = writeln!(out, "{name}={}", shell_word(&value));
    }
    for kind in tables {
        table(&mut out, kind.name, &kind.rows);
    }
    out
}

fn table(out: &mut String, name: &str, rows: &[Row<'_>]) {
    if rows.is_empty() {
        let _ = writeln!(out, "plan_{name}() {{ :; }}");
        return;
    }
    let _ = writeln!(out, "plan_{name}() {{");
    for row in rows {
        out.push_str("    \"$@\"");
        for word in row {
            out.push(' ');
            out.push_str(&shell_word(word));
        }
        out.push('\n');
    }
    out.push_str("}\n");
}
