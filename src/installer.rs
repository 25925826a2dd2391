//! panel.sh: one constant program, and what differs from host to host as a block of data in it.
//!
//! The columns of the data are documented at the top of the program. Every value is one shell word, bare or in
//! single quotes, so the block only calls what it is given and nothing in it is ever expanded.

use std::fmt::Write as _;

use crate::bundle::{Bundle, Node, hex};
use crate::component::{Lifecycle, Unpack};
use crate::panel::{Acme, Panel};
use crate::plan::Plan;
use crate::target::Manager;
use crate::template::shell_word;

/// The program, with an empty block of data.
pub const PROGRAM: &str = include_str!("../templates/panel.sh");

const BEGIN: &str = "#--- host data: begin";
const END: &str = "#--- host data: end\n";

/// The installer of one host. `bundle` has every file of the host already.
pub fn text(panel: &Panel, plan: &Plan, bundle: &Bundle) -> String {
    let begin = PROGRAM.find(BEGIN).expect("the program has the mark");
    let body = begin + PROGRAM[begin..].find('\n').expect("the mark is a line") + 1;
    let end = PROGRAM.find(END).expect("the program has the end mark");
    format!("{}{}{}", &PROGRAM[..body], data(panel, plan, bundle), &PROGRAM[end..])
}

/// The block of data.
fn data(panel: &Panel, plan: &Plan, bundle: &Bundle) -> String {
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
    for (name, rows) in tables(panel, plan, bundle) {
        table(&mut out, name, &rows);
    }
    out
}

type Row = Vec<String>;

/// The tables of the plan, in the order of the program's documentation.
fn tables(panel: &Panel, plan: &Plan, bundle: &Bundle) -> Vec<(&'static str, Vec<Row>)> {
    let each = |rows: &dyn Fn(&str, &crate::component::Offer) -> Vec<Row>| -> Vec<Row> {
        plan.offers
            .iter()
            .flat_map(|(component, offer)| {
                let add = |mut row: Row| {
                    row.insert(0, (*component).to_owned());
                    row
                };
                rows(component, offer).into_iter().map(add).collect::<Vec<_>>()
            })
            .collect()
    };
    vec![
        ("packages", each(&|_, offer| packages(panel, offer))),
        ("accounts", each(&|_, offer| offer.accounts.iter().map(account).collect())),
        ("files", each(&|component, offer| files(component, offer, bundle))),
        ("secrets", each(&|_, offer| secrets(offer))),
        ("downloads", each(&|_, offer| offer.downloads.iter().map(download).collect())),
        ("links", each(&|_, offer| offer.downloads.iter().flat_map(links).collect())),
        (
            "images",
            each(&|_, offer| {
                offer.images.iter().map(|image| row([image.namespace, &image.reference])).collect()
            }),
        ),
        ("units", each(&|_, offer| offer.units.iter().map(unit).collect())),
        ("aside", each(&|_, offer| aside(offer))),
        (
            "containers",
            each(&|_, offer| {
                offer.traces.containers.iter().map(|(space, name)| row([space, name])).collect()
            }),
        ),
        ("networks", each(&|_, offer| offer.traces.bridge.iter().map(|(a, b, c)| row([a, b, c])).collect())),
        (
            "tables",
            each(&|_, offer| offer.traces.tables.iter().map(|(family, name)| row([family, name])).collect()),
        ),
        ("data", each(&|_, offer| offer.traces.data.iter().map(|path| row([path.as_str()])).collect())),
        ("doors", each(&|_, offer| offer.doors.iter().map(door).collect())),
    ]
}

fn table(out: &mut String, name: &str, rows: &[Row]) {
    if rows.is_empty() {
        let _ = writeln!(out, "plan_{name}() {{ :; }}");
        return;
    }
    let _ = writeln!(out, "plan_{name}() {{");
    for row in rows {
        let words: Vec<String> = row.iter().map(|word| shell_word(word)).collect();
        let _ = writeln!(out, "    \"$@\" {}", words.join(" "));
    }
    out.push_str("}\n");
}

fn row<const N: usize>(words: [&str; N]) -> Row {
    words.map(str::to_owned).to_vec()
}

