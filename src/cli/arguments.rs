//! The arguments: read so that a value may begin with `-`, and told of without what may be a password.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, CommandFactory as _, Error, FromArgMatches as _};

use super::Cli;
use super::command::with_any_value;
use crate::diagnostics::escape;

/// Reads the arguments.
pub(super) fn parse(arguments: &[OsString]) -> Result<Cli, Error> {
    let mut command = with_any_value(Cli::command());
    let matches =
        command.try_get_matches_from_mut(arguments).map_err(|error| without_password(error, arguments))?;
    refuse_flags_as_paths(&mut command, &matches)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// `-o --force` is a forgotten value, and not a directory of that name. Any path can begin with `./`.
fn refuse_flags_as_paths(command: &mut Command, matches: &ArgMatches) -> Result<(), Error> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = command.find_subcommand_mut(name) else { return Ok(()) };
    let is_path = |arg: &Arg| {
        let names = arg.get_value_names().unwrap_or_default();
        !arg.is_positional() && names.iter().any(|name| ["FILE", "PATH", "DIR"].contains(&name.as_str()))
    };
    let mut wrong = None;
    for arg in command.get_arguments().filter(|arg| is_path(arg)) {
        let Ok(Some(values)) = matches.try_get_raw(arg.get_id().as_str()) else { continue };
        let is_flag = |value: &&OsStr| value.len() > 1 && value.as_encoded_bytes().starts_with(b"-");
        if let Some(value) = values.into_iter().find(is_flag) {
            let value = crate::values::sanitize(&value.to_string_lossy()).to_string();
            wrong = Some(format!(
                "the value of '{arg}' is '{value}', which begins with `-`; for a path of that name write './{value}'"
            ));
            break;
        }
    }
    wrong.map_or(Ok(()), |wrong| Err(command.error(ErrorKind::InvalidValue, wrong)))
}

/// An argument behind the password can be a part of it that a shell has cut off, so it is not shown.
fn without_password(mut error: Error, arguments: &[OsString]) -> Error {
    let arguments: Vec<String> =
        arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let is_password = |argument: &String| argument.starts_with("--pass") || argument.starts_with("-p");
    // What was typed stands on one line of the message, whatever it holds.
    let typed: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, escape::line(text).into_owned())),
            _ => None,
        })
        .collect();
    let password = arguments.iter().position(is_password);
    for (kind, told) in typed {
        let is_told = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].contains(&kind);
        let is_behind = |argument: &String| {
            let value = argument.split_once('=').map_or(argument.as_str(), |(_, value)| value);
            let seen = escape::line(argument);
            seen == told || escape::line(value) == told || seen.starts_with(&told)
        };
        if is_told && password.is_some_and(|at| arguments[at..].iter().any(is_behind)) {
            error.insert(kind, ContextValue::String("…".to_owned()));
            error.remove(ContextKind::Suggested);
        } else if error.get(kind) != Some(&ContextValue::String(told.clone())) {
            // The advice repeats it as it was typed.
            error.remove(ContextKind::Suggested);
            error.insert(kind, ContextValue::String(told));
        }
    }
    error
}
