//! Jinja expressions, parsed without evaluating them: the functions and filters that they use.

use crate::values::sanitize;

/// Filters that only compute.
#[rustfmt::skip]
const FILTERS: &[&str] = &[
    "b64decode", "b64encode", "basename", "batch", "bool", "capitalize", "combine", "count", "d", "default", "dict2items",
    "difference", "dirname", "first", "flatten", "float", "groupby", "hash", "int", "intersect", "items",
    "items2dict", "join", "last", "length", "list", "lower", "map", "max", "min", "product", "quote", "regex_escape",
    "regex_findall", "regex_replace", "regex_search", "reject", "rejectattr", "replace", "reverse", "round", "select",
    "selectattr", "sha1", "sort", "split", "string", "subelements", "sum", "symmetric_difference", "ternary", "title",
    "to_json", "to_nice_json", "to_nice_yaml", "to_yaml", "trim", "union", "unique", "upper", "zip",
];

/// Functions that only compute.
const FUNCTIONS: &[&str] = &["dict", "namespace", "range"];

/// Methods that only compute.
#[rustfmt::skip]
const METHODS: &[&str] = &[
    "append", "count", "endswith", "extend", "get", "index", "items", "join", "keys", "lower", "lstrip", "replace",
    "rstrip", "split", "splitlines", "startswith", "strip", "title", "update", "upper", "values",
];

/// Functions that start programs or open files, under any name.
const LOOKUPS: &[&str] = &["lookup", "q", "query"];

/// Keywords that look like function calls before parentheses.
const KEYWORDS: &[&str] = &["and", "else", "elif", "if", "in", "is", "not", "or", "for", "recursive"];

/// Statements.
const STATEMENTS: &[&str] =
    &["if", "elif", "else", "endif", "for", "endfor", "set", "endset", "continue", "break"];

/// The only allowed lookup: a file of the bundle, read when the role runs.
const LOOKUP: &[&str] = &["ansible.builtin.file", "file"];

/// A token of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Sign(char),
}

/// Returns why the expressions of a text are not allowed. `None` if they only compute. `is_expression`: the
/// whole text is one.
pub(super) fn reason(text: &str, is_expression: bool) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut place = 0;
    let mut any = false;
    while place < letters.len() {
        let opens = |second: char| letters[place] == '{' && letters.get(place + 1) == Some(&second);
        if opens('{') || opens('%') {
            any = true;
            let is_statement = opens('%');
            let (tokens, end) = tokens(&letters, place + 2, Some(if is_statement { '%' } else { '}' }));
            if let Some(why) = rejection(&tokens, is_statement) {
                return Some(why);
            }
            place = end;
        } else if opens('#') {
            place += 2;
            while place < letters.len() && !(letters[place] == '#' && letters.get(place + 1) == Some(&'}')) {
                place += 1;
            }
            place += 2;
        } else {
            place += 1;
        }
    }
    if text.trim_start().starts_with("#jinja2:") {
        return Some("`#jinja2:` changes how templates are read".to_owned());
    }
    if is_expression && !any { rejection(&tokens(&letters, 0, None).0, false) } else { None }
}

/// Returns the tokens up to the end of a region, and its end: `}}` or `%}` outside of brackets and quotes.
fn tokens(letters: &[char], mut place: usize, closes: Option<char>) -> (Vec<Token>, usize) {
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    while let Some(letter) = letters.get(place).copied() {
        if depth == 0 && closes == Some(letter) && letters.get(place + 1) == Some(&'}') {
            return (tokens, place + 2);
        }
        match letter {
            '\'' | '"' => {
                let mut content = String::new();
                place += 1;
                while let Some(inside) = letters.get(place).copied().filter(|inside| *inside != letter) {
                    place += 1;
                    content.push(inside);
                    if inside == '\\' {
                        let escaped = letters.get(place).copied().unwrap_or_default();
                        content.push(escaped);
                        // An escaped letter can be any letter, so it counts as one that is not allowed.
                        if escaped.is_ascii_digit() || "xuUN".contains(escaped) {
                            content.push_str("__");
                        }
                        place += 1;
                    }
                }
                tokens.push(Token::Text(content));
            }
            _ if letter.is_alphanumeric() || letter == '_' => {
                let begin = place;
                while letters.get(place).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                    place += 1;
                }
                tokens.push(Token::Name(letters[begin..place].iter().collect()));
                continue;
            }
            _ if letter.is_whitespace() => {}
            _ => {
                match letter {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                tokens.push(Token::Sign(letter));
            }
        }
        place += 1;
    }
    (tokens, place)
}

