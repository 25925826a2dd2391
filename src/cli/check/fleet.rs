//! `panelgen check --fleet`: every host, and hosts with the same findings told once.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::super::fleet::Hosts;
use super::{Check, Format, Outcome};
use crate::check::form::{self, Sheet};
use crate::check::{self, Subject};
use crate::cli::voice::Voice;
use crate::cloud_config::Secrets;
use crate::diff::fleet::{hosts, told};
use crate::diff::sheet::Reader;
use crate::disk;
use crate::render::Rendered;
use crate::report::Report;
use crate::tree::Tree;

impl Check {
    /// Checks every host as it would be rendered.
    pub(super) fn fleet(&self, voice: &Voice) -> Result<Outcome> {
        if !matches!(self.format, Format::Text | Format::Json) {
            bail!("of a fleet findings are told as text or as JSON: say `--format json`");
        }
        let mut report = Report::default();
        let fleet = Hosts::open(&self.parameters, &self.fleet, Secrets::LeftOut, &mut report);
        let roll = fleet.as_ref().and_then(|fleet| fleet.roll(&mut report));
        voice.report(&report);
        let (Some(fleet), Some(roll)) = (fleet, roll) else { return Ok(Outcome::Trouble) };
        if roll.refused() > 0 {
            return Ok(Outcome::Trouble);
        }
        // Hosts by what is wrong with them, in words.
        let mut groups: BTreeMap<String, (Report, Vec<String>)> = BTreeMap::new();
        let work = |domain: &str, rendered: Rendered| {
            let tree = Tree::from(&rendered.bundle);
            let mut found = Report::default();
            check::lint(&Subject::new(&tree, true, Some(rendered.panel.target)), &mut found);
            Ok((domain.to_owned(), found))
        };
        fleet.render(&roll, "checking", work, |(domain, found)| {
            if found.count() > 0 {
                groups.entry(found.listing(false)).or_insert_with(|| (found, Vec::new())).1.push(domain);
            }
            Ok(())
        })?;
        let faulty: usize = groups.values().map(|(_, names)| names.len()).sum();
        let text = if self.format == Format::Json {
            let group = |(found, names): &(Report, Vec<String>)| {
                let sheet = Sheet { report: found, verdicts: &[], prefix: "", files: 0 };
                let report: serde_json::Value = serde_json::from_str(&form::json::write(&sheet))?;
                Ok(serde_json::json!({ "hosts": names, "report": report }))
            };
            let groups = groups.values().map(group).collect::<Result<Vec<_>>>()?;
            let document = serde_json::json!({ "clean": roll.good() - faulty, "groups": groups });
            serde_json::to_string_pretty(&document)? + "\n"
        } else {
            let colour = voice.reader() == Reader::Coloured;
            let group = |(found, names): &(Report, Vec<String>)| {
                let who = told(names.iter().cloned(), "hosts");
                format!("{}: {who}\n{}\n", hosts(names.len()), found.listing(colour))
            };
            let last = if faulty == 0 {
                format!("clean: {}\n", hosts(roll.good()))
            } else {
                format!("findings on {} of {}\n", faulty, hosts(roll.good()))
            };
            groups.values().map(group).chain([last]).collect()
        };
        disk::write_stdout(text.as_bytes())?;
        Ok(if faulty == 0 { Outcome::Done } else { Outcome::Differs })
    }
}
