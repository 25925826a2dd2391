//! `panelgen list`.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Outcome;
use super::config_args::ConfigArgs;
use super::destination::source_date_epoch;
use super::fleet::{FleetArgs, FleetHosts};
use super::reporter::Reporter;
use super::table::table;
use crate::bundle::Node;
use crate::bundle::manifest::octal;
use crate::delivery::cloud_config::SecretPolicy;
use crate::delivery::{cyclonedx, spdx};
use crate::diagnostics::Diagnostics;
use crate::fleet::Labels;
use crate::fs;
use crate::render::Rendered;

/// List the files of a bundle: path, mode, owner, component, action on change.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    parameters: ConfigArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table.
    Text,
    /// One JSON array.
    Json,
    /// A CycloneDX 1.6 document of what is installed: programs, images and packages.
    Cyclonedx,
    /// The same as an SPDX 2.3 document. SOURCE_DATE_EPOCH sets its time.
    Spdx,
}

#[derive(Serialize)]
struct Row {
    path: String,
    #[serde(rename = "type")]
    kind: &'static str,
    mode: String,
    owner: String,
    component: &'static str,
    on_change: String,
}

impl List {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        if self.fleet.is_enabled() {
            return self.fleet(reporter);
        }
        let mut diagnostics = Diagnostics::default();
        let rendered = self.parameters.render(SecretPolicy::Omit, &mut diagnostics);
        reporter.report(&diagnostics);
        let Some(Rendered { host, plan, bundle }) = rendered else { return Ok(Outcome::Failure) };
        let rows: Vec<Row> = bundle
            .entries()
            .filter_map(|(path, entry)| {
                let meta = entry.host_file.as_ref()?;
                Some(Row {
                    path: path.as_str().strip_prefix("root")?.to_owned(),
                    kind: if entry.node == Node::Directory { "directory" } else { "file" },
                    mode: octal(entry.mode),
                    owner: entry.owner.to_string(),
                    component: meta.component,
                    on_change: meta.on_change.to_string(),
                })
            })
            .collect();
        let text = match self.format {
            Format::Text => files(&rows),
            Format::Json => serde_json::to_string_pretty(&rows)? + "\n",
            Format::Cyclonedx => cyclonedx::text(&host, &plan),
            Format::Spdx => spdx::text(&host, &plan, source_date_epoch()?),
        };
        fs::write_stdout(text.as_bytes())?;
        Ok(Outcome::Done)
    }
}

/// A host of a fleet.
#[derive(Serialize)]
struct HostRow<'a> {
    domain: &'a str,
    panel: &'a str,
    target: &'a str,
    labels: &'a Labels,
}

impl List {
    /// Lists the hosts of a fleet.
    fn fleet(&self, reporter: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let hosts = FleetHosts::open(&self.parameters, &self.fleet, SecretPolicy::Omit, &mut diagnostics);
        let index = hosts.as_ref().and_then(|hosts| hosts.index(&mut diagnostics));
        reporter.report(&diagnostics);
        let Some(index) = index.filter(|index| index.rejected() == 0) else { return Ok(Outcome::Failure) };
        let rows = index.records().map(|host| HostRow {
            domain: host.domain,
            panel: host.panel,
            target: host.target,
            labels: host.labels,
        });
        let text = match self.format {
            Format::Text => {
                let cells = rows.map(|host| {
                    let labels: Vec<_> =
                        host.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
                    [host.domain, host.panel, host.target, &labels.join(" ")].map(str::to_owned).to_vec()
                });
                table("", &["HOST", "PANEL", "TARGET", "LABELS"], cells.collect())
            }
            Format::Json => serde_json::to_string_pretty(&rows.collect::<Vec<_>>())? + "\n",
            Format::Cyclonedx | Format::Spdx => {
                bail!("a bill of materials is about one host: pass its parameters without `--fleet`")
            }
        };
        fs::write_stdout(text.as_bytes())?;
        Ok(Outcome::Done)
    }
}

fn files(rows: &[Row]) -> String {
    let cells = rows.iter().map(|row| {
        let path = if row.kind == "directory" { format!("{}/", row.path) } else { row.path.clone() };
        vec![path, row.mode.clone(), row.owner.clone(), row.component.to_owned(), row.on_change.clone()]
    });
    table("", &["PATH", "MODE", "OWNER", "COMPONENT", "ON CHANGE"], cells.collect())
}
