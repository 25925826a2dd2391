//! `panelgen facts`.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Outcome;
use super::table::table;
use crate::facts::target::{TARGET_FACTS, TARGETS};
use crate::facts::upstream::UPSTREAM;
use crate::fs;

/// Print what this version knows about programs, images and targets, with sources and dates.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Facts {
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables.
    Text,
    /// One JSON object, with the address of each source.
    Json,
}

const AFTER_HELP: &str = "\
Nothing is compared with a clock. `panelgen check --as-of today bundle/` and `panelgen targets --as-of today` compare \
these facts with a day.";

impl Facts {
    // Takes `self` like every other command.
    pub(super) fn run(&self) -> Result<Outcome> {
        let text = match self.format {
            Format::Text => text(),
            Format::Json => serde_json::to_string_pretty(&json())? + "\n",
        };
        fs::write_stdout(text.as_bytes())?;
        Ok(Outcome::Done)
    }
}

fn text() -> String {
    let facts = &*UPSTREAM;
    let read = |source: &str| facts.sources[source].read.to_string();
    let sums = |amd64: &Option<String>, arm64: &Option<String>| match (amd64, arm64) {
        (Some(_), Some(_)) => "amd64, arm64",
        (Some(_), None) => "amd64",
        (None, Some(_)) => "arm64",
        (None, None) => "none",
    };
    let releases = facts.releases.iter().map(|row| {
        let sums = sums(&row.amd64, &row.arm64).to_owned();
        vec![
            row.program.clone(),
            row.version.clone(),
            row.released.to_string(),
            row.license.clone(),
            sums,
            read(&row.source),
        ]
    });
    let images = facts.images.iter().map(|row| {
        let gone = row.removed.map_or_else(String::new, |removed| format!("removed {removed}"));
        let digests = sums(&row.amd64, &row.arm64).to_owned();
        vec![row.reference(), row.license.clone(), digests, gone, read(&row.source)]
    });
    let support = facts
        .support
        .iter()
        .map(|row| vec![row.name.clone(), row.series.clone(), row.until.to_string(), read(&row.source)]);
    let advisories = facts.advisories.iter().map(|row| {
        vec![
            row.name.clone(),
            row.id.clone(),
            row.published.to_string(),
            row.fixed.join(", "),
            read(&row.source),
        ]
    });
    let targets = TARGETS.iter().map(|target| {
        let ends = [target.end_of_life, target.extended_support].map(|end| end.to_string());
        let row = TARGET_FACTS.targets.iter().find(|row| row.is(target.name));
        let read = row.map(|row| TARGET_FACTS.sources[&row.end_of_life.source].read.to_string());
        [target.name.to_owned()].into_iter().chain(ends).chain(read).collect()
    });
    [
        table("", &["PROGRAM", "VERSION", "RELEASED", "LICENSE", "CHECKSUMS", "READ"], releases.collect()),
        table("", &["IMAGE", "LICENSE", "DIGESTS", "STATE", "READ"], images.collect()),
        table("", &["NAME", "SERIES", "SUPPORTED UNTIL", "READ"], support.collect()),
        table("", &["NAME", "ADVISORY", "PUBLISHED", "FIXED IN", "READ"], advisories.collect()),
        table("", &["TARGET", "END OF LIFE", "EXTENDED", "READ"], targets.collect()),
    ]
    .join("\n")
}

fn json() -> Value {
    let facts = &*UPSTREAM;
    let source = |name: &str| json!(facts.sources[name]);
    json!({
        "programs": facts.releases.iter().map(|row| json!({
            "name": row.program,
            "version": row.version,
            "released": row.released,
            "license": row.license,
            "sha256": { "amd64": row.amd64, "arm64": row.arm64 },
            "source": source(&row.source),
        })).collect::<Vec<_>>(),
        "images": facts.images.iter().map(|row| json!({
            "name": row.name,
            "tag": row.tag,
            "released": row.released,
            "license": row.license,
            "digest": { "amd64": row.amd64, "arm64": row.arm64 },
            "removed": row.removed,
            "source": source(&row.source),
        })).collect::<Vec<_>>(),
        "support": facts.support.iter().map(|row| json!({
            "name": row.name, "series": row.series, "until": row.until, "source": source(&row.source),
        })).collect::<Vec<_>>(),
        "advisories": facts.advisories.iter().map(|row| json!({
            "name": row.name,
            "id": row.id,
            "published": row.published,
            "fixed": row.fixed,
            "source": source(&row.source),
        })).collect::<Vec<_>>(),
        "targets": TARGETS.iter().map(|target| {
            let row = TARGET_FACTS.targets.iter().find(|row| row.is(target.name));
            json!({
                "name": target.name,
                "end_of_life": target.end_of_life,
                "extended_support": target.extended_support,
                "source": row.map(|row| &TARGET_FACTS.sources[&row.end_of_life.source]),
            })
        }).collect::<Vec<_>>(),
    })
}
