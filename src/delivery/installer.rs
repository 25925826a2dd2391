//! panel.sh: one constant program, and what differs from host to host as a block of data in it.
//!
//! The columns of the data are documented at the top of the program. Every value is one shell word, bare or in
//! single quotes, so the block only calls what it is given and nothing in it is ever expanded.

use crate::bundle::text_template::Draft;
use crate::delivery::plan_tables::{Row, Table};
use crate::host::{Acme, Model};
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
pub fn draft() -> Draft {
    let [head, tail] = FRAME;
    let mut draft = Draft::default();
    draft.constant(head);
    draft.own(|out, host| out.push_str(host.data));
    draft.constant(tail);
    draft
}

/// The block of data.
pub fn data(model: &Model, plan: &Plan, tables: &[Table<'_>]) -> Draft {
    let mut draft = Draft::default();
    let components: Vec<&str> = plan.offers.iter().map(|(component, _)| *component).collect();
    let acme = model.tls.acme.as_str();
    let own = match &model.tls.acme {
        Acme::None { certificate, key } => Some((certificate.as_str(), key.as_str())),
        _ => None,
    };
    let ours = |text| if own.is_none() { text } else { "" };
    let (certificate, key) = own.unwrap_or_default();
    let assign = |draft: &mut Draft, name: &str, value: &str| {
        draft.same(|out| {
            out.push_str(name);
            out.push('=');
            quote(out, value);
            out.push('\n');
        });
    };
    assign(&mut draft, "COMPONENTS", &components.join(" "));
    draft.same(|out| out.push_str("DOMAIN="));
    draft.own(|out, host| quote(out, host.panel.domain().as_str()));
    draft.same(|out| out.push_str("\nNAMES="));
    draft.own(|out, host| {
        let names: Vec<&str> = host.panel.domains.iter().map(Domain::as_str).collect();
        quote(out, &names.join(" "));
    });
    draft.same(|out| out.push('\n'));
    assign(&mut draft, "ACME", acme);
    assign(&mut draft, "ISSUE_UNIT", ours("certbot-issue.service"));
    assign(&mut draft, "DEPLOY_HOOK", ours("/etc/letsencrypt/renewal-hooks/deploy/panel-nginx"));
    assign(&mut draft, "CERTIFICATE", certificate);
    assign(&mut draft, "CERTIFICATE_KEY", key);
    assign(&mut draft, "MANAGER", model.target.manager.as_str());
    assign(&mut draft, "DATA", model.data.as_str());
    for kind in tables {
        table(&mut draft, kind.name, &kind.rows);
    }
    draft
}

fn table(draft: &mut Draft, name: &str, rows: &[Row<'_>]) {
    if rows.is_empty() {
        draft.same(|out| out.extend(["plan_", name, "() { :; }\n"]));
        return;
    }
    draft.same(|out| out.extend(["plan_", name, "() {\n"]));
    for row in rows {
        draft.same(|out| out.push_str("    \"$@\""));
        for word in row {
            draft.same(|out| out.push(' '));
            word.write(draft, quote);
        }
        draft.same(|out| out.push('\n'));
    }
    draft.same(|out| out.push_str("}\n"));
}

fn quote(out: &mut String, text: &str) {
    out.push_str(&shell_word(text));
}
