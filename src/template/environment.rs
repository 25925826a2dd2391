//! The template language: minijinja in strict mode, reduced to what our templates need.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::source::SOURCES;

/// The environment. Templates are parsed at first use and kept.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    // Empty: no filters (so no `safe`), no functions, and only the test `none`.
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Needed for a strict error to name the variable. Only the parts of such an error that cannot contain a
    // value are ever shown, see `Error::from_engine`.
    environment.set_debug(true);
    environment.set_syntax(syntax());
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(plain);
    environment.add_test("none", |value: &Value| value.is_none());
    environment.set_auto_reload(false);
    environment.set_loader(|name| Ok(source(name)));
    environment
}

/// The text of the template called `name`, if it exists.
pub(super) fn source(name: &str) -> Option<&'static str> {
    SOURCES.binary_search_by_key(&name, |(name, _)| name).ok().map(|at| SOURCES[at].1)
}

fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        // Not `{#`, which shells use in `${#list[@]}`.
        .comment_delimiters("{##", "##}")
        .build()
        .expect("the delimiters are distinct")
}

/// Prints a value as the plain text that a syntax then escapes. Values without a single text, such as `true`,
/// nothing or a list, are errors: a template that prints one is wrong.
fn plain(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let error = |what: &str| Err(Error::new(ErrorKind::InvalidOperation, format!("{what} has no text")));
    match value.kind() {
        ValueKind::String => match value.as_str() {
            Some("") => error("an empty text"),
            Some(text) => Ok(out.write_str(text)?),
            None => error("a text that is not UTF-8"),
        },
        ValueKind::Number if value.is_integer() => Ok(write!(out, "{value}")?),
        ValueKind::Number => error("a number with a fraction"),
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::None => error("none"),
        ValueKind::Bool => error("a boolean"),
        ValueKind::Seq | ValueKind::Iterable => error("a list"),
        ValueKind::Map => error("a map"),
        _ => error("this kind of value"),
    }
}
