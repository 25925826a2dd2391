//! `panelgen init`.

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::Args;

use super::Outcome;
use super::reporter::Reporter;
use crate::config::example;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fs;
use crate::values::{Domain, FromText, sanitize};

/// Write a commented panel.yaml.
#[derive(Args)]
pub(super) struct Init {
    /// The panel's domain; without it its place is left to fill in.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// The file; stdout without it, or with `-`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    /// Replace the file where there is one.
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn run(&self, voice: &Reporter) -> Result<Outcome> {
        let domain = match self.domain.as_deref().map(Domain::parse).transpose() {
            Ok(domain) => domain,
            Err(refusal) => {
                let mut diagnostics = Diagnostics::default();
                let mut finding = Diagnostic::new(Code::DomainInvalid, refusal.message)
                    .with_parameter("domain")
                    .with_location(Location::Flag("-d".to_owned()));
                finding.hint = refusal.help;
                diagnostics.push(finding);
                voice.report(&diagnostics);
                return Ok(Outcome::Failure);
            }
        };
        let text = example::text(domain.as_ref());
        match self.output.as_deref().filter(|path| *path != "-") {
            None => {
                fs::write_stdout(text.as_bytes())?;
            }
            Some(path) => {
                fs::write_new_file(path, text.as_bytes(), 0o644, self.force)?;
                let path = sanitize(path.as_str());
                voice.info(&match domain {
                    Some(_) => format!("{path}: render it with `panelgen render -f {path} -o bundle/`"),
                    None => {
                        format!("{path}: fill in the domain, then `panelgen render -f {path} -o bundle/`")
                    }
                });
            }
        }
        Ok(Outcome::Done)
    }
}
