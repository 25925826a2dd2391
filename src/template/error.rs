//! Errors of rendering a template. They never contain the values, since one may be a secret.

use std::fmt;

use minijinja::ErrorKind;

/// Why a template could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The template's path under `templates/`.
    pub template: String,
    /// The line of the template, from 1, if known.
    pub line: Option<usize>,
    /// The source text of the expression, if known: `route.path`.
    pub expression: Option<String>,
    /// What is wrong, in lower case and without a full stop.
    pub why: String,
    /// The value that cannot be written, used to find its parameter. It is never shown.
    pub(super) value: Redacted,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Redacted(pub(super) Option<String>);

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Error {
    /// Converts the engine's error, leaving out everything that may contain a value.
    pub(super) fn from_engine(name: &str, error: &minijinja::Error) -> Self {
        let expression = error
            .range()
            .and_then(|range| error.template_source()?.get(range))
            .filter(|expression| !expression.contains('\n'))
            .map(ToOwned::to_owned);
        let why = match error.kind() {
            // These errors are only about the template's text.
            ErrorKind::SyntaxError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod => {
                error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned)
            }
            ErrorKind::UndefinedError => error.detail().map_or_else(
                || expression.as_deref().map_or("undefined".into(), |name| format!("`{name}` is undefined")),
                ToOwned::to_owned,
            ),
            // Our formatter's own errors end like this and name the type of a value, never the value.
            ErrorKind::InvalidOperation => match error.detail() {
                Some(detail) if detail.ends_with(" has no text") => detail.to_owned(),
                _ => error.kind().to_string(),
            },
            kind => kind.to_string(),
        };
        Self {
            template: format!("{name}.j2"),
            line: error.line(),
            expression,
            why,
            value: Redacted::default(),
        }
    }

    /// Whether the value that cannot be written contains `text`.
    pub fn is_about(&self, text: &str) -> bool {
        self.value.0.as_deref().is_some_and(|value| value.contains(text))
    }
}

impl fmt::Display for Error {
    /// `templates/etc/x.conf.j2:12: cannot write `{{ route.path }}`: nginx would read …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "templates/{}", self.template)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(expression) = &self.expression {
            write!(f, ": cannot write `{{{{ {expression} }}}}`")?;
        }
        write!(f, ": {}", self.why)
    }
}

impl std::error::Error for Error {}
