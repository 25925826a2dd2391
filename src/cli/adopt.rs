//! `panelgen adopt`.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::Outcome;
use super::reporter::Reporter;
use super::table::table;
use crate::bundle::file_tree::FileTree;
use crate::bundle::manifest::ROOT_DIR;
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::fs::{self, LiveRoot, StatResult};
use crate::inspect::adopt::{self, OldHost};
use crate::values::sanitize;

/// Propose panel.yaml for a host that panel.sh (2020) installed.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Adopt {
    /// The live or mounted root of the host; nothing is written there.
    #[arg(long, value_name = "DIR")]
    root: Utf8PathBuf,
    /// The output file, with the report on stdout; without it the parameters are on stdout, and the report is in comments.
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    force: bool,
}

const AFTER_HELP: &str = "\
The report lists what the bundle replaces (`uninstall` restores it), what stays, and what nothing uses any longer. No
password is printed.

Examples:
  panelgen adopt --root / -o panel.yaml              on the host itself
  panelgen render -f panel.yaml -o bundle/           then render the bundle
  panelgen diff -f panel.yaml --root /               and look at every change before it is made";

impl Adopt {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let host = LiveRoot::open(&self.root)?;
        let mut tree = FileTree::default();
        let read = |tree: &mut FileTree, path: &str| {
            if let StatResult::Found(entry) = host.stat(Utf8Path::new(path)) {
                tree.insert(path.into(), entry);
            }
        };
        for path in adopt::PATHS.iter().chain([&adopt::PROGRAM]) {
            read(&mut tree, path);
        }
        for path in [adopt::renewal_path, adopt::account_path] {
            if let Some(path) = path(&tree) {
                read(&mut tree, &path);
            }
        }
        let old = match OldHost::read(&tree) {
            Ok(old) => old,
            Err(why) => {
                bail!(
                    "`{}` is not a host of panel.sh (2020): {}",
                    sanitize(self.root.as_str()),
                    sanitize(&why)
                )
            }
        };
        let parameters = old.parameters();
        let files = host_paths(&parameters);
        let exists = |path: &str| {
            !matches!(host.stat(Utf8Path::new(path.trim_start_matches('/'))), StatResult::Nothing)
        };
        let rows = adopt::report(files.iter().map(String::as_str), exists);
        let rows =
            rows.into_iter().map(|(fate, path, why)| vec![fate.as_str().to_owned(), path, why.to_owned()]);
        let report = table("", &["ACTION", "PATH", "NOTE"], rows.collect());
        match self.output.as_deref().filter(|path| *path != "-") {
            None => {
                let report: String = report.lines().flat_map(|line| ["# ", line, "\n"]).collect();
                fs::write_stdout(format!("{parameters}\n{report}").as_bytes())?;
            }
            Some(path) => {
                fs::write_new_file(path, parameters.as_bytes(), 0o644, self.force)?;
                fs::write_stdout(report.as_bytes())?;
                let path = sanitize(path.as_str());
                reporter.info(&format!("{path}: read it, then `panelgen render -f {path} -o bundle/`"));
            }
        }
        Ok(Outcome::Done)
    }
}

/// The files that the proposed parameters put on a host. None if they need a correction first.
fn host_paths(parameters: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    let mut config = Config::default();
    config.merge_yaml("panel.yaml".into(), parameters, &mut diagnostics);
    let Some(bundle) = crate::render(&config, None, &mut diagnostics) else { return Vec::new() };
    let files = bundle.entries().filter(|(_, entry)| entry.content().is_some());
    files.filter_map(|(path, _)| path.as_str().strip_prefix(ROOT_DIR).map(str::to_owned)).collect()
}
