//! The destination and format of a bundle.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::bundle::Bundle;
use crate::delivery;
use crate::delivery::cloud_config::SecretPolicy;
pub(super) use crate::delivery::format::{Format, ansible};
use crate::fs::{self, Stdout};
use crate::render::Rendered;

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let value = PossibleValue::new(self.name()).help(self.description());
        Some(if *self == Self::TarGz { value.alias("tgz") } else { value })
    }
}

/// The destination of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A directory.
    Directory(Utf8PathBuf),
    /// A file.
    File(Utf8PathBuf, Format),
    /// Standard output.
    Stdout(Format),
    /// A summary on the terminal; nothing is written.
    Summary,
}

/// Resolves `-o` and `--format`. `stdout` is used only if they do not decide.
pub(super) fn destination(
    output: Option<&Utf8Path>,
    format: Option<Format>,
    stdout: &Stdout,
) -> Result<Destination, String> {
    let Some(path) = output.filter(|path| *path != "-") else {
        let format = match (format, output, stdout) {
            (Some(Format::Dir), ..) => return Err("`--format dir` needs `-o DIR`".to_owned()),
            (Some(Format::Tar | Format::TarGz), _, Stdout::Terminal) => {
                return Err("cannot write a tar archive to a terminal: use `-o FILE` or a pipe".to_owned());
            }
            (Some(format), ..) => format,
            (None, None, Stdout::Terminal) => return Ok(Destination::Summary),
            (None, Some(_), Stdout::Terminal) => {
                return Err(
                    "cannot write a tar archive to a terminal: use `--format text` or a pipe".to_owned()
                );
            }
            (None, ..) => Format::Tar,
        };
        return Ok(Destination::Stdout(format));
    };
    if path == "/dev/stdout" {
        return destination(Some(Utf8Path::new("-")), format, stdout);
    }
    if fs::is_open_stream(path) {
        return match format {
            Some(Format::Dir) => {
                Err(format!("`{path}` is an open file, and `--format dir` needs a directory"))
            }
            format => Ok(Destination::File(path.to_owned(), format.unwrap_or(Format::Tar))),
        };
    }
    let directory = path.as_str().ends_with('/') || fs::is_directory(path);
    if format.is_none()
        && !directory
        && let Some(suffix) = unknown_suffix(path)
    {
        return Err(format!(
            "unknown archive suffix `{suffix}`: use one of {}, or `--format` to choose the format of `{path}`",
            SUFFIXES.iter().map(|(suffix, _)| format!("`{suffix}`")).collect::<Vec<_>>().join(", ")
        ));
    }
    match format.or_else(|| if directory { Some(Format::Dir) } else { by_suffix(path) }) {
        None | Some(Format::Dir) => Ok(Destination::Directory(path.to_owned())),
        Some(_) if directory => Err(format!("`{path}` is a directory, but the format is a single file")),
        Some(format) => Ok(Destination::File(path.to_owned(), format)),
    }
}

/// Resolves the destination of a fleet: a directory, or a tar archive on stdout.
pub(super) fn fleet(
    output: Option<&Utf8Path>,
    format: Option<Format>,
    stdout: &Stdout,
) -> Result<Destination, String> {
    let output = output.filter(|path| *path != "-");
    let unmarked =
        output.filter(|path| format.is_none() && !path.as_str().ends_with('/') && !fs::is_directory(path));
    if let Some(suffix) = unmarked.and_then(unknown_suffix) {
        return Err(format!(
            "unknown archive suffix `{suffix}`: a fleet is written to a directory (`-o DIR`) or as a tar archive to stdout (`> fleet.tar`)"
        ));
    }
    match (output, format) {
        (Some(path), None | Some(Format::Dir)) if fs::is_directory(path) || by_suffix(path).is_none() => {
            Ok(Destination::Directory(path.to_owned()))
        }
        (None, None | Some(Format::Tar)) if *stdout != Stdout::Terminal => {
            Ok(Destination::Stdout(Format::Tar))
        }
        (None, None | Some(Format::Tar)) => {
            Err("cannot write a fleet to a terminal: use `-o DIR` or pipe the tar archive".to_owned())
        }
        _ => {
            Err("a fleet is written to a directory (`-o DIR`) or as a tar archive to stdout (`> fleet.tar`)"
                .to_owned())
        }
    }
}

