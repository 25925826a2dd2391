//! `panelgen diff`.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::Outcome;
use super::config_args::ConfigArgs;
use super::fleet::{self, FleetArgs, FleetHosts};
use super::reporter::Reporter;
use crate::bundle::file_tree::FileTree;
use crate::delivery::archive::{self, Limits};
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Diagnostics, Location};
use crate::fs::{self, LiveRoot, StatResult};
use crate::inspect::diff::drift::{self, AccountNames, ReadScope, UnreadablePath};
use crate::inspect::diff::fleet::{ChangeSignature, Summary};
use crate::inspect::diff::impact::impact;
use crate::inspect::diff::side::{ModeSource, Side};
use crate::inspect::diff::{Comparison, compare, json, markdown, stat, text};
use crate::render::Rendered;
use crate::values::sanitize;

/// Compare what would be rendered with what is there.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of its own")]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
pub(super) struct Diff {
    #[command(flatten)]
    parameters: ConfigArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    /// Behind the summary, the patch of each host that changes.
    #[arg(long, help_heading = "Fleet", requires = "fleet", conflicts_with = "format")]
    details: bool,
    /// What is there: a bundle as a directory, a tar archive (gzipped or not) or `-` for one on stdin.
    #[arg(value_name = "PATH", required_unless_present = "root", conflicts_with = "root")]
    path: Option<Utf8PathBuf>,
    /// Another bundle to compare the first with, instead of a fresh one.
    #[arg(value_name = "B", requires = "path", conflicts_with_all = ["ConfigArgs", "fleet"])]
    other: Option<Utf8PathBuf>,
    /// A live or mounted root of a host, read only.
    #[arg(long, value_name = "DIR", help_heading = "Comparison", conflicts_with = "fleet")]
    root: Option<Utf8PathBuf>,
    /// The bundle was rendered with --secrets-in-user-data.
    #[arg(long, help_heading = "Comparison", conflicts_with_all = ["other", "root"])]
    secrets_in_user_data: bool,
    /// A patch below its impact, JSON for machines, or markdown for a pull request.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT", help_heading = "Output")]
    format: Format,
    /// Lines changed per path, instead of the lines.
    #[arg(long, help_heading = "Output", conflicts_with_all = ["name_only", "format"])]
    stat: bool,
    /// The paths alone.
    #[arg(long, help_heading = "Output", conflicts_with = "format")]
    name_only: bool,
    /// Lines around a change.
    #[arg(
        short = 'U',
        long,
        default_value_t = 3,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(..=1_000_000),
        help_heading = "Output"
    )]
    unified: u32,
    /// Exit 0 same, 1 trouble, 2 changes.
    #[arg(long, help_heading = "Output")]
    pub(super) detailed_exitcode: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A patch below its impact.
    Text,
    /// One object.
    Json,
    /// A comment with folded diffs.
    Markdown,
}

const USAGE: &str = "\
panelgen diff [OPTIONS] [PARAMETERS] PATH
       panelgen diff [OPTIONS] [PARAMETERS] --root DIR
       panelgen diff [OPTIONS] A B";

const AFTER_HELP: &str = "\
Old is what is there (PATH, the root, A), new what would be rendered (or B): `+` lines are what applying would bring.
The text is a patch for `git apply` and `patch -p1`; the lines before it, which tell what the host needs, start with #.
A file that is or holds a secret is never shown, only that it differs. What cannot be read is told and counts as different.
In a git work tree, permission bits and empty directories that git cannot keep do not count.

Exit codes: 0 same, 1 differs, 2 trouble; with --detailed-exitcode 0 same, 1 trouble, 2 changes.";

/// The flag that turns the exit codes round.
const DETAILED: &str = "--detailed-exitcode";

/// Whether the arguments, which could not be understood, ask for the detailed exit codes. A mistyped
/// `--detailed-exitcode` asks for them too: its mistake must not look like changes.
pub(super) fn asks_for_detail<'a>(arguments: impl IntoIterator<Item = &'a str>) -> bool {
    arguments.into_iter().take_while(|argument| *argument != "--").any(|argument| {
        let flag = argument.split('=').next().unwrap_or_default();
        flag.starts_with("--detail") || (flag.len() > 10 && strsim::damerau_levenshtein(flag, DETAILED) <= 4)
    })
}

