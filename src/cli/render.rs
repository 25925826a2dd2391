//! `panelgen render`.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::Outcome;
use super::config_args::ConfigArgs;
use super::destination::{self, Destination, Format};
use super::fleet::{self, FleetArgs, FleetHosts};
use super::reporter::Reporter;
use crate::bundle::Bundle;
use crate::delivery::cloud_config::{self, SecretPolicy};
use crate::delivery::{self, tar};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fleet::HostIndex;
use crate::fs::{self, EntryChange, Overwrite, Stdout};
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
    /// Render the good hosts where others are refused; the exit code stays 2, and nothing is removed.
    #[arg(long, help_heading = "Fleet", requires = "fleet", conflicts_with = "domain")]
    keep_going: bool,
    /// Where to: a directory (`bundle/`), a file (`*.tar`, `*.tar.gz`, `*.json`) or `-` for stdout.
    #[arg(short, long, value_name = "PATH", help_heading = "Output")]
    output: Option<Utf8PathBuf>,
    /// The form, where the path does not say it.
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    format: Option<Format>,
    /// One file alone, by its path on the host, as it is.
    #[arg(long, value_name = "HOSTPATH", help_heading = "Output", conflicts_with_all = ["format", "fleet"])]
    only: Option<String>,
    /// Write nothing; tell whether what stands at `-o` is what would be written (exit 1 when not).
    #[arg(long, help_heading = "Output", requires = "output")]
    check: bool,
    /// Let a given password into user-data, which every process of the host can read.
    #[arg(long, help_heading = "Output")]
    secrets_in_user_data: bool,
    /// Take over a directory that another program made.
    #[arg(long, help_heading = "Output")]
    force: bool,
}

const AFTER_HELP: &str = "\
Without -o a terminal gets a readable preview and a pipe gets a tar stream:
  panelgen render -d example.com -o bundle/
  panelgen render -d example.com | tar -xC bundle/
A shell cannot redirect into a directory: `> bundle/` fails before any program starts.

Exit codes: 0 done, 2 refused; with --check 0 same, 1 differs, 2 trouble.";

/// So many places that are somebody else's are told one by one.
const STRANGERS: usize = 20;

impl Render {
    pub(super) fn run(&self, voice: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let secrets = if self.secrets_in_user_data { SecretPolicy::Include } else { SecretPolicy::Omit };
        if self.fleet.is_enabled() {
            return self.fleet(secrets, voice);
        }
        let rendered = self.parameters.render(secrets, &mut diagnostics);
        let destination = match self.only {
            Some(_) => Ok(Destination::Stdout(Format::Text)),
            None => destination::destination(self.output.as_deref(), self.format, &fs::stdout_kind()),
        };
        let Some(rendered) = rendered else {
            voice.report(&diagnostics);
            return Ok(Outcome::Failure);
        };
        if let Some(path) = &self.only {
            let one = self.one(&rendered.bundle, path, &mut diagnostics);
            voice.report(&diagnostics);
            return one.unwrap_or(Ok(Outcome::Failure));
        }
        let destination = destination.map_err(anyhow::Error::msg)?;
        if let Destination::Stdout(Format::Tar) = destination {
            voice.report(&diagnostics);
            let headers = destination::tar_headers(&rendered.bundle)?;
            let mut pieces = tar::members(&headers, &rendered.bundle);
            pieces.push(&tar::END);
            return stdout(&pieces, Format::Tar, voice);
        }
        if let Some((bytes, format)) = Self::stream(&rendered, &destination, secrets, &mut diagnostics)? {
            voice.report(&diagnostics);
            return match destination {
                Destination::File(path, _) => self.file(&path, &bytes, file_mode(&rendered.bundle), voice),
                _ => stdout(&[&bytes], format, voice),
            };
        }
        voice.report(&diagnostics);
        match destination {
            Destination::Directory(path) if self.format == Some(Format::Ansible) => {
                self.directory(&destination::ansible(&rendered.bundle), &path, voice)
            }
            Destination::Directory(path) => self.directory(&rendered.bundle, &path, voice),
            Destination::File(..) | Destination::Stdout(_) => Ok(Outcome::Done),
        }
    }

