//! Parses the arguments. A value may begin with `-`, and an error message repeats nothing that may be a password.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, CommandFactory as _, Error, FromArgMatches as _};

use super::Cli;
use super::command::with_any_value;
use crate::diagnostics::escape;

/// Parses the arguments.
pub(super) fn parse(arguments: &[OsString]) -> Result<Cli, Error> {
    let mut command = with_any_value(Cli::command());
    let matches =
        command.try_get_matches_from_mut(arguments).map_err(|error| without_password(error, arguments))?;
    reject_flags_as_paths(&mut command, &matches)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Rejects a path that begins with `-`: `-o --force` is a missing value, not a directory of that name. Every path can
/// also be written with `./`.
fn reject_flags_as_paths(command: &mut Command, matches: &ArgMatches) -> Result<(), Error> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = command.find_subcommand_mut(name) else { return Ok(()) };
    let is_path = |arg: &Arg| {
        let names = arg.get_value_names().unwrap_or_default();
        !arg.is_positional() && names.iter().any(|name| ["FILE", "PATH", "DIR"].contains(&name.as_str()))
    };
    let mut message = None;
    for arg in command.get_arguments().filter(|arg| is_path(arg)) {
        let Ok(Some(values)) = matches.try_get_raw(arg.get_id().as_str()) else { continue };
        let is_flag = |value: &&OsStr| value.len() > 1 && value.as_encoded_bytes().starts_with(b"-");
        if let Some(value) = values.into_iter().find(is_flag) {
            let value = crate::values::sanitize(&value.to_string_lossy()).to_string();
            message = Some(format!(
                "the value of '{arg}' is '{value}', which begins with `-`; for a path of that name write './{value}'"
            ));
            break;
        }
    }
    message.map_or(Ok(()), |message| Err(command.error(ErrorKind::InvalidValue, message)))
}

/// Removes from an error what may be a password: an argument after the password can be a part of it that the shell has
/// split off.
fn without_password(mut error: Error, arguments: &[OsString]) -> Error {
    let arguments: Vec<String> =
        arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let is_password = |argument: &String| argument.starts_with("--pass") || argument.starts_with("-p");
    // An argument stays on one line of the message, whatever characters it has.
    let escaped: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, escape::line(text).into_owned())),
            _ => None,
        })
        .collect();
    let password = arguments.iter().position(is_password);
    for (kind, shown) in escaped {
        let is_argument = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].contains(&kind);
        let is_shown = |argument: &String| {
            let value = argument.split_once('=').map_or(argument.as_str(), |(_, value)| value);
            let argument = escape::line(argument);
            argument == shown || escape::line(value) == shown || argument.starts_with(&shown)
        };
        if is_argument && password.is_some_and(|at| arguments[at..].iter().any(is_shown)) {
            error.insert(kind, ContextValue::String("…".to_owned()));
            error.remove(ContextKind::Suggested);
        } else if error.get(kind) != Some(&ContextValue::String(shown.clone())) {
            // The suggestion repeats the argument without escapes.
            error.remove(ContextKind::Suggested);
            error.insert(kind, ContextValue::String(shown));
        }
    }
    error
}
