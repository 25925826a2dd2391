//! The plan as tables: what an installer has to do, row by row, in a form that all installers share.
//!
//! The columns are explained in `templates/panel.sh.d/00-header.sh`. A missing value is `-`.

use std::borrow::Cow;

use crate::bundle::text_template::TextTemplate;
use crate::bundle::{Bundle, Node, hex};
use crate::components::file_spec::{FileSpec, OnChange};
use crate::components::{
    CONTAINER_RUNTIME, Download, Exposure, Footprint, GeneratedSecret, HealthCheck, Lifecycle, Listener,
    LoginUrl, Resources, SystemAccount, Unit, Unpack,
};
use crate::host::{PASSWORD_FILES, SharedConfig};
use crate::plan::Plan;

/// One cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The same on every host.
    Static(Cow<'a, str>),
    /// The checksum of a file that differs between hosts, by its number among them.
    Checksum(usize),
    /// The URL of a path of the host's site.
    Url(Cow<'a, str>),
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Cell<'a> {
    fn from(text: T) -> Self {
        Self::Static(text.into())
    }
}

impl Cell<'_> {
    /// Writes the cell into a template, quoted by `quote`.
    pub fn write(&self, template: &mut TextTemplate, quote: fn(&mut String, &str)) {
        match self {
            Self::Static(text) => template.push_static(|out| quote(out, text)),
            Self::Checksum(number) => {
                let number = *number;
                template.push_per_host(move |out, host| quote(out, &host.checksum(number)));
            }
            Self::Url(path) => {
                let path = path.clone().into_owned();
                template.push_per_host(move |out, host| quote(out, &host.url(&path)));
            }
        }
    }
}

/// One row. The first cell is the component.
pub type Row<'a> = Vec<Cell<'a>>;

/// A table, with the rows of all components in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<'a> {
    /// The name.
    pub name: &'static str,
    /// The names of the columns after the first.
    pub columns: &'static [&'static str],
    /// The rows, each with the component before the other columns.
    pub rows: Vec<Row<'a>>,
}

/// The tables of the plan. `bundle` contains all host files, with placeholders at the indexes `own` for those
/// that differ between hosts.
pub fn tables<'a>(
    shared: &SharedConfig,
    plan: &'a Plan,
    bundle: &'a Bundle,
    own: &[usize],
) -> Vec<Table<'a>> {
    let each = |rows: &dyn Fn(&'static str, &'a Resources) -> Vec<Row<'a>>| -> Vec<Row<'a>> {
        plan.resources.iter().flat_map(|(component, resources)| rows(component, resources)).collect()
    };
    vec![
        table("packages", &["name"], each(&|of, resources| packages(of, shared, resources))),
        table(
            "accounts",
            &["name", "home", "shell"],
            each(&|of, resources| resources.accounts.iter().map(|one| account(of, one)).collect()),
        ),
        table(
            "files",
            &["mode", "owner", "sha256", "type", "on_change", "path"],
            each(&|of, resources| files(of, resources, bundle, own)),
        ),
        table(
            "secrets",
            &["mode", "owner", "on_change", "path"],
            each(&|of, resources| secrets(of, resources)),
        ),
        table(
            "downloads",
            &["name", "version", "kind", "sha256", "checksum_url", "url", "dest", "on_change"],
            each(&|of, resources| resources.downloads.iter().map(|one| download(of, one)).collect()),
        ),
        table(
            "links",
            &["path", "target"],
            each(&|of, resources| resources.downloads.iter().flat_map(|one| links(of, one)).collect()),
        ),
        table(
            "images",
            &["namespace", "reference"],
            each(&|of, resources| {
                resources
                    .images
                    .iter()
                    .map(|image| row(of, [image.namespace.into(), (&image.reference).into()]))
                    .collect()
            }),
        ),
        table(
            "units",
            &["name", "state", "timeout", "probe"],
            each(&|of, resources| resources.units.iter().map(|one| unit(of, one)).collect()),
        ),
        table("displaced", &["kind", "subject"], each(&|of, resources| displaced(of, resources))),
        table(
            "containers",
            &["runtime", "namespace", "name"],
            each(&|of, resources| {
                let containers = resources.runtime_state.containers.iter();
                containers
                    .map(|(space, name)| row(of, [CONTAINER_RUNTIME.into(), (*space).into(), (*name).into()]))
                    .collect()
            }),
        ),
        table(
            "networks",
            &["bridge", "network", "prefix"],
            each(&|of, resources| {
                let bridges = resources.runtime_state.bridge.iter();
                bridges.map(|(a, b, c)| row(of, [(*a).into(), (*b).into(), (*c).into()])).collect()
            }),
        ),
        table(
            "tables",
            &["family", "table"],
            each(&|of, resources| {
                let tables = resources.runtime_state.tables.iter();
                tables.map(|(family, name)| row(of, [(*family).into(), (*name).into()])).collect()
            }),
        ),
        table(
            "data_dirs",
            &["path"],
            each(&|of, resources| {
                resources.runtime_state.data_dirs.iter().map(|path| row(of, [path.into()])).collect()
            }),
        ),
        table("ports", &["port", "exposure"], plan.endpoints.listeners.iter().map(port).collect()),
        table("needs", &["memory", "disk"], each(&|of, resources| needs(of, resources))),
        table(
            "login_urls",
            &["title", "url", "user", "password"],
            each(&|of, resources| resources.login_urls.iter().map(|one| login_url(of, one)).collect()),
        ),
    ]
}

