//! `panelgen check`.

mod fleet;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::as_of;
use super::config_args::ConfigArgs;
use super::fleet::FleetArgs;
use super::reporter::Reporter;
use super::{Outcome, diff};
use crate::bundle::checkout::{self, Restored};
use crate::bundle::file_tree::FileTree;
use crate::bundle::manifest::MANIFEST_FILE;
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, did_you_mean, hint_for_prefix, nearest};
use crate::facts::target::{TARGETS, Target};
use crate::fs;
use crate::inspect::age;
use crate::inspect::diff::printer::OutputMode;
use crate::inspect::html;
use crate::inspect::lint::output::{self, CheckReport};
use crate::inspect::lint::validator_result::Verdict;
use crate::inspect::lint::{self, BundleView};
use crate::validators;
use crate::values::{Date, sanitize};

/// Find faults in a bundle with lint rules and external validators.
#[derive(Args)]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
pub(super) struct Check {
    #[command(flatten)]
    parameters: ConfigArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    /// An existing bundle instead of a new rendering: a directory, a tar archive (gzipped or not) or `-` for stdin.
    #[arg(value_name = "PATH", conflicts_with_all = [
        "domain", "mail", "panel", "passinit", "passinit_file", "files", "set", "arch", "stack",
        "fleet",
    ])]
    path: Option<Utf8PathBuf>,
    /// Validators that must give a result, separated by commas, or `all`; otherwise the exit code is 3.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Validators")]
    require: Vec<String>,
    /// Do not run external validators.
    #[arg(long, conflicts_with = "require", help_heading = "Validators")]
    no_programs: bool,
    /// Compare versions, images and the target with the facts as of this day: `YYYY-MM-DD`, or `today`.
    #[arg(long, value_name = "DATE", value_parser = as_of::parse, help_heading = "Age")]
    as_of: Option<Date>,
    /// What is out of date is an error, not a warning, and the exit code is 1.
    #[arg(long, requires = "as_of", help_heading = "Age")]
    strict: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT", help_heading = "Output")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Readable text.
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0 for code scanning.
    Sarif,
    /// Workflow commands for a GitHub job.
    Github,
    /// A page that needs no network.
    Html,
}

const USAGE: &str = "\
panelgen check [OPTIONS] [PARAMETERS]
       panelgen check [OPTIONS] [--target NAME] PATH";

const AFTER_HELP: &str = "\
With parameters, the bundle is rendered in memory and checked. With PATH, the existing bundle is checked for the target \
that its manifest names, or for --target. Findings show the file in the bundle and the line; `panelgen explain CODE` \
explains a code. panel.yaml of the bundle must have the parameters that its manifest records.

External validators (nginx, systemd, cni, nft, cloud-init, sh, shellcheck, ansible, certbot, docker, promtool) then read \
the files. Each runs in a sandbox made by bubblewrap (`bwrap`) and gets only input that it cannot execute or follow. A \
validator that is not installed, or cannot be sandboxed on this machine, is reported as not available and never runs \
without a sandbox. One that is killed, times out or prints no result is reported as an error. Programs are searched in \
the absolute directories of PATH that only root and you can write to, then in the system directories. See \
docs/security.md.

With --fleet, every host is rendered and checked. Input that is equal for several hosts, except for their own names and \
checksums, is validated once. A finding lists its hosts; in SARIF and for GitHub it is below HOST/. Use --only-host to \
select hosts and --no-programs to skip the validators.

With --as-of, the target, the versions and the images are compared with what this program knows (`panelgen facts`): \
ends of support, known vulnerabilities, unknown versions and images. Without it, no clock is read.

Exit codes: 0 clean, 1 findings, 2 invalid parameters or an unreadable bundle, 3 a required validator is not available \
or gave no result (regardless of findings).";