fn rejection(tokens: &[Token], is_statement: bool) -> Option<String> {
    let mut begin = 0;
    while matches!(tokens.get(begin), Some(Token::Sign('-' | '+'))) {
        begin += 1;
    }
    if is_statement {
        match tokens.get(begin) {
            Some(Token::Name(name)) if STATEMENTS.contains(&name.as_str()) => {}
            Some(Token::Name(name)) => {
                return Some(format!("the statement `{}` is not allowed", sanitize(name)));
            }
            _ => return Some("a statement without a name is not allowed".to_owned()),
        }
    }
    for (place, token) in tokens.iter().enumerate() {
        let next = tokens.get(place + 1);
        let before = place.checked_sub(1).and_then(|place| tokens.get(place));
        match token {
            // Jinja can use these names to bypass every list.
            Token::Name(name) if name.starts_with("__") || name.ends_with("__") => {
                return Some(format!("the name `{}` is not allowed", sanitize(name)));
            }
            Token::Text(text) if text.contains("__") => {
                return Some(format!("the text `{}` is not allowed", sanitize(text)));
            }
            Token::Name(name) if before == Some(&Token::Sign('|')) => {
                let name = qualified(tokens, place, name);
                if !FILTERS.contains(&name.trim_start_matches("ansible.builtin.")) {
                    return Some(format!("the filter `{}` is not allowed", sanitize(&name)));
                }
                if ["map", "select", "reject"].contains(&name.as_str())
                    && let (Some(Token::Sign('(')), Some(argument)) = (next, tokens.get(place + 2))
                    && !is_plain_argument(argument, tokens.get(place + 3))
                {
                    return Some(format!("`{name}` of this filter is not allowed"));
                }
            }
            Token::Name(name) if next == Some(&Token::Sign('(')) && !ends_filter(tokens, place) => {
                let is_method = before == Some(&Token::Sign('.'));
                let argument = match tokens.get(place + 2) {
                    Some(Token::Text(text)) => text.as_str(),
                    _ => "",
                };
                let name = name.as_str();
                let is_allowed = if is_method {
                    METHODS.contains(&name)
                } else if matches!(before, Some(Token::Name(before)) if before == "is" || before == "not") {
                    is_plain_test(name) || KEYWORDS.contains(&name)
                } else {
                    FUNCTIONS.contains(&name)
                        || KEYWORDS.contains(&name)
                        || (name == "lookup" && LOOKUP.contains(&argument))
                };
                if !is_allowed {
                    return Some(format!("calling `{}` is not allowed", sanitize(name)));
                }
            }
            Token::Name(name) if LOOKUPS.contains(&name.as_str()) && before != Some(&Token::Sign('.')) => {
                return Some(format!("`{name}` is a lookup"));
            }
            // A call can also follow brackets.
            Token::Sign(']' | ')') if next == Some(&Token::Sign('(')) => {
                return Some("calling the result of an expression is not allowed".to_owned());
            }
            _ => {}
        }
    }
    None
}

/// Whether a name is the last part of the name of a filter.
fn ends_filter(tokens: &[Token], mut place: usize) -> bool {
    while place >= 2 && tokens[place - 1] == Token::Sign('.') && matches!(tokens[place - 2], Token::Name(_)) {
        place -= 2;
    }
    place >= 1 && tokens[place - 1] == Token::Sign('|')
}

