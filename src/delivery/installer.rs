//! panel.sh: one constant program, and what differs from host to host as a block of data in it.
//!
//! The program is assembled from the parts in `templates/panel.sh.d/`. The columns of the data are documented in the
//! first part. Every value is one shell word, bare or in single quotes, so the block only calls what it is given and
//! nothing in it is ever expanded.

use crate::bundle::text_template::TextTemplate;
use crate::components::{ACME_CLIENT, EDGE};
use crate::delivery::plan_tables::{Row, Table};
use crate::delivery::support;
use crate::facts::target::PackageManager;
use crate::host::{Acme, DEPLOY_HOOK, SharedConfig};
use crate::plan::Plan;
use crate::template::shell_word;
use crate::values::Domain;

/// A part of the program: one subject.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The name of its file, without the number that orders the directory.
    pub name: &'static str,
    /// Its path below `templates/`.
    pub path: &'static str,
    /// Its lines.
    pub text: &'static str,
}

macro_rules! part {
    ($number:literal, $name:literal) => {
        Part {
            name: $name,
            path: concat!("panel.sh.d/", $number, "-", $name, ".sh"),
            text: include_str!(concat!("../../templates/panel.sh.d/", $number, "-", $name, ".sh")),
        }
    };
}

/// What comes before the block of data; it ends with the line that begins the block.
const HEADER: Part = part!("00", "header");

/// An empty block of data.
const HOST_DATA: Part = part!("05", "host-data");

/// What comes after the block of data, in order; it begins with the line that ends the block.
const PROGRAM_PARTS: &[Part] = &[
    part!("10", "settings"),
    part!("15", "usage"),
    part!("20", "output"),
    part!("21", "page-logs"),
    part!("22", "json"),
    part!("25", "plan"),
    part!("30", "records"),
    part!("32", "stale-records"),
    part!("35", "actions"),
    part!("40", "files"),
    part!("45", "packages"),
    part!("46", "packages-apt"),
    part!("46", "packages-dnf"),
    part!("47", "keep-stopped"),
    part!("50", "accounts"),
    part!("52", "provenance"),
    part!("53", "found"),
    part!("55", "downloads"),
    part!("58", "links"),
    part!("60", "units"),
    part!("63", "kernel"),
    part!("66", "images"),
    part!("67", "image-digests"),
    part!("68", "ufw"),
    part!("69", "red-hat"),
    part!("70", "nginx"),
    part!("71", "nginx-rollback"),
    part!("73", "lineage"),
    part!("74", "account"),
    part!("75", "certificate"),
    part!("76", "preflight"),
    part!("77", "preflight-host"),
    part!("78", "preflight-tenants"),
    part!("79", "preflight-network"),
    part!("79", "preflight-proxy"),
    part!("80", "install"),
    part!("85", "status"),
    part!("86", "logs"),
    part!("87", "support"),
    part!("88", "fetch"),
    part!("90", "uninstall"),
    part!("91", "undo-edge"),
    part!("92", "undo-containers"),
    part!("93", "undo-networks"),
    part!("95", "arguments"),
    part!("96", "selection"),
    part!("97", "state"),
    part!("98", "backup"),
    part!("98", "progress"),
    part!("99", "main"),
];

/// Replaces `fetch`, `backup`, `restore` and the lineage in user-data.
const USER_DATA: Part = part!("94", "user-data");

/// Replaces [`FULL_ONLY_PARTS`] in a program that only installs.
const INSTALL_ONLY: Part = part!("94", "install-only");

/// Replaces [`FIREWALLS`] in a program that only installs on a fresh Debian.
const FRESH_HOST: Part = part!("94", "fresh-host");

/// The parts about what may block traffic on a host.
const FIREWALLS: &[&str] = &["red-hat", "ufw"];

/// The parts that a program does not need to install on a fresh host.
const FULL_ONLY_PARTS: &[&str] = &[
    "usage",
    "page-logs",
    "json",
    "preflight",
    "preflight-host",
    "preflight-tenants",
    "preflight-network",
    "preflight-proxy",
    "stale-records",
    "keep-stopped",
    "provenance",
    "images",
    "image-digests",
    "nginx-rollback",
    "lineage",
    "status",
    "logs",
    "support",
    "fetch",
    "uninstall",
    "undo-edge",
    "undo-containers",
    "undo-networks",
    "arguments",
    "backup",
    "progress",
    "found",
    "account",
];

/// The parts for which user-data has no room. A fresh host can do without them: the bundle's panel.sh has them.
const NOT_IN_USER_DATA: &[&str] = &[
    "usage",
    "image-digests",
    "fetch",
    "backup",
    "page-logs",
    "preflight-proxy",
    "progress",
    "found",
    "lineage",
    "account",
    "support",
];

/// The tables that only these parts read.
pub const FULL_ONLY_TABLES: &[&str] = &["images", "ports", "needs", SUPPORT_TABLE];

/// The table that user-data does not have, like the part that reads it.
pub const SUPPORT_TABLE: &str = "support";

/// The values that only these parts read.
pub const FULL_ONLY_VALUES: &[&str] = &["DUAL_STACK", "DEFAULT_SERVER", "INSTALL"];

