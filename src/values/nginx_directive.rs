//! nginx directives of the operator's own, taken as they are.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// One line of complete nginx directives: quotes closed, braces balanced, `;` or `}` at the end. What the
/// directives mean is the operator's business; that they end where they end is ours, because a file of ours
/// goes on behind them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NginxDirective(String);

spelled!(NginxDirective);

impl FromText for NginxDirective {
    const TYPE_NAME: &'static str = "an nginx directive";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| Some(format!("{text};")))
    }
}

fn read(text: &str) -> Result<NginxDirective, ParseError> {
    let refuse = |why: &str| Err(ParseError::new(format!("`{}` {why}", sanitize(text))));
    let mut depth = 0_usize;
    let mut quote = None;
    let mut complete = false;
    let mut fresh = true;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if let Some(open) = quote {
            match c {
                '\\' => drop(chars.next()),
                c if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            '\\' => drop(chars.next()),
            '#' if fresh => return refuse("holds a comment, which would hide what follows it"),
            '"' | '\'' if fresh => quote = Some(c),
            '{' => depth += 1,
            '}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return refuse("closes a block that it did not open"),
            },
            _ => {}
        }
        complete = match c {
            ';' | '}' => depth == 0,
            c if c.is_whitespace() => complete,
            _ => false,
        };
        fresh = c.is_whitespace() || matches!(c, ';' | '{' | '}');
    }
    if quote.is_some() {
        return refuse("leaves a quote open");
    }
    if depth > 0 {
        return refuse("leaves a block open");
    }
    if !complete {
        return refuse("does not end in `;` or `}`");
    }
    Ok(NginxDirective(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_directives_are_taken_as_they_are() {
        for text in [
            "limit_req zone=panel burst=20;",
            "location = /x { return 200 \"a } b;\"; }",
            "a b; c d;",
            r#"set $x "\"";"#,
        ] {
            assert_eq!(NginxDirective::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_missing_semicolon_is_mended() {
        let error = NginxDirective::parse("gzip on").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("write `gzip on;`"));
    }

    #[test]
    fn what_would_swallow_the_rest_of_the_file_is_refused() {
        for text in ["a { b;", "} server {", "return 200 \"x;", "gzip on; # nothing", "a; b {}}", "x\\;"] {
            assert!(NginxDirective::parse(text).is_err(), "{text}");
        }
    }
}
