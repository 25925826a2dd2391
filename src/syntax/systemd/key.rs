//! What the value of a unit's key is made of, and what it cannot hold.

use crate::syntax::is_bare;

/// What the value of a key is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum KeyType {
    /// A command line.
    Exec,
    /// `NAME=value` words.
    Environment,
    /// A list of paths, each of which may be quoted.
    Paths,
    /// One path, which is never quoted.
    Path,
    /// A pattern of paths: like a path, but `*`, `?` and `[` match.
    Pattern,
    /// Names of units, directories or documents: nothing in them needs quotes.
    Names,
    /// A text that goes to the end of the line.
    Text,
    /// A point or a span of time, which may be of several words.
    Time,
    /// Anything else: a number, a keyword.
    #[default]
    Plain,
}

impl KeyType {
    /// The kind of the value of `key`.
    #[rustfmt::skip]
    pub(super) fn of(key: &str) -> Self {
        match key {
            "ExecStart" | "ExecStartPre" | "ExecStartPost" | "ExecCondition" | "ExecReload"
            | "ExecStop" | "ExecStopPost" => Self::Exec,
            "Environment" => Self::Environment,
            "ReadWritePaths" | "ReadOnlyPaths" | "InaccessiblePaths" | "ExecPaths" | "NoExecPaths"
            | "RequiresMountsFor" => Self::Paths,
            "EnvironmentFile" => Self::Pattern,
            "WorkingDirectory" | "RootDirectory" | "RootImage" | "PIDFile" | "PathExists" | "PathChanged"
            | "PathModified" | "DirectoryNotEmpty" | "ConditionPathExists" | "ConditionPathIsDirectory"
            | "ConditionPathIsReadWrite" | "ConditionDirectoryNotEmpty" | "ConditionFileNotEmpty"
            | "ConditionFileIsExecutable" | "AssertPathExists" | "AssertPathIsDirectory"
            | "AssertFileNotEmpty" | "AssertFileIsExecutable" => Self::Path,
            "After" | "Before" | "Requires" | "Requisite" | "Wants" | "BindsTo" | "PartOf" | "Upholds"
            | "Conflicts" | "WantedBy" | "RequiredBy" | "Alias" | "Also" | "OnFailure" | "OnSuccess"
            | "Unit" | "Documentation" | "RuntimeDirectory" | "StateDirectory" | "CacheDirectory"
            | "LogsDirectory" | "ConfigurationDirectory" => Self::Names,
            "Description" => Self::Text,
            "OnCalendar" => Self::Time,
            _ if key.ends_with("Sec") => Self::Time,
            _ => Self::Plain,
        }
    }

    /// Whether systemd splits the value into words and takes quotes away.
    pub(super) fn has_words(self) -> bool {
        matches!(self, Self::Exec | Self::Environment | Self::Paths)
    }

    /// Whether systemd expands `%`.
    pub(super) fn has_specifiers(self) -> bool {
        !matches!(self, Self::Plain | Self::Time)
    }

    /// What keeps `value` from being the next part of a value that is not split into words and says
    /// `before` so far.
    pub(super) fn check_text(self, before: &str, value: &str) -> Result<(), &'static str> {
        match self {
            Self::Plain if !is_bare(value) => return Err("only a bare word can stand at this key"),
            Self::Plain if before.is_empty() && value.starts_with('-') && value.parse::<i64>().is_err() => {
                return Err("a value that begins with `-` would be read as an option");
            }
            Self::Names if !is_bare(&value.replace(['%', '?', '&', '=', '~', ','], "_")) => {
                return Err("a value here is one bare word: loop over a list");
            }
            Self::Time if !is_bare(&value.replace([' ', '*', ',', '~'], "_")) => {
                return Err("only a time can stand at this key");
            }
            _ => {}
        }
        if value.contains(['\n', '\r']) {
            return Err("a unit cannot hold a newline here");
        }
        if value.contains(char::is_control) {
            return Err("a unit cannot hold a control character here");
        }
        if value.ends_with('\\') {
            return Err("systemd would join a line that ends in a backslash to the next");
        }
        if value.trim() != value {
            return Err("systemd would cut the white space at the edge of the value");
        }
        let opens = before.trim_start_matches(['-', '!', '|']).is_empty();
        match self {
            Self::Pattern if value.contains(['*', '?', '[', '\\']) => {
                Err("systemd would read the path as a pattern")
            }
            Self::Path | Self::Pattern if opens && !value.starts_with('/') => Err("a path here is absolute"),
            _ => Ok(()),
        }
    }

    /// What keeps `value`, the whole line after the key, from being read as what it says.
    pub(super) fn check_value(self, value: &str) -> Result<(), &'static str> {
        if !matches!(self, Self::Path | Self::Pattern) {
            Ok(())
        } else if value.split('/').any(|part| part == "..") {
            Err("a path here has no `..`")
        } else if value.len() > 4095 || value.split('/').any(|part| part.len() > 255) {
            Err("the path is longer than a path can be")
        } else {
            Ok(())
        }
    }
}
