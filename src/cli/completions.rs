//! `panelgen completions`.

mod scripts;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Outcome};
use crate::config::schema::{self, ValueType};
use crate::diagnostics::Code;
use crate::{fs, validators};

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
  bash    panelgen completions bash   > ~/.local/share/bash-completion/completions/panelgen
  zsh     panelgen completions zsh    > a directory of $fpath, as _panelgen
  fish    panelgen completions fish   > ~/.config/fish/completions/panelgen.fish
  elvish  panelgen completions elvish > ~/.config/elvish/lib/panelgen.elv; `use panelgen` in rc.elv
  PowerShell, in $PROFILE: panelgen completions powershell | Out-String | Invoke-Expression";

/// Adds the values that an argument takes. They are only offered: the commands check them with messages of their own.
fn with_values(command: Command) -> Command {
    let command = command.mut_subcommands(with_values);
    let name = command.get_name().to_owned();
    command.mut_args(|arg| {
        let values = values(&name, arg.get_id().as_str());
        if values.is_empty() { arg } else { arg.value_parser(PossibleValuesParser::new(values)) }
    })
}

/// The values of an argument of a command.
fn values(command: &str, argument: &str) -> Vec<String> {
    let choices = |name: &str| match schema::find(name).map(|key| &key.value_type) {
        Some(ValueType::Enum(choices)) => choices().iter().map(|choice| choice.value.to_owned()).collect(),
        _ => Vec::new(),
    };
    match (command, argument) {
        ("explain", "subject") => {
            let codes = Code::ALL.iter().map(|code| code.as_str().to_owned());
            codes.chain(schema::paths()).collect()
        }
        (_, "target" | "arch" | "stack" | "panel") => choices(argument),
        (_, "set") => schema::paths().iter().flat_map(|path| assignments(path)).collect(),
        ("templates", "name") => super::templates::names().collect(),
        (_, "require") => validators::names().chain(["all"]).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What `--set` takes for a parameter: its key, with every value if they are few. Empty for a map, and for what is in a
/// list.
fn assignments(path: &str) -> Vec<String> {
    let with = |value: &str| format!("{path}={value}");
    match schema::at(path).map(|key| &key.value_type) {
        None | Some(ValueType::Map(_) | ValueType::Units) => Vec::new(),
        Some(ValueType::Enum(choices)) => choices().iter().map(|choice| with(choice.value)).collect(),
        Some(ValueType::Bool | ValueType::BoolOrMap(_)) => ["true", "false"].map(with).to_vec(),
        Some(_) => vec![with("")],
    }
}

impl Completions {
    pub(super) fn run(&self) -> Result<Outcome> {
        let mut text = Vec::new();
        let mut command = Cli::command();
        // Each command has its arguments only when it is built.
        command.build();
        let mut command = with_values(command);
        clap_complete::generate(self.shell, &mut command, "panelgen", &mut text);
        let text = scripts::completed(self.shell, String::from_utf8(text)?, &command);
        fs::write_stdout(text.as_bytes())?;
        Ok(Outcome::Done)
    }
}
