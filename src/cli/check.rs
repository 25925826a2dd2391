//! `panelgen check`.

mod fleet;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::as_of;
use super::config_args::ConfigArgs;
use super::fleet::FleetArgs;
use super::progress::Progress;
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
use crate::validators::{self, ValidatorCache};
use crate::values::{Date, sanitize};

/// Find faults in a bundle with lint rules and external validators.
#[derive(Args)]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
pub(super) struct Check {
    #[command(flatten)]
    parameters: ConfigArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    /// An existing bundle instead of a new rendering: a directory, a tar archive (gzipped or not) or `-` for stdin; or the
    /// directory of a fleet.
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
    /// The root of the repository, to which paths in SARIF and annotations are relative; by default the working directory.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    root: Option<Utf8PathBuf>,
}

/// An argument is not valid, which is reported.
struct Rejected;

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
    /// Checks. If nothing can be checked, a format for machines still is a document: it has the errors.
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let mut errors = Diagnostics::default();
        let result = self.check(&mut errors, reporter);
        if let Err(error) = &result {
            let conflict = error.downcast_ref::<fs::Conflict>();
            let code = conflict.map_or(Code::IoError, |conflict| conflict.code);
            let mut finding = Diagnostic::new(code, format!("{error:#}"));
            finding.hint = conflict.map(|conflict| conflict.hint.clone());
            errors.push(finding);
        }
        if errors.has_errors() && !matches!(self.format, Format::Text | Format::Html) {
            let subject = self.parameters.first_file().or(self.fleet.file()).or(self.path.as_deref());
            let fallback = subject.filter(|path| *path != "-").map_or("panel.yaml", Utf8Path::as_str);
            let report = CheckReport {
                diagnostics: &errors,
                verdicts: &[],
                required: &[],
                prefix: &self.below_root(Utf8Path::new(""))?,
                fallback,
                is_rejected: true,
                files: 0,
                others: 0,
            };
            self.print(&report, reporter)?;
        }
        result
    }

    /// Checks. Parameters with errors and what else prevents the check is in `errors`.
    fn check(&self, errors: &mut Diagnostics, reporter: &Reporter) -> Result<Outcome> {
        if self.fleet.is_enabled() {
            return self.fleet(errors, reporter);
        }
        if let Some(path) = self.path.as_deref().filter(|path| *path != "-")
            && let Some(hosts) = fleet::listed_hosts(path)?
        {
            return self.fleet_directory(path, hosts, errors, reporter);
        }
        let required = self.required(errors);
        if errors.has_errors() {
            reporter.report(errors);
            return Ok(Outcome::Failure);
        }
        let subject = match &self.path {
            Some(path) => self.read(path, errors)?,
            None => self.rendered(errors),
        };
        reporter.report(errors);
        let Some((tree, restored, target)) = subject else { return Ok(Outcome::Failure) };
        let subject = BundleView::new(&tree, restored.has_modes, target);
        let mut diagnostics = Diagnostics::default();
        report_crlf(self.path.as_deref().unwrap_or(Utf8Path::new("-")), &restored, &mut diagnostics);
        lint::lint(&subject, &mut diagnostics);
        let verdicts = if self.no_programs {
            Vec::new()
        } else {
            let cache = ValidatorCache::default();
            let running = cache.running();
            let _progress = Progress::of(move || format!("running {running}"));
            cache.run(&subject, &[], &mut diagnostics)
        };
        let is_faulty = self.add_age(&subject, &mut diagnostics);
        let report = CheckReport {
            diagnostics: &diagnostics,
            verdicts: &verdicts,
            required: &required,
            prefix: &self.prefix()?,
            fallback: MANIFEST_FILE,
            is_rejected: false,
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
        let Ok(target) = self.target(errors) else { return Ok(None) };
        let (tree, restored) = diff::read(path)?;
        Ok(Some((tree, restored, target)))
    }

    /// Returns the target of the flag, if there is one. `None` if it is unknown, which is reported.
    fn target(&self, errors: &mut Diagnostics) -> Result<Option<&'static Target>, Rejected> {
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
            return Err(Rejected);
        }
        Ok(target)
    }

    /// Renders the bundle. Returns `None` if there are errors, which are reported.
    fn rendered(&self, errors: &mut Diagnostics) -> Option<(FileTree, Restored, Option<&'static Target>)> {
        let rendered = self.parameters.render(SecretPolicy::Omit, errors)?;
        Some((FileTree::from(&rendered.bundle), Restored::default(), Some(rendered.host.target)))
    }

    /// Returns the directory of the bundle, for paths that the user can open.
    fn prefix(&self) -> Result<String> {
        match self.path.as_deref().filter(|path| *path != "-" && fs::is_directory(path)) {
            Some(path) => self.below_root(path),
            None => Ok(String::new()),
        }
    }

    /// Returns a path relative to the root of the repository, which is the working directory unless a flag sets it.
    fn below_root(&self, path: &Utf8Path) -> Result<String> {
        let root = match &self.root {
            Some(root) => root,
            None if path.is_absolute() => Utf8Path::new("."),
            None => return Ok(path.to_string()),
        };
        match (fs::relative_to(root, path)?, &self.root) {
            (Some(path), _) => Ok(path.into_string()),
            (None, None) => Ok(path.to_string()),
            (None, Some(root)) => {
                let shown = if path.as_str().is_empty() { Utf8Path::new(".") } else { path };
                bail!("`{}` is not below `{}`", sanitize(shown.as_str()), sanitize(root.as_str()))
            }
        }
    }

    fn print(&self, report: &CheckReport<'_>, reporter: &Reporter) -> Result<()> {
        let text = match self.format {
            Format::Text if reporter.is_json() => {
                reporter.report(report.diagnostics);
                output::text::summary(report)
            }
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

/// Reports line ends that git has changed.
fn report_crlf(path: &Utf8Path, restored: &Restored, diagnostics: &mut Diagnostics) {
    if restored.crlf > 0 {
        let shown = sanitize(path.as_str()).to_string();
        let finding = Diagnostic::new(Code::LineEnding, checkout::crlf_message(&shown, restored.crlf));
        let place = Location::File { path: MANIFEST_FILE.into(), line: 1, column: 1 };
        diagnostics.push(finding.with_location(place).with_hint(checkout::CRLF_HINT));
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