fn packages(panel: &Panel, offer: &crate::component::Offer) -> Vec<Row> {
    // What fetches and verifies; RHEL has curl in every install, under a name that excludes the package `curl`.
    let fetch: &[&str] = match panel.target.manager {
        Manager::Apt => &["ca-certificates", "curl"],
        Manager::Dnf => &["ca-certificates"],
    };
    let fetch = if offer.downloads.is_empty() { &[] } else { fetch };
    let own = offer.packages.iter().map(String::as_str);
    own.chain(fetch.iter().copied()).map(|package| row([package])).collect()
}

fn account(account: &crate::component::Account) -> Row {
    row([&account.name, &account.home, "/bin/bash"])
}

/// Files and directories, as they stand in the bundle, and the directories for data.
fn files(component: &str, offer: &crate::component::Offer, bundle: &Bundle) -> Vec<Row> {
    let listed = bundle.entries().filter_map(|(path, entry)| {
        let placement = entry.placement.as_ref().filter(|placement| placement.component == component)?;
        let host = path.as_str().strip_prefix("root")?;
        let mode = format!("{:04o}", entry.mode);
        // A secret's sum stays out of a script that others may read: it is compared with the file itself.
        let sum = entry.sha256.as_ref().filter(|_| !placement.secret).map_or_else(|| "-".to_owned(), hex);
        let kind = if entry.node == Node::Directory { "directory" } else { "file" };
        Some(row([&mode, &entry.owner.to_string(), &sum, kind, &placement.on_change.to_string(), host]))
    });
    let data = offer.directories.iter().map(|directory| {
        let mode = format!("{:04o}", directory.mode);
        row([&mode, &directory.owner.to_string(), "-", "directory", "none", &directory.path])
    });
    listed.chain(data).collect()
}

/// The secrets that the host makes, and those that were given: a delivery may leave a given one out, and then the
/// host makes it.
fn secrets(offer: &crate::component::Offer) -> Vec<Row> {
    let given = offer.artifacts.iter().filter(|artifact| artifact.secret).map(|artifact| {
        let mode = format!("{:04o}", artifact.mode);
        row([&mode, &artifact.owner.to_string(), &artifact.on_change.to_string(), artifact.path.as_str()])
    });
    offer.secrets.iter().map(secret).chain(given).collect()
}

fn secret(secret: &crate::component::Secret) -> Row {
    let mode = format!("{:04o}", secret.mode);
    row([&mode, "root:root", &restarts(&secret.readers), &secret.path])
}

fn restarts(units: &[&'static str]) -> String {
    match units {
        [] => "none".to_owned(),
        units => crate::artifact::OnChange::Restart(units.to_vec()).to_string(),
    }
}

fn download(download: &crate::component::Download) -> Row {
    let (name, kind) = match download.unpack {
        Unpack::Program(name) => (name, "bin".to_owned()),
        Unpack::Archive(depth) => (download.name.as_str(), format!("tar:{depth}")),
        Unpack::Into(depth) => (download.name.as_str(), format!("into:{depth}")),
    };
    row([
        name,
        download.version.as_deref().unwrap_or("latest"),
        &kind,
        download.sha256.as_deref().unwrap_or("-"),
        download.sum_url.as_deref().filter(|_| download.sha256.is_none()).unwrap_or("-"),
        &download.url,
        &download.directory,
        &restarts(download.restarts),
    ])
}

fn links(download: &crate::component::Download) -> Vec<Row> {
    let link = |(from, member): &(String, String)| match member.strip_suffix('*') {
        Some(folder) => {
            let target = format!("{}/{folder}", download.directory);
            row([&format!("{from}/"), target.trim_end_matches('/')])
        }
        None => row([from, &format!("{}/{member}", download.directory)]),
    };
    download.links.iter().map(link).collect()
}

fn unit(unit: &crate::component::Unit) -> Row {
    let wanted = match unit.lifecycle {
        Lifecycle::Running => "up",
        Lifecycle::OnDemand => "called",
        Lifecycle::Foreign => "shared",
    };
    row([unit.name, wanted, &unit.patience.to_string(), unit.probe.as_deref().unwrap_or("-")])
}

fn aside(offer: &crate::component::Offer) -> Vec<Row> {
    let paths = offer.aside.iter().map(|path| row(["path", path]));
    paths.chain(offer.rivals.iter().map(|unit| row(["unit", unit]))).collect()
}

fn door(door: &crate::component::Door) -> Row {
    row([door.title, &door.url, door.user.as_deref().unwrap_or("-"), door.password.as_deref().unwrap_or("-")])
}
