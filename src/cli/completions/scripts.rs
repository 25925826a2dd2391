//! What the generated scripts of a shell lack: values in PowerShell and Elvish, some values in fish, `=` within words in
//! bash and zsh.

use std::collections::BTreeMap;

use clap::{Arg, Command};
use clap_complete::Shell;

/// Adds to the script of a shell what it lacks.
pub(super) fn completed(shell: Shell, script: String, command: &Command) -> String {
    match shell {
        Shell::Bash => script.replace("complete -F _panelgen ", "complete -F _panelgen_words ") + BASH,
        Shell::Zsh => script.lines().map(|line| zsh_line(line) + "\n").collect(),
        Shell::PowerShell => {
            let values = groups(command).into_iter().map(|(values, flags)| {
                let flags = flags.iter().map(|flag| quoted(flag)).collect::<Vec<_>>().join(", ");
                let values = values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
                format!("        {{ $_ -cin {flags} }} {{ {values}; break }}\n")
            });
            let values = POWERSHELL.replace("VALUES", values.collect::<String>().trim_end());
            inserted(&script, "    $completions = @(switch", &values)
        }
        Shell::Elvish => {
            let values = groups(command).into_iter().map(|(values, flags)| {
                let values = values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(" ");
                let flags = flags.iter().map(|flag| quoted(flag)).collect::<Vec<_>>().join(" ");
                format!("    for flag [{flags}] {{ set known[$flag] = [{values}] }}\n")
            });
            let values = ELVISH.replace("VALUES", values.collect::<String>().trim_end());
            let script = inserted(&script, "    var completions = [", &values);
            script.replace("    $completions[$command]\n", ELVISH_END)
        }
        Shell::Fish => script + &fish_arguments(command),
        _ => script,
    }
}

/// bash splits words at `=`, so `--target=x` and `--set key=x` are joined again.
const BASH: &str = r#"
_panelgen_words() {
    local line="${COMP_LINE:0:COMP_POINT}" word before
    word="${line##*[[:space:]]}"
    before="${line%"$word"}"
    before="${before%"${before##*[![:space:]]}"}"
    before="${before##*[[:space:]]}"
    if [[ $word == --*=* ]]; then
        _panelgen "$1" "${word#*=}" "${word%%=*}"
    elif [[ $word == *=* && $before == --set ]]; then
        _panelgen "$1" "$word" --set
        COMPREPLY=("${COMPREPLY[@]#"${word%%=*}="}")
    else
        _panelgen "$@"
    fi
    [[ -n ${COMPREPLY[*]} ]] || COMPREPLY=()
    # A value follows.
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
    return 0
}
"#;

/// The values of arguments without a flag.
fn fish_arguments(command: &Command) -> String {
    let line = |(values, flags): (Vec<String>, Vec<String>)| {
        let values = values.join(" ");
        let commands = flags.into_iter().filter_map(|flag| Some(flag.rsplit_once(';')?.1.to_owned()));
        let commands = commands.filter_map(|flag| {
            flag.split_once(' ').filter(|(name, word)| name == word).map(|(name, _)| name.to_owned())
        });
        let lines = commands.map(|name| {
            format!("complete -c panelgen -n '__fish_seen_subcommand_from {name}' -f -a '{values}'\n")
        });
        lines.collect::<String>()
    };
    groups(command).into_iter().map(line).collect()
}

/// A key of `--set` is completed without a space.
fn zsh_line(line: &str) -> String {
    let key = ":KEY=VALUE:(";
    match (line.split_once(key), line.strip_suffix(")' \\")) {
        (Some((head, _)), Some(body)) => {
            let values = &body[head.len() + key.len()..];
            format!("{head}:KEY=VALUE:{{compadd -S \"\" - {values}}}' \\")
        }
        _ => line.to_owned(),
    }
}

const POWERSHELL: &str = r#"    # The values of the flag before the word, or of the argument of the command.
    $before = @($commandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition })[-1]
    $values = @(switch ("$command $before") {
VALUES
    })
    if ($values) {
        $values.Where{ $_ -like "$wordToComplete*" } |
            ForEach-Object { [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_) }
        return
    }

"#;

const ELVISH: &str = r"    # The values of the flag before the word, or of the argument of the command.
    var known = [&]
VALUES
    var before = $command' '$words[-2]
";

const ELVISH_END: &str = "    if (has-key $known $before) {
        all $known[$before]
    } else {
        $completions[$command]
    }
";

/// The values, each with the commands and flags that take them, as the scripts spell both: `panelgen;render --target`. An
/// argument without a flag follows the name of its command.
fn groups(command: &Command) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut groups = BTreeMap::new();
    collect(command, command.get_name(), &mut groups);
    groups
}

fn collect(command: &Command, path: &str, groups: &mut BTreeMap<Vec<String>, Vec<String>>) {
    for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
        let values = arg.get_possible_values();
        let values: Vec<String> = values.iter().map(|value| value.get_name().to_owned()).collect();
        if !values.is_empty() {
            let names = names(arg, command).into_iter().map(|name| format!("{path} {name}"));
            groups.entry(values).or_default().extend(names);
        }
    }
    for below in command.get_subcommands() {
        collect(below, &format!("{path};{}", below.get_name()), groups);
    }
}

/// The words after which a value of the argument follows.
fn names(arg: &Arg, command: &Command) -> Vec<String> {
    if arg.is_positional() {
        return vec![command.get_name().to_owned()];
    }
    let short = arg.get_short().map(|short| format!("-{short}"));
    short.into_iter().chain(arg.get_long().map(|long| format!("--{long}"))).collect()
}

/// A text in single quotes, which PowerShell and Elvish escape alike.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Inserts a text before a mark that the generated script has.
fn inserted(script: &str, mark: &str, text: &str) -> String {
    let at = script.find(mark).expect("clap_complete writes this line");
    [&script[..at], text, &script[at..]].concat()
}
