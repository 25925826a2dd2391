//! The formats of a bundle, once for the command line and for the page.

use camino::Utf8Path;

use super::cloud_config::{self, CLOUD_CONFIG_FILE, SecretPolicy};
use super::{json, shell_script, tar, tar_gz, text};
use crate::bundle::Bundle;
use crate::bundle::manifest::ROOT_DIR;
use crate::host::Host;
use crate::values::ParseError;

/// The format of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A directory.
    Dir,
    /// An uncompressed tar archive.
    Tar,
    /// A gzipped tar archive.
    TarGz,
    /// Readable text.
    Text,
    /// JSON entries.
    Json,
    /// A self-contained installer script.
    Sh,
    /// User-data for cloud-init.
    CloudConfig,
    /// Compact user-data, gzipped.
    CloudConfigGz,
    /// User-data as a MIME message.
    Mime,
    /// The Ansible project with the files that it copies.
    Ansible,
}

impl Format {
    /// Every format, in the order of the help.
    pub const ALL: &[Self] = &[
        Self::Dir,
        Self::Tar,
        Self::TarGz,
        Self::Text,
        Self::Json,
        Self::Sh,
        Self::CloudConfig,
        Self::CloudConfigGz,
        Self::Mime,
        Self::Ansible,
    ];

    /// The name on the command line, what the format is, and the name of a file in it.
    const fn facts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Dir => ("dir", "A directory", "bundle/"),
            Self::Tar => ("tar", "An uncompressed tar archive", "bundle.tar"),
            Self::TarGz => ("tar.gz", "A gzipped tar archive", "bundle.tar.gz"),
            Self::Text => ("text", "Readable text", "bundle.txt"),
            Self::Json => {
                ("json", "JSON entries with path, type, mode, owner, sha256 and content", "bundle.json")
            }
            Self::Sh => ("sh", "A self-contained installer script", "panel.sh"),
            Self::CloudConfig => ("cloud-config", "User-data for cloud-init", "cloud-config.yaml"),
            Self::CloudConfigGz => ("cloud-config.gz", "Compact user-data, gzipped", "cloud-config.yaml.gz"),
            Self::Mime => ("mime", "User-data as a MIME message, to combine with your own", "user-data.mime"),
            Self::Ansible => ("ansible", "The Ansible project with the files that it copies", "ansible.tar"),
        }
    }

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        self.facts().0
    }

    /// What it is, in a few words.
    pub const fn description(self) -> &'static str {
        self.facts().1
    }

    /// A file name for a bundle in it.
    pub const fn file_name(self) -> &'static str {
        self.facts().2
    }

    /// Returns the format with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// Returns a bundle in this format, as one file. A directory has none: it is readable text.
    pub fn bytes(
        self,
        host: &Host,
        bundle: &Bundle,
        mtime: u64,
        secrets: SecretPolicy,
    ) -> Result<Vec<u8>, ParseError> {
        Ok(match self {
            Self::Tar => tar::write(bundle, mtime)?,
            Self::TarGz => tar_gz::write(bundle, mtime)?,
            Self::Text | Self::Dir => text::write(bundle),
            Self::Json => json::write(bundle),
            Self::Sh => shell_script::write(bundle, mtime)?,
            Self::CloudConfig => document(bundle, CLOUD_CONFIG_FILE).into_bytes(),
            Self::CloudConfigGz => {
                cloud_config::compact(host, bundle, &document(bundle, "panel.sh"), secrets)
            }
            Self::Mime => cloud_config::mime(&document(bundle, CLOUD_CONFIG_FILE)).into_bytes(),
            Self::Ansible => tar::write(&ansible(bundle), mtime)?,
        })
    }
}

/// Returns the Ansible project of a bundle, the files that it copies, and the installer, whose preflight it runs.
pub fn ansible(bundle: &Bundle) -> Bundle {
    let mut project = Bundle::default();
    let wanted =
        |path: &Utf8Path| path.starts_with("ansible") || path.starts_with(ROOT_DIR) || path == "panel.sh";
    for (path, entry) in bundle.entries().filter(|(path, _)| wanted(path)) {
        project.insert(path.to_owned(), entry.clone());
    }
    project
}

fn document(bundle: &Bundle, name: &str) -> String {
    let content = bundle.get(Utf8Path::new(name)).and_then(|entry| entry.content()).unwrap_or_default();
    String::from_utf8_lossy(content).into_owned()
}
