//! `panelgen completions`.

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Outcome};
use crate::fs;

/// Print completions for a shell.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

const AFTER_HELP: &str = "\
Where to write them:
  bash  panelgen completions bash > ~/.local/share/bash-completion/completions/panelgen
  zsh   panelgen completions zsh  > a directory of $fpath, as _panelgen
  fish  panelgen completions fish > ~/.config/fish/completions/panelgen.fish";

impl Completions {
    pub(super) fn run(&self) -> Result<Outcome> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "panelgen", &mut text);
        fs::write_stdout(&text)?;
        Ok(Outcome::Done)
    }
}
