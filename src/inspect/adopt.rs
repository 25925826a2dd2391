//! Adoption of a host of panel.sh (2020): what its files say about its parameters, and what happens to each of them when a
//! bundle is installed.

use std::fmt::Write as _;

use camino::Utf8Path;

use crate::bundle::file_tree::{FileTree, TreeNode};
use crate::facts::target::{TARGETS, Target};
use crate::host::PanelKind;
use crate::syntax::yaml;
use crate::values::{Domain, EmailAddress, FromText as _, sanitize};

const SITE: &str = "etc/nginx/conf.d/default.conf";
const GATEWAY_UNIT: &str = "etc/systemd/system/faasd.service";
const PAI_UNIT: &str = "etc/systemd/system/tencentcloud-pai-mate.service";
const PAI_CONFIG: &str = "root/.local/pai-mate/config.yml";
const IDE_CONFIG: &str = "root/.config/code-server/config.yaml";
const PASSWORD: &str = "var/lib/faasd/secrets/basic-auth-password";
/// Systems have it here, and a link to it in /etc.
const SYSTEM: &str = "usr/lib/os-release";
const SYSTEM_IN_ETC: &str = "etc/os-release";

/// The paths that are read first. The certificate's own files follow from what they say.
pub const PATHS: &[&str] =
    &[SITE, GATEWAY_UNIT, PAI_UNIT, PAI_CONFIG, IDE_CONFIG, PASSWORD, SYSTEM, SYSTEM_IN_ETC];

/// A program whose header names the processor.
pub const PROGRAM: &str = "usr/bin/env";

/// The mail address that the script used if none was set: that of a stranger.
const DEFAULT_MAIL: &str = "some@some.com";

/// What becomes of a path when the bundle is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The bundle has its own; `uninstall` restores the old one.
    Replace,
    /// It stays as it is, and may be in use.
    Keep,
    /// Nothing uses it any longer; the operator can remove it.
    Remove,
}

impl Fate {
    /// The word in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Keep => "keep",
            Self::Remove => "remove",
        }
    }
}

/// The note of a path whose program the bundle has in a directory of its own.
const LINK: &str = "a link to /opt/panel; `uninstall` restores it";
/// That of a program which not every version of containerd has.
const LINK_IF_PRESENT: &str = "a link to /opt/panel if its containerd has it; `uninstall` restores it";

/// What the script leaves besides the files that a bundle has too, and what becomes of it. Nothing is removed by itself.
pub const LEFTOVERS: &[(Fate, &str, &str)] = &[
    (Fate::Keep, "/var/lib/faasd", "state of the functions"),
    (Fate::Keep, "/var/lib/faasd/secrets/basic-auth-password", "the password stays valid, also for the IDE"),
    (Fate::Keep, "/var/lib/containerd", "images and containers; redeploy functions that do not come back"),
    (
        Fate::Keep,
        "/root/.local/share/code-server",
        "the IDE of root; copy what you need to the home of its new account",
    ),
    (Fate::Keep, "/data/pai_mate_workspaces", "workspaces of pai"),
    (
        Fate::Keep,
        "/etc/letsencrypt",
        "certificates; this one is renewed through the running nginx, until `uninstall` restores its settings",
    ),
    (
        Fate::Keep,
        "/data/h5",
        "`install` continues its logs, and replaces progress.json; `uninstall` removes that file",
    ),
    (
        Fate::Keep,
        "/usr/bin/dockerd",
        "Docker is not needed; `apt-get purge docker.io` if it has no containers",
    ),
    (Fate::Replace, "/usr/local/bin/containerd", LINK),
    (Fate::Replace, "/usr/local/bin/containerd-shim", LINK_IF_PRESENT),
    (Fate::Replace, "/usr/local/bin/containerd-shim-runc-v1", LINK_IF_PRESENT),
    (Fate::Replace, "/usr/local/bin/containerd-shim-runc-v2", LINK),
    (Fate::Replace, "/usr/local/bin/containerd-stress", LINK_IF_PRESENT),
    (Fate::Replace, "/usr/local/bin/ctr", LINK),
    (Fate::Replace, "/usr/local/bin/faasd", LINK),
    (Fate::Replace, "/usr/local/bin/faas-cli", LINK),
    (Fate::Replace, "/usr/local/bin/faas", LINK),
    (Fate::Replace, "/usr/local/bin/code-server", LINK),
    (Fate::Replace, "/opt/cni/bin", "its plugins become links to /opt/panel; `uninstall` restores them"),
    (
        Fate::Replace,
        "/etc/systemd/system/multi-user.target.wants/certbot-renew.service",
        "removed: it also renewed at boot; `uninstall` restores it",
    ),
    (Fate::Replace, "/etc/nginx/sites-enabled/default", "moved away; `uninstall` restores it"),
    (Fate::Remove, "/root/.local/bin", "programs of the script"),
    (Fate::Remove, "/root/.local/lib/code-server-3.5.0", "the IDE of the script"),
    (Fate::Remove, "/root/.local/pai-mate", "pai of the script"),
    (Fate::Remove, "/root/.local/pai", "pai of the script"),
    (Fate::Remove, "/root/.config/code-server/config.yaml", "contains the password in clear"),
    (
        Fate::Remove,
        "/etc/systemd/system/tencentcloud-pai-baker.timer",
        "a timer without a service; disable it first",
    ),
    (Fate::Remove, "/data/logs", "logs of the script"),
];

