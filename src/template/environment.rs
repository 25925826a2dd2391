//! The template language: minijinja, strict, with nothing in it that a template of ours does not need.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::source::SOURCES;

/// The one environment. A template is parsed when it is first asked for, and kept.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    // Empty: no filters (so no `safe`), no functions, and of the tests only `none`.
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Without it a strict error does not name the variable. Only parts of such an error that cannot hold
    // a value are ever shown, see `Error::from_engine`.
    environment.set_debug(true);
    environment.set_syntax(syntax());
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(plain);
    environment.add_test("none", |value: &Value| value.is_none());
    environment.set_auto_reload(false);
    environment.set_loader(|name| Ok(source(name)));
    environment
}

/// The text of the template called `name`, if there is one.
pub(super) fn source(name: &str) -> Option<&'static str> {
    SOURCES.binary_search_by_key(&name, |(name, _)| name).ok().map(|at| SOURCES[at].1)
}

fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        // Not `{#`: a shell counts with `${#list[@]}`.
        .comment_delimiters("{##", "##}")
        .build()
        .expect("the delimiters are distinct")
}

/// Writes a value as the plain text that a dialect then encodes. What has no one text is refused: a
/// template that prints `true`, nothing or a list was not meant.
fn plain(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let refuse = |what: &str| Err(Error::new(ErrorKind::InvalidOperation, format!("{what} has no text")));
    match value.kind() {
        ValueKind::String => match value.as_str() {
            Some("") => refuse("an empty text"),
            Some(text) => Ok(out.write_str(text)?),
            None => refuse("a text that is not UTF-8"),
        },
        ValueKind::Number if value.is_integer() => Ok(write!(out, "{value}")?),
        ValueKind::Number => refuse("a number with a fraction"),
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::None => refuse("none"),
        ValueKind::Bool => refuse("a boolean"),
        ValueKind::Seq | ValueKind::Iterable => refuse("a list"),
        ValueKind::Map => refuse("a map"),
        _ => refuse("this kind of value"),
    }
}