    /// All hosts of a fleet.
    fn fleet(&self, secrets: SecretPolicy, voice: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let destination = destination::fleet(self.output.as_deref(), self.format, &fs::stdout_kind());
        let hosts = FleetHosts::open(&self.parameters, &self.fleet, secrets, &mut diagnostics);
        let roll = hosts.as_ref().and_then(|hosts| hosts.roll(&mut diagnostics));
        if self.keep_going && roll.is_some() {
            diagnostics.allow_partial();
        }
        voice.report(&diagnostics);
        let (Some(hosts), Some(roll)) = (hosts, roll) else { return Ok(Outcome::Failure) };
        if roll.rejected() > 0 && !self.keep_going {
            return Ok(Outcome::Failure);
        }
        if let Destination::Directory(path) = destination.map_err(anyhow::Error::msg)? {
            return self.fleet_directory(&hosts, roll, &path, voice);
        }
        match fleet::send(&hosts, &roll, destination::source_date_epoch()?)? {
            Some((files, bytes)) => {
                let count = fleet::hosts(roll.accepted());
                voice.info(&format!("{count}, {files} files, {bytes} bytes{}", refused(&roll)));
            }
            None => voice.info("who reads the stream went away before its end"),
        }
        Ok(done(&roll))
    }

    fn fleet_directory(
        &self,
        hosts: &FleetHosts<'_>,
        mut roll: HostIndex,
        path: &Utf8Path,
        voice: &Reporter,
    ) -> Result<Outcome> {
        if self.check {
            let mut same = true;
            fleet::check(hosts, &mut roll, path, &mut |found| {
                same = false;
                fs::write_stdout(difference(found).as_bytes()).map(drop)
            })?;
            return Ok(if same { done(&roll) } else { Outcome::Differs });
        }
        let force = if self.force { Overwrite::Yes } else { Overwrite::No };
        let (before, strangers) = fleet::prepare(hosts, &mut roll, path, force)?;
        strangers.iter().take(STRANGERS).for_each(|why| voice.failure(why));
        if strangers.len() > STRANGERS {
            voice.info(&format!("… and {} more like these", strangers.len() - STRANGERS));
        }
        if !strangers.is_empty() && !self.keep_going {
            return Ok(Outcome::Failure);
        }
        let fs::WriteSummary { written, unchanged, removed, bytes } =
            fleet::write(hosts, &roll, path, force, before)?;
        voice.info(&format!(
            "{}: {}, {} files, {written} written ({bytes} bytes), {unchanged} unchanged, {removed} removed{}",
            sanitize(path.as_str()),
            fleet::hosts(roll.accepted()),
            written + unchanged,
            refused(&roll),
        ));
        Ok(done(&roll))
    }