fn table<'a>(name: &'static str, columns: &'static [&'static str], rows: Vec<Row<'a>>) -> Table<'a> {
    Table { name, columns, rows }
}

fn row<'a, const N: usize>(of: &'static str, words: [Cell<'a>; N]) -> Row<'a> {
    let mut row = Vec::with_capacity(N + 1);
    row.push(of.into());
    row.extend(words);
    row
}

fn packages<'a>(of: &'static str, shared: &SharedConfig, resources: &'a Resources) -> Vec<Row<'a>> {
    let fetch = shared.target.package_manager.fetch();
    let fetch = if resources.downloads.is_empty() { &[] } else { fetch };
    let own = resources.packages.iter().map(String::as_str);
    own.chain(fetch.iter().copied()).map(|package| row(of, [package.into()])).collect()
}

fn account<'a>(of: &'static str, account: &'a SystemAccount) -> Row<'a> {
    row(of, [(&account.name).into(), (&account.home).into(), "/bin/bash".into()])
}

fn mode(bits: u32) -> Cell<'static> {
    format!("{bits:04o}").into()
}

/// Files and directories of the bundle, and the data directories.
fn files<'a>(of: &'static str, resources: &'a Resources, bundle: &'a Bundle, own: &[usize]) -> Vec<Row<'a>> {
    let listed = bundle.entries().enumerate().filter_map(|(at, (path, entry))| {
        let meta = entry.host_file.as_ref().filter(|meta| meta.component == of)?;
        let host = path.as_str().strip_prefix("root")?;
        // A secret's checksum is left out of scripts that others may read. The installer compares the file
        // itself.
        let sum = match (entry.sha256().filter(|_| !meta.secret), own.binary_search(&at)) {
            (Some(_), Ok(number)) => Cell::Checksum(number),
            (Some(sum), Err(_)) => hex(&sum).into(),
            (None, _) => "-".into(),
        };
        let kind = if entry.node == Node::Directory { "directory" } else { "file" };
        let owner = entry.owner.to_string().into();
        let then = meta.on_change.to_string().into();
        Some(row(of, [mode(entry.mode), owner, sum, kind.into(), then, host.into()]))
    });
    let data = resources.directories.iter().map(|directory| {
        let owner = directory.owner.to_string().into();
        let path = (&directory.path).into();
        row(of, [mode(directory.mode), owner, "-".into(), "directory".into(), "none".into(), path])
    });
    listed.chain(data).collect()
}