impl Diff {
    pub(super) fn run(&self, voice: &Reporter) -> Result<Outcome> {
        if let (Some(a), Some(b)) = (&self.path, &self.other) {
            return self.two(a, b, voice);
        }
        if self.fleet.is_enabled() {
            return self.fleet(voice);
        }
        // The archive first: who reads it cannot be told by an empty rest of it.
        let stdin = self.path.as_deref().is_some_and(|path| path == "-");
        let mut diagnostics = Diagnostics::default();
        let secrets = if self.secrets_in_user_data { SecretPolicy::Include } else { SecretPolicy::Omit };
        let rendered = self.parameters.render_with_stdin(
            stdin.then(|| Location::Flag("PATH -".to_owned())),
            secrets,
            &mut diagnostics,
        );
        voice.report(&diagnostics);
        let Some(bundle) = rendered.map(|rendered| rendered.bundle) else { return Ok(Outcome::Failure) };
        if let Some(root) = &self.root {
            let new = Side::placed(&bundle);
            let sight = sight(root, &new)?;
            return self.tell(&compare(&drift::side(&sight, &new), &new), voice);
        }
        let path = self.path.as_deref().unwrap_or(Utf8Path::new("-"));
        let tree = read(path)?;
        let new = Side::rendered(&bundle);
        let mut old = Side::read(&tree, bits(path));
        let others = old.leave_others(&new);
        if let [first, rest @ ..] = &others[..] {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            voice.info(&format!("note: not of the bundle, left alone: `{}`{more}", sanitize(first.as_str())));
        }
        if !old.has_manifest() && !old.items.is_empty() {
            let hint = if tree.get("etc".into()).is_some() {
                format!("; for a host's root say `--root {}`", sanitize(path.as_str()))
            } else {
                String::new()
            };
            voice.info(&format!("note: `{}` has no manifest of panelgen's{hint}", sanitize(path.as_str())));
        }
        self.tell(&compare(&old, &new), voice)
    }

    /// A fleet, and the directory of one.
    fn fleet(&self, voice: &Reporter) -> Result<Outcome> {
        let path = self.path.as_deref().unwrap_or(Utf8Path::new("-"));
        if path == "-" || !fs::is_directory(path) {
            bail!("a fleet is compared with a directory, and `{}` is none", sanitize(path.as_str()));
        }
        let mut diagnostics = Diagnostics::default();
        let secrets = if self.secrets_in_user_data { SecretPolicy::Include } else { SecretPolicy::Omit };
        let hosts = FleetHosts::open(&self.parameters, &self.fleet, secrets, &mut diagnostics);
        let roll = hosts.as_ref().and_then(|hosts| hosts.roll(&mut diagnostics));
        voice.report(&diagnostics);
        let (Some(hosts), Some(mut roll)) = (hosts, roll) else { return Ok(Outcome::Failure) };
        if roll.rejected() > 0 {
            return Ok(Outcome::Failure);
        }
        let (bits, reader) = (bits(path), voice.reader());
        let context = usize::try_from(self.unified).unwrap_or(usize::MAX);
        let mut summary = Summary::default();
        (summary.gone, summary.papers) = fleet::stale_items(&hosts, &mut roll, path)?;
        let each = |told: &mut (dyn FnMut(String, Option<ChangeSignature>, Vec<u8>) -> Result<()> + Send)| {
            let work = |domain: &str, rendered: Rendered| {
                let at = path.join(domain);
                let there = fs::is_directory(&at);
                let tree = if there { fs::read_bundle(&at)? } else { FileTree::default() };
                let new = Side::rendered(&rendered.bundle);
                let mut old = Side::read(&tree, bits);
                old.leave_others(&new);
                let mut comparison = compare(&old, &new);
                let impact = impact(&comparison);
                let kind = there.then(|| ChangeSignature::of(&comparison, &impact));
                // The patch of a fleet is one from its own directory.
                if self.details {
                    comparison.seen_from_above(domain);
                }
                let lines = match () {
                    () if comparison.is_same() => Vec::new(),
                    () if self.name_only => stat::names(&comparison),
                    () if self.stat => stat::write(&comparison, &impact, reader),
                    () if self.details => text::write(&comparison, &impact, context, reader),
                    () => Vec::new(),
                };
                Ok((domain.to_owned(), kind, comparison.is_same(), lines))
            };
            hosts.render(&roll, "comparing", work, |(domain, kind, same, lines)| {
                if same && kind.is_some() {
                    return Ok(());
                }
                told(domain, kind, lines)
            })
        };
        each(&mut |domain, kind, _| {
            match kind {
                Some(kind) => summary.add(kind, domain),
                None => summary.new.push(domain),
            }
            Ok(())
        })?;
        summary.same = roll.accepted() - summary.changed() - summary.new.len();
        let details = self.details || self.stat || self.name_only;
        let mark = if details { "# " } else { "" };
        let lines = summary.lines().into_iter();
        let lines: Vec<String> = match self.format {
            Format::Json => vec![summary.json()],
            Format::Markdown => lines.map(|line| format!("- {}\n", line.trim_start())).collect(),
            Format::Text => lines.map(|line| format!("{mark}{line}\n")).collect(),
        };
        fs::write_stdout(lines.concat().as_bytes())?;
        if details {
            each(&mut |domain, _, lines| {
                fs::write_stdout(format!("\n# ==> {domain} <==\n").as_bytes())?;
                fs::write_stdout(&lines).map(drop)
            })?;
        }
        Ok(if summary.is_same() { Outcome::Done } else { Outcome::Differs })
    }