/// The known suffixes of files.
const SUFFIXES: &[(&str, Format)] = &[
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

/// Suffixes of archives, compressed files and documents, which directories do not have.
const FILE_SUFFIXES: &[&str] = &[
    "7z", "bz2", "cab", "cpio", "deb", "gz", "iso", "jar", "json", "jsonl", "lz", "lz4", "lzma", "mime",
    "rar", "rpm", "sh", "tar", "tbz", "tbz2", "tgz", "tlz", "txt", "txz", "tzst", "xz", "yaml", "yml", "z",
    "zip", "zst",
];

/// Returns the suffix of a name that asks for a file in a format that is not known. `.TAR` is one too.
fn unknown_suffix(path: &Utf8Path) -> Option<String> {
    let name = path.file_name()?;
    let (stem, last) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
    if by_suffix(path).is_some() || !FILE_SUFFIXES.contains(&last.to_ascii_lowercase().as_str()) {
        return None;
    }
    let inner = stem.rsplit_once('.').map(|(_, inner)| inner);
    let inner = inner.filter(|inner| FILE_SUFFIXES.contains(&inner.to_ascii_lowercase().as_str()));
    Some(inner.map_or_else(|| format!(".{last}"), |inner| format!(".{inner}.{last}")))
}

/// Returns the format for the suffix of a file name.
pub(super) fn by_suffix(path: &Utf8Path) -> Option<Format> {
    let name = path.file_name()?;
    SUFFIXES
        .iter()
        .find(|(suffix, _)| name.ends_with(suffix) && name.len() > suffix.len())
        .map(|(_, format)| *format)
}

/// Returns the tar headers of the default stream.
pub(super) fn tar_headers(bundle: &Bundle) -> Result<Vec<u8>> {
    let headers = delivery::tar::headers(Utf8Path::new(""), bundle, source_date_epoch()?);
    headers.map_err(|error| anyhow::anyhow!("{}", error.message))
}

/// Returns a bundle in a format that is a single file.
pub(super) fn bytes(
    rendered: &Rendered,
    format: Format,
    secrets: SecretPolicy,
    mtime: u64,
) -> Result<Vec<u8>> {
    let bytes = format.bytes(&rendered.host, &rendered.bundle, mtime, secrets);
    bytes.map_err(|error| anyhow::anyhow!("{}", error.message))
}

/// Whether `found` is this bundle, written with another SOURCE_DATE_EPOCH.
pub(super) fn is_same_at_another_time(
    rendered: &Rendered,
    format: Format,
    secrets: SecretPolicy,
    found: &[u8],
) -> bool {
    let mtime = match format {
        Format::Tar | Format::Ansible => delivery::tar::mtime_of(found),
        Format::TarGz => delivery::tar_gz::mtime_of(found),
        Format::Sh => delivery::shell_script::mtime_of(found),
        _ => None,
    };
    mtime.is_some_and(|mtime| bytes(rendered, format, secrets, mtime).is_ok_and(|bytes| bytes == found))
}

/// Reads SOURCE_DATE_EPOCH, the only environment variable that affects output: the mtime in archives, 0 by default.
pub(super) fn source_date_epoch() -> Result<u64> {
    #[expect(clippy::disallowed_methods, reason = "SOURCE_DATE_EPOCH sets archive times, by contract")]
    let value = std::env::var("SOURCE_DATE_EPOCH");
    match value {
        Ok(text) if !text.is_empty() => {
            text.parse().map_err(|_| anyhow::anyhow!("SOURCE_DATE_EPOCH is not a whole number of seconds"))
        }
        _ => Ok(0),
    }
}
