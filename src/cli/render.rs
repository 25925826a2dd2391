//! `panelgen render`.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::config_args::ConfigArgs;
use super::destination::{self, Destination, Format};
use super::fleet::{self, FleetArgs, FleetHosts};
use super::progress::Progress;
use super::reporter::Reporter;
use super::{Outcome, diff};
use crate::bundle::Bundle;
use crate::delivery::cloud_config::{self, SecretPolicy};
use crate::delivery::{self, recognize, tar};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, escape};
use crate::facts::upstream::UPSTREAM;
use crate::fleet::HostIndex;
use crate::fs::{self, EntryChange, Overwrite, Stdout};
use crate::inspect::summary;
use crate::render::Rendered;
use crate::values::sanitize;

/// Render a bundle.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of its own")]
#[command(after_help = AFTER_HELP)]
pub(super) struct Render {
    #[command(flatten)]
    parameters: ConfigArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    /// Render the valid hosts if others are rejected; the exit code is still 2, and nothing is removed.
    #[arg(long, help_heading = "Fleet", requires = "fleet", conflicts_with = "domain")]
    keep_going: bool,
    /// The output: a directory (`bundle/`), a file (`*.tar`, `*.tar.gz`, `*.json`) or `-` for stdout.
    #[arg(short, long, value_name = "PATH", help_heading = "Output")]
    output: Option<Utf8PathBuf>,
    /// The output format, if the path does not determine it.
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    format: Option<Format>,
    /// Write only the file with this path on the host.
    #[arg(long, value_name = "HOSTPATH", help_heading = "Output", conflicts_with_all = ["format", "fleet"])]
    only: Option<String>,
    /// Write nothing; exit 1 if the output differs from what would be written.
    #[arg(long, help_heading = "Output", requires = "output")]
    check: bool,
    /// Include the initial password in user-data, which every process of the host can read.
    #[arg(long, help_heading = "Output")]
    secrets_in_user_data: bool,
    /// Write into a directory that panelgen does not own.
    #[arg(long, help_heading = "Output")]
    force: bool,
}

const AFTER_HELP: &str = "\
Without -o, a terminal gets a readable summary and a pipe gets a tar stream:
  panelgen render -d example.com -o bundle/
  panelgen render -d example.com | tar -xC bundle/

A shell cannot redirect into a directory: `> bundle/` fails before the program starts.

Exit codes: 0 done, 2 rejected; with --check 0 same, 1 differs, 2 error.";

/// The most conflicting directories that are listed.
const MAX_LISTED: usize = 20;

