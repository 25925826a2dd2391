//! nginx directives that the user writes, inserted unchanged.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// One line of complete nginx directives: quotes closed, braces balanced, `;` or `}` at the end. What they
/// mean is not checked. Where they end is, because generated lines follow them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NginxDirective(String);

display_as_str!(NginxDirective);

impl FromText for NginxDirective {
    const TYPE_NAME: &'static str = "an nginx directive";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| Some(format!("{text};")))
    }
}

fn read(text: &str) -> Result<NginxDirective, ParseError> {
    let invalid =
        |why: &str| Err(ParseError::new(format!("invalid nginx directive `{}`: {why}", sanitize(text))));
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
            '#' if fresh => return invalid("it contains a comment, which would hide the text after it"),
            '"' | '\'' if fresh => quote = Some(c),
            '{' => depth += 1,
            '}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return invalid("it closes a block that it did not open"),
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
        return invalid("it has an unclosed quote");
    }
    if depth > 0 {
        return invalid("it has an unclosed block");
    }
    if !complete {
        return invalid("it does not end with `;` or `}`");
    }
    Ok(NginxDirective(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_directive_keeps_complete_directives_unchanged() {
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
    fn nginx_directive_suggests_a_missing_semicolon() {
        let error = NginxDirective::parse("gzip on").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("write `gzip on;`"));
    }

    #[test]
    fn nginx_directive_rejects_what_would_swallow_the_rest_of_the_file() {
        for text in ["a { b;", "} server {", "return 200 \"x;", "gzip on; # nothing", "a; b {}}", "x\\;"] {
            assert!(NginxDirective::parse(text).is_err(), "{text}");
        }
    }
}