impl Check {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        if self.fleet.is_enabled() {
            return self.fleet(reporter);
        }
        let mut errors = Diagnostics::default();
        let required = self.required(&mut errors);
        if errors.has_errors() {
            reporter.report(&errors);
            return Ok(Outcome::Failure);
        }
        let subject = match &self.path {
            Some(path) => self.read(path, &mut errors)?,
            None => self.rendered(&mut errors),
        };
        reporter.report(&errors);
        let Some((tree, restored, target)) = subject else { return Ok(Outcome::Failure) };
        let subject = BundleView::new(&tree, restored.has_modes, target);
        let mut diagnostics = Diagnostics::default();
        if restored.crlf > 0 {
            let shown = sanitize(self.path.as_deref().map_or("-", Utf8Path::as_str)).to_string();
            let finding = Diagnostic::new(Code::LineEnding, checkout::crlf_message(&shown, restored.crlf));
            let place = Location::File { path: MANIFEST_FILE.into(), line: 1, column: 1 };
            diagnostics.push(finding.with_location(place).with_hint(checkout::CRLF_HINT));
        }
        lint::lint(&subject, &mut diagnostics);
        let verdicts =
            if self.no_programs { Vec::new() } else { validators::run(&subject, &mut diagnostics) };
        let is_faulty = self.add_age(&subject, &mut diagnostics);
        let report = CheckReport {
            diagnostics: &diagnostics,
            verdicts: &verdicts,
            required: &required,
            prefix: self.prefix(),
            files: subject.texts().count(),
            others: tree.others.len(),
        };
        self.print(&report, reporter)?;
        Ok(outcome(is_faulty, &verdicts, &required))
    }

    /// Adds what is out of date, if a day is set. Returns whether the bundle has faults: warnings about its age are none.
    fn add_age(&self, subject: &BundleView<'_>, diagnostics: &mut Diagnostics) -> bool {
        let is_faulty = diagnostics.count() > 0;
        let Some(day) = self.as_of else { return is_faulty };
        let found = age::check(subject, day, self.strict);
        let is_out_of_date = found.has_errors();
        diagnostics.merge(found);
        is_faulty || is_out_of_date
    }

    /// Returns the validators that must give a result.
    fn required(&self, errors: &mut Diagnostics) -> Vec<&'static str> {
        if self.require.iter().any(|name| name == "all") {
            return validators::names().collect();
        }
        let mut required = Vec::new();
        for name in &self.require {
            if let Some(known) = validators::names().find(|known| known == name) {
                required.push(known);
                continue;
            }
            let finding =
                Diagnostic::new(Code::ValidatorUnknown, format!("unknown validator `{}`", sanitize(name)))
                    .with_parameter("--require")
                    .with_location(Location::Flag("--require".to_owned()));
            errors.push(finding.with_suggestion(
                name,
                validators::names().chain(["all"]),
                format!("use `all` or one of {}", validators::names().collect::<Vec<_>>().join(", ")),
            ));
        }
        required
    }

    /// Reads the bundle at a path. Returns `None` if the target is unknown, which is reported.
    fn read(
        &self,
        path: &Utf8Path,
        errors: &mut Diagnostics,
    ) -> Result<Option<(FileTree, Restored, Option<&'static Target>)>> {
        let chosen = self.parameters.target();
        let target = chosen.and_then(Target::named);
        if let (Some(name), None) = (chosen, target) {
            let finding = Diagnostic::new(Code::ValueUnknown, format!("unknown target `{}`", sanitize(name)))
                .with_parameter("target")
                .with_location(Location::Flag("--target".to_owned()));
            let names = || TARGETS.iter().map(|target| target.name);
            errors.push(match (hint_for_prefix(name, names()), nearest(name, names())) {
                (Some(hint), _) => finding.with_hint(hint),
                (None, Some(near)) => finding.with_hint(did_you_mean(near)),
                (None, None) => finding.with_hint("list all targets with `panelgen targets`"),
            });
            return Ok(None);
        }
        if path != "-" && fs::previous_fleet(path, &mut |_| ())?.is_some() {
            let path = sanitize(path.as_str());
            bail!(
                "`{path}` contains a fleet: pass the directory of one host, or check all hosts with `--fleet FILE`"
            );
        }
        let (tree, restored) = diff::read(path)?;
        Ok(Some((tree, restored, target)))
    }

    /// Renders the bundle. Returns `None` if there are errors, which are reported.
    fn rendered(&self, errors: &mut Diagnostics) -> Option<(FileTree, Restored, Option<&'static Target>)> {
        let rendered = self.parameters.render(SecretPolicy::Omit, errors)?;
        Some((FileTree::from(&rendered.bundle), Restored::default(), Some(rendered.host.target)))
    }

    /// Returns the directory of the bundle, for paths that the user can open.
    fn prefix(&self) -> &str {
        let path = self.path.as_deref().filter(|path| *path != "-" && fs::is_directory(path));
        path.map_or("", Utf8Path::as_str)
    }

    fn print(&self, report: &CheckReport<'_>, reporter: &Reporter) -> Result<()> {
        let text = match self.format {
            Format::Text => output::text::write(report, reporter.reader() == OutputMode::Colored),
            Format::Json => output::json::write(report),
            Format::Sarif => output::sarif::write(report),
            Format::Github => output::github::write(report),
            Format::Html => html::check::write(report),
        };
        fs::write_stdout(text.as_bytes())?;
        Ok(())
    }
}

/// Returns the result of a check. A required validator without a result takes precedence over findings, because the check
/// is incomplete.
fn outcome(faulty: bool, verdicts: &[Verdict], required: &[&str]) -> Outcome {
    if output::missing_validators(verdicts, required).is_some() {
        Outcome::Absent
    } else if faulty {
        Outcome::Differs
    } else {
        Outcome::Done
    }
}
