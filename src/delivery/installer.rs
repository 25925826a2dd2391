//! panel.sh: one constant program, and what differs from host to host as a block of data in it.
//!
//! The columns of the data are documented at the top of the program. Every value is one shell word, bare or in
//! single quotes, so the block only calls what it is given and nothing in it is ever expanded.

use crate::bundle::text_template::TextTemplate;
use crate::delivery::plan_tables::{Row, Table};
use crate::host::{Acme, SharedConfig};
use crate::plan::Plan;
use crate::template::shell_word;
use crate::values::Domain;

/// The program, with an empty block of data.
pub const PROGRAM: &str = include_str!("../../templates/panel.sh");

const BEGIN: &str = "#--- host data: begin";
const END: &str = "#--- host data: end\n";

/// The constant program before and behind the block of data.
pub const FRAME: [&str; 2] = {
    let begin = find(PROGRAM, BEGIN, 0);
    let body = find(PROGRAM, "\n", begin) + 1;
    let end = find(PROGRAM, END, body);
    [PROGRAM.split_at(body).0, PROGRAM.split_at(end).1]
};

/// Where `text` has `mark`, from `at` on; looked for when panelgen is compiled, and it has it.
const fn find(text: &str, mark: &str, mut at: usize) -> usize {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    let mut same = 0;
    while same < mark.len() {
        if text[at + same] == mark[same] {
            same += 1;
        } else {
            (at, same) = (at + 1, 0);
        }
    }
    at
}

/// The script: the block of data of a host in its frame.
pub fn draft() -> TextTemplate {
    let [head, tail] = FRAME;
    let mut draft = TextTemplate::default();
    draft.push_const(head);
    draft.push_per_host(|out, host| out.push_str(host.data));
    draft.push_const(tail);
    draft
}

/// The block of data.
pub fn data(shared: &SharedConfig, plan: &Plan, tables: &[Table<'_>]) -> TextTemplate {
    let mut draft = TextTemplate::default();
    let components: Vec<&str> = plan.resources.iter().map(|(component, _)| *component).collect();
    let acme = shared.tls.acme.as_str();
    let own = match &shared.tls.acme {
        Acme::None { certificate, key } => Some((certificate.as_str(), key.as_str())),
        _ => None,
    };
    let ours = |text| if own.is_none() { text } else { "" };
    let (certificate, key) = own.unwrap_or_default();
    let assign = |draft: &mut TextTemplate, name: &str, value: &str| {
        draft.push_static(|out| {
            out.push_str(name);
            out.push('=');
            quote(out, value);
            out.push('\n');
        });
    };
    assign(&mut draft, "COMPONENTS", &components.join(" "));
    draft.push_static(|out| out.push_str("DOMAIN="));
    draft.push_per_host(|out, host| quote(out, host.host.domain().as_str()));
    draft.push_static(|out| out.push_str("\nNAMES="));
    draft.push_per_host(|out, host| {
        let names: Vec<&str> = host.host.domains.iter().map(Domain::as_str).collect();
        quote(out, &names.join(" "));
    });
    draft.push_static(|out| out.push('\n'));
    assign(&mut draft, "ACME", acme);
    assign(&mut draft, "ISSUE_UNIT", ours("certbot-issue.service"));
    assign(&mut draft, "DEPLOY_HOOK", ours("/etc/letsencrypt/renewal-hooks/deploy/panel-nginx"));
    assign(&mut draft, "CERTIFICATE", certificate);
    assign(&mut draft, "CERTIFICATE_KEY", key);
    assign(&mut draft, "MANAGER", shared.target.package_manager.as_str());
    assign(&mut draft, "DATA", shared.data.as_str());
    for kind in tables {
        table(&mut draft, kind.name, &kind.rows);
    }
    draft
}

fn table(draft: &mut TextTemplate, name: &str, rows: &[Row<'_>]) {
    if rows.is_empty() {
        draft.push_static(|out| out.extend(["plan_", name, "() { :; }\n"]));
        return;
    }
    draft.push_static(|out| out.extend(["plan_", name, "() {\n"]));
    for row in rows {
        draft.push_static(|out| out.push_str("    \"$@\""));
        for word in row {
            draft.push_static(|out| out.push(' '));
            word.write(draft, quote);
        }
        draft.push_static(|out| out.push('\n'));
    }
    draft.push_static(|out| out.push_str("}\n"));
}

fn quote(out: &mut String, text: &str) {
    out.push_str(&shell_word(text));
}
