//! The type of the value of each key of a unit, and what such a value cannot contain.

use crate::syntax::is_bare;

/// The type of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum KeyType {
    /// A command line.
    Exec,
    /// `NAME=value` words.
    Environment,
    /// A list of paths, which may be quoted.
    Paths,
    /// One path, never quoted.
    Path,
    /// A glob pattern: like a path, but `*`, `?` and `[` match.
    Pattern,
    /// Names of units, directories or documents, which never need quotes.
    Names,
    /// A text up to the end of the line.
    Text,
    /// A time or duration, which may have several words.
    Time,
    /// Anything else, such as a number or a keyword.
    #[default]
    Plain,
}

impl KeyType {
    /// The type of the value of `key`.
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

    /// Whether systemd splits the value into words and removes quotes.
    pub(super) fn has_words(self) -> bool {
        matches!(self, Self::Exec | Self::Environment | Self::Paths)
    }

    /// Whether systemd expands `%`.
    pub(super) fn has_specifiers(self) -> bool {
        !matches!(self, Self::Plain | Self::Time)
    }

    /// Why `value` cannot follow `before` in a value that is not split into words.
    pub(super) fn check_text(self, before: &str, value: &str) -> Result<(), &'static str> {
        match self {
            Self::Plain if !is_bare(value) => return Err("this key only takes a bare word"),
            Self::Plain if before.is_empty() && value.starts_with('-') && value.parse::<i64>().is_err() => {
                return Err("a value that begins with `-` would be read as an option");
            }
            Self::Names if !is_bare(&value.replace(['%', '?', '&', '=', '~', ','], "_")) => {
                return Err("this key takes one bare word per expression, loop over a list");
            }
            Self::Time if !is_bare(&value.replace([' ', '*', ',', '~'], "_")) => {
                return Err("this key only takes a time");
            }
            _ => {}
        }
        if value.contains(['\n', '\r']) {
            return Err("a unit cannot contain a newline here");
        }
        if value.contains(char::is_control) {
            return Err("a unit cannot contain a control character here");
        }
        if value.ends_with('\\') {
            return Err("systemd would join a line that ends with a backslash to the next");
        }
        if value.trim() != value {
            return Err("systemd would remove the white space at the end of the value");
        }
        let opens = before.trim_start_matches(['-', '!', '|']).is_empty();
        match self {
            Self::Pattern if value.contains(['*', '?', '[', '\\']) => {
                Err("systemd would read the path as a pattern")
            }
            Self::Path | Self::Pattern if opens && !value.starts_with('/') => {
                Err("the path must be absolute")
            }
            _ => Ok(()),
        }
    }

    /// Why `value`, the whole line after the key, would not be read literally.
    pub(super) fn check_value(self, value: &str) -> Result<(), &'static str> {
        if !matches!(self, Self::Path | Self::Pattern) {
            Ok(())
        } else if value.split('/').any(|part| part == "..") {
            Err("the path cannot contain `..`")
        } else if value.len() > 4095 || value.split('/').any(|part| part.len() > 255) {
            Err("the path is too long")
        } else {
            Ok(())
        }
    }
}
