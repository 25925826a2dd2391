//! Renders templates into files. The engine only prints plain values into *expressions*. The *syntax* of the
//! file, chosen by its path, escapes each value so that the program that reads the file gets exactly that
//! value, or returns an error. No template quotes anything itself.
mod environment;
mod error;
mod rendered;
mod source;

use std::borrow::Cow;

use minijinja::{OutputSpan, OutputSpanKind, Template, Value};

use self::environment::ENVIRONMENT;
pub use self::error::Error;
use self::error::Redacted;
pub use self::rendered::RenderedTemplate;
use self::rendered::SourceSpan;
use crate::syntax::{EscapeError, Segment};
pub use crate::syntax::{Syntax, shell_word};

/// The names of all templates, sorted: the paths on the host, without a leading `/`.
pub fn names() -> impl Iterator<Item = &'static str> {
    self::source::SOURCES.iter().map(|(name, _)| *name)
}

/// The text of a template, as in `templates/`.
pub fn source(name: &str) -> Option<&'static str> {
    self::environment::source(name)
}

/// Renders the template of the host's file `name` (`etc/nginx/conf.d/default.conf`).
pub fn render(name: &str, context: Value) -> Result<RenderedTemplate, Error> {
    let Some(source) = source(name) else {
        let why = "the template does not exist".into();
        return Err(Error {
            template: format!("{name}.j2"),
            line: None,
            expression: None,
            why,
            value: Redacted::default(),
        });
    };
    let template = ENVIRONMENT.get_template(name).map_err(|error| Error::from_engine(name, &error))?;
    finish(name, &template, Cow::Borrowed(source), context)
}

/// Renders a template that is used only once, without keeping it.
pub fn render_once(name: &str, context: Value) -> Result<RenderedTemplate, Error> {
    let Some(source) = source(name) else { return render(name, context) };
    let template = ENVIRONMENT
        .template_from_named_str(name, source)
        .map_err(|error| Error::from_engine(name, &error))?;
    finish(name, &template, Cow::Borrowed(source), context)
}

/// Renders `text` as if it were the template of the host's file `name`.
pub fn render_text(name: &str, text: &str, context: Value) -> Result<RenderedTemplate, Error> {
    let template =
        ENVIRONMENT.template_from_named_str(name, text).map_err(|error| Error::from_engine(name, &error))?;
    finish(name, &template, Cow::Owned(text.to_owned()), context)
}

fn finish(
    name: &str,
    template: &Template<'_, '_>,
    source: Cow<'static, str>,
    context: Value,
) -> Result<RenderedTemplate, Error> {
    let error = |span: Option<&OutputSpan>, why: String| Error {
        template: format!("{name}.j2"),
        line: span.map(OutputSpan::line),
        expression: span.filter(|span| is_expr(span)).map(|span| source[span.source_range()].to_owned()),
        why,
        value: Redacted(None),
    };
    let syntax = Syntax::of(name).ok_or_else(|| error(None, "no syntax is known for this path".into()))?;
    let (plain, spans) =
        template.render_with_spans(context).map_err(|error| Error::from_engine(name, &error))?;
    let segments: Vec<_> = spans
        .iter()
        .map(|span| {
            let text = &plain[span.output_range()];
            if is_expr(span) { Segment::Expr(text) } else { Segment::Literal(text) }
        })
        .collect();
    let written = syntax.write(&segments).map_err(|EscapeError { segment, why }| {
        let span = spans.get(segment);
        let value = span.filter(|span| is_expr(span)).map(|span| plain[span.output_range()].to_owned());
        Error { value: Redacted(value), ..error(span, why) }
    })?;

    let trace = |(span, end): (&OutputSpan, usize)| SourceSpan {
        end,
        source: span.source_range(),
        is_expr: is_expr(span),
    };
    let traces = spans.iter().zip(written.ends()).map(trace).collect();
    Ok(RenderedTemplate { text: written.text, name: format!("{name}.j2"), source, traces })
}

fn is_expr(span: &OutputSpan) -> bool {
    span.kind() == OutputSpanKind::Expression
}
