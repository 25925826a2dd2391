//! `panelgen diff`.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::Outcome;
use super::config_args::{self, ConfigArgs};
use super::fleet::{self, FleetArgs, FleetHosts};
use super::reporter::Reporter;
use crate::bundle::checkout::{self, Restored};
use crate::bundle::file_tree::FileTree;
use crate::bundle::manifest::{MANIFEST_FILE, Manifest};
use crate::delivery::archive::{self, Limits};
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Diagnostics, Location, escape};
use crate::fs::{self, LiveRoot, StatResult};
use crate::graph::{self, Graph, svg};
use crate::inspect::diff::drift::{self, AccountNames, ReadScope, UnreadablePath};
use crate::inspect::diff::fleet::{ChangeSignature, Summary};
use crate::inspect::diff::impact::impact;
use crate::inspect::diff::side::Side;
use crate::inspect::diff::{Comparison, compare, json, markdown, stat, text};
use crate::inspect::{html, picture};
use crate::render::Rendered;
use crate::values::sanitize;

/// Compare a new rendering with an existing bundle or host.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of its own")]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
pub(super) struct Diff {
    #[command(flatten)]
    parameters: ConfigArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    /// After the summary, print the patch of each host that changes.
    #[arg(long, help_heading = "Fleet", requires = "fleet", conflicts_with = "format")]
    details: bool,
    /// The existing bundle: a directory, a tar archive (gzipped or not) or `-` for an archive on stdin.
    #[arg(value_name = "PATH", required_unless_present = "root", conflicts_with = "root")]
    path: Option<Utf8PathBuf>,
    /// A second bundle to compare with, instead of a new rendering.
    #[arg(value_name = "B", requires = "path", conflicts_with_all = ["ConfigArgs", "fleet"])]
    other: Option<Utf8PathBuf>,
    /// The live or mounted root of a host; nothing is written.
    #[arg(long, value_name = "DIR", help_heading = "Comparison", conflicts_with = "fleet")]
    root: Option<Utf8PathBuf>,
    /// The bundle was rendered with --secrets-in-user-data.
    #[arg(long, help_heading = "Comparison", conflicts_with_all = ["other", "root"])]
    secrets_in_user_data: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT", help_heading = "Output")]
    format: Format,
    /// Print apart what this version of panelgen changes and what the parameters change.
    #[arg(long, help_heading = "Comparison", conflicts_with_all = ["other", "root", "fleet"])]
    explain_upgrade: bool,
    /// Compare only the files on the host, not the documents that follow from them (panel.sh, user-data, manifest).
    #[arg(long, help_heading = "Comparison")]
    host_files: bool,
    /// Print the number of changed lines per path.
    #[arg(long, help_heading = "Output", conflicts_with_all = ["name_only", "format"])]
    stat: bool,
    /// Print only the paths.
    #[arg(long, help_heading = "Output", conflicts_with = "format")]
    name_only: bool,
    /// The number of context lines.
    #[arg(
        short = 'U',
        long,
        default_value_t = 3,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(..=1_000_000),
        help_heading = "Output"
    )]
    unified: u32,
    /// Use exit codes 0 same, 1 error, 2 changes.
    #[arg(long, help_heading = "Output")]
    pub(super) detailed_exitcode: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The impact, then a patch.
    Text,
    /// One JSON object.
    Json,
    /// A comment for a pull request.
    Markdown,
    /// A page that needs no network.
    Html,
}

const USAGE: &str = "\
panelgen diff [OPTIONS] [PARAMETERS] PATH
       panelgen diff [OPTIONS] [PARAMETERS] --root DIR
       panelgen diff [OPTIONS] A B";

const AFTER_HELP: &str = "\
Old is what exists (PATH, the root or A), new is what would be rendered (or B): a `+` line is what applying adds. \
The text is a patch for `git apply` and `patch -p1`; the lines before it start with # and list the actions on the \
host.

Without parameters, those in panel.yaml of PATH are used. --explain-upgrade renders these too: what differs from PATH is \
new facts and templates, and what differs from them is the parameters.

The content of a secret, or of a file that contains one, is never shown. A path that is not readable is reported and \
counts as different. In a git work tree, permission bits and empty directories that git does not keep are ignored.