impl Render {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let secrets = if self.secrets_in_user_data { SecretPolicy::Include } else { SecretPolicy::Omit };
        if self.fleet.is_enabled() {
            return self.fleet(secrets, reporter);
        }
        let rendered = self.parameters.render(secrets, &mut diagnostics);
        let destination = match self.only {
            Some(_) => Ok(Destination::Stdout(Format::Text)),
            None => destination::destination(self.output.as_deref(), self.format, &fs::stdout_kind()),
        };
        let Some(rendered) = rendered else {
            reporter.report(&diagnostics);
            return Ok(Outcome::Failure);
        };
        if let Some(path) = &self.only {
            let one = self.one(&rendered.bundle, path, &mut diagnostics);
            reporter.report(&diagnostics);
            return one.unwrap_or(Ok(Outcome::Failure));
        }
        let destination = destination.map_err(anyhow::Error::msg)?;
        if destination == Destination::Summary {
            reporter.report(&diagnostics);
            let width = fs::stdout_width().unwrap_or(80);
            fs::write_stdout(summary::write(&rendered, width).as_bytes())?;
            return Ok(Outcome::Done);
        }
        if let Destination::Stdout(Format::Tar) = destination {
            reporter.report(&diagnostics);
            let headers = destination::tar_headers(&rendered.bundle)?;
            let mut pieces = tar::members(&headers, &rendered.bundle);
            pieces.push(&tar::END);
            return stdout(&pieces, Format::Tar, reporter);
        }
        if let Some((bytes, format)) = Self::stream(&rendered, &destination, secrets, &mut diagnostics)? {
            reporter.report(&diagnostics);
            return match destination {
                Destination::File(path, _) => {
                    let is_same = |found: &[u8]| {
                        destination::is_same_at_another_time(&rendered, format, secrets, found)
                    };
                    let done = self.file(&path, &bytes, file_mode(&rendered.bundle), &is_same, reporter)?;
                    self.report_license(&rendered, reporter);
                    Ok(done)
                }
                _ => stdout(&[&bytes], format, reporter),
            };
        }
        reporter.report(&diagnostics);
        match destination {
            Destination::Directory(path) if self.format == Some(Format::Ansible) => {
                self.directory(&destination::ansible(&rendered.bundle), &path, reporter)
            }
            Destination::Directory(path) => {
                let done = self.directory(&rendered.bundle, &path, reporter)?;
                self.report_license(&rendered, reporter);
                Ok(done)
            }
            Destination::File(..) | Destination::Stdout(_) | Destination::Summary => Ok(Outcome::Done),
        }
    }

    /// Prints the license of images that are not free, unless the parameters accept it.
    fn report_license(&self, rendered: &Rendered, reporter: &Reporter) {
        let mut images = rendered.plan.resources.iter().flat_map(|(_, resources)| &resources.images);
        let terms = images.find_map(|image| UPSTREAM.image(&image.reference)?.terms());
        if let Some(terms) = terms.filter(|_| !self.check && !rendered.host.faasd.accept_eula) {
            reporter.info(&format!(
                "note: images of this bundle are under the {terms}; `faasd.accept_eula: true` accepts it"
            ));
        }
    }

    /// Renders all hosts of a fleet.
    fn fleet(&self, secrets: SecretPolicy, reporter: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let destination = destination::fleet(self.output.as_deref(), self.format, &fs::stdout_kind());
        let hosts = FleetHosts::open(&self.parameters, &self.fleet, secrets, &mut diagnostics);
        let index = hosts.as_ref().and_then(|hosts| hosts.index(&mut diagnostics));
        if self.keep_going && index.is_some() {
            diagnostics.allow_partial();
        }
        reporter.report(&diagnostics);
        let (Some(hosts), Some(index)) = (hosts, index) else { return Ok(Outcome::Failure) };
        if index.rejected() > 0 && !self.keep_going {
            return Ok(Outcome::Failure);
        }
        if let Destination::Directory(path) = destination.map_err(anyhow::Error::msg)? {
            return self.fleet_directory(&hosts, index, &path, reporter);
        }
        match fleet::send(&hosts, &index, destination::source_date_epoch()?)? {
            Some((files, bytes)) => {
                let count = fleet::hosts(index.accepted());
                let files = file_count(files);
                reporter.info(&format!("{count}, {files}, {bytes} bytes{}", rejected(&index)));
            }
            None => reporter.info("output closed before the stream was complete"),
        }
        Ok(done(&index))
    }

    fn overwrite(&self) -> Overwrite {
        if self.force { Overwrite::Yes } else { Overwrite::No }
    }

    fn fleet_directory(
        &self,
        hosts: &FleetHosts<'_>,
        mut index: HostIndex,
        path: &Utf8Path,
        reporter: &Reporter,
    ) -> Result<Outcome> {
        let force = self.overwrite();
        if self.check {
            let mut same = true;
            let mut crlf = 0;
            let conflicts = fleet::check(hosts, &mut index, path, force, &mut |found| {
                same = false;
                if found.change == EntryChange::LineEnds {
                    crlf += 1;
                    return Ok(());
                }
                fs::write_stdout(difference(found).as_bytes()).map(drop)
            })?;
            diff::report_crlf(path.as_str(), crlf, reporter);
            report_conflicts(&conflicts, reporter);
            return Ok(match conflicts.is_empty() {
                false => Outcome::Failure,
                true if same => done(&index),
                true => Outcome::Differs,
            });
        }
        let (before, conflicts) = fleet::prepare(hosts, &mut index, path, force)?;
        report_conflicts(&conflicts, reporter);
        if !conflicts.is_empty() && !self.keep_going {
            return Ok(Outcome::Failure);
        }
        let summary = fleet::write(hosts, &index, path, force, before)?;
        report_remarks(path, &summary, reporter);
        let fs::WriteSummary { written, unchanged, removed, bytes, .. } = summary;
        reporter.info(&format!(
            "{}: {}, {}, {written} written ({bytes} bytes), {unchanged} unchanged, {removed} removed{}",
            sanitize(path.as_str()),
            fleet::hosts(index.accepted()),
            file_count(written + unchanged),
            rejected(&index),
        ));
        Ok(done(&index))
    }

    /// Returns the bytes of a format that is one stream. `None` for a directory.
    fn stream(
        rendered: &Rendered,
        destination: &Destination,
        secrets: SecretPolicy,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<(Vec<u8>, Format)>> {
        let (Destination::File(_, format) | Destination::Stdout(format)) = *destination else {
            return Ok(None);
        };
        let _progress = Progress::of(|| "packing".to_owned());
        let bytes = destination::bytes(rendered, format, secrets, destination::source_date_epoch()?)?;
        if matches!(format, Format::CloudConfig | Format::CloudConfigGz | Format::Mime) {
            report_user_data(rendered, &bytes, format, secrets, diagnostics);
        }
        Ok(Some((bytes, format)))
    }

    fn directory(&self, bundle: &Bundle, path: &Utf8Path, reporter: &Reporter) -> Result<Outcome> {
        let force = self.overwrite();
        if self.check {
            fs::check_target(path, force)?;
            let differences = fs::check_bundle(bundle, path)?;
            let (crlf, others): (Vec<_>, Vec<_>) =
                differences.iter().partition(|difference| difference.change == EntryChange::LineEnds);
            diff::report_crlf(path.as_str(), crlf.len(), reporter);
            let lines: Vec<String> = others.into_iter().map(difference).collect();
            fs::write_stdout(lines.concat().as_bytes())?;
            return Ok(if differences.is_empty() { Outcome::Done } else { Outcome::Differs });
        }
        let done = fs::write_bundle(bundle, path, force)?;
        report_remarks(path, &done, reporter);
        let files = done.written + done.unchanged;
        reporter.info(&format!(
            "{}: {files} files, {} written, {} unchanged, {} removed",
            sanitize(path.as_str()),
            done.written,
            done.unchanged,
            done.removed
        ));
        Ok(Outcome::Done)
    }

    /// Writes a file, or compares it. `is_same` is true for other bytes with the same meaning.
    fn file(
        &self,
        path: &Utf8Path,
        bytes: &[u8],
        mode: u32,
        is_same: &dyn Fn(&[u8]) -> bool,
        reporter: &Reporter,
    ) -> Result<Outcome> {
        if self.check {
            // The times in an archive change its compressed size.
            let limit = bytes.len() * 2 + 4096;
            let same = fs::read(path, limit).is_ok_and(|found| found == bytes || is_same(&found));
            if !same {
                fs::write_stdout(format!("differs {}\n", escape::line(path.as_str())).as_bytes())?;
            }
            return Ok(if same { Outcome::Done } else { Outcome::Differs });
        }
        if let Some(input) = self.parameters.named_inputs().iter().find(|input| fs::is_same_file(input, path))
        {
            return Err(fs::conflict(
                Code::OutputInput,
                if input == path {
                    format!("`{path}` is an input of this run")
                } else {
                    format!("`{path}` is the same file as `{input}`, an input of this run")
                },
                "choose another name for the output",
            ));
        }
        fs::write_output(path, bytes, mode, self.overwrite(), recognize::is_ours)?;
        reporter.info(&format!("{}: {} bytes", sanitize(path.as_str()), bytes.len()));
        Ok(Outcome::Done)
    }

    /// Writes one file of the bundle. Returns `None` and reports an error if it does not exist.
    fn one(&self, bundle: &Bundle, path: &str, diagnostics: &mut Diagnostics) -> Option<Result<Outcome>> {
        let inside = match path.strip_prefix('/') {
            Some(host) => format!("root/{host}"),
            None => path.to_owned(),
        };
        let entry = bundle.get(Utf8Path::new(&inside));
        let Some((entry, content)) = entry.and_then(|entry| Some((entry, entry.content()?))) else {
            let finding = Diagnostic::new(
                Code::OnlyUnknown,
                format!("this bundle does not contain the file `{}`", sanitize(path)),
            )
            .with_parameter("--only")
            .with_location(Location::Flag("--only".to_owned()));
            let files = bundle.entries().filter(|(_, entry)| entry.content().is_some());
            let paths = files.filter_map(|(path, _)| path.as_str().strip_prefix("root"));
            diagnostics.push(finding.with_suggestion(path, paths, "list every path with `panelgen list`"));
            return None;
        };
        Some(match self.output.as_deref().filter(|path| *path != "-") {
            Some(to) => self.file(to, content, entry.mode, &|_| false, &Reporter::quiet()),
            None => fs::write_stdout(content).map(|_| Outcome::Done),
        })
    }
}

