//! `panelgen check`.

mod fleet;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::config_args::ConfigArgs;
use super::fleet::FleetArgs;
use super::reporter::Reporter;
use super::{Outcome, diff};
use crate::bundle::file_tree::FileTree;
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::facts::target::{TARGETS, Target};
use crate::fs;
use crate::inspect::diff::printer::OutputMode;
use crate::inspect::lint::output::{self, CheckReport};
use crate::inspect::lint::validator_result::Verdict;
use crate::inspect::lint::{self, BundleView};
use crate::validators;
use crate::values::sanitize;

/// Find faults in a bundle: by reading it, then by asking the real programs.
#[derive(Args)]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
pub(super) struct Check {
    #[command(flatten)]
    parameters: ConfigArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    /// A bundle as a directory, a tar archive (gzipped or not) or `-` for one on stdin, instead of a fresh one.
    #[arg(value_name = "PATH", conflicts_with_all = [
        "domain", "mail", "panel", "passinit", "passinit_file", "files", "set", "arch", "stack",
        "fleet",
    ])]
    path: Option<Utf8PathBuf>,
    /// Validators that must give a result, with commas between them, or `all`: one that gives none is exit code 3.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Validators")]
    require: Vec<String>,
    /// Read the bundle, and start no program.
    #[arg(long, conflicts_with = "require", help_heading = "Validators")]
    no_programs: bool,
    /// Text for people, JSON, SARIF for code scanning, or lines for a GitHub job.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT", help_heading = "Output")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One object.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Commands of GitHub's runner.
    Github,
}

const USAGE: &str = "\
panelgen check [OPTIONS] [PARAMETERS]
       panelgen check [OPTIONS] [--target NAME] PATH";

const AFTER_HELP: &str = "\
With parameters the bundle is rendered in memory and checked; with PATH it is checked as it is. Its target is the one
its manifest names, or --target. Findings name the file in the bundle and the line; `panelgen explain CODE` tells more.
The real programs (nginx, systemd, cni, nft, cloud-init, sh, shellcheck, ansible, certbot, docker, promtool) then read
the files, each in a sandbox made by bubblewrap (`bwrap`), and are given only what they cannot run or follow. A program
that is not installed, or has no sandbox here, is reported as absent and never run without one. One that is killed, takes
too long or prints no result is an error. Programs are found in the directories of PATH that are absolute and that only
root and you can write to, then in the system's. docs/security.md tells more.
Of a fleet every host is rendered and read. What two hosts ask a program alike, letter for letter but for the letters and
digits of their own names and for sums, is asked once; every other difference is another question. A finding is told with
its hosts, in SARIF and for GitHub below HOST/. --only-host narrows it, --no-programs leaves the programs out.

Exit codes: 0 clean, 1 findings, 2 bad parameters or an unreadable bundle, 3 a required validator is absent or gave no
result, be there findings or not.";

impl Check {
    pub(super) fn run(&self, voice: &Reporter) -> Result<Outcome> {
        if self.fleet.is_enabled() {
            return self.fleet(voice);
        }
        let mut told = Diagnostics::default();
        let required = self.required(&mut told);
        if told.has_errors() {
            voice.report(&told);
            return Ok(Outcome::Failure);
        }
        let subject = match &self.path {
            Some(path) => self.read(path, &mut told)?,
            None => self.rendered(&mut told),
        };
        voice.report(&told);
        let Some((tree, has_modes, target)) = subject else { return Ok(Outcome::Failure) };
        let subject = BundleView::new(&tree, has_modes, target);
        let mut diagnostics = Diagnostics::default();
        lint::lint(&subject, &mut diagnostics);
        let verdicts =
            if self.no_programs { Vec::new() } else { validators::run(&subject, &mut diagnostics) };
        self.tell(&diagnostics, &verdicts, subject.texts().count(), voice)?;
        Ok(outcome(diagnostics.count() > 0, &verdicts, &required))
    }

