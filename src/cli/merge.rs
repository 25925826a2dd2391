//! `panelgen merge`.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use camino::Utf8PathBuf;
use clap::Args;

use super::progress::Progress;
use super::reporter::Reporter;
use super::{Outcome, fleet};
use crate::diagnostics::Code;
use crate::fleet::{HostIndex, Shard};
use crate::fs;
use crate::values::sanitize;

/// Merge the shards of a fleet: write its manifest, playbook and inventory.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Merge {
    /// The directory with the hosts and the manifests of all shards.
    #[arg(value_name = "DIR")]
    path: Utf8PathBuf,
}

const AFTER_HELP: &str = "\
Each worker renders one shard, into this directory or into one of its own. Afterwards one run merges what all have in \
common. The result is byte for byte what one rendering of the whole fleet writes:
  panelgen render --fleet fleet.yaml --shard 1/2 -o fleet/
  panelgen render --fleet fleet.yaml --shard 2/2 | tar -xC fleet/
  panelgen merge fleet/

Exit codes: 0 merged, 2 a shard or a host is missing, or a name is in two shards.";

/// The most names that a message lists.
const MAX_LISTED: usize = 5;

impl Merge {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let path = &*self.path;
        let shown = sanitize(path.as_str()).to_string();
        let progress = Progress::of(|| "merging shards".to_owned());
        let shards = fs::shards(path)?;
        let Some(Shard { count, .. }) = shards.last().copied() else {
            bail!("`{shown}` has no manifest of a shard: render them with `--shard I/N -o {shown}`");
        };
        if let Some(other) = shards.iter().find(|shard| shard.count != count) {
            bail!(
                "`{shown}` has shards of two splits, {other} and {}: remove the manifests of one, `{}` and others",
                shards.last().expect("there is a last one"),
                other.manifest()
            );
        }
        let missing: Vec<String> = (1..=count)
            .map(|number| Shard { count, number })
            .filter(|shard| !shards.contains(shard))
            .map(|shard| shard.to_string())
            .collect();
        if !missing.is_empty() {
            bail!("`{shown}` lacks shards: {}", listed(&missing));
        }
        let mut index = HostIndex::default();
        let mut shard_of: BTreeMap<String, Shard> = BTreeMap::new();
        let mut wrong = Vec::new();
        for shard in &shards {
            let name = shard.manifest();
            let read = fs::previous_fleet(path, &name, &mut |listed| {
                match shard_of.insert(listed.domain.clone(), *shard) {
                    Some(other) => {
                        wrong.push(format!("`{}` is in the shards {other} and {shard}", listed.domain));
                    }
                    None if !shard.contains(&listed.domain) => {
                        wrong.push(format!("`{}` is not a host of the shard {shard}", listed.domain));
                    }
                    None => {}
                }
                index.keep_previous(listed);
            })?;
            if read.is_none() {
                bail!("`{shown}/{name}` is not the manifest of a shard: render the shard again");
            }
        }
        wrong.extend(shard_of.keys().filter(|domain| !fs::is_directory(&path.join(domain))).map(|domain| {
            format!("`{domain}` is in the manifest of its shard, but `{shown}` has no such directory")
        }));
        wrong.extend(index.clashes());
        if !wrong.is_empty() {
            return Err(fs::conflict(
                Code::ShardConflict,
                format!("cannot merge `{shown}`: {}", listed(&wrong)),
                "render all shards of one fleet file with one version of panelgen",
            ));
        }
        let summary = fleet::write_documents(&index, path)?;
        for shard in &shards {
            fs::remove_shared_file(path, &shard.manifest())?;
        }
        drop(progress);
        reporter.info(&format!(
            "{shown}: {count} shards merged, {}, {} documents written, {} unchanged",
            fleet::hosts(shard_of.len()),
            summary.written,
            summary.unchanged
        ));
        Ok(Outcome::Done)
    }
}

/// Lists the first texts and counts the rest.
fn listed(texts: &[String]) -> String {
    let first = texts.iter().take(MAX_LISTED).cloned().collect::<Vec<_>>().join(", ");
    match texts.len().saturating_sub(MAX_LISTED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