    /// Two bundles.
    fn two(&self, a: &Utf8Path, b: &Utf8Path, voice: &Reporter) -> Result<Outcome> {
        if a == "-" && b == "-" {
            bail!("stdin can be read once: `-` is one of the two bundles, not both");
        }
        let (old, new) = (read(a)?, read(b)?);
        if old == new {
            return self.tell(&Comparison::same(), voice);
        }
        self.tell(&compare(&Side::read(&old, bits(a)), &Side::read(&new, bits(b))), voice)
    }

    fn tell(&self, comparison: &Comparison<'_>, voice: &Reporter) -> Result<Outcome> {
        let impact = impact(comparison);
        let context = usize::try_from(self.unified).unwrap_or(usize::MAX);
        let reader = voice.reader();
        let bytes = match self.format {
            _ if self.name_only => stat::names(comparison),
            _ if self.stat => stat::write(comparison, &impact, reader),
            Format::Text => text::write(comparison, &impact, context, reader),
            Format::Json => json::write(comparison, &impact, context),
            Format::Markdown => markdown::write(comparison, &impact, context),
        };
        fs::write_stdout(&bytes)?;
        Ok(if comparison.is_same() { Outcome::Done } else { Outcome::Differs })
    }
}

/// A bundle, wherever it is.
pub(super) fn read(path: &Utf8Path) -> Result<FileTree> {
    if path != "-" {
        return fs::read_bundle(path);
    }
    let limits = Limits::default();
    let bytes = fs::read_stdin(limits.bytes)?;
    archive::read(&bytes, limits).map_err(|refusal| anyhow::anyhow!("stdin: {}", refusal.message))
}

fn bits(path: &Utf8Path) -> ModeSource {
    if path != "-" && fs::is_directory(path) && fs::is_in_git(path) {
        ModeSource::Git
    } else {
        ModeSource::Kept
    }
}

/// A host, seen where the new side or its own installer's book has a path.
fn sight(root: &Utf8Path, new: &Side<'_>) -> Result<ReadScope> {
    let host = LiveRoot::open(root)?;
    let text = |path: &str| host.text(path.into()).unwrap_or_default();
    let mut sight = ReadScope {
        users: AccountNames::parse(&text("etc/passwd")),
        groups: AccountNames::parse(&text("etc/group")),
        records: drift::records(&text(drift::RECORDS)),
        ..ReadScope::default()
    };
    let recorded: Vec<_> = sight.records.iter().map(|record| record.path.clone()).collect();
    for path in new.items.keys().chain(&recorded) {
        match host.stat(path) {
            StatResult::Nothing => {}
            StatResult::Found(found) => sight.tree.insert(path.clone(), found),
            StatResult::Closed { stat, why } => {
                sight.closed.insert(path.clone(), UnreadablePath { stat, why });
            }
        }
    }
    Ok(sight)
}