Exit codes: 0 same, 1 differs, 2 error; with --detailed-exitcode 0 same, 1 error, 2 changes.";

/// The flag for the other exit codes.
const DETAILED: &str = "--detailed-exitcode";

/// Whether arguments with errors request the detailed exit codes. A misspelt `--detailed-exitcode` counts too: exit
/// code 2 would look like changes.
pub(super) fn requests_detailed_exit_code<'a>(arguments: impl IntoIterator<Item = &'a str>) -> bool {
    arguments.into_iter().take_while(|argument| *argument != "--").any(|argument| {
        let flag = argument.split('=').next().unwrap_or_default();
        flag.starts_with("--detail") || (flag.len() > 10 && strsim::damerau_levenshtein(flag, DETAILED) <= 4)
    })
}

impl Diff {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        if let (Some(a), Some(b)) = (&self.path, &self.other) {
            return self.two(a, b, reporter);
        }
        if self.fleet.is_enabled() {
            return self.fleet(reporter);
        }
        // PATH takes stdin first, so that another use of stdin is an error.
        let stdin = self.path.as_deref().is_some_and(|path| path == "-");
        let stdin = stdin.then(|| Location::Flag("PATH -".to_owned()));
        let mut diagnostics = Diagnostics::default();
        let secrets = if self.secrets_in_user_data { SecretPolicy::Include } else { SecretPolicy::Omit };
        let tree = match self.path.as_deref() {
            Some(path) if self.parameters.is_empty() || self.explain_upgrade => Some(read(path)?),
            _ => None,
        };
        let recorded = tree
            .as_ref()
            .filter(|_| self.parameters.is_empty())
            .zip(self.path.as_deref())
            .and_then(|((tree, _), path)| config_args::recorded(tree, path, &mut diagnostics));
        let parsed = recorded.unwrap_or_else(|| self.parameters.read(stdin, &mut diagnostics));
        let rendered = config_args::render(parsed, secrets, &mut diagnostics);
        reporter.report(&diagnostics);
        let Some(rendered) = rendered else { return Ok(Outcome::Failure) };
        let bundle = &rendered.bundle;
        if let Some(root) = &self.root {
            let new = Side::placed(bundle);
            let scope = read_scope(root, &new)?;
            return self.print(&compare(&drift::side(&scope, &new), &new), None, reporter);
        }
        let path = self.path.as_deref().unwrap_or(Utf8Path::new("-"));
        let (tree, restored) = tree.map_or_else(|| read(path), Ok)?;
        let mut new = Side::rendered(bundle);
        let mut old = Side::read(&tree, restored.kind);
        let mut others = tree.others.clone();
        others.extend(old.leave_others(&new));
        others.retain(|path| !path.starts_with(".git"));
        if let [first, rest @ ..] = &others[..] {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            reporter.info(&format!(
                "note: ignored, not part of the bundle: `{}`{more}",
                sanitize(first.as_str())
            ));
        }
        if !old.has_manifest() && !old.items.is_empty() {
            let hint = if tree.get("etc".into()).is_some() {
                format!("; for the root of a host use `--root {}`", sanitize(path.as_str()))
            } else {
                String::new()
            };
            reporter.info(&format!("note: `{}` has no manifest of panelgen{hint}", sanitize(path.as_str())));
        }
        self.narrow(&mut old, &mut new);
        let has_crlf = report_crlf(path.as_str(), restored.crlf, reporter);
        if self.explain_upgrade {
            let outcome = self.upgrade(&tree, path, &old, &new, reporter)?;
            return Ok(if has_crlf && outcome == Outcome::Done { Outcome::Differs } else { outcome });
        }
        let after = Graph::new(&rendered.host, &rendered.plan);
        let picture = || Self::picture(&tree, &FileTree::from(bundle), Some(&after));
        let outcome = self.print(&compare(&old, &new), Some(&picture), reporter)?;
        Ok(if has_crlf { Outcome::Differs } else { outcome })
    }

    /// Compares an existing bundle with what its own parameters render now, and that with the new rendering.
    fn upgrade(
        &self,
        tree: &FileTree,
        path: &Utf8Path,
        old: &Side<'_>,
        new: &Side<'_>,
        reporter: &Reporter,
    ) -> Result<Outcome> {
        if self.format == Format::Html {
            bail!("`--explain-upgrade` has no page: use `--format text`, `json` or `markdown`");
        }
        let name = sanitize(path.as_str());
        let mut diagnostics = Diagnostics::default();
        let Some(recorded) = config_args::recorded(tree, path, &mut diagnostics) else {
            bail!("`{name}` has no panel.yaml, so the parameters that made it are not known");
        };
        let secrets = if self.secrets_in_user_data { SecretPolicy::Include } else { SecretPolicy::Omit };
        let Some(middle) = config_args::render(recorded, secrets, &mut diagnostics) else {
            reporter.report(&diagnostics);
            return Ok(Outcome::Failure);
        };
        let mut old = old.clone();
        let mut middle = Side::rendered(&middle.bundle);
        self.narrow(&mut old, &mut middle);
        let version = |tree: &FileTree| {
            let manifest = tree.file(MANIFEST_FILE.into()).and_then(|json| Manifest::parse(json).ok());
            manifest.map_or_else(|| "an unknown version".to_owned(), |manifest| manifest.generator.version)
        };
        let this = env!("CARGO_PKG_VERSION");
        let parts = [
            (
                "generator",
                format!("panelgen {this} instead of {} changes", sanitize(&version(tree))),
                compare(&old, &middle),
            ),
            ("parameters", "the parameters change".to_owned(), compare(&middle, new)),
        ];
        let context = usize::try_from(self.unified).unwrap_or(usize::MAX);
        let reader = reporter.reader();
        let mut bytes = Vec::new();
        let mut object = serde_json::Map::new();
        for (key, title, comparison) in &parts {
            let impact = impact(comparison);
            let (mark, body) = match self.format {
                _ if self.name_only => ("#", stat::names(comparison)),
                _ if self.stat => ("#", stat::write(comparison, &impact, reader)),
                Format::Json => {
                    object.insert(
                        (*key).to_owned(),
                        serde_json::from_slice(&json::write(comparison, &impact, context))?,
                    );
                    continue;
                }
                Format::Markdown => ("##", markdown::write(comparison, &impact, context)),
                Format::Text | Format::Html => ("#", text::write(comparison, &impact, context, reader)),
            };
            let end = if comparison.is_same() { " nothing" } else { "" };
            bytes.extend(format!("{mark} What {title}:{end}\n").into_bytes());
            if self.format == Format::Markdown {
                bytes.push(b'\n');
            }
            if !comparison.is_same() {
                bytes.extend(body);
            }
        }
        if self.format == Format::Json {
            bytes = (serde_json::to_string_pretty(&object)? + "\n").into_bytes();
        }
        fs::write_stdout(&bytes)?;
        let same = parts.iter().all(|(.., comparison)| comparison.is_same());
        Ok(if same { Outcome::Done } else { Outcome::Differs })
    }

    /// Compares a fleet with its directory.
    fn fleet(&self, reporter: &Reporter) -> Result<Outcome> {
        let path = self.path.as_deref().unwrap_or(Utf8Path::new("-"));
        if path == "-" || !fs::is_directory(path) {
            bail!("a fleet is compared with a directory, but `{}` is not one", sanitize(path.as_str()));
        }
        let mut diagnostics = Diagnostics::default();
        let secrets = if self.secrets_in_user_data { SecretPolicy::Include } else { SecretPolicy::Omit };
        let hosts = FleetHosts::open(&self.parameters, &self.fleet, secrets, &mut diagnostics);
        let index = hosts.as_ref().and_then(|hosts| hosts.index(&mut diagnostics));
        reporter.report(&diagnostics);
        let (Some(hosts), Some(mut index)) = (hosts, index) else { return Ok(Outcome::Failure) };
        if index.rejected() > 0 {
            return Ok(Outcome::Failure);
        }
        let (in_git, reader) = (fs::is_in_git(path), reporter.reader());
        let context = usize::try_from(self.unified).unwrap_or(usize::MAX);
        let crlf = AtomicUsize::new(0);
        let mut summary = Summary::default();
        (summary.gone, summary.shared_files) = fleet::stale_items(&hosts, &mut index, path)?;
        if self.host_files {
            summary.shared_files.clear();
        }
        // The page shows one host of each group in full.
        let mut examples: Vec<(String, serde_json::Value)> = Vec::new();
        let for_each_change =
            |report: &mut (dyn FnMut(String, Option<ChangeSignature>, Vec<u8>) -> Result<()> + Send)| {
                let work = |domain: &str, rendered: Rendered| {
                    let read = fs::read_host_bundle(path, domain, in_git)?;
                    let there = read.is_some();
                    let (tree, restored) = read.unwrap_or_default();
                    let mut new = Side::rendered(&rendered.bundle);
                    let mut old = Side::read(&tree, restored.kind);
                    old.leave_others(&new);
                    self.narrow(&mut old, &mut new);
                    let mut comparison = compare(&old, &new);
                    let impact = impact(&comparison);
                    let kind = there.then(|| ChangeSignature::of(&comparison, &impact));
                    // The paths of the patch are relative to the directory of the fleet.
                    if self.details {
                        comparison.prefix_paths(domain);
                    }
                    let lines = match () {
                        () if comparison.is_same() => Vec::new(),
                        () if self.name_only => stat::names(&comparison),
                        () if self.stat => stat::write(&comparison, &impact, reader),
                        () if self.details => text::write(&comparison, &impact, context, reader),
                        () if self.format == Format::Html => json::write(&comparison, &impact, context),
                        () => Vec::new(),
                    };
                    Ok((domain.to_owned(), kind, restored.crlf, comparison.is_same(), lines))
                };
                hosts.render(&index, "comparing", work, |(domain, kind, files, same, lines)| {
                    crlf.fetch_add(files, Ordering::Relaxed);
                    if same && kind.is_some() {
                        return Ok(());
                    }
                    report(domain, kind, lines)
                })
            };
        for_each_change(&mut |domain, kind, lines| {
            match kind {
                Some(kind) => {
                    if self.format == Format::Html && !summary.has(&kind) {
                        examples.push((domain.clone(), serde_json::from_slice(&lines)?));
                    }
                    summary.add(kind, domain);
                }
                None => summary.new.push(domain),
            }
            Ok(())
        })?;
        let has_crlf = report_crlf(path.as_str(), crlf.load(Ordering::Relaxed), reporter);
        summary.same = index.accepted() - summary.changed() - summary.new.len();
        if self.format == Format::Html {
            let page = html::diff::write_fleet(&serde_json::from_str(&summary.json())?, &examples);
            fs::write_stdout(page.as_bytes())?;
            return Ok(if summary.is_same() { Outcome::Done } else { Outcome::Differs });
        }
        let details = self.details || self.stat || self.name_only;
        let mark = if details { "# " } else { "" };
        let lines = summary.lines();
        let bytes = match self.format {
            Format::Json => summary.json().into_bytes(),
            Format::Markdown => markdown::write_fleet(&lines),
            Format::Text | Format::Html => {
                let lines: Vec<String> =
                    lines.iter().map(|line| format!("{mark}{}\n", escape::line(line))).collect();
                lines.concat().into_bytes()
            }
        };
        fs::write_stdout(&bytes)?;
        if details {
            for_each_change(&mut |domain, _, lines| {
                fs::write_stdout(format!("\n# ==> {domain} <==\n").as_bytes())?;
                fs::write_stdout(&lines).map(drop)
            })?;
        }
        Ok(if summary.is_same() && !has_crlf { Outcome::Done } else { Outcome::Differs })
    }

    /// Compares two bundles.
    fn two(&self, a: &Utf8Path, b: &Utf8Path, reporter: &Reporter) -> Result<Outcome> {
        if a == "-" && b == "-" {
            bail!("stdin can be read only once: use `-` for one of the two bundles");
        }
        let ((old, was), (new, is)) = (read(a)?, read(b)?);
        let has_crlf =
            [(a, was), (b, is)].map(|(path, read)| report_crlf(path.as_str(), read.crlf, reporter));
        let outcome = if old == new {
            self.print(&Comparison::same(), None, reporter)?
        } else {
            let picture = || Self::picture(&old, &new, None);
            let (mut old, mut new) = (Side::read(&old, was.kind), Side::read(&new, is.kind));
            self.narrow(&mut old, &mut new);
            self.print(&compare(&old, &new), Some(&picture), reporter)?
        };
        Ok(if has_crlf[0] == has_crlf[1] { outcome } else { Outcome::Differs })
    }

    /// The picture of what changes, if the parameters of both bundles are known.
    fn picture(old: &FileTree, new: &FileTree, after: Option<&Graph>) -> Option<String> {
        let graph = |tree| picture::of_bundle("", tree, &mut Diagnostics::default());
        let after = after.cloned().or_else(|| graph(new))?;
        let before = graph(old)?;
        let changed = picture::changed_files(old, new);
        Some(svg::write_inline(&graph::compare(&before, &after, &changed)))
    }

    /// Reduces both sides to the files on the host, if that is requested.
    fn narrow(&self, old: &mut Side<'_>, new: &mut Side<'_>) {
        if self.host_files {
            old.keep_host_files();
            new.keep_host_files();
        }
    }

    fn print(
        &self,
        comparison: &Comparison<'_>,
        picture: Option<&dyn Fn() -> Option<String>>,
        reporter: &Reporter,
    ) -> Result<Outcome> {
        let impact = impact(comparison);
        let context = usize::try_from(self.unified).unwrap_or(usize::MAX);
        let reader = reporter.reader();
        let bytes = match self.format {
            _ if self.name_only => stat::names(comparison),
            _ if self.stat => stat::write(comparison, &impact, reader),
            Format::Text => text::write(comparison, &impact, context, reader),
            Format::Json => json::write(comparison, &impact, context),
            Format::Markdown => markdown::write(comparison, &impact, context),
            Format::Html => {
                let report = serde_json::from_slice(&json::write(comparison, &impact, context))?;
                html::diff::write(&report, picture.and_then(|draw| draw()).as_deref()).into_bytes()
            }
        };
        fs::write_stdout(&bytes)?;
        Ok(if comparison.is_same() { Outcome::Done } else { Outcome::Differs })
    }
}

