//! `panelgen migrate`.

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::Args;

use super::Outcome;
use super::config_args::{ConfigArgs, Stdin};
use super::reporter::Reporter;
use crate::config::changes::CHANGES;
use crate::config::migrate;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fs;
use crate::values::sanitize;

/// Rewrite renamed and removed keys in a parameters file of an older version.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Migrate {
    /// The parameters file or fleet file; `-` is stdin.
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// The output file; `-` or none is stdout.
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    output: Option<Utf8PathBuf>,
    /// Replace FILE; its mode stays.
    #[arg(short, long)]
    in_place: bool,
    /// Replace an existing output file.
    #[arg(long, requires = "output")]
    force: bool,
}

const AFTER_HELP: &str = "\
Comments, order and everything that is still valid stay as they are. The report on stderr names each key that is \
rewritten. A file with mistakes, or one that cannot be rewritten without losing a comment, is rejected, and nothing is \
written.

Examples:
  panelgen migrate panel.yaml | diff panel.yaml -    look at what would change
  panelgen migrate --in-place panel.yaml             rewrite the file

Exit codes: 0 done, also if there was nothing to rewrite; 2 rejected.";

impl Migrate {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let output = if self.in_place { Some(&self.file) } else { self.output.as_ref() };
        let output = output.map(Utf8PathBuf::as_path).filter(|path| *path != "-");
        if self.in_place && self.file == "-" {
            diagnostics.push(
                Diagnostic::new(Code::UsageInvalid, "standard input cannot be replaced in place")
                    .with_location(Location::Flag("--in-place".to_owned()))
                    .with_hint("name a file, or leave `--in-place` out"),
            );
        } else if !self.in_place && output.is_some_and(|output| fs::is_same_file(output, &self.file)) {
            let name = sanitize(self.file.as_str());
            diagnostics.push(
                Diagnostic::new(Code::OutputInput, format!("the output would overwrite the input `{name}`"))
                    .with_location(Location::Flag("-o".to_owned()))
                    .with_hint("use `--in-place` instead of `-o`"),
            );
        }
        let mut stdin = Stdin { taken_by: None, bytes: None };
        let old = ConfigArgs::file(&self.file, &mut stdin, "FILE", &mut diagnostics);
        let new =
            old.as_deref().and_then(|text| migrate::migrate(&self.file, text, CHANGES, &mut diagnostics));
        diagnostics.sort();
        reporter.report(&diagnostics);
        let (Some(old), Some(new)) = (old, new) else { return Ok(Outcome::Failure) };
        if diagnostics.has_errors() {
            return Ok(Outcome::Failure);
        }
        let unchanged = old == new;
        match output {
            None => {
                fs::write_stdout(new.as_bytes())?;
            }
            Some(_) if self.in_place && unchanged => {}
            Some(path) => {
                let mode = fs::mode(&self.file).unwrap_or(0o644);
                fs::write_new_file(path, new.as_bytes(), mode, self.force || self.in_place)?;
            }
        }
        let name = sanitize(self.file.as_str());
        if unchanged {
            reporter.info(&format!("{name}: nothing to rewrite"));
        } else if let Some(path) = output {
            let path = sanitize(path.as_str());
            reporter.info(&format!(
                "{path}: written; `panelgen diff -f {path} BUNDLE` prints what changes on the host"
            ));
        }
        Ok(Outcome::Done)
    }
}