/// The generated and configured secrets. Some formats omit configured secrets; the host then generates those that it can.
fn secrets<'a>(of: &'static str, resources: &'a Resources) -> Vec<Row<'a>> {
    let given = resources.files.iter().filter(|spec| spec.secret && is_generated(spec)).map(|spec| {
        let owner = spec.owner.to_string().into();
        let then = spec.on_change.to_string().into();
        row(of, [mode(spec.mode), owner, then, spec.path.as_str().into()])
    });
    resources.secrets.iter().map(|one| secret(of, one)).chain(given).collect()
}

/// Whether a host can generate the secret: a password. Credentials of others can only be configured.
fn is_generated(spec: &FileSpec) -> bool {
    PASSWORD_FILES.contains(&spec.path.as_str())
}

fn secret<'a>(of: &'static str, secret: &'a GeneratedSecret) -> Row<'a> {
    row(of, [mode(secret.mode), "root:root".into(), restarts(&secret.readers), (&secret.path).into()])
}

fn restarts(units: &[&'static str]) -> Cell<'static> {
    match units {
        [] => "none".into(),
        units => OnChange::Restart(units.to_vec()).to_string().into(),
    }
}

fn download<'a>(of: &'static str, download: &'a Download) -> Row<'a> {
    let (name, kind) = match download.unpack {
        Unpack::Program(name) => (name, "bin".into()),
        Unpack::Archive(depth) => (download.name.as_str(), format!("tar:{depth}").into()),
        Unpack::Merge(depth) => (download.name.as_str(), format!("into:{depth}").into()),
    };
    row(
        of,
        [
            name.into(),
            download.version.as_deref().unwrap_or("latest").into(),
            kind,
            download.sha256.as_deref().unwrap_or("-").into(),
            download.checksum_url.as_deref().filter(|_| download.sha256.is_none()).unwrap_or("-").into(),
            (&download.url).into(),
            (&download.directory).into(),
            restarts(download.restarts),
        ],
    )
}

fn links<'a>(of: &'static str, download: &'a Download) -> Vec<Row<'a>> {
    let link = |(from, member): &'a (String, String)| match member.strip_suffix('*') {
        Some(folder) => {
            let target = format!("{}/{folder}", download.directory);
            row(of, [format!("{from}/").into(), target.trim_end_matches('/').to_owned().into()])
        }
        None => row(of, [from.into(), format!("{}/{member}", download.directory).into()]),
    };
    download.links.iter().map(link).collect()
}

fn unit<'a>(of: &'static str, unit: &'a Unit) -> Row<'a> {
    let state = match unit.lifecycle {
        Lifecycle::Running => "enabled",
        Lifecycle::OnDemand => "on-demand",
        Lifecycle::External => "external",
    };
    let timeout = unit.start_timeout.to_string().into();
    let probe = match &unit.health_check {
        Some(HealthCheck::Url(url)) => url.into(),
        Some(HealthCheck::SitePath(path)) => Cell::Url((*path).into()),
        None => "-".into(),
    };
    row(of, [unit.name.into(), state.into(), timeout, probe])
}

fn displaced<'a>(of: &'static str, resources: &'a Resources) -> Vec<Row<'a>> {
    let paths = resources.displaced_files.iter().map(|path| row(of, ["path".into(), (*path).into()]));
    paths
        .chain(resources.conflicting_units.iter().map(|unit| row(of, ["unit".into(), (*unit).into()])))
        .collect()
}

fn port(listener: &Listener) -> Row<'static> {
    let exposure = match listener.exposure {
        Exposure::Public => "public",
        Exposure::Loopback => "loopback",
        Exposure::ContainerNetwork => "bridge",
    };
    row(listener.component, [listener.port.value.to_string().into(), exposure.into()])
}

fn needs(of: &'static str, resources: &Resources) -> Vec<Row<'static>> {
    let Footprint { memory, disk } = resources.footprint;
    if memory == 0 && disk == 0 {
        return Vec::new();
    }
    vec![row(of, [memory.to_string().into(), disk.to_string().into()])]
}

fn login_url<'a>(of: &'static str, login: &'a LoginUrl) -> Row<'a> {
    let or_none = |text: &'a Option<String>| text.as_deref().unwrap_or("-").into();
    let address = Cell::Url((&login.path).into());
    row(of, [login.title.into(), address, or_none(&login.user), or_none(&login.password)])
}
