//! The commands: each is registered with its name and a line of help; its arguments are built only when it is used.

/// Declares the enum of all commands, in the order of the help.
macro_rules! commands {
    ($(#[doc = $about:literal] $variant:ident($args:ty) = $name:literal,)+) => {
        enum Command {
            $(#[doc = $about] $variant($args),)+
        }

        impl clap::Subcommand for Command {
            fn augment_subcommands(command: clap::Command) -> clap::Command {
                command.subcommands([$($crate::cli::command::named::<$args>($name, $about),)+])
            }

            fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),+].contains(&name)
            }
        }

        impl clap::FromArgMatches for Command {
            fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
                Self::from_arg_matches_mut(&mut matches.clone())
            }

            fn from_arg_matches_mut(matches: &mut clap::ArgMatches) -> Result<Self, clap::Error> {
                let (name, mut matches) = matches.remove_subcommand().unwrap_or_default();
                match name.as_str() {
                    $($name => <$args>::from_arg_matches_mut(&mut matches).map(Self::$variant),)+
                    _ => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

/// Returns a command that builds its arguments when it is used.
pub(super) fn named<A: clap::Args>(name: &'static str, about: &'static str) -> clap::Command {
    let about = about.trim().trim_end_matches('.');
    clap::Command::new(name).about(about).defer(|command| with_any_value(A::augment_args(command)))
}

/// Allows the value of every flag to begin with `-`. A password can begin so, and any other value is checked by its own
/// rule, whose message names the flag.
pub(super) fn with_any_value(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| {
        let takes_value = arg.get_action().takes_values() && !arg.is_positional();
        if takes_value { arg.allow_hyphen_values(true) } else { arg }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use crate::cli::Cli;

    #[test]
    fn command_help_begins_with_its_line_in_the_list() {
        let mut cli = Cli::command();
        let list = |cli: &clap::Command| -> Vec<_> {
            let lines = cli.get_subcommands().filter(|command| command.get_name() != "help");
            lines.map(|command| command.get_about().map(ToString::to_string)).collect()
        };
        let before = list(&cli);
        cli.build();
        assert_eq!(list(&cli), before);
        assert!(before.len() > 10);
    }
}
