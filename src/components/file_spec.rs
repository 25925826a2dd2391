//! What one component puts on the host: a file or a directory, with all that an installer must know of it.

use std::borrow::Cow;
use std::fmt;

use minijinja::Value;
use minijinja::value::merge_maps;

use crate::diagnostics::Location;
use crate::host::Host;
use crate::values::HostPath;

/// What a file holds.
#[derive(Debug, Clone)]
pub enum FileContent {
    /// It is a directory.
    Directory,
    /// A template of that name (its place below `templates/`, without `.j2`) with these values.
    Template {
        /// The template.
        name: &'static str,
        /// Its values.
        context: Value,
    },
    /// A text that was serialised from types, or that the operator gave.
    Text(String),
}

/// What each host has of its own in a file.
#[derive(Debug, Clone, Copy)]
pub enum PerHost {
    /// Values of its template, beside those that are the same for all.
    Values(fn(&Host) -> Value),
    /// The whole text.
    Text(fn(&Host) -> String),
}

/// A file or directory on the host.
#[derive(Debug, Clone)]
pub struct FileSpec {
    /// Where.
    pub path: HostPath,
    /// Permission bits.
    pub mode: u32,
    /// The owner.
    pub owner: Owner,
    /// Who made it.
    pub component: &'static str,
    /// What it holds, but for what each host has of its own.
    pub content: FileContent,
    /// What each host has of its own; none where all hosts of a model have the same.
    pub per_host: Option<PerHost>,
    /// Whether the content is a secret.
    pub secret: bool,
    /// What must happen when it has changed.
    pub on_change: OnChange,
    /// Where the operator said it, for files that stand only because a parameter asked for them.
    pub location: Option<Location>,
}

impl FileSpec {
    /// What it holds on that host.
    pub fn content_for(&self, host: &Host) -> Cow<'_, FileContent> {
        match (&self.content, self.per_host) {
            (_, Some(PerHost::Text(own))) => Cow::Owned(FileContent::Text(own(host))),
            (FileContent::Template { name, context }, Some(PerHost::Values(own))) => {
                let context = merge_maps([context.clone(), own(host)]);
                Cow::Owned(FileContent::Template { name, context })
            }
            (body, _) => Cow::Borrowed(body),
        }
    }
}

/// Who owns a file on the host, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The user's name.
    pub user: Cow<'static, str>,
    /// The group's name.
    pub group: Cow<'static, str>,
}

impl Owner {
    /// `root:root`.
    pub fn root() -> Self {
        Self { user: Cow::Borrowed("root"), group: Cow::Borrowed("root") }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.user, self.group)
    }
}

/// What must happen on the host when a file of ours has changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnChange {
    /// Nothing: the next reader finds the new content by itself.
    Nothing,
    /// The named unit rereads its configuration without dropping a connection.
    Reload(&'static str),
    /// The named units read the file only when they start.
    Restart(Vec<&'static str>),
    /// The file is the unit itself, or a drop-in of it: systemd rereads it, then the unit restarts.
    Unit(&'static str),
    /// The file is a unit that is not kept running (a oneshot, a drop-in of a foreign timer): systemd rereads it.
    DaemonReload,
    /// A kernel setting: `sysctl --system` reads it.
    Sysctl,
    /// Kernel modules: `systemd-modules-load` reads it.
    Modules,
}

impl fmt::Display for OnChange {
    /// In words an operator uses: `reload nginx`, `daemon-reload, restart faasd`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |unit: &str| unit.strip_suffix(".service").unwrap_or(unit).to_owned();
        match self {
            Self::Nothing => f.write_str("none"),
            Self::Reload(unit) => write!(f, "reload {}", short(unit)),
            Self::Restart(units) => {
                let units: Vec<_> = units.iter().map(|unit| short(unit)).collect();
                write!(f, "restart {}", units.join(", restart "))
            }
            Self::Unit(unit) => write!(f, "daemon-reload, restart {}", short(unit)),
            Self::DaemonReload => f.write_str("daemon-reload"),
            Self::Sysctl => f.write_str("sysctl --system"),
            Self::Modules => f.write_str("restart systemd-modules-load"),
        }
    }
}
