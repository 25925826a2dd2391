//! The command line: what was said, in which order, and what the exit code tells.

#![allow(
    clippy::doc_markdown,
    reason = "doc comments are the help text here, where backticks would be noise"
)]

#[macro_use]
mod command;

mod check;
mod completions;
mod config_args;
mod destination;
mod diff;
mod explain;
mod fleet;
mod init;
mod list;
mod man;
mod progress;
mod render;
mod reporter;
mod schema;
mod table;
mod targets;
mod templates;
mod worker_pool;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::fs::{self, WriteOutcome};
use reporter::Reporter;

/// Renders everything a single-host function platform with a web IDE needs on disk.
///
/// From a domain and a few parameters: the nginx edge, certificates, containerd, CNI, faasd, code-server, the pai
/// panel. It writes where it is told to and never touches a host.
#[derive(Parser)]
#[command(
    name = "panelgen",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    subcommand_required = true
)]
#[command(after_help = AFTER_HELP)]
struct Cli {
    /// How findings are told.
    #[arg(long, global = true, value_enum, default_value_t = MessageFormat::Text, value_name = "FORMAT")]
    message_format: MessageFormat,
    /// When to colour; NO_COLOR is honoured.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  panelgen render -d example.com -o bundle/          the bundle as a directory
  panelgen render -d example.com | tar -xC bundle/   the same files, as a stream
  panelgen diff -d example.com bundle/               what applying would change
  panelgen check bundle/                             what is wrong with a bundle
  panelgen list -d example.com                       what would be made";

commands! {
    /// Render a bundle.
    Render(render::Render) = "render",
    /// Compare what would be rendered with what is there.
    Diff(diff::Diff) = "diff",
    /// Find faults in a bundle: by reading it, then by asking the real programs.
    Check(check::Check) = "check",
    /// List what would be made: path, mode, owner, component, on-change.
    List(list::List) = "list",
    /// Explain a path of the bundle, one of its lines, or the code of a finding.
    Explain(explain::Explain) = "explain",
    /// Write a commented panel.yaml.
    Init(init::Init) = "init",
    /// Print the JSON Schema of panel.yaml or fleet.yaml.
    Schema(schema::Schema) = "schema",
    /// Print the target matrix.
    Targets(targets::Targets) = "targets",
    /// Export the built-in templates.
    Templates(templates::Templates) = "templates",
    /// Print completions for a shell.
    Completions(completions::Completions) = "completions",
    /// Write the manual pages, one for each command.
    Man(man::Man) = "man",
}

/// How findings are told.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a command ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Done, same, clean.
    Done,
    /// It differs.
    Differs,
    /// Refused, or the world failed.
    Failure,
    /// A validator that was required is not there.
    Absent,
}

/// Which numbers the outcomes have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExitCodeScheme {
    /// 1 differs, 2 trouble, as for diff(1) and everything else here.
    Usual,
    /// 1 trouble, 2 changes, as pipelines for terraform read them.
    Detailed,
}

impl Outcome {
    fn code(self, codes: ExitCodeScheme) -> ExitCode {
        ExitCode::from(match (self, codes) {
            (Self::Done, _) => 0,
            (Self::Differs, ExitCodeScheme::Usual) | (Self::Failure, ExitCodeScheme::Detailed) => 1,
            (Self::Absent, _) => 3,
            (Self::Failure, ExitCodeScheme::Usual) | (Self::Differs, ExitCodeScheme::Detailed) => 2,
        })
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let codes = match &cli.command {
        Command::Diff(diff) if diff.detailed_exitcode => ExitCodeScheme::Detailed,
        _ => ExitCodeScheme::Usual,
    };
    let voice = Reporter::new(cli.message_format, cli.color);
    let outcome = match cli.command {
        Command::Render(render) => render.run(&voice),
        Command::Diff(diff) => diff.run(&voice),
        Command::Check(check) => check.run(&voice),
        Command::List(list) => list.run(&voice),
        Command::Explain(explain) => explain.run(&voice),
        Command::Init(init) => init.run(&voice),
        Command::Schema(schema) => schema.run(),
        Command::Targets(targets) => targets.run(),
        Command::Templates(templates) => templates.run(&voice),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(&voice),
    };
    match outcome {
        Ok(outcome) => outcome.code(codes),
        Err(error) => {
            voice.failure(&error);
            Outcome::Failure.code(codes)
        }
    }
}

/// Help and version go to stdout, mistakes to stderr.
fn usage(error: &clap::Error) -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "what could not be understood can still ask for other exit codes"
    )]
    let arguments: Vec<String> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let detailed = diff::asks_for_detail(arguments.iter().map(String::as_str));
    let codes = if detailed { ExitCodeScheme::Detailed } else { ExitCodeScheme::Usual };
    if error.use_stderr() {
        reporter::write_stderr(&error.render().to_string());
        return Outcome::Failure.code(codes);
    }
    match fs::write_stdout(error.render().to_string().as_bytes()) {
        Ok(WriteOutcome::All | WriteOutcome::Closed) => ExitCode::SUCCESS,
        Err(error) => {
            reporter::write_stderr(&format!("error: {error:#}\n"));
            Outcome::Failure.code(codes)
        }
    }
}