/// Returns the mode of an output file: private if the bundle contains a secret.
fn file_mode(bundle: &Bundle) -> u32 {
    if bundle.has_secret() { 0o600 } else { 0o644 }
}

/// Reports the size of the user-data, providers with a lower limit, and a password that was left out.
fn report_user_data(
    rendered: &Rendered,
    bytes: &[u8],
    format: Format,
    secrets: SecretPolicy,
    diagnostics: &mut Diagnostics,
) {
    let packed =
        if format == Format::CloudConfigGz { bytes.len() } else { delivery::tar_gz::packed_size(bytes) };
    let too_large = cloud_config::too_large_for(packed);
    let sizes = if format == Format::CloudConfigGz {
        format!("{packed} bytes compressed")
    } else {
        format!("{} bytes, {packed} compressed", bytes.len())
    };
    if too_large.is_empty() {
        diagnostics.push(Diagnostic::new(
            Code::UserDataSize,
            format!("user-data of {sizes} fits the limits of all known providers"),
        ));
    } else {
        let providers = too_large.join(", ");
        let finding = Diagnostic::new(
            Code::UserDataLarge,
            format!("user-data of {sizes} is too large for {providers}"),
        );
        let finding = finding.with_hint(if format == Format::CloudConfigGz {
            "host the bundle on your own server and download it in short user-data"
        } else {
            "use `--format cloud-config.gz` for the compact form"
        });
        diagnostics.push(finding);
    }
    let host = &rendered.host;
    let omitted = [
        (
            host.has_password,
            "passinit",
            "the initial password is not included in the user-data: the host generates one",
        ),
        (
            host.has_registry_auth,
            "registry.auth",
            "the credentials of the registry are not included in the user-data: write them to the host yourself",
        ),
    ];
    let is_omitted = |given: bool| given && secrets == SecretPolicy::Omit && rendered.bundle.has_secret();
    for (_, parameter, message) in omitted.into_iter().filter(|(given, ..)| is_omitted(*given)) {
        diagnostics.push(Diagnostic::new(Code::UserDataSecret, message).with_parameter(parameter).with_hint(
            "use `--secrets-in-user-data` to include it; every process of a host can read its user-data",
        ));
    }
}

