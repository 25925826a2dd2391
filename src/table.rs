//! The plan as tables: what an installer has to do, row by row, in the words that all installers share.
//!
//! The columns are explained at the top of `templates/panel.sh`. What is absent is `-`.

use crate::artifact::OnChange;
use crate::bundle::{Bundle, Node, hex};
use crate::component::{Account, Door, Download, Lifecycle, Offer, Secret, Unit, Unpack};
use crate::panel::Panel;
use crate::plan::Plan;
use crate::target::Manager;

/// One row; the first word is the component.
pub type Row = Vec<String>;

/// The rows of one kind, component after component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the rows are.
    pub name: &'static str,
    /// The names of the columns after the first.
    pub columns: &'static [&'static str],
    /// The rows, each with the component before its columns.
    pub rows: Vec<Row>,
}

/// The tables of the plan. `bundle` has every file of the host already.
pub fn tables(panel: &Panel, plan: &Plan, bundle: &Bundle) -> Vec<Table> {
    let each = |rows: &dyn Fn(&str, &Offer) -> Vec<Row>| -> Vec<Row> {
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
        table("packages", &["name"], each(&|_, offer| packages(panel, offer))),
        table(
            "accounts",
            &["name", "home", "shell"],
            each(&|_, offer| offer.accounts.iter().map(account).collect()),
        ),
        table(
            "files",
            &["mode", "owner", "sha256", "type", "on_change", "path"],
            each(&|component, offer| files(component, offer, bundle)),
        ),
        table("secrets", &["mode", "owner", "on_change", "path"], each(&|_, offer| secrets(offer))),
        table(
            "downloads",
            &["name", "version", "kind", "sha256", "sum_url", "url", "dest", "on_change"],
            each(&|_, offer| offer.downloads.iter().map(download).collect()),
        ),
        table(
            "links",
            &["path", "target"],
            each(&|_, offer| offer.downloads.iter().flat_map(links).collect()),
        ),
        table(
            "images",
            &["namespace", "reference"],
            each(&|_, offer| {
                offer.images.iter().map(|image| row([image.namespace, &image.reference])).collect()
            }),
        ),
        table(
            "units",
            &["name", "wanted", "patience", "probe"],
            each(&|_, offer| offer.units.iter().map(unit).collect()),
        ),
        table("aside", &["kind", "subject"], each(&|_, offer| aside(offer))),
        table(
            "containers",
            &["namespace", "name"],
            each(&|_, offer| {
                offer.traces.containers.iter().map(|(space, name)| row([space, name])).collect()
            }),
        ),
        table(
            "networks",
            &["bridge", "network", "prefix"],
            each(&|_, offer| offer.traces.bridge.iter().map(|(a, b, c)| row([a, b, c])).collect()),
        ),
        table(
            "tables",
            &["family", "table"],
            each(&|_, offer| offer.traces.tables.iter().map(|(family, name)| row([family, name])).collect()),
        ),
        table(
            "data",
            &["path"],
            each(&|_, offer| offer.traces.data.iter().map(|path| row([path.as_str()])).collect()),
        ),
        table(
            "doors",
            &["title", "url", "user", "password"],
            each(&|_, offer| offer.doors.iter().map(door).collect()),
        ),
    ]
}

fn table(name: &'static str, columns: &'static [&'static str], rows: Vec<Row>) -> Table {
    Table { name, columns, rows }
}

fn row<const N: usize>(words: [&str; N]) -> Row {
    words.map(str::to_owned).to_vec()
}

fn packages(panel: &Panel, offer: &Offer) -> Vec<Row> {
    // What fetches and verifies; RHEL has curl in every install, under a name that excludes the package `curl`.
    let fetch: &[&str] = match panel.target.manager {
        Manager::Apt => &["ca-certificates", "curl"],
        Manager::Dnf => &["ca-certificates"],
    };
    let fetch = if offer.downloads.is_empty() { &[] } else { fetch };
    let own = offer.packages.iter().map(String::as_str);
    own.chain(fetch.iter().copied()).map(|package| row([package])).collect()
}

fn account(account: &Account) -> Row {
    row([&account.name, &account.home, "/bin/bash"])
}

/// Files and directories, as they stand in the bundle, and the directories for data.
fn files(component: &str, offer: &Offer, bundle: &Bundle) -> Vec<Row> {
    let listed = bundle.entries().filter_map(|(path, entry)| {
        let placement = entry.placement.as_ref().filter(|placement| placement.component == component)?;
        let host = path.as_str().strip_prefix("root")?;
        let mode = format!("{:04o}", entry.mode);
        // A secret's sum stays out of a script that others may read: it is compared with the file itself.
        let sum =
            entry.sha256().filter(|_| !placement.secret).map_or_else(|| "-".to_owned(), |sum| hex(&sum));
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
fn secrets(offer: &Offer) -> Vec<Row> {
    let given = offer.artifacts.iter().filter(|artifact| artifact.secret).map(|artifact| {
        let mode = format!("{:04o}", artifact.mode);
        row([&mode, &artifact.owner.to_string(), &artifact.on_change.to_string(), artifact.path.as_str()])
    });
    offer.secrets.iter().map(secret).chain(given).collect()
}

fn secret(secret: &Secret) -> Row {
    let mode = format!("{:04o}", secret.mode);
    row([&mode, "root:root", &restarts(&secret.readers), &secret.path])
}

fn restarts(units: &[&'static str]) -> String {
    match units {
        [] => "none".to_owned(),
        units => OnChange::Restart(units.to_vec()).to_string(),
    }
}

fn download(download: &Download) -> Row {
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

fn links(download: &Download) -> Vec<Row> {
    let link = |(from, member): &(String, String)| match member.strip_suffix('*') {
        Some(folder) => {
            let target = format!("{}/{folder}", download.directory);
            row([&format!("{from}/"), target.trim_end_matches('/')])
        }
        None => row([from, &format!("{}/{member}", download.directory)]),
    };
    download.links.iter().map(link).collect()
}

fn unit(unit: &Unit) -> Row {
    let wanted = match unit.lifecycle {
        Lifecycle::Running => "up",
        Lifecycle::OnDemand => "called",
        Lifecycle::Foreign => "shared",
    };
    row([unit.name, wanted, &unit.patience.to_string(), unit.probe.as_deref().unwrap_or("-")])
}

fn aside(offer: &Offer) -> Vec<Row> {
    let paths = offer.aside.iter().map(|path| row(["path", path]));
    paths.chain(offer.rivals.iter().map(|unit| row(["unit", unit]))).collect()
}

fn door(door: &Door) -> Row {
    row([door.title, &door.url, door.user.as_deref().unwrap_or("-"), door.password.as_deref().unwrap_or("-")])
}