/// Returns `ansible.builtin.default` of `| ansible.builtin.default`.
fn qualified(tokens: &[Token], place: usize, first: &str) -> String {
    let mut name = first.to_owned();
    let mut rest = tokens[place + 1..].chunks_exact(2);
    while let Some([Token::Sign('.'), Token::Name(part)]) = rest.next() {
        name.push('.');
        name.push_str(part);
    }
    name
}

/// Whether the first argument of `map` and similar filters is an attribute, or a filter or test that only
/// computes.
fn is_plain_argument(argument: &Token, next: Option<&Token>) -> bool {
    match argument {
        Token::Text(name) => FILTERS.contains(&name.as_str()) || is_plain_test(name),
        Token::Name(name) => name == "attribute" && next == Some(&Token::Sign('=')),
        Token::Sign(sign) => *sign == ')',
    }
}

/// Tests that only compare. Others read files.
fn is_plain_test(name: &str) -> bool {
    [
        "changed",
        "contains",
        "defined",
        "divisibleby",
        "eq",
        "equalto",
        "failed",
        "ge",
        "gt",
        "in",
        "le",
        "lt",
        "match",
        "ne",
        "none",
        "search",
        "skipped",
        "string",
        "subset",
        "succeeded",
        "success",
        "superset",
        "truthy",
        "undefined",
        "version",
    ]
    .contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_only_compute_are_allowed() {
        for text in [
            "no expression at all; $(id) | sh (x)",
            "{{ a | default('x') }} and {{ b.split(':')[0] }}",
            "{{ rows | selectattr('c', 'in', d) | map(attribute='path') | list }} (the rest | sh)",
            "{% set s = lookup('ansible.builtin.file', root ~ row.path, rstrip=false) | hash('sha256') if a else b %}",
            "{%- for row in rows -%}{{ {'a': {'b': 1}} }}{%- endfor -%}",
            "{# lookup('pipe', 'id') #}",
        ] {
            assert_eq!(reason(text, false), None, "{text}");
        }
        assert_eq!(reason("{{ a | ansible.builtin.default('x') | join(',') }}", false), None);
        assert_eq!(reason("{{ a | regex_replace('(x)', '\\\\1') }}", false), None);
        assert_eq!(reason("a is changed and (b or c.rc not in [0, 1])", true), None);
        assert_eq!(reason("x is not search('a(b)')", true), None);
    }

    #[test]
    fn expressions_that_read_or_run_are_rejected() {
        for text in [
            "{{ lookup('pipe', 'id') }}",
            "{{ lookup ('pipe', 'id') }}",
            "{{ lookup(name, 'id') }}",
            "{{ query('file', '/etc/passwd') }}",
            "{{ q('env', 'TOKEN') }}",
            "{{ '}}' ~ lookup('pipe', 'id') }}",
            "{{ {'a': '}'}}} {{ lookup('pipe', 'id') }}",
            "{{ ''.__class__ }}",
            "{{ ''['__class__'] }}",
            "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
            "{{ ''['\\137\\137class'] }}",
            "{% set get = lookup %}{{ get('pipe', 'id') }}",
            "{% set range = q %}{{ range('pipe', 'id') }}",
            "{{ x | string.popen('id') }}",
            "{{ x.popen('id') }}",
            "{{ x | attr('y') }}",
            "{{ '/etc/*' | fileglob }}",
            "{{ ['/etc/*'] | map('fileglob') }}",
            "{{ ['a'] | map(name) }}",
            "{{ x['lookup']('pipe', 'id') }}",
            "{{ (lookup)('pipe', 'id') }}",
            "{% include '/etc/passwd' %}",
            "{%- import 'x' as y -%}",
            "{{ lookup('pipe', 'id')",
            "#jinja2: variable_start_string: '[%'",
        ] {
            assert!(reason(text, false).is_some(), "{text}");
        }
        assert!(reason("lookup('pipe', 'id')", true).is_some());
    }
}