/// A host of the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldHost {
    /// The domain.
    pub domain: Domain,
    /// The mail address of the ACME account.
    pub mail: Option<EmailAddress>,
    /// The type of panel.
    pub kind: PanelKind,
    /// The system, if it is a target.
    pub target: Option<&'static Target>,
    /// The system's own name and version.
    system: String,
    /// The processor, if it is known.
    arch: Option<&'static str>,
    /// The server of the downloads, where a file names it.
    mirror: Option<String>,
    /// Whether the certificate is renewed with nginx stopped.
    stops_nginx: bool,
    /// Locations of the site that the script did not write.
    locations: Vec<String>,
    /// Whether the file of the gateway's password exists.
    has_gateway_password: bool,
    /// Whether the IDE's configuration has a password.
    has_ide_password: bool,
}

/// The paths that depend on the domain: certbot's settings of the certificate.
pub fn renewal_path(tree: &FileTree) -> Option<String> {
    Some(format!("etc/letsencrypt/renewal/{}.conf", domain(tree).ok()?))
}

/// The path of the ACME account that those settings name.
pub fn account_path(tree: &FileTree) -> Option<String> {
    let settings = text(tree, &renewal_path(tree)?)?;
    let server = setting(&settings, "server")?.strip_prefix("https://")?;
    let account = setting(&settings, "account")?;
    let plain = |word: &str| {
        word.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c)) && !word.contains("..")
    };
    (plain(server) && plain(account))
        .then(|| format!("etc/letsencrypt/accounts/{server}/{account}/regr.json"))
}

impl OldHost {
    /// Reads the traces of the script. The error names what is missing.
    pub fn read(tree: &FileTree) -> Result<Self, String> {
        let domain = domain(tree)?;
        let is_pai = tree.get(Utf8Path::new(PAI_UNIT)).is_some();
        if !is_pai && tree.get(Utf8Path::new(GATEWAY_UNIT)).is_none() {
            return Err(format!("/{GATEWAY_UNIT} and /{PAI_UNIT} are missing"));
        }
        let settings = renewal_path(tree).and_then(|path| text(tree, &path)).unwrap_or_default();
        let account = account_path(tree).and_then(|path| text(tree, &path)).unwrap_or_default();
        let release = text(tree, SYSTEM_IN_ETC).or_else(|| text(tree, SYSTEM)).unwrap_or_default();
        let release = |key| setting(&release, key).unwrap_or_default().trim_matches('"').to_owned();
        let system = format!("{}-{}", release("ID"), release("VERSION_ID"));
        let site = text(tree, SITE).unwrap_or_default();
        let known = ["/", "/pai/", "/faasd/", "/codeserver/"];
        let locations = site
            .lines()
            .filter_map(|line| line.trim().strip_prefix("location ")?.strip_suffix('{'))
            .map(str::trim)
            .filter(|path| !known.contains(path));
        let ide = text(tree, IDE_CONFIG).unwrap_or_default();
        Ok(Self {
            domain,
            mail: mail(&account),
            kind: if is_pai { PanelKind::Pai } else { PanelKind::Faasd },
            target: TARGETS.iter().find(|target| target.name == system),
            system,
            arch: arch(tree),
            mirror: mirror(tree),
            stops_nginx: setting(&settings, "pre_hook").is_some_and(|hook| hook.contains("stop nginx")),
            locations: locations.map(str::to_owned).collect(),
            has_gateway_password: tree.get(Utf8Path::new(PASSWORD)).is_some(),
            has_ide_password: ide.lines().any(|line| line.starts_with("password:")),
        })
    }