/// Every part, sorted by path.
pub fn parts() -> Vec<Part> {
    let mut parts = [&[HEADER, HOST_DATA, USER_DATA, INSTALL_ONLY, FRESH_HOST], PROGRAM_PARTS].concat();
    parts.sort_by_key(|part| part.path);
    parts
}

/// The program, with an empty block of data.
pub const PROGRAM: &str = {
    static TEXT: [u8; length(&[HEADER, HOST_DATA]) + length(PROGRAM_PARTS)] =
        concatenated(&[&[HEADER, HOST_DATA], PROGRAM_PARTS]);
    text(&TEXT)
};

/// The constant program before and after the block of data.
pub const FRAME: [&str; 2] = {
    static TAIL: [u8; length(PROGRAM_PARTS)] = concatenated(&[PROGRAM_PARTS]);
    [HEADER.text, text(&TAIL)]
};

/// How many bytes the parts have.
const fn length(parts: &[Part]) -> usize {
    let (mut size, mut at) = (0, 0);
    while at < parts.len() {
        size += parts[at].text.len();
        at += 1;
    }
    size
}

/// The parts as one text, concatenated when panelgen is compiled.
const fn concatenated<const SIZE: usize>(lists: &[&[Part]]) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let (mut size, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            let part = lists[list][at].text.as_bytes();
            bytes.split_at_mut(size).1.split_at_mut(part.len()).0.copy_from_slice(part);
            size += part.len();
            at += 1;
        }
        list += 1;
    }
    bytes
}

const fn text(bytes: &'static [u8]) -> &'static str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a concatenation of texts is a text"),
    }
}

/// The block of data in a complete program, if it is this program.
pub fn data_of(program: &str) -> Option<&str> {
    let [head, tail] = FRAME;
    program.strip_prefix(head)?.strip_suffix(tail)
}

/// Whether a part is for the hosts of a package manager.
fn is_for(part: &Part, manager: PackageManager) -> bool {
    match part.name {
        "packages-apt" | "keep-stopped" => manager == PackageManager::Apt,
        "packages-dnf" => manager == PackageManager::Dnf,
        _ => true,
    }
}

/// The texts of the program in user-data, before and after the block of data: without the parts of the other package
/// manager, and without [`NOT_IN_USER_DATA`].
pub fn user_data(manager: PackageManager) -> [String; 2] {
    let needed = |part: &&Part| !NOT_IN_USER_DATA.contains(&part.name) && is_for(part, manager);
    let mut after: Vec<_> = PROGRAM_PARTS.iter().filter(needed).map(|part| part.text).collect();
    // The last part starts the program.
    after.insert(after.len() - 1, USER_DATA.text);
    [HEADER.text.to_owned(), after.concat()]
}

/// The texts of a program that can only install on the hosts of one package manager, before and after the block of data.
pub fn install_only(manager: PackageManager) -> [String; 2] {
    let needed = |part: &&Part| {
        !FULL_ONLY_PARTS.contains(&part.name)
            && is_for(part, manager)
            && (!FIREWALLS.contains(&part.name) || manager == PackageManager::Dnf)
    };
    let mut after: Vec<_> = PROGRAM_PARTS.iter().filter(needed).map(|part| part.text).collect();
    // The last part starts the program.
    if manager == PackageManager::Apt {
        after.insert(after.len() - 1, FRESH_HOST.text);
    }
    after.insert(after.len() - 1, INSTALL_ONLY.text);
    [HEADER.text.to_owned(), after.concat()]
}

/// The script: the block of data of a host in its frame.
pub fn draft(shared: &SharedConfig, plan: &Plan) -> TextTemplate {
    let [head, tail] = FRAME;
    let mut draft = TextTemplate::default();
    draft.push_const(head);
    draft.push_per_host(|out, host| out.push_str(host.data));
    table(&mut draft, SUPPORT_TABLE, &support::rows(shared, plan));
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
    assign(&mut draft, "EDGE", EDGE);
    assign(&mut draft, "ACME", acme);
    assign(&mut draft, "ACME_COMPONENT", ours(ACME_CLIENT));
    assign(&mut draft, "ISSUE_UNIT", ours("certbot-issue.service"));
    assign(&mut draft, "DEPLOY_HOOK", ours(DEPLOY_HOOK));
    assign(&mut draft, "CERTIFICATE", certificate);
    assign(&mut draft, "CERTIFICATE_KEY", key);
    assign(&mut draft, "TARGET", shared.target.name);
    assign(&mut draft, "ARCH", shared.arch.as_str());
    assign(&mut draft, "DUAL_STACK", if shared.ipv6 { "yes" } else { "" });
    assign(&mut draft, "DEFAULT_SERVER", if shared.default_server { "yes" } else { "" });
    assign(&mut draft, "MANAGER", shared.target.package_manager.as_str());
    assign(&mut draft, "INSTALL", shared.install.as_str());
    assign(&mut draft, "DATA", shared.data.as_str());
    if let Some(proxy) = &shared.proxy {
        assign(&mut draft, "PROXY", &proxy.url.to_string());
        assign(&mut draft, "NO_PROXY", &proxy.exceptions());
    }
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
