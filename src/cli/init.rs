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

/// Write a commented panel.yaml or fleet.yaml.
#[derive(Args)]
pub(super) struct Init {
    /// The domain; without it, fill it in later.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// The output file; `-` or none is stdout.
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    /// Write a fleet file instead: defaults, and hosts with labels.
    #[arg(long)]
    fleet: bool,
    /// Replace an existing file.
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let domain = match self.domain.as_deref().map(Domain::parse).transpose() {
            Ok(domain) => domain,
            Err(error) => {
                let mut diagnostics = Diagnostics::default();
                let mut finding = Diagnostic::new(Code::DomainInvalid, error.message)
                    .with_parameter("domain")
                    .with_location(Location::Flag("-d".to_owned()));
                finding.hint = error.help;
                diagnostics.push(finding);
                reporter.report(&diagnostics);
                return Ok(Outcome::Failure);
            }
        };
        let (text, flag, output) = if self.fleet {
            (example::fleet_text(domain.as_ref()), "--fleet", "fleet/")
        } else {
            (example::text(domain.as_ref()), "-f", "bundle/")
        };
        match self.output.as_deref().filter(|path| *path != "-") {
            None => {
                fs::write_stdout(text.as_bytes())?;
            }
            Some(path) => {
                fs::write_new_file(path, text.as_bytes(), 0o644, self.force)?;
                let path = sanitize(path.as_str());
                reporter.info(&match domain {
                    Some(_) => format!("{path}: render it with `panelgen render {flag} {path} -o {output}`"),
                    None => {
                        format!(
                            "{path}: fill in the domain, then `panelgen render {flag} {path} -o {output}`"
                        )
                    }
                });
            }
        }
        Ok(Outcome::Done)
    }
}