    /// A commented panel.yaml.
    pub fn parameters(&self) -> String {
        let mut out = String::from(
            "# Parameters of a host that panel.sh (2020) installed, read from its files by `panelgen adopt`.\n\
             # `panelgen init` prints every parameter.\n\n",
        );
        let mut entry = |comment: &str, line: &str| {
            for line in comment.lines() {
                let _ = writeln!(out, "# {line}");
            }
            let _ = writeln!(out, "{line}\n");
        };
        entry(
            "From server_name in /etc/nginx/conf.d/default.conf.",
            &format!("domain: {}", yaml::scalar(self.domain.as_str())),
        );
        match &self.mail {
            Some(mail) => entry(
                "The mail address of the ACME account.",
                &format!("mail: {}", yaml::scalar(&mail.to_string())),
            ),
            None => entry(
                "No mail address is known: certbot does not store that of its account. The account stays in use without it.",
                "#mail: ops@example.com",
            ),
        }
        let unit = if self.kind == PanelKind::Pai { PAI_UNIT } else { GATEWAY_UNIT };
        entry(&format!("From /{unit}."), &format!("panel: {}", self.kind.as_str()));
        match self.target {
            Some(target) => entry("From /etc/os-release.", &format!("target: {}", target.name)),
            None => entry(
                &format!(
                    "The system is {}, which is not a target; `panelgen targets` prints them.",
                    sanitize(&self.system)
                ),
                "#target: ubuntu-24.04",
            ),
        }
        if let Some(arch) = self.arch {
            entry("The processor of its programs.", &format!("arch: {arch}"));
        }
        if let Some(mirror) = &self.mirror {
            let origin = "The old mirror used plain HTTP, its own file names and no checksums. Name a server that has the files of\nassets.lock under upstream's names; without one they are downloaded from upstream.";
            let origin = if self.kind == PanelKind::Pai {
                format!(
                    "{origin}\npai has no public origin any longer, so a mirror is required: correct this line."
                )
            } else {
                origin.to_owned()
            };
            let mark = if self.kind == PanelKind::Pai { "" } else { "#" };
            entry(&origin, &format!("{mark}mirror: {}", yaml::scalar(mirror)));
        }
        if self.has_gateway_password {
            entry(
                "The password is not part of this file. The host keeps the one in\n/var/lib/faasd/secrets/basic-auth-password; it is also that of the IDE.",
                "#passinit: {file: secret.txt}",
            );
        } else if self.has_ide_password {
            entry(
                "The password is not part of this file. The host generates a new one, unless you copy the old one from\n/root/.config/code-server/config.yaml to a file.",
                "#passinit: {file: secret.txt}",
            );
        }
        if self.stops_nginx {
            out.push_str("# The certificate was renewed with nginx stopped. `install` changes its renewal to the running nginx.\n\n");
        }
        if !self.locations.is_empty() {
            out.push_str("# The site has locations that the script did not write. Add each as a route:\n");
            for path in &self.locations {
                let _ = writeln!(out, "#   location {}", sanitize(path));
            }
            out.push_str("#routes: [{path: /app/, upstream: \"http://127.0.0.1:3001\"}]\n\n");
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }
}

/// What becomes of the old host's paths: those of the bundle that exist there, and the script's other ones. `exists` reads
/// the host.
pub fn report<'a>(
    bundle: impl Iterator<Item = &'a str>,
    exists: impl Fn(&str) -> bool,
) -> Vec<(Fate, String, &'static str)> {
    let files = bundle.map(|path| (Fate::Replace, path.to_owned(), "backed up; `uninstall` restores it"));
    let others = LEFTOVERS.iter().map(|(fate, path, why)| (*fate, (*path).to_owned(), *why));
    let mut rows: Vec<_> = files.chain(others).filter(|(_, path, _)| exists(path)).collect();
    rows.sort();
    rows
}

fn text(tree: &FileTree, path: &str) -> Option<String> {
    match &tree.get(Utf8Path::new(path))?.kind {
        TreeNode::File(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

/// The value of `key = value` or `key=value`.
fn setting<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let value = |line: &'t str| Some(line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim());
    text.lines().find_map(value)
}

fn domain(tree: &FileTree) -> Result<Domain, String> {
    let site = text(tree, SITE).ok_or_else(|| format!("/{SITE} is missing or not readable"))?;
    let name = site.lines().find_map(|line| line.trim().strip_prefix("server_name ")?.strip_suffix(';'));
    let name = name.ok_or_else(|| format!("/{SITE} has no `server_name`"))?;
    let first = name.split_whitespace().next().unwrap_or_default();
    Domain::parse(first).map_err(|error| format!("`server_name` in /{SITE}: {}", error.message))
}

/// The address in certbot's record of the account, where only versions before 0.22 store it; the script's own default is
/// nobody's choice.
fn mail(account: &str) -> Option<EmailAddress> {
    let (_, rest) = account.split_once("mailto:")?;
    let address = rest.split('"').next()?;
    EmailAddress::parse(address).ok().filter(|mail| mail.to_string() != DEFAULT_MAIL)
}

/// The origin of pai's update URL.
fn mirror(tree: &FileTree) -> Option<String> {
    let config = text(tree, PAI_CONFIG)?;
    let url = config.lines().find_map(|line| line.strip_prefix("UPDATE_PATH:"))?.trim().trim_matches('"');
    let origin = url.split_once("/pai/")?.0;
    let plain = origin.chars().all(|c| c.is_ascii_graphic() && !"'\"\\#`".contains(c));
    (plain && origin.starts_with("http")).then(|| origin.to_owned())
}

/// The processor in the header of an ELF file.
fn arch(tree: &FileTree) -> Option<&'static str> {
    let TreeNode::File(bytes) = &tree.get(Utf8Path::new(PROGRAM))?.kind else { return None };
    match (bytes.get(..4)?, bytes.get(18..20)?) {
        (b"\x7fELF", [0x3e, 0]) => Some("amd64"),
        (b"\x7fELF", [0xb7, 0]) => Some("arm64"),
        _ => None,
    }
}
