//! A file or directory that a component puts on the host, with all that an installer needs.

use std::borrow::Cow;
use std::fmt;

use minijinja::Value;
use minijinja::value::merge_maps;

use crate::diagnostics::Location;
use crate::host::Host;
use crate::values::HostPath;

/// The content of a file.
#[derive(Debug, Clone)]
pub enum FileContent {
    /// A directory, without content.
    Directory,
    /// A template, rendered with these values.
    Template {
        /// The template's name: its path below `templates/`, without `.j2`.
        name: &'static str,
        /// Its values.
        context: Value,
    },
    /// A text, serialized from types or set by the user.
    Text(String),
}

/// The part of a file that differs between hosts.
#[derive(Debug, Clone, Copy)]
pub enum PerHost {
    /// Values of its template, in addition to the shared ones.
    Values(fn(&Host) -> Value),
    /// The whole text.
    Text(fn(&Host) -> String),
}

/// A file or directory on the host.
#[derive(Debug, Clone)]
pub struct FileSpec {
    /// The path.
    pub path: HostPath,
    /// Permission bits.
    pub mode: u32,
    /// The owner.
    pub owner: Owner,
    /// The component that declares it.
    pub component: &'static str,
    /// The content, without the part that differs between hosts.
    pub content: FileContent,
    /// The part that differs between hosts, or `None` if the file is the same on all hosts of a plan.
    pub per_host: Option<PerHost>,
    /// Whether the content is a secret.
    pub secret: bool,
    /// The action after a change.
    pub on_change: OnChange,
    /// The location of the parameter, for files that exist only because a parameter requests them.
    pub location: Option<Location>,
}

impl FileSpec {
    /// The content on the given host.
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

/// The owner of a file on the host, by name.
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

/// The action on the host after a file has changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnChange {
    /// None: the content is read at the next use.
    Nothing,
    /// Reload the unit, which rereads its configuration without closing connections.
    Reload(&'static str),
    /// Restart the units, which read the file only when they start.
    Restart(Vec<&'static str>),
    /// The file is the unit itself, or a drop-in of it: reload systemd, then restart the unit.
    Unit(&'static str),
    /// The file is a unit that does not keep running (a oneshot, a drop-in of a distribution's timer): reload
    /// systemd.
    DaemonReload,
    /// A kernel setting, read by `sysctl --system`.
    Sysctl,
    /// Kernel modules, loaded by `systemd-modules-load`.
    Modules,
}

impl fmt::Display for OnChange {
    /// The action as text: `reload nginx`, `daemon-reload, restart faasd`.
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