/// Reads a bundle from a path or stdin.
pub(super) fn read(path: &Utf8Path) -> Result<(FileTree, Restored)> {
    let (tree, restored) = if path == "-" {
        let limits = Limits::default();
        let bytes = fs::read_stdin(limits.bytes)?;
        let tree = archive::read(&bytes, limits);
        let mut tree = tree.map_err(|error| anyhow::anyhow!("stdin: {}", error.message))?;
        let restored = checkout::restore(&mut tree, None, false);
        (tree, restored)
    } else {
        fs::read_copy(path)?
    };
    if let Some(error) = tree.file(MANIFEST_FILE.into()).and_then(Manifest::newer_form) {
        let help = error.help.unwrap_or_default();
        bail!("`{}`: {}; {help}", sanitize(path.as_str()), error.message);
    }
    Ok((tree, restored))
}

/// Reports line ends that git has changed. Returns whether there are any.
pub(super) fn report_crlf(path: &str, files: usize, reporter: &Reporter) -> bool {
    if files > 0 {
        let message = checkout::crlf_message(&sanitize(path).to_string(), files);
        reporter.info(&format!("note: {message}; {}", checkout::CRLF_HINT));
    }
    files > 0
}

/// Reads a host at the paths of the new side and of the records of its installer.
fn read_scope(root: &Utf8Path, new: &Side<'_>) -> Result<ReadScope> {
    let host = LiveRoot::open(root)?;
    let text = |path: &str| host.text(path.into()).unwrap_or_default();
    let mut scope = ReadScope {
        users: AccountNames::parse(&text("etc/passwd")),
        groups: AccountNames::parse(&text("etc/group")),
        records: drift::records(&text(drift::RECORDS)),
        ..ReadScope::default()
    };
    let recorded: Vec<_> = scope.records.iter().map(|record| record.path.clone()).collect();
    for path in new.items.keys().chain(&recorded) {
        match host.stat(path) {
            StatResult::Nothing => {}
            StatResult::Found(found) => scope.tree.insert(path.clone(), found),
            StatResult::Closed { stat, why } => {
                scope.closed.insert(path.clone(), UnreadablePath { stat, why });
            }
        }
    }
    Ok(scope)
}