fn stdout(pieces: &[&[u8]], format: Format, reporter: &Reporter) -> Result<Outcome> {
    let kind = fs::stdout_kind();
    fs::write_stdout_pieces(pieces)?;
    match (&kind, format) {
        (Stdout::Terminal, Format::Text) => {
            reporter.info("");
            reporter.info(
                "nothing was written; use `-o bundle/` for a directory, or pipe the output into `tar -xC bundle/`",
            );
        }
        (Stdout::File(name), Format::Tar | Format::TarGz) => {
            let name = name.as_ref().map_or("the file", |name| name.as_str());
            if destination::by_suffix(Utf8Path::new(name)).is_none() {
                let name = sanitize(name);
                reporter.info(&format!(
                    "note: `{name}` is a tar archive; unpack it with `tar -xf {name} -C DIR`, or use `-o DIR/`"
                ));
            }
        }
        _ => {}
    }
    Ok(Outcome::Done)
}

fn report_conflicts(conflicts: &[anyhow::Error], reporter: &Reporter) {
    conflicts.iter().take(MAX_LISTED).for_each(|why| reporter.failure(why));
    if conflicts.len() > MAX_LISTED {
        reporter.info(&format!("and {} more conflicts", conflicts.len() - MAX_LISTED));
    }
}

/// Reports what a run found in the directory and did differently.
fn report_remarks(path: &Utf8Path, summary: &fs::WriteSummary, reporter: &Reporter) {
    let shown = sanitize(path.as_str()).to_string();
    let fs::Remarks { reverted, foreign, modes, directories, line_ends } = &summary.remarks;
    if !reverted.is_empty() {
        reporter.info(&format!(
            "note: {} changed by hand, and rendering reverts it; change the parameters instead, or use `overrides`",
            listed(path, reverted, "was", "were")
        ));
    }
    if !foreign.is_empty() {
        reporter.info(&format!(
            "note: {} not part of the bundle; no installer installs it: remove it",
            listed(path, foreign, "is", "are")
        ));
    }
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let restored: Vec<String> = [
        counted(*modes, "mode", "modes"),
        counted(*directories, "empty directory", "empty directories"),
        counted(*line_ends, "file with CRLF", "files with CRLF"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !restored.is_empty() {
        reporter.info(&format!("note: restored in `{shown}`: {}", restored.join(", ")));
    }
    if let Some(why) = &summary.in_place {
        reporter.info(&format!(
            "note: `{shown}` was written file by file, because {why}; after an interrupted run, run it again"
        ));
    }
    if summary.lacks_locks {
        reporter.info(&format!(
            "note: the filesystem of `{shown}` has no locks: do not run two renderings into it at once"
        ));
    }
    if summary.lacks_modes {
        reporter.info(&format!(
            "note: the filesystem of `{shown}` keeps no permission bits: install with `sh panel.sh install`, which sets them"
        ));
    }
}

/// Lists the first paths and counts the rest.
fn listed(top: &Utf8Path, paths: &[Utf8PathBuf], one: &str, many: &str) -> String {
    const SHOWN: usize = 5;
    let names: Vec<String> =
        paths.iter().take(SHOWN).map(|path| format!("`{}`", sanitize(top.join(path).as_str()))).collect();
    let more = paths.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more} {}", names.join(", "), if paths.len() == 1 { one } else { many })
}

fn file_count(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// Formats the number of rejected hosts for a summary.
fn rejected(index: &HostIndex) -> String {
    match index.rejected() {
        0 => String::new(),
        count => format!("; {} rejected", fleet::hosts(count)),
    }
}

fn done(index: &HostIndex) -> Outcome {
    if index.rejected() > 0 { Outcome::Failure } else { Outcome::Done }
}

fn difference(difference: &fs::Difference) -> String {
    let path = sanitize(difference.path.as_str());
    match difference.change {
        EntryChange::Missing => format!("missing {path}\n"),
        EntryChange::Stale => format!("stale {path}\n"),
        EntryChange::Kind => format!("kind {path}\n"),
        EntryChange::Content | EntryChange::LineEnds => format!("differs {path}\n"),
        EntryChange::Foreign => format!("foreign {path}\n"),
        EntryChange::Mode { found, wanted } => format!("mode {path} ({found:04o}, not {wanted:04o})\n"),
    }
}