    /// The bytes of a form that is one stream, with what there is to tell of it; none for a directory.
    fn stream(
        rendered: &Rendered,
        destination: &Destination,
        secrets: SecretPolicy,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<(Vec<u8>, Format)>> {
        let (Destination::File(_, format) | Destination::Stdout(format)) = *destination else {
            return Ok(None);
        };
        let bytes = destination::bytes(rendered, format, secrets)?;
        if matches!(format, Format::CloudConfig | Format::CloudConfigGz | Format::Mime) {
            tell_user_data(rendered, &bytes, format, secrets, diagnostics);
        }
        Ok(Some((bytes, format)))
    }

    fn directory(&self, bundle: &Bundle, path: &Utf8Path, voice: &Reporter) -> Result<Outcome> {
        if self.check {
            let differences = fs::check_bundle(bundle, path)?;
            let lines: Vec<String> = differences.iter().map(difference).collect();
            fs::write_stdout(lines.concat().as_bytes())?;
            return Ok(if differences.is_empty() { Outcome::Done } else { Outcome::Differs });
        }
        let force = if self.force { Overwrite::Yes } else { Overwrite::No };
        let done = fs::write_bundle(bundle, path, force)?;
        let files = done.written + done.unchanged;
        voice.info(&format!(
            "{}: {files} files, {} written, {} unchanged, {} removed",
            sanitize(path.as_str()),
            done.written,
            done.unchanged,
            done.removed
        ));
        Ok(Outcome::Done)
    }

    fn file(&self, path: &Utf8Path, bytes: &[u8], mode: u32, voice: &Reporter) -> Result<Outcome> {
        if self.check {
            let same = fs::read(path, bytes.len() + 1).is_ok_and(|found| found == bytes);
            if !same {
                fs::write_stdout(format!("differs {path}\n").as_bytes())?;
            }
            return Ok(if same { Outcome::Done } else { Outcome::Differs });
        }
        fs::write_file(path, bytes, mode)?;
        voice.info(&format!("{}: {} bytes", sanitize(path.as_str()), bytes.len()));
        Ok(Outcome::Done)
    }

    /// One file of the bundle; none, and a finding, where it has no such file.
    fn one(&self, bundle: &Bundle, path: &str, diagnostics: &mut Diagnostics) -> Option<Result<Outcome>> {
        let inside = match path.strip_prefix('/') {
            Some(host) => format!("root/{host}"),
            None => path.to_owned(),
        };
        let entry = bundle.get(Utf8Path::new(&inside));
        let Some((entry, content)) = entry.and_then(|entry| Some((entry, entry.content()?))) else {
            let finding =
                Diagnostic::new(Code::OnlyUnknown, format!("this bundle has no file `{}`", sanitize(path)))
                    .with_parameter("--only")
                    .with_location(Location::Flag("--only".to_owned()));
            let files = bundle.entries().filter(|(_, entry)| entry.content().is_some());
            let paths = files.filter_map(|(path, _)| path.as_str().strip_prefix("root"));
            diagnostics.push(finding.with_suggestion(path, paths, "`panelgen list` shows every path"));
            return None;
        };
        Some(match self.output.as_deref().filter(|path| *path != "-") {
            Some(to) => self.file(to, content, entry.mode, &Reporter::quiet()),
            None => fs::write_stdout(content).map(|_| Outcome::Done),
        })
    }
}

/// A file that holds a secret is closed to others.
fn file_mode(bundle: &Bundle) -> u32 {
    if bundle.has_secret() { 0o600 } else { 0o644 }
}

/// What an operator should know of user-data: its sizes, who takes it, and where the password is.
fn tell_user_data(
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
        format!("{packed} bytes, packed")
    } else {
        format!("{} bytes, {packed} when gzipped", bytes.len())
    };
    if too_large.is_empty() {
        diagnostics.push(Diagnostic::new(
            Code::UserDataSize,
            format!("user-data of {sizes}: every provider we know takes it"),
        ));
    } else {
        let who = too_large.join(", ");
        let finding =
            Diagnostic::new(Code::UserDataLarge, format!("user-data of {sizes} is too large for {who}"));
        let finding = finding.with_hint(if format == Format::CloudConfigGz {
            "serve the bundle from a place of your own and let short user-data fetch it"
        } else {
            "say `--format cloud-config.gz` for the compact form"
        });
        diagnostics.push(finding);
    }
    if rendered.bundle.has_secret() && secrets == SecretPolicy::Omit {
        diagnostics.push(
            Diagnostic::new(
                Code::UserDataSecret,
                "the initial password is left out of the user-data, and the host makes its own",
            )
            .with_parameter("passinit")
            .with_hint("every process of a host can read its user-data; `--secrets-in-user-data` insists"),
        );
    }
}

fn stdout(pieces: &[&[u8]], format: Format, voice: &Reporter) -> Result<Outcome> {
    let kind = fs::stdout_kind();
    fs::write_stdout_pieces(pieces)?;
    match (&kind, format) {
        (Stdout::Terminal, Format::Text) => {
            voice.info(
                "\nnothing was written; say `-o bundle/` for a directory, or pipe it into `tar -xC bundle/`",
            );
        }
        (Stdout::File(name), Format::Tar | Format::TarGz) => {
            let name = name.as_ref().map_or("the file", |name| name.as_str());
            if destination::by_suffix(Utf8Path::new(name)).is_none() {
                let name = sanitize(name);
                voice.info(&format!(
                    "note: `{name}` is a tar archive; unpack it with `tar -xf {name} -C DIR`, or say `-o DIR/`"
                ));
            }
        }
        _ => {}
    }
    Ok(Outcome::Done)
}

/// What a summary says of refused hosts.
fn refused(roll: &HostIndex) -> String {
    match roll.rejected() {
        0 => String::new(),
        count => format!("; {} refused", fleet::hosts(count)),
    }
}

fn done(roll: &HostIndex) -> Outcome {
    if roll.rejected() > 0 { Outcome::Failure } else { Outcome::Done }
}

fn difference(difference: &fs::Difference) -> String {
    let path = sanitize(difference.path.as_str());
    match difference.change {
        EntryChange::Missing => format!("missing {path}\n"),
        EntryChange::Stale => format!("stale {path}\n"),
        EntryChange::Kind => format!("kind {path}\n"),
        EntryChange::Content => format!("differs {path}\n"),
        EntryChange::Mode { found, wanted } => format!("mode {path} ({found:04o}, not {wanted:04o})\n"),
    }
}
