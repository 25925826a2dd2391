//! `panelgen schema`.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::Outcome;
use crate::config::json_schema::{self, Document};
use crate::fs;

/// Print the JSON Schema of panel.yaml or fleet.yaml.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Schema {
    /// The file that the schema describes.
    #[arg(value_enum, default_value_t = File::Panel, value_name = "FILE")]
    file: File,
}

const AFTER_HELP: &str = "\
For an editor, write it next to the file that `panelgen init` created:
  panelgen schema > panel.schema.json";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum File {
    /// The parameters of one host.
    Panel,
    /// The hosts of a fleet.
    Fleet,
}

impl Schema {
    pub(super) fn run(&self) -> Result<Outcome> {
        let about = match self.file {
            File::Panel => Document::Panel,
            File::Fleet => Document::Fleet,
        };
        fs::write_stdout(json_schema::text(about).as_bytes())?;
        Ok(Outcome::Done)
    }
}