    /// The validators that must have been asked.
    fn required(&self, told: &mut Diagnostics) -> Vec<&'static str> {
        if self.require.iter().any(|name| name == "all") {
            return validators::names().collect();
        }
        let mut required = Vec::new();
        for name in &self.require {
            if let Some(known) = validators::names().find(|known| known == name) {
                required.push(known);
                continue;
            }
            let finding = Diagnostic::new(
                Code::ValidatorUnknown,
                format!("there is no validator `{}`", sanitize(name)),
            )
            .with_parameter("--require")
            .with_location(Location::Flag("--require".to_owned()));
            told.push(finding.with_suggestion(
                name,
                validators::names().chain(["all"]),
                format!("there are {}, and `all`", validators::names().collect::<Vec<_>>().join(", ")),
            ));
        }
        required
    }

    /// The bundle at a path; none where the target is unknown.
    fn read(
        &self,
        path: &Utf8Path,
        told: &mut Diagnostics,
    ) -> Result<Option<(FileTree, bool, Option<&'static Target>)>> {
        let named = self.parameters.target();
        let target = named.and_then(Target::named);
        if let (Some(name), None) = (named, target) {
            let finding =
                Diagnostic::new(Code::ValueUnknown, format!("there is no target `{}`", sanitize(name)))
                    .with_parameter("target")
                    .with_location(Location::Flag("--target".to_owned()));
            told.push(finding.with_suggestion(
                name,
                TARGETS.iter().map(|target| target.name),
                "`panelgen targets` lists them",
            ));
            return Ok(None);
        }
        if path != "-" && fs::previous_fleet(path, &mut |_| ())?.is_some() {
            let path = sanitize(path.as_str());
            bail!("`{path}` holds a fleet: name the directory of one host, or check all by `--fleet FILE`");
        }
        let tree = diff::read(path)?;
        let is_git = path != "-" && fs::is_directory(path) && fs::is_in_git(path);
        let has_modes = !is_git || keeps_modes(&tree);
        Ok(Some((tree, has_modes, target)))
    }

    /// A fresh bundle; none where something was refused.
    fn rendered(&self, told: &mut Diagnostics) -> Option<(FileTree, bool, Option<&'static Target>)> {
        let rendered = self.parameters.render(SecretPolicy::Omit, told)?;
        Some((FileTree::from(&rendered.bundle), true, Some(rendered.host.target)))
    }

    fn tell(
        &self,
        diagnostics: &Diagnostics,
        verdicts: &[Verdict],
        files: usize,
        voice: &Reporter,
    ) -> Result<()> {
        let prefix = self.path.as_deref().filter(|path| *path != "-" && fs::is_directory(path));
        let prefix = prefix.map_or("", Utf8Path::as_str);
        let sheet = CheckReport { diagnostics, verdicts, prefix, files };
        let text = match self.format {
            Format::Text => output::text::write(&sheet, voice.reader() == OutputMode::Colored),
            Format::Json => output::json::write(&sheet),
            Format::Sarif => output::sarif::write(&sheet),
            Format::Github => output::github::write(&sheet),
        };
        fs::write_stdout(text.as_bytes())?;
        Ok(())
    }
}

/// Whether a tree in a git work tree still has bits that git would have lost: then nobody checked it out.
fn keeps_modes(tree: &FileTree) -> bool {
    let mut bits = tree.entries().map(|(_, found)| found.mode & 0o666);
    let first = bits.next();
    bits.any(|bits| Some(bits) != first)
}

/// What a check ends with. A required validator without an answer weighs more than what the others found: the check
/// was not the one that was asked for.
fn outcome(faulty: bool, verdicts: &[Verdict], required: &[&str]) -> Outcome {
    let absent =
        verdicts.iter().any(|verdict| required.contains(&verdict.name) && verdict.outcome.is_unanswered());
    if absent {
        Outcome::Absent
    } else if faulty {
        Outcome::Differs
    } else {
        Outcome::Done
    }
}
