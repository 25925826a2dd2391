//! The command line: arguments, commands and exit codes.

#![allow(
    clippy::doc_markdown,
    reason = "doc comments are the help text here, where backticks would be noise"
)]

#[macro_use]
mod command;

mod adopt;
mod arguments;
mod as_of;
mod check;
mod completions;
mod config_args;
mod destination;
mod diff;
mod explain;
mod facts;
mod fleet;
mod graph;
mod init;
mod interrupt;
mod list;
mod man;
mod merge;
mod migrate;
mod progress;
mod render;
mod reporter;
mod schema;
mod table;
mod targets;
mod templates;
mod worker_pool;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::diagnostics::escape;
use crate::fs::{self, WriteOutcome};
use reporter::Reporter;

/// Renders everything a single-host function platform with a web IDE needs on disk.
///
/// From a domain and a few parameters: nginx, certificates, containerd, CNI, faasd, code-server and the pai panel.
/// It writes only to the output path and never changes a host.
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
    /// Diagnostic output format.
    #[arg(long, global = true, value_enum, default_value_t = MessageFormat::Text, value_name = "FORMAT")]
    message_format: MessageFormat,
    /// When to use colors; NO_COLOR, CLICOLOR_FORCE and TERM are respected.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  panelgen render -d example.com -o bundle/          write the bundle to a directory
  panelgen render -d example.com | tar -xC bundle/   the same files as a stream
  panelgen diff -d example.com bundle/               show what would change
  panelgen check bundle/                             find faults in a bundle
  panelgen list -d example.com                       list the files";

commands! {
    /// Render a bundle.
    Render(render::Render) = "render",
    /// Compare a new rendering with an existing bundle or host.
    Diff(diff::Diff) = "diff",
    /// Find faults in a bundle with lint rules and external validators.
    Check(check::Check) = "check",
    /// List the files of a bundle: path, mode, owner, component, action on change.
    List(list::List) = "list",
    /// Explain a file of the bundle, one of its lines, a parameter, or a diagnostic code.
    Explain(explain::Explain) = "explain",
    /// Draw a host: what reaches it, what runs on it, and what that connects to.
    Graph(graph::Graph) = "graph",
    /// Merge the shards of a fleet: write its manifest, playbook and inventory.
    Merge(merge::Merge) = "merge",
    /// Propose panel.yaml for a host that panel.sh (2020) installed.
    Adopt(adopt::Adopt) = "adopt",
    /// Rewrite renamed and removed keys in a parameters file of an older version.
    Migrate(migrate::Migrate) = "migrate",
    /// Write a commented panel.yaml or fleet.yaml.
    Init(init::Init) = "init",
    /// Print the JSON Schema of panel.yaml or fleet.yaml.
    Schema(schema::Schema) = "schema",
    /// Print the target matrix.
    Targets(targets::Targets) = "targets",
    /// Print what this version knows about programs, images and targets, with sources and dates.
    Facts(facts::Facts) = "facts",
    /// Export the built-in templates.
    Templates(templates::Templates) = "templates",
    /// Print completions for a shell.
    Completions(completions::Completions) = "completions",
    /// Write a manual page for each command.
    Man(man::Man) = "man",
}

/// Diagnostic output format.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    /// Readable text.
    Text,
    /// One JSON object per line.
    Json,
}

/// When to use colors.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb; always if CLICOLOR_FORCE is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The result of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Success, equal, clean.
    Done,
    /// There are differences or findings.
    Differs,
    /// The input was rejected, or an I/O error occurred.
    Failure,
    /// A required validator is not available or gave no result.
    Absent,
}

/// The exit codes of the outcomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExitCodeScheme {
    /// 1 differs, 2 error, as for diff(1) and all other commands.
    Usual,
    /// 1 error, 2 differs, as for `terraform plan`.
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
    #[expect(clippy::disallowed_methods, reason = "the arguments are read here and nowhere else")]
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match arguments::parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &arguments),
    };
    let codes = match &cli.command {
        Command::Diff(diff) if diff.detailed_exitcode => ExitCodeScheme::Detailed,
        _ => ExitCodeScheme::Usual,
    };
    let reporter = Reporter::new(cli.message_format, cli.color);
    interrupt::watch(&reporter);
    let outcome = match cli.command {
        Command::Render(render) => render.run(&reporter),
        Command::Diff(diff) => diff.run(&reporter),
        Command::Check(check) => check.run(&reporter),
        Command::List(list) => list.run(&reporter),
        Command::Explain(explain) => explain.run(&reporter),
        Command::Graph(graph) => graph.run(&reporter),
        Command::Merge(merge) => merge.run(&reporter),
        Command::Adopt(adopt) => adopt.run(&reporter),
        Command::Migrate(migrate) => migrate.run(&reporter),
        Command::Init(init) => init.run(&reporter),
        Command::Schema(schema) => schema.run(),
        Command::Targets(targets) => targets.run(),
        Command::Facts(facts) => facts.run(),
        Command::Templates(templates) => templates.run(&reporter),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(&reporter),
    };
    match outcome {
        Ok(outcome) => outcome.code(codes),
        Err(error) => {
            reporter.failure(&error);
            Outcome::Failure.code(codes)
        }
    }
}

/// Whether arguments with errors request messages as JSON.
fn requests_json(arguments: &[OsString]) -> bool {
    let arguments: Vec<_> = arguments.iter().take_while(|argument| *argument != "--").collect();
    arguments.iter().any(|argument| *argument == "--message-format=json")
        || arguments.windows(2).any(|pair| pair[0] == "--message-format" && pair[1] == "json")
}

/// Prints help and version to stdout, usage errors to stderr.
fn usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    // Arguments with errors can still choose the exit codes.
    let detailed =
        diff::requests_detailed_exit_code(arguments.iter().filter_map(|argument| argument.to_str()));
    let codes = if detailed { ExitCodeScheme::Detailed } else { ExitCodeScheme::Usual };
    if error.use_stderr() {
        let text = error.render().to_string();
        if requests_json(arguments) {
            reporter::usage_as_json(&text);
        } else {
            reporter::write_stderr(&escape::lines(&text));
        }
        return Outcome::Failure.code(codes);
    }
    match fs::write_stdout(error.render().to_string().as_bytes()) {
        Ok(WriteOutcome::All | WriteOutcome::Closed) => ExitCode::SUCCESS,
        Err(error) => {
            reporter::write_stderr(&format!("error: {}\n", escape::line(&format!("{error:#}"))));
            Outcome::Failure.code(codes)
        }
    }
}
