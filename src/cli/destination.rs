//! Where a bundle goes and in which form.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;

use crate::bundle::Bundle;
use crate::bundle::manifest;
use crate::delivery;
use crate::delivery::cloud_config::{self, CLOUD_CONFIG_FILE, SecretPolicy};
use crate::fs::{self, Stdout};
use crate::render::Rendered;

/// The form of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A directory.
    Dir,
    /// A tar archive, uncompressed.
    Tar,
    /// A tar archive, compressed.
    #[value(name = "tar.gz", alias = "tgz")]
    TarGz,
    /// One readable stream.
    Text,
    /// Entries with path, type, mode, owner, sha256 and content.
    Json,
    /// One self-contained installer.
    Sh,
    /// User-data for cloud-init.
    CloudConfig,
    /// The same, packed as small as it gets.
    #[value(name = "cloud-config.gz")]
    CloudConfigGz,
    /// User-data as a MIME message, to merge with one's own.
    Mime,
    /// The Ansible project with the files it copies.
    Ansible,
}

/// Where a bundle goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A directory on the disk.
    Directory(Utf8PathBuf),
    /// One file on the disk.
    File(Utf8PathBuf, Format),
    /// Standard output.
    Stdout(Format),
}

/// What `-o` and `--format` mean together. `stdout` is asked only when nothing else decides.
pub(super) fn destination(
    output: Option<&Utf8Path>,
    format: Option<Format>,
    stdout: &Stdout,
) -> Result<Destination, String> {
    let Some(path) = output.filter(|path| *path != "-") else {
        let format = match (format, output, stdout) {
            (Some(Format::Dir), ..) => return Err("`--format dir` needs `-o DIR`".to_owned()),
            (Some(Format::Tar | Format::TarGz), _, Stdout::Terminal) => {
                return Err(
                    "a tar archive is nothing for a terminal: say `-o FILE`, or pipe it on".to_owned()
                );
            }
            (Some(format), ..) => format,
            (None, None, Stdout::Terminal) => Format::Text,
            (None, Some(_), Stdout::Terminal) => {
                return Err(
                    "a tar archive is nothing for a terminal: say `--format text`, or pipe it on".to_owned()
                );
            }
            (None, ..) => Format::Tar,
        };
        return Ok(Destination::Stdout(format));
    };
    let directory = path.as_str().ends_with('/') || fs::is_directory(path);
    match format.or_else(|| if directory { Some(Format::Dir) } else { by_suffix(path) }) {
        None | Some(Format::Dir) => Ok(Destination::Directory(path.to_owned())),
        Some(_) if directory => Err(format!("`{path}` is a directory, and the format is one file's")),
        Some(format) => Ok(Destination::File(path.to_owned(), format)),
    }
}

/// Where a fleet goes: into a directory, or as a tar archive to stdout.
pub(super) fn fleet(
    output: Option<&Utf8Path>,
    format: Option<Format>,
    stdout: &Stdout,
) -> Result<Destination, String> {
    match (output.filter(|path| *path != "-"), format) {
        (Some(path), None | Some(Format::Dir)) if fs::is_directory(path) || by_suffix(path).is_none() => {
            Ok(Destination::Directory(path.to_owned()))
        }
        (None, None | Some(Format::Tar)) if *stdout != Stdout::Terminal => {
            Ok(Destination::Stdout(Format::Tar))
        }
        (None, None | Some(Format::Tar)) => {
            Err("a fleet is nothing for a terminal: say `-o DIR`, or pipe the tar archive on".to_owned())
        }
        _ => Err("a fleet is a directory (`-o DIR`) or a tar archive on stdout (`> fleet.tar`)".to_owned()),
    }
}

/// The format that a file's name chooses.
pub(super) fn by_suffix(path: &Utf8Path) -> Option<Format> {
    let name = path.file_name()?;
    let suffixes = [
        (".tar", Format::Tar),
        (".tar.gz", Format::TarGz),
        (".tgz", Format::TarGz),
        (".json", Format::Json),
        (".sh", Format::Sh),
        (".yaml", Format::CloudConfig),
        (".yml", Format::CloudConfig),
        (".yaml.gz", Format::CloudConfigGz),
        (".mime", Format::Mime),
    ];
    suffixes
        .iter()
        .find(|(suffix, _)| name.ends_with(suffix) && name.len() > suffix.len())
        .map(|(_, format)| *format)
}

/// The headers of the default stream.
pub(super) fn tar_headers(bundle: &Bundle) -> Result<Vec<u8>> {
    let headers = delivery::tar::headers(Utf8Path::new(""), bundle, source_date_epoch()?);
    headers.map_err(|refusal| anyhow::anyhow!("{}", refusal.message))
}

/// The bytes of a bundle in one file's form.
pub(super) fn bytes(rendered: &Rendered, format: Format, secrets: SecretPolicy) -> Result<Vec<u8>> {
    let bundle = &rendered.bundle;
    let mtime = source_date_epoch()?;
    let refused = |refusal: crate::values::ParseError| anyhow::anyhow!("{}", refusal.message);
    Ok(match format {
        Format::Tar => delivery::tar::write(bundle, mtime).map_err(refused)?,
        Format::TarGz => delivery::tar_gz::write(bundle, mtime).map_err(refused)?,
        Format::Text | Format::Dir => delivery::text::write(bundle),
        Format::Json => delivery::json::write(bundle),
        Format::Sh => delivery::shell_script::write(bundle, mtime).map_err(refused)?,
        Format::CloudConfig => paper(bundle, CLOUD_CONFIG_FILE).into_bytes(),
        Format::CloudConfigGz => {
            let installer = paper(bundle, "panel.sh");
            cloud_config::compact(&rendered.host, bundle, &installer, secrets)
        }
        Format::Mime => cloud_config::mime(&paper(bundle, CLOUD_CONFIG_FILE)).into_bytes(),
        Format::Ansible => delivery::tar::write(&ansible(bundle), mtime).map_err(refused)?,
    })
}

/// The Ansible project of a bundle, and the files that it copies.
pub(super) fn ansible(bundle: &Bundle) -> Bundle {
    let mut project = Bundle::default();
    let wanted = |path: &Utf8Path| path.starts_with("ansible") || path.starts_with(manifest::ROOT_DIR);
    for (path, entry) in bundle.entries().filter(|(path, _)| wanted(path)) {
        project.insert(path.to_owned(), entry.clone());
    }
    project
}

fn paper(bundle: &Bundle, name: &str) -> String {
    let content = bundle.get(Utf8Path::new(name)).and_then(|entry| entry.content()).unwrap_or_default();
    String::from_utf8_lossy(content).into_owned()
}

/// The one variable that the contract lets through: the time of an archive's members, 0 without it.
pub(super) fn source_date_epoch() -> Result<u64> {
    #[expect(clippy::disallowed_methods, reason = "SOURCE_DATE_EPOCH sets archive times, by contract")]
    let said = std::env::var("SOURCE_DATE_EPOCH");
    match said {
        Ok(text) if !text.is_empty() => {
            text.parse().map_err(|_| anyhow::anyhow!("SOURCE_DATE_EPOCH is not a whole number of seconds"))
        }
        _ => Ok(0),
    }
}
